/* recur.c - the recursions of HRM and TRM as lists of calls. */
#include "nn/recur.h"

#include "base/mem.h"

hr_status hr_recur_new(const hr_spec *spec, hr_recur *out) {
    bool hrm = spec->arch == HR_ARCH_HRM;
    int cycle = spec->l_cycles + 1, calls = spec->h_cycles * cycle;
    *out = (hr_recur){.states = 2, .calls = calls, .read = HR_STATE_H};
    out->call = HR_NEW(hr_call, (size_t)calls);
    if (!out->call) return HR_ERR_MEM;
    for (int i = 0; i < calls; i++) {
        bool high = i % cycle == spec->l_cycles;
        out->call[i] = (hr_call){
            .module = hrm && high ? HR_MODULE_H : HR_MODULE_L,
            .dest = high ? HR_STATE_H : HR_STATE_L,
            .sources = 1u << HR_STATE_H | 1u << HR_STATE_L,
            .input = !high,
            .grad = i >= calls - (hrm ? 2 : cycle),
        };
    }
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
