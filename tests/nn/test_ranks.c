/* test_ranks.c - several ranks in one program, a thread each: whoever trains or solves with any
 * number of them must get what one would, and whoever fails alone must not be waited for. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/rng.h"
#include "nn/engine_ranks.h"
#include "nn/exec.h"
#include "regime/segments.h"
#include "regime/step.h"
#include "small_net.h"
#include "solve/solve.h"

enum { ROWS = 23, SHARDS = 5, STEPS = 5, MOST = 5, LETTERS = 4096 };

/* ---- ranks that are threads ------------------------------------------------------------------ */

/* A letter on its way: from a rank to another, the number-th between the two. */
typedef struct letter {
    int from, to, number;
    size_t size;
    const void *bytes; /* of the sender, who waits until it is taken */
    bool taken;
} letter;

typedef struct post {
    pthread_mutex_t lock;
    pthread_cond_t news;
    letter letter[LETTERS];
    int letters;
    int sent[MOST][MOST], received[MOST][MOST];
} post;

static letter *find(post *p, int from, int to, int number) {
    for (int i = 0; i < p->letters; i++) {
        letter *l = &p->letter[i];
        if (l->from == from && l->to == to && l->number == number) return l;
    }
    return NULL;
}

static const char *trade(hr_comm *comm, const hr_message *send, int sends,
                         const hr_message *receive, int receives) {
    post *p = comm->own;
    int own = comm->rank, first[MOST] = {0};
    pthread_mutex_lock(&p->lock);
    if (p->letters + sends > LETTERS) { /* whatever was taken goes */
        int kept = 0;
        for (int i = 0; i < p->letters; i++)
            if (!p->letter[i].taken) p->letter[kept++] = p->letter[i];
        p->letters = kept;
    }
    for (int r = 0; r < MOST; r++) first[r] = p->sent[own][r];
    for (int i = 0; i < sends; i++)
        p->letter[p->letters++] = (letter){
            own, send[i].rank, p->sent[own][send[i].rank]++, send[i].size, send[i].bytes, false};
    pthread_cond_broadcast(&p->news);
    for (int i = 0; i < receives; i++) {
        int from = receive[i].rank, number = p->received[from][own]++;
        letter *l;
        while (!(l = find(p, from, own, number))) pthread_cond_wait(&p->news, &p->lock);
        if (l->size != receive[i].size) abort();
        memcpy(receive[i].bytes, l->bytes, l->size);
        l->taken = true;
        pthread_cond_broadcast(&p->news);
    }
    for (int r = 0; r < MOST; r++)
        for (int n = first[r]; n < p->sent[own][r]; n++)
            for (letter *l; (l = find(p, own, r, n)) && !l->taken;)
                pthread_cond_wait(&p->news, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

typedef struct worker {
    hr_comm comm;
    void (*work)(hr_comm *comm, void *out);
    void *out;
} worker;

static void *thread_main(void *argument) {
    worker *w = argument;
    w->work(w->comm.size > 1 ? &w->comm : NULL, w->out);
    return NULL;
}

/* Runs `work` on so many ranks, each with its own out. */
static void on_ranks(int ranks, void (*work)(hr_comm *, void *), void *const *out) {
    static post p;
    pthread_t id[MOST];
    worker w[MOST];
    memset(&p, 0, sizeof p);
    pthread_mutex_init(&p.lock, NULL);
    pthread_cond_init(&p.news, NULL);
    for (int r = 0; r < ranks; r++) {
        w[r] = (worker){{.rank = r, .size = ranks, .trade = trade, .own = &p}, work, out[r]};
        assert_int_equal(pthread_create(&id[r], NULL, thread_main, &w[r]), 0);
    }
    for (int r = 0; r < ranks; r++) pthread_join(id[r], NULL);
}

/* ---- training and solving -------------------------------------------------------------------- */

typedef struct result {
    hr_arch arch;
    hr_real *array[HR_LEARNER_ARRAYS]; /* what a run goes on with */
    size_t bytes[HR_LEARNER_ARRAYS];
    int arrays;
    uint8_t *tokens;
} result;

static void fill(const hr_spec *s, hr_batch *batch) {
    hr_rng rng = hr_rng_stream(5, "batch");
    for (size_t i = 0; i < (size_t)ROWS * (size_t)s->seq; i++) {
        batch->inputs[i] = (int32_t)hr_rng_below(rng, 2 * i, (uint64_t)s->vocab);
        batch->labels[i] = (int32_t)hr_rng_below(rng, 2 * i + 1, (uint64_t)s->vocab);
    }
    for (int b = 0; b < ROWS; b++) batch->ids[b] = b % s->puzzles;
    for (size_t i = 0; i < (size_t)(ROWS * s->seq * s->numbers); i++)
        batch->numbers[i] = (float)hr_rng_uniform(rng, ~i) - 0.5f;
}

static hr_status next(void *user, bool wait, hr_asked *asked, hr_search_next *more) {
    size_t index = asked->index;
    (void)user, (void)wait;
    *more = index < ROWS ? HR_SEARCH_TAKE : HR_SEARCH_NO_MORE;
    for (size_t t = 0; t < 20 && index < ROWS; t++)
        asked->question[t] = (uint8_t)((index + t) % 11);
    for (size_t t = 0; asked->numbers && t < 40 && index < ROWS; t++)
        asked->numbers[t] = (float)((7 * index + t) % 5) - 2;
    asked->id = 1;
    return HR_OK;
}

static hr_status keep(void *user, const hr_solved *solved) {
    memcpy(((result *)user)->tokens + solved->index * 20, solved->tokens, 20);
    return HR_OK;
}

/* Some steps, and then puzzles, more of them than fit at once. */
static void train(hr_comm *comm, void *out) {
    result *r = out;
    hr_spec spec = small(r->arch, HR_MIX_ATTENTION);
    spec.numbers = r->arch == HR_ARCH_TRM ? 2 : 0;
    const hr_optim_config optim = {.muon = r->arch == HR_ARCH_HRM,
                                   .muon_momentum = .9,
                                   .beta1 = .9,
                                   .beta2 = .95,
                                   .weight_decay = .1,
                                   .ema = .9};
    hr_pool *pool;
    hr_model *model;
    hr_learner *l;
    hr_solver *solver;
    hr_step_report report;
    OK(hr_pool_new(2, HR_POOL_SPACE, &pool));
    hr_pool_set_comm(pool, comm);
    OK(hr_model_new(&spec, hr_kern_select("portable"), true, &model));
    hr_model_init(model, 3);
    hr_model_pack(model, pool);
    hr_learner_config config = {.regime = &hr_regime_segments,
                                .objective = {.q_weight = .5, .dropout = .1},
                                .optim = &optim,
                                .size = {.micro = ROWS, .rows = ROWS, .shards = SHARDS}};
    OK(hr_learner_new(model, pool, &config, &l));
    fill(&spec, &l->rows.batch);
    for (int i = 0; i < STEPS; i++)
        assert_true(hr_step(
            l, &(hr_step_how){.step = i, .size = 1, .lr = 1e-2, .muon_lr = 1e-2, .puzzle_lr = 1e-2},
            &report));
    OK(hr_solver_new(model, pool, l->engine, NULL, 7, &solver));
    r->tokens = HR_NEW(uint8_t, ROWS * 20);
    OK(hr_solver_run(solver, &(hr_solver_how){0},
                     &(hr_flow){.next = next, .done = keep, .user = r}));
    hr_regime_array array[HR_LEARNER_ARRAYS];
    r->arrays = hr_learner_arrays(l, array);
    for (int i = 0; i < r->arrays; i++) {
        r->bytes[i] = array[i].count * hr_dtype_size(array[i].dtype);
        r->array[i] = hr_alloc(r->bytes[i]);
        memcpy(r->array[i], hr_learner_array(l, &array[i]), r->bytes[i]);
    }
    hr_solver_free(solver);
    hr_learner_free(l);
    hr_model_free(model);
    hr_pool_free(pool);
}

static void drop(result *r) {
    for (int i = 0; i < r->arrays; i++) hr_free(r->array[i]);
    hr_free(r->tokens);
}

/* Every rank comes to the weights, moments, averages, states and answers of one, of small and of
 * large models. */
static void any_number_of_ranks_is_one(void **state) {
    (void)state;
    const size_t kept = hr_exec_small_dense;
    static const hr_arch archs[] = {HR_ARCH_HRM, HR_ARCH_TRM};
    for (int kind = 0; kind < 4; kind++) {
        hr_exec_small_dense = kind % 2 ? 0 : kept;
        result alone = {.arch = archs[kind / 2]};
        on_ranks(1, train, (void *[]){&alone});
        for (int ranks = 2; ranks <= MOST; ranks += ranks == 3 ? 2 : 1) {
            result r[MOST];
            void *out[MOST];
            for (int i = 0; i < ranks; i++) r[i] = (result){.arch = alone.arch}, out[i] = &r[i];
            on_ranks(ranks, train, out);
            for (int i = 0; i < ranks; i++) {
                assert_int_equal(r[i].arrays, alone.arrays);
                for (int k = 0; k < alone.arrays; k++)
                    if (memcmp(r[i].array[k], alone.array[k], alone.bytes[k]))
                        fail_msg("kind %d, rank %d of %d: array %d differs", kind, i, ranks, k);
                assert_memory_equal(r[i].tokens, alone.tokens, ROWS * 20);
                drop(&r[i]);
            }
        }
        drop(&alone);
    }
    hr_exec_small_dense = kept;
}

/* ---- what ranks tell each other -------------------------------------------------------------- */

typedef struct told {
    hr_status own, all;
    bool go, agreed;
    char text[200];
    unsigned long long number;
    int differs;
} told;

static void agree(hr_comm *comm, void *out) {
    told *t = out;
    if (t->own) hr_fail(t->own, "the disk is gone");
    t->all = hr_comm_settle(comm, t->own, &t->go);
    snprintf(t->text, sizeof t->text, "%s", hr_error_text());
    t->agreed = comm->agreed;
    if (hr_comm_same(comm, t->number, &t->differs)) t->differs = -1;
}

/* All fail as the first that does, and say which it was. */
static void a_failure_of_one_is_that_of_all(void **state) {
    (void)state;
    told t[4] = {
        {.go = true}, {.go = true}, {.own = HR_ERR_IO, .go = true}, {.go = true, .number = 7}};
    on_ranks(4, agree, (void *[]){&t[0], &t[1], &t[2], &t[3]});
    for (int r = 0; r < 4; r++) {
        assert_int_equal(t[r].all, HR_ERR_IO);
        assert_string_equal(t[r].text, r == 2 ? "the disk is gone" : "rank 2: the disk is gone");
        assert_true(t[r].go && t[r].agreed);
        assert_int_equal(t[r].differs, 3);
    }
    told u[3] = {{.go = true, .number = 1}, {.go = false, .number = 1}, {.go = true, .number = 1}};
    on_ranks(3, agree, (void *[]){&u[0], &u[1], &u[2]});
    for (int r = 0; r < 3; r++) {
        assert_int_equal(u[r].all, HR_OK);
        assert_false(u[r].go || u[r].agreed);
        assert_int_equal(u[r].differs, -1);
    }
}

HR_TEST_MAIN(cmocka_unit_test(any_number_of_ranks_is_one),
             cmocka_unit_test(a_failure_of_one_is_that_of_all))
