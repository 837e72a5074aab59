/* recur.h - a recursion as data: the list of module calls that make one segment.
 *
 * A call adds the states named in `sources` (and the input embedding x), runs the blocks of
 * `module` and puts the result in `dest`. Forward, backward, memory planning and FLOP counting walk
 * this same list; HRM, TRM and what researchers try next are different lists, not different code.
 *
 * Gradient flows through calls with `grad`; states that entered the first of them are constants. A
 * call without gradient may only stand before all calls with it, and is not read.              */
#ifndef HR_RECUR_H
#define HR_RECUR_H

#include <stdbool.h>

#include "base/err.h"
#include "nn/spec.h"

enum { HR_STATE_H, HR_STATE_L, HR_STATES_MAX };
enum { HR_MODULE_H, HR_MODULE_L, HR_MODULES_MAX };

typedef struct hr_call {
    int module;
    int dest;
    unsigned sources; /* bit s: state s is added; dest's own bit included */
    bool input;       /* x is added */
    bool grad;
    bool read; /* the heads read dest after this call, and training scores it */
} hr_call;

typedef struct hr_recur {
    int states, calls;
    int readouts; /* calls that are read; the last call is one */
    hr_call *call;
} hr_recur;

/* HRM (arXiv 2506.21734): H_cycles x [L_cycles x z_L = L(z_L + (z_H + x)); z_H = H(z_H + z_L)],
 * with gradient in the very last L and H call. TRM (arXiv 2510.04871): the same with one net,
 * gradient in all calls of the last H cycle. loop: l_cycles x z = L(z + x), with gradient in the
 * last grad_calls and read after the last `readouts` of them (0: all).
 * Read at the end; hrm and trm models of candidates are read after every H call and have gradient
 * in all calls. */
hr_status hr_recur_new(const hr_spec *spec, hr_recur *out);
void hr_recur_free(hr_recur *recur);
/* The first call with gradient. */
int hr_recur_first_grad(const hr_recur *recur);

#endif
