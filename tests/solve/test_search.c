/* test_search.c - the search against a plain loop over one chain after the other, and what it
 * promises: the same for every puzzle whatever is beside it, ends, order, no memory taken. */
#include "test.h"
#include "small_net.h"

#include <math.h>

#include "base/mem.h"
#include "base/os.h"
#include "nn/loss.h"
#include "nn/engines.h"
#include "solve/solve.h"
#include "task/sudoku.h"

enum { SEQ = 16, S = 4, OUT = 2 * S, PUZZLES = 24, FIRST = 2 };

/* An untrained model: it drops and guesses, and with the rule below it contradicts itself, comes to
 * an end, or runs out of rounds, each often. */
typedef struct world {
    hr_pool *pool;
    hr_model *model;
    hr_engine *engine;
    hr_carry *carry; /* of one row */
    hr_search *search;
    hr_task task;
    int32_t question[PUZZLES * SEQ];
} world;

static void open_world(world *w, int slots, int threads) {
    hr_spec spec = small_net();
    OK(hr_task_sudoku(2, 2, &w->task));
    OK(hr_pool_new(threads, HR_POOL_SPACE, &w->pool));
    OK(hr_model_new(&spec, hr_kern_select(NULL), false, &w->model));
    hr_model_init(w->model, 5);
    hr_model_pack(w->model, w->pool);
    OK(hr_engine_new(hr_engines[0], w->model, w->pool, &(hr_engine_size){.micro = slots}, NULL,
                     &w->engine));
    OK(hr_carry_new(w->engine, 1, &w->carry));
    OK(hr_search_new(w->engine, &w->task, slots, &w->search));
    hr_rng rng = hr_rng_stream(8, "questions");
    for (uint64_t i = 0; i < PUZZLES * SEQ; i++) { /* few givens, or few open cells */
        bool open = i / SEQ % 2 ? i % 5 == 0 : i % 5;
        w->question[i] = open ? 1 : FIRST + (int32_t)hr_rng_below(rng, i, S);
    }
}

static void close_world(world *w) {
    hr_search_free(w->search);
    hr_carry_free(w->carry);
    hr_engine_free(w->engine);
    hr_model_free(w->model);
    hr_pool_free(w->pool);
}

static hr_search_config config_of(void) {
    hr_search_config c = hr_search_defaults();
    c.rule.drop = 0.17;
    c.rule.named = false; /* an untrained model names anything */
    c.rounds = 90;
    c.patience = 5;
    c.chains = 7;
    c.seed = 4;
    return c;
}

/* What came of the puzzles. */
typedef struct record {
    world *w;
    const int *order; /* (PUZZLES) in which they are asked; NULL: as they are */
    int given, count; /* asked for so far, and most */
    int later;        /* every third puzzle has to be asked for twice */
    int done;
    int rejects; /* accept refuses so many answers of each puzzle */
    bool mixed;  /* every fourth puzzle is hopeless, every one after it open */
    int refused[PUZZLES];
    int stop_after; /* go stops then; 0: never */
    int passes;
    hr_search_result result[PUZZLES];
    uint8_t answer[PUZZLES * SEQ];
    int watched[PUZZLES];
} record;

static int place(const record *r, size_t puzzle) {
    return r->order ? r->order[puzzle] : (int)puzzle;
}

static hr_search_next next(void *user, bool wait, int32_t *question, hr_search_config *own) {
    record *r = user;
    (void)own;
    if (!wait && r->given % 3 == 2 && !r->later++) return HR_SEARCH_LATER;
    r->later = 0;
    if (r->given == r->count) return HR_SEARCH_NO_MORE;
    int at = place(r, (size_t)r->given++);
    memcpy(question, r->w->question + at * SEQ, SEQ * sizeof *question);
    return !r->mixed || at % 4 > 1 ? HR_SEARCH_TAKE : at % 4 ? HR_SEARCH_OPEN : HR_SEARCH_HOPELESS;
}

