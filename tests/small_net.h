/* small_net.h - nets small enough for tests. */
#ifndef HR_TEST_SMALL_NET_H
#define HR_TEST_SMALL_NET_H

#include "nn/spec.h"

/* Of tokens, 20 cells. */
static inline hr_spec small(hr_arch arch, hr_mix mix) {
    hr_spec s = hr_spec_defaults();
    s.arch = arch;
    s.mix = mix;
    s.pos = mix == HR_MIX_TOKEN_MLP ? HR_POS_NONE : HR_POS_ROPE;
    s.vocab = 11;
    s.seq = 20;
    s.puzzles = 3;
    s.hidden = s.puzzle_emb_ndim = 32;
    s.puzzle_emb_len = 0;
    s.heads = 4;
    s.h_layers = arch == HR_ARCH_HRM ? 2 : 0;
    s.l_layers = 2;
    s.h_cycles = s.l_cycles = 2;
    return s;
}

/* On candidates, for Sudoku of side 4. */
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
