/* small_net.h - a net on candidates for Sudoku of side 4, small enough for tests. */
#ifndef HR_TEST_SMALL_NET_H
#define HR_TEST_SMALL_NET_H

#include "nn/spec.h"

static inline hr_spec small_net(void) {
    hr_spec s = hr_spec_defaults();
    s.arch = HR_ARCH_LOOP;
    s.vocab = 6;
    s.seq = 16;
    s.symbols = 4;
    s.cols = 4;
    s.pos = HR_POS_GRID;
    s.puzzle_emb_ndim = 0;
    s.hidden = 16;
    s.heads = 2;
    s.expansion = 1;
    s.h_layers = 0;
    s.l_layers = 1;
    s.h_cycles = 1;
    s.l_cycles = 2;
    s.halt_max_steps = 60;
    return s;
}

#endif