static void done(void *user, size_t puzzle, const hr_search_result *result, const uint8_t *tokens) {
    record *r = user;
    int at = place(r, puzzle);
    r->result[at] = *result;
    r->result[at].seconds = 0; /* the one thing that may differ */
    memcpy(r->answer + at * SEQ, tokens, SEQ);
    r->done++;
}

static bool accept(void *user, size_t puzzle, const uint8_t *tokens) {
    record *r = user;
    (void)tokens;
    return r->refused[place(r, puzzle)]++ >= r->rejects;
}

static void watch(void *user, const hr_search_round *round) {
    record *r = user;
    r->watched[place(r, round->puzzle)]++;
}

static bool go(void *user) {
    record *r = user;
    return ++r->passes != r->stop_after;
}

static void search(world *w, hr_search_config config, record *r) {
    r->w = w;
    if (!r->count) r->count = PUZZLES;
    config.next = next;
    config.done = done;
    config.accept = accept;
    config.watch = watch;
    config.go = go;
    config.user = r;
    OK(hr_search_check(&config));
    hr_search_run(w->search, &config);
}

/* ---- the plain loop -------------------------------------------------------------------------- */

typedef struct plain_chain {
    int32_t sets[SEQ];
    int index, round;
    int guesses, levels;
    int32_t otherwise[90][SEQ]; /* without each guess */
} plain_chain;

/* What the model says of one row, back in its own frame. */
static double look(world *w, const plain_chain *c, const int32_t *question, uint64_t seed,
                   hr_real *own) {
    const hr_spec *spec = &w->model->spec;
    uint32_t cell[SEQ];
    uint8_t symbol[FIRST + S];
    hr_round_view view = {cell, symbol};
    int32_t seen[SEQ], id = 0;
    hr_real logits[SEQ * OUT], q[2];
    uint64_t hash = 0xcbf29ce484222325;
    for (int t = 0; t < SEQ; t++) hash = (hash ^ (uint32_t)question[t]) * 0x100000001b3;
    hr_rng rng = hr_rng_sub(hr_rng_stream(seed, "search view"), hash);
    rng = hr_rng_sub(hr_rng_sub(rng, (uint64_t)c->index), (uint64_t)c->round);
    hr_round_view_draw(&view, spec, &w->task, rng);
    hr_round_view_see(&view, spec, c->sets, seen, NULL, NULL);
    hr_batch batch = {.rows = 1, .inputs = seen, .ids = &id};
    w->engine->ops->reset(w->carry, NULL, 1);
    w->engine->ops->forward(w->engine, &batch, w->carry, logits, q);
    hr_round_view_back(&view, spec, logits, own);
    return (double)q[0];
}

static hr_rng draws(const int32_t *question, uint64_t seed, const plain_chain *c) {
    uint64_t hash = 0xcbf29ce484222325;
    for (int t = 0; t < SEQ; t++) hash = (hash ^ (uint32_t)question[t]) * 0x100000001b3;
    hr_rng rng = hr_rng_sub(hr_rng_stream(seed, "search round"), hash);
    return hr_rng_sub(hr_rng_sub(rng, (uint64_t)c->index), (uint64_t)c->round);
}

static void guessed(plain_chain *p, const hr_round_move *move) {
    memcpy(p->otherwise[p->guesses], p->sets, sizeof p->sets);
    p->otherwise[p->guesses++][move->cell] = move->others;
    if (p->levels < HR_SEARCH_LEVELS) p->levels++;
}

/* Without its last guess, or from the givens. */
static void taken_back(const world *w, plain_chain *p, const int32_t *question, bool guess) {
    if (guess && p->levels) {
        p->levels--;
        memcpy(p->sets, p->otherwise[--p->guesses], sizeof p->sets);
        return;
    }
    p->guesses = p->levels = 0;
    hr_round_start(&w->model->spec, &w->task, question, p->sets);
}

