/* recur.c - the recursions of HRM, TRM and the looped net as lists of calls. */
#include "nn/recur.h"

#include "base/mem.h"

/* Cycles of l_cycles low calls and one high call. */
static void nested(const hr_spec *spec, hr_recur *out) {
    bool hrm = spec->arch == HR_ARCH_HRM;
    int cycle = spec->l_cycles + 1;
    out->states = 2;
    for (int i = 0; i < out->calls; i++) {
        bool high = i % cycle == spec->l_cycles;
        out->call[i] = (hr_call){
            .module = hrm && high ? HR_MODULE_H : HR_MODULE_L,
            .dest = high ? HR_STATE_H : HR_STATE_L,
            .sources = 1u << HR_STATE_H | 1u << HR_STATE_L,
            .input = !high,
            .grad = spec->symbols || i >= out->calls - (hrm ? 2 : cycle),
            .read = i == out->calls - 1 || (spec->symbols && high),
        };
    }
}

static void looped(const hr_spec *spec, hr_recur *out) {
    out->states = 1;
    for (int i = 0; i < out->calls; i++) {
        int left = out->calls - i; /* this call and those after it */
        bool grad = !spec->grad_calls || left <= spec->grad_calls;
        out->call[i] = (hr_call){.module = HR_MODULE_L,
                                 .dest = HR_STATE_H,
                                 .sources = 1u << HR_STATE_H,
                                 .input = true,
                                 .grad = grad,
                                 .read = grad && (!spec->readouts || left <= spec->readouts)};
    }
}

hr_status hr_recur_new(const hr_spec *spec, hr_recur *out) {
    bool loop = spec->arch == HR_ARCH_LOOP;
    *out = (hr_recur){.calls = loop ? spec->l_cycles : spec->h_cycles * (spec->l_cycles + 1)};
    out->call = HR_NEW(hr_call, (size_t)out->calls);
    if (!out->call) return HR_ERR_MEM;
    if (loop) looped(spec, out);
    else nested(spec, out);
    for (int i = 0; i < out->calls; i++) out->readouts += out->call[i].read;
    return HR_OK;
}

void hr_recur_free(hr_recur *recur) {
    hr_free(recur->call);
    *recur = (hr_recur){0};
}

int hr_recur_first_grad(const hr_recur *recur) {
    int i = 0;
    while (i < recur->calls && !recur->call[i].grad) i++;
    return i;
}
