/* quantise.h - weights of a model in fewer bytes than floats take.
 *
 * bf16: all matrices but those of the halting head, rounded to nearest, ties to even. int8: the
 * matrices inside the blocks; an element w of row r becomes round(w / s), -127 to 127, with the
 * row's own scale s = max |w| / 127, rounded up to 16 significant bits. So every element's product
 * with its scale is a float, exactly, and what was int8 once becomes the same int8 again. The
 * puzzle embedding is then bf16. Everything else stays float. */
#ifndef HR_QUANTISE_H
#define HR_QUANTISE_H

#include "io/tensors.h"
#include "nn/param.h"

/* What a name ("fp32", "bf16", "int8") stands for: HR_F32, HR_BF16 or HR_I8; and back. */
hr_status hr_quantise_kind(const char *name, hr_dtype *out);
const char *hr_quantise_name(hr_dtype kind);
/* The narrowest of them among some tensors: what their model was written as. */
hr_dtype hr_quantise_of(const hr_tensor *tensors, size_t count);

/* Tensors of all parameters (F32, in the table's order) as others, a new array of *count that is
 * owner's, as is all that is new in them. */
hr_status hr_quantise(const hr_param_table *table, hr_dtype kind, const hr_tensor *tensors,
                      hr_tensors *owner, hr_tensor **out, size_t *count);

#endif