/* One puzzle, one round after the other: what search.h says, and nothing else. */
static void solve_plainly(world *w, const hr_search_config *c, const int32_t *question, int rejects,
                          hr_search_result *x, uint8_t *answer, int *deepest) {
    enum { MOST = 16 };
    const hr_spec *spec = &w->model->spec;
    static plain_chain chain[MOST];
    uint8_t grid[90][SEQ], tokens[SEQ];
    int votes[90], grids = 0, width = 0, turn = 0, begun = 0;
    *x = (hr_search_result){.end = HR_SEARCH_ROUNDS, .chain = -1};
    for (int t = 0; t < SEQ; t++) answer[t] = (uint8_t)question[t];
    for (; x->rounds < c->rounds; turn++) {
        int want = c->agree < c->chains ? c->agree : c->chains;
        for (int i = 0; i < turn / c->patience; i++)
            want = want * 2 < c->chains ? want * 2 : c->chains;
        for (; width < want; width++) {
            chain[width] = (plain_chain){.index = begun++};
            hr_round_start(spec, &w->task, question, chain[width].sets);
        }
        for (int i = 0; i < width && x->rounds < c->rounds; i++) {
            plain_chain *p = &chain[i];
            hr_real own[SEQ * OUT];
            hr_round_move move;
            double conflict = look(w, p, question, c->seed, own);
            hr_round_status status = hr_round_play(&c->rule, spec, p->sets, own, conflict,
                                                   draws(question, c->seed, p), &move);
            x->conflict = (float)conflict;
            x->rounds++;
            if (move.cell >= 0) {
                guessed(p, &move);
                *deepest = p->guesses > *deepest ? p->guesses : *deepest;
                x->guesses++;
            }
            hr_search_tokens(spec, question, p->sets, tokens);
            if (!p->index && !p->round && move.cell >= 0) {
                memcpy(answer, tokens, SEQ);
                answer[move.cell] = 1;
            }
            x->chains += p->round++ == 0;
            if (status == HR_ROUND_OPEN) continue;
            if (status == HR_ROUND_CONFLICT || rejects-- > 0) {
                x->restarts++;
                taken_back(w, p, question, status == HR_ROUND_CONFLICT && !c->start_over);
                continue;
            }
            int g = 0;
            while (g < grids && memcmp(grid[g], tokens, SEQ)) g++;
            if (g == grids) {
                memcpy(grid[grids], tokens, SEQ);
                votes[grids++] = 0;
            }
            if (++votes[g] >= c->agree) {
                memcpy(answer, tokens, SEQ);
                x->end = HR_SEARCH_SOLVED;
                x->chain = p->index;
                return;
            }
            *p = (plain_chain){.index = begun++};
            hr_round_start(spec, &w->task, question, p->sets);
        }
    }
}

static void same_result(const hr_search_result *a, const hr_search_result *b) {
    assert_int_equal(a->end, b->end);
    assert_int_equal(a->rounds, b->rounds);
    assert_int_equal(a->guesses, b->guesses);
    assert_int_equal(a->restarts, b->restarts);
    assert_int_equal(a->chains, b->chains);
    assert_int_equal(a->chain, b->chain);
    assert_true(a->conflict == b->conflict);
}

/* Batched over puzzles, chains and threads, the search is the plain loop: the same answers after
 * the same rounds, guesses and restarts. Else a published figure depends on how it was batched. */
static void a_search_is_the_plain_loop(void **state) {
    (void)state;
    int ends[3] = {0}, wide = 0, restarts = 0, deepest = 0;
    for (int run = 0; run < 6; run++) {
        world w;
        static record r;
        int agree = 1 + run % 3;
        r = (record){.rejects = agree == 2};
        hr_search_config config = config_of();
        config.agree = agree;
        config.start_over = run >= 3;
        config.rule.fewest = run % 2;
        config.rule.named = run == 4;
        open_world(&w, 5, 2);
        search(&w, config, &r);
        assert_int_equal(r.done, PUZZLES);
        for (int p = 0; p < PUZZLES; p++) {
            hr_search_result x;
            uint8_t answer[SEQ];
            solve_plainly(&w, &config, w.question + p * SEQ, r.rejects, &x, answer, &deepest);
            same_result(&r.result[p], &x);
            assert_memory_equal(r.answer + p * SEQ, answer, SEQ);
            assert_int_equal(r.watched[p], x.rounds);
            ends[x.end]++;
            wide += x.chains >= 7;
            restarts += x.restarts;
        }
        close_world(&w);
    }
    assert_true(ends[HR_SEARCH_SOLVED] > 20 && ends[HR_SEARCH_ROUNDS] > 20);
    assert_true(wide > 20 && restarts > 100 && deepest > HR_SEARCH_LEVELS);
}

