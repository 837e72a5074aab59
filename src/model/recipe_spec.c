/* recipe_spec.c - see recipe_spec.h */
#include "model/recipe_spec.h"

#include <string.h>

#include "task/dihedral.h"
#include "task/numbers.h"

_Static_assert((int)HR_TASK_NUMBERS_MAX <= (int)HR_NUMBERS_MAX,
               "tasks of more numbers than models");

hr_spec hr_recipe_spec(const hr_recipe *r, const hr_task *task, int puzzles) {
    hr_spec spec = hr_spec_defaults(); /* the recipe's table admits only names that a spec knows */
    spec.arch = (hr_arch)hr_spec_choice("arch", r->arch);
    spec.pos = (hr_pos)hr_spec_choice("pos", r->pos);
    spec.mix = (hr_mix)hr_spec_choice("mix", r->mix);
    spec.norm = (hr_norm)hr_spec_choice("norm", r->norm);
    spec.act = (hr_act)hr_spec_choice("act", r->act);
    spec.vocab = task->vocab;
    spec.seq = task->seq;
    spec.numbers = task->numbers;
    spec.puzzles = puzzles;
    bool candidates = hr_recipe_regime(r)->candidates;
    spec.symbols = candidates ? task->symbols : 0;
    spec.conv = (int)r->conv;
    bool grid = spec.pos == HR_POS_GRID || spec.pos == HR_POS_ROPE2D || spec.conv;
    spec.cols = grid ? task->cols : 0;
    spec.symbol_channels = r->symbol_channels;
    int unlike = hr_spec_channels(&spec) - task->alike;
    spec.own_channels = r->symbol_channels && unlike > 0 ? unlike : 0;
    spec.skip_padding = r->skip_padding;
    spec.pad = r->skip_padding ? task->padding : 0;
    if (!candidates) {
        int64_t width = r->puzzle_emb_cells ? hr_spec_channels(&spec) * r->hidden : r->hidden;
        spec.puzzle_emb_ndim = (int)(r->puzzle_emb_ndim < 0 ? width : r->puzzle_emb_ndim);
        spec.puzzle_emb_len = (int)r->puzzle_emb_len;
        spec.puzzle_emb_cells = r->puzzle_emb_cells;
        spec.puzzle_emb_views = r->puzzle_emb_views ? HR_DIHEDRAL : 0;
    } else spec.puzzle_emb_ndim = spec.puzzle_emb_len = 0;
    spec.hidden = (int)r->hidden;
    spec.heads = (int)r->heads;
    spec.expansion = r->expansion;
    spec.rope_theta = r->rope_theta;
    spec.h_layers = spec.arch == HR_ARCH_HRM ? (int)r->h_layers : 0;
    spec.l_layers = (int)r->l_layers;
    spec.h_cycles = spec.arch == HR_ARCH_LOOP ? 1 : (int)r->h_cycles;
    spec.l_cycles = (int)r->l_cycles;
    spec.readouts = (int)r->readouts;
    spec.grad_calls = (int)r->grad_calls;
    spec.halt_max_steps = (int)r->halt_max_steps;
    return spec;
}

hr_objective hr_recipe_objective(const hr_recipe *r) {
    hr_objective out = {.loss = strcmp(r->loss, "softmax") ? HR_LOSS_STABLEMAX : HR_LOSS_SOFTMAX,
                        .smoothing = r->label_smoothing,
                        .dropout = r->dropout,
                        .residual_dropout = r->residual_dropout};
    hr_recipe_regime(r)->objective(hr_recipe_own(r), &out);
    return out;
}

int hr_recipe_eval_rounds(const hr_recipe *r) {
    const hr_regime *regime = hr_recipe_regime(r);
    int64_t most = regime->eval_rounds ? regime->eval_rounds(hr_recipe_own(r)) : 0;
    return most < r->halt_max_steps ? (int)most : 0;
}

hr_optim_config hr_recipe_optim(const hr_recipe *r) {
    return (hr_optim_config){
        .kind = strcmp(r->optimizer, "adamw") ? HR_OPTIM_ADAM_ATAN2 : HR_OPTIM_ADAMW,
        .muon = r->muon,
        .muon_rows = r->muon_rows,
        .beta1 = r->beta1,
        .beta2 = r->beta2,
        .eps = r->adam_eps,
        .weight_decay = r->weight_decay,
        .muon_momentum = r->muon_momentum,
        .muon_beta2 = r->muon_beta2,
        .muon_weight_decay = r->muon_weight_decay,
        .clip = r->clip,
        .ema = r->ema,
        .ema_warmup = r->ema_warmup,
    };
}
