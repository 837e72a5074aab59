/* spec.h - a model as data: sizes, kinds and cycle counts, and what follows from them.
 *
 * Names follow the published configuration files. T = prefix + seq tokens, D = hidden.
 *
 * With symbols S > 0 the model works on candidates: a cell enters as a set of symbols, and the
 * heads say of every candidate whether to keep it and how likely it is, and of the row whether it
 * contradicts itself. The symbols are the last S tokens of the vocabulary.
 *
 * With symbol_channels the state of a row is F channels of T tokens, one for each symbol (without
 * symbols: for each token value), which share all weights: a token of channel s sees only whether
 * its cell holds s, or has it as a candidate, and says of s alone how likely it is, and whether to
 * keep it. Channels meet in every block, in a linear map of their mean. So a permutation of the
 * channels permutes what the model says, and nothing else: no symbol has to be learned twice. The
 * first own_channels are not like the others: they have vectors that tell them, and a puzzle
 * embedding, which is added to every cell, has a vector for each channel.
 *
 * Rotary positions turn pair i of a head's head_dim/2 pairs by an angle. rope: by
 * t theta^(-2i/head_dim) at token t, prefix tokens counted. rope2d: pair i of the first half by
 * r theta^(-4i/head_dim) in row r of the grid, pair i of the second half alike by the column; rows
 * and columns count from 0, and prefix tokens stand at row 0, column 0: they are not turned.
 *
 * With puzzle_emb_views V the identifiers from 1 on are tasks seen in V ways, the V of the first
 * task, of the second, ...: a task has one row of the puzzle embedding, and a dense vector of each
 * view, which all tasks share, is added where that row is.
 *
 * With numbers K every cell of a question has K real numbers beside its token, to which the model
 * gives a vector each: what it reads in a cell is the token's vector and, for each number, that
 * many times the number's.
 *
 * With skip_padding the cells of a question that hold `pad` take no part: they are not embedded,
 * nothing attends to them, they have no loss, and their answer is `pad`. Positions are those that
 * the other cells have in the whole puzzle. See rows.h. */
#ifndef HR_SPEC_H
#define HR_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum hr_arch { HR_ARCH_HRM, HR_ARCH_TRM, HR_ARCH_LOOP } hr_arch;
typedef enum hr_pos { HR_POS_NONE, HR_POS_ROPE, HR_POS_LEARNED, HR_POS_GRID, HR_POS_ROPE2D } hr_pos;
typedef enum hr_mix { HR_MIX_ATTENTION, HR_MIX_TOKEN_MLP, HR_MIX_NONE } hr_mix;
typedef enum hr_norm { HR_NORM_POST, HR_NORM_PRE } hr_norm;
typedef enum hr_act { HR_ACT_SILU, HR_ACT_RELU } hr_act;

/* What a channel may see of its symbol in a cell: it is not there (or dropped), or it is (or may
 * be). Rows of the token embedding; those of own_channels follow. */
enum { HR_CHANNEL_ABSENT, HR_CHANNEL_PRESENT, HR_CHANNEL_KINDS };

enum {
    HR_VOCAB_MAX = 256,  /* a token is a byte */
    HR_NUMBERS_MAX = 64, /* beside a cell */
    HR_SYMBOLS_MAX = 30, /* a set of symbols is an int32_t with a flag beside it */
};

typedef struct hr_spec {
    hr_arch arch;
    int vocab;            /* token values 0 .. vocab-1; at most HR_VOCAB_MAX */
    int seq;              /* tokens of a puzzle */
    int numbers;          /* K real ones beside each of them, without symbols; or 0 */
    int symbols;          /* S; 0: tokens in, tokens out */
    int symbol_channels;  /* 1: a channel of vectors for every symbol, or token; 0: one of all */
    int own_channels;     /* the first so many have a vector of their own */
    int cols;             /* of the grid, where pos or conv needs it; divides seq */
    int skip_padding;     /* 1: padded cells take no part; 0: they do, as published */
    int pad;              /* with skip_padding: the token that pads a question */
    int puzzles;          /* rows of the puzzle embedding */
    int puzzle_emb_ndim;  /* numbers of one row; 0: no puzzle embedding */
    int puzzle_emb_len;   /* prefix tokens; 0: as many as the row fills */
    int puzzle_emb_cells; /* 1: no prefix, the row (of `hidden` numbers) is added to every cell */
    int puzzle_emb_views; /* V: puzzles are V views of each task, and views have vectors; or 0 */
    int hidden;           /* D */
    int heads;
    double expansion; /* of SwiGLU; see hr_spec_inner */
    hr_pos pos;
    hr_mix mix;   /* attention, the token MLP of TRM (mlp_t), or none but the convolution */
    int conv;     /* taps across of each block's convolution: 3, 5, 7; 0: none */
    hr_norm norm; /* post as published; pre: before mixing and MLP, and at the end of a call */
    hr_act act;   /* of the gated MLPs: silu as published (SwiGLU), or relu */
    double rope_theta, rms_eps;
    int h_layers; /* HRM only: TRM and loop have one net, of l_layers blocks */
    int l_layers;
    int h_cycles, l_cycles;
    int readouts;   /* loop: the heads read, and training scores, the last so many calls; 0: all */
    int grad_calls; /* loop: gradient flows through the last so many calls; 0: all */
    int halt_max_steps; /* segments: the limit in training, what evaluation runs */
} hr_spec;

/* The published HRM Sudoku settings (27M parameters at vocab 11, seq 81). */
hr_spec hr_spec_defaults(void);
/* Every size within bounds and consistent; the message names the field. Other functions on a spec
 * expect one that passed. */
hr_status hr_spec_check(const hr_spec *spec);

int hr_spec_prefix(const hr_spec *spec);   /* prefix tokens */
int hr_spec_tokens(const hr_spec *spec);   /* T = prefix + seq */
int hr_spec_channels(const hr_spec *spec); /* F; without symbol_channels 1 */
/* Numbers of one row of a state: channels x T x hidden. */
size_t hr_spec_state(const hr_spec *spec);
/* Logits of one cell: vocab, or with symbols [keep S | symbol S]. */
int hr_spec_outputs(const hr_spec *spec);
/* Taps of the convolution: conv x conv, or conv along a sequence (cols is seq). */
int hr_spec_taps(const hr_spec *spec);
/* Inner width of SwiGLU: round(expansion * width * 2/3), up to a multiple of 256 as published; of
 * 32 in looped nets and with symbols. */
int hr_spec_inner(const hr_spec *spec, int width);

/* Rows of the puzzle embedding, the row of an identifier, and its view. */
int hr_spec_puzzle_rows(const hr_spec *spec);
static inline size_t hr_puzzle_row(const hr_spec *spec, int32_t id) {
    int views = spec->puzzle_emb_views;
    return (size_t)(views ? (id + views - 1) / views : id);
}
static inline size_t hr_puzzle_view(const hr_spec *spec, int32_t id) {
    return id > 0 && spec->puzzle_emb_views ? (size_t)(id - 1) % (size_t)spec->puzzle_emb_views : 0;
}

/* One line of JSON and back; unknown keys are refused. Free the text with hr_free. */
char *hr_spec_to_json(const hr_spec *spec);
hr_status hr_spec_from_json(const char *text, hr_spec *out);

const char *hr_arch_name(hr_arch arch); /* "hrm", "trm", "loop" */
const char *hr_pos_name(hr_pos pos);    /* "none", "rope", "learned", "grid", "rope2d" */
/* The value of key "arch", "pos", "mix", "norm" or "act" that a name stands for; -1: none. */
int hr_spec_choice(const char *key, const char *name);

#endif