/* A minute went by before a puzzle that contradicts itself was given up. One that is hopeless takes
 * no round, one that is open few, and the others do not notice. */
static void some_are_not_worth_a_search(void **state) {
    (void)state;
    static record all, mixed;
    world w;
    hr_search_config config = config_of();
    config.open_rounds = 8;
    for (int slots = 1; slots < 8; slots += 3) {
        all = (record){0};
        mixed = (record){.mixed = true};
        open_world(&w, slots, 2);
        search(&w, config, &all);
        search(&w, config, &mixed);
        close_world(&w);
        assert_int_equal(mixed.done, PUZZLES);
        for (int p = 0; p < PUZZLES; p++) {
            const hr_search_result *r = &mixed.result[p];
            if (p % 4 > 1) same_result(&all.result[p], r);
            else if (!(p % 4)) assert_int_equal(r->end, HR_SEARCH_UNTRIED);
            else if (all.result[p].rounds <= 8) same_result(&all.result[p], r);
            else assert_int_equal(r->end, HR_SEARCH_ROUNDS);
            assert_true(p % 4 > 1 || r->rounds <= 8 * (p % 4));
        }
    }
}

/* The same for every puzzle from any number of slots and threads, in any order, and alone. */
static void a_puzzle_does_not_know_its_neighbours(void **state) {
    (void)state;
    static record first, again;
    int turned[PUZZLES];
    for (int p = 0; p < PUZZLES; p++) turned[p] = (7 * p + 3) % PUZZLES;
    world w;
    first = (record){0};
    open_world(&w, PUZZLES, 1);
    search(&w, config_of(), &first);
    close_world(&w);
    static const int slots[] = {1, 2, 5, 16, 64};
    for (int i = 0; i < 5; i++) {
        hr_search_config config = config_of();
        config.puzzles = i == 2 ? 1 : 0; /* one after the other */
        again = (record){.order = turned};
        open_world(&w, slots[i], 1 + i % 3);
        search(&w, config, &again);
        close_world(&w);
        assert_int_equal(again.done, PUZZLES);
        for (int p = 0; p < PUZZLES; p++) same_result(&first.result[p], &again.result[p]);
        assert_memory_equal(first.answer, again.answer, sizeof first.answer);
    }
}

/* A puzzle that resists gets the chains of the schedule, up to the most there may be and beyond the
 * slots there are; many of them at a time neither stall each other nor lose count. */
static void resisting_puzzles_get_all_chains(void **state) {
    (void)state;
    static record r;
    world w;
    hr_search_config config = config_of();
    config.rule.conflict = 1e-9; /* everything is a contradiction */
    config.rounds = 800;
    config.patience = 2;
    config.chains = HR_SEARCH_CHAINS;
    r = (record){.count = 5};
    open_world(&w, 3, 2);
    search(&w, config, &r);
    close_world(&w);
    assert_int_equal(r.done, 5);
    for (int p = 0; p < 5; p++) {
        /* 2 turns each of 1, 2, 4 .. 128 chains are 510 rounds, then 256 begin */
        assert_int_equal(r.result[p].end, HR_SEARCH_ROUNDS);
        assert_int_equal(r.result[p].rounds, 800);
        assert_int_equal(r.result[p].restarts, 800);
        assert_int_equal(r.result[p].chains, 256);
        for (int t = 0; t < SEQ; t++) /* nothing was settled, so nothing is shown but the givens */
            assert_int_equal(r.answer[p * SEQ + t], w.question[p * SEQ + t]);
    }
}

