/* kern.h - the tables of operations (kern_ops.h) that this processor can run, and their names. */
#ifndef HR_KERN_H
#define HR_KERN_H

#include "base/err.h"
#include "kern/kern_ops.h"

/* The fastest table that this processor can run; with a name that one, or the fastest that
 * multiplies in "float" or "bf16". NULL and the message set when the name is not known or this
 * processor cannot run it. */
const hr_kern *hr_kern_select(const char *name);
/* The names that hr_kern_select knows, ", " between them. */
const char *hr_kern_names(void);
/* The i-th table that this processor can run, reference first; NULL past the end. */
const hr_kern *hr_kern_at(int i);
/* The definition of correct. */
extern const hr_kern hr_kern_ref;

#endif