/* An answer is complete and keeps the givens; where there is none, what is shown is incomplete. A
 * program that trusts `solved` must not see a guess that was never finished. */
static void answers_are_whole_or_none(void **state) {
    (void)state;
    static record r;
    world w;
    r = (record){0};
    hr_search_config config = config_of();
    config.rounds = 20;
    open_world(&w, 8, 2);
    search(&w, config, &r);
    int solved = 0;
    for (int p = 0; p < PUZZLES; p++) {
        int open = 0;
        for (int t = 0; t < SEQ; t++) {
            int given = w.question[p * SEQ + t], token = r.answer[p * SEQ + t];
            if (given >= FIRST) assert_int_equal(token, given);
            open += token < FIRST;
        }
        solved += r.result[p].end == HR_SEARCH_SOLVED;
        if (r.result[p].end == HR_SEARCH_SOLVED) assert_int_equal(open, 0);
        else assert_true(open > 0);
    }
    assert_true(solved > 0 && solved < PUZZLES);
    close_world(&w);
}

/* Out of time, every puzzle still gets its end, also those that had not begun. */
static void time_ends_a_search(void **state) {
    (void)state;
    static record r;
    world w;
    hr_search_config config = config_of();
    config.rule.conflict = 1e-9;
    config.rounds = 1 << 20;
    open_world(&w, 4, 2);
    for (int each = 0; each < 2; each++) {
        config.seconds = each ? 0.002 : 0;
        config.total_seconds = each ? 0 : 0.01;
        r = (record){0};
        double begin = hr_os_seconds();
        search(&w, config, &r);
        assert_true(hr_os_seconds() - begin < 20);
        assert_int_equal(r.done, PUZZLES);
        int begun = 0;
        for (int p = 0; p < PUZZLES; p++) {
            assert_int_equal(r.result[p].end, HR_SEARCH_TIME);
            begun += r.result[p].rounds > 0;
        }
        if (each) assert_int_equal(begun, PUZZLES);
        else assert_in_range(begun, 1, 4);
    }
    close_world(&w);
}

/* `go` stops a search between two rounds, and the next one is none the worse. */
static void a_search_can_be_stopped(void **state) {
    (void)state;
    static record cut, whole, again;
    world w;
    open_world(&w, 4, 2);
    whole = (record){0};
    search(&w, config_of(), &whole);
    cut = (record){.stop_after = 3};
    search(&w, config_of(), &cut);
    assert_int_equal(cut.passes, 3);
    assert_true(cut.done < PUZZLES);
    again = (record){0};
    search(&w, config_of(), &again);
    for (int p = 0; p < PUZZLES; p++) same_result(&whole.result[p], &again.result[p]);
    close_world(&w);
}

/* A search takes no memory once it is made. */
static void a_search_takes_no_memory(void **state) {
    (void)state;
    static record r;
    world w;
    open_world(&w, 4, 2);
    r = (record){0};
    uint64_t before = hr_alloc_count();
    search(&w, config_of(), &r);
    assert_true(hr_alloc_count() == before);
    assert_int_equal(r.done, PUZZLES);
    close_world(&w);
}

/* Numbers that make no sense are refused by name. */
static void senseless_numbers_are_refused(void **state) {
    (void)state;
    hr_search_config c = hr_search_defaults();
    OK(hr_search_check(&c));
    struct {
        hr_search_config config;
        const char *name;
    } bad[9];
    for (int i = 0; i < 9; i++) bad[i].config = c;
    bad[0].config.rule.drop = 1, bad[0].name = "drop";
    bad[1].config.rule.drop = NAN, bad[1].name = "drop";
    bad[2].config.rule.conflict = 1.5, bad[2].name = "conflict";
    bad[3].config.rule.temperature = -1, bad[3].name = "temperature";
    bad[4].config.chains = 257, bad[4].name = "chains";
    bad[5].config.agree = 65, bad[5].name = "agree";
    bad[6].config.patience = -1, bad[6].name = "patience";
    bad[7].config.rounds = 0, bad[7].name = "rounds";
    bad[8].config.seconds = -1, bad[8].name = "seconds";
    for (int i = 0; i < 9; i++) {
        assert_int_equal(hr_search_check(&bad[i].config), HR_ERR_ARG);
        assert_non_null(strstr(hr_error_text(), bad[i].name));
    }
}

/* ---- the stream around it -------------------------------------------------------------------- */

typedef struct stream {
    world *w;
    size_t given, done, count, most; /* puzzles; the most that were under way */
    size_t asked;                    /* calls of next that need not wait */
    size_t refuse;                   /* the puzzle that next refuses */
    bool in_order;
} stream;

static hr_status stream_next(void *user, bool wait, hr_asked *asked, hr_search_next *more) {
    stream *x = user;
    size_t index = asked->index;
    if (index == x->refuse) return hr_fail(HR_ERR_TASK, "refused");
    *more = x->given == x->count ? HR_SEARCH_NO_MORE : HR_SEARCH_TAKE;
    if (x->given == x->count) return HR_OK;
    if (!wait && ++x->asked % 3 == 0) {
        *more = HR_SEARCH_LATER;
        return HR_OK;
    }
    x->in_order &= index == x->given;
    for (int t = 0; t < SEQ; t++)
        asked->question[t] = (uint8_t)x->w->question[index % PUZZLES * SEQ + (size_t)t];
    x->given++;
    if (x->given - x->done > x->most) x->most = x->given - x->done;
    return HR_OK;
}

static hr_status stream_done(void *user, const hr_solved *solved) {
    stream *x = user;
    x->in_order &= solved->index == x->done++;
    for (int t = 0; t < SEQ; t++)
        x->in_order &=
            solved->question[t] == x->w->question[solved->index % PUZZLES * SEQ + (size_t)t];
    return HR_OK;
}

/* Hundreds of puzzles stream through a few rows: answers in the order of the questions, never
 * more under way than the window holds, and a bad one late does not lose those before it. */
static void puzzles_stream_in_order(void **state) {
    (void)state;
    world w;
    hr_solver *solver;
    open_world(&w, 1, 1);
    OK(hr_solver_new(w.model, w.pool, NULL, &w.task, 2, &solver));
    hrm_search asked = hr_solver_search;
    asked.drop = 0.17, asked.rounds = 20, asked.patience = 3, asked.chains = 4;
    hr_solver_how how = {.search = &asked};
    for (int bad = 0; bad < 2; bad++) {
        stream x = {.w = &w, .count = 400, .in_order = true, .refuse = bad ? 170 : SIZE_MAX};
        const hr_flow flow = {.next = stream_next, .done = stream_done, .user = &x};
        hr_status status = hr_solver_run(solver, &how, &flow);
        assert_int_equal(status, bad ? HR_ERR_TASK : HR_OK);
        assert_true(x.in_order);
        assert_int_equal(x.done, bad ? 170 : 400);
        assert_int_equal(solver->finished, x.done);
        assert_in_range(x.most, 2, 32);
    }
    hr_solver_free(solver);
    close_world(&w);
}

HR_TEST_MAIN(cmocka_unit_test(a_search_is_the_plain_loop),
             cmocka_unit_test(some_are_not_worth_a_search),
             cmocka_unit_test(a_puzzle_does_not_know_its_neighbours),
             cmocka_unit_test(resisting_puzzles_get_all_chains),
             cmocka_unit_test(answers_are_whole_or_none), cmocka_unit_test(time_ends_a_search),
             cmocka_unit_test(a_search_can_be_stopped), cmocka_unit_test(a_search_takes_no_memory),
             cmocka_unit_test(senseless_numbers_are_refused),
             cmocka_unit_test(puzzles_stream_in_order))
