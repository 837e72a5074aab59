/* test_film.c - pictures that move: bytes of a GIF, which steps of a long story are shown, what
 * cells show. */
#include <unistd.h>

#include "base/mem.h"
#include "base/os.h"
#include "io/gif.h"
#include "look/film.h"
#include "look/player.h"
#include "task/arc.h"
#include "task/sudoku.h"
#include "test.h"

/* ---- a reader of GIF, by its specification ----------------------------------------------------
 */

typedef struct reader {
    const uint8_t *at;
    uint8_t block; /* bytes left in the block at hand */
    uint32_t held;
    int bits;
} reader;

static int next_code(reader *r, int size) {
    for (; r->bits < size; r->bits += 8) {
        if (!r->block) r->block = *r->at++;
        assert_true(r->block--);
        r->held |= (uint32_t)*r->at++ << r->bits;
    }
    int code = (int)(r->held & ((1u << size) - 1));
    r->held >>= size;
    r->bits -= size;
    return code;
}

/* Unpacks a frame; returns how many bytes. */
static size_t unpack(reader *r, int least, uint8_t *out, size_t room) {
    static int before[4096], length[4096];
    static uint8_t last[4096];
    int size = least + 1, count = (1 << least) + 2, previous = -1, code;
    size_t n = 0;
    for (int i = 0; i < 1 << least; i++) length[i] = 1, last[i] = (uint8_t)i;
    while ((code = next_code(r, size)) != (1 << least) + 1) {
        if (code == 1 << least) {
            size = least + 1, count = (1 << least) + 2, previous = -1;
            continue;
        }
        assert_true(code <= count && (code < count || previous >= 0));
        if (previous >= 0 && count < 4096) { /* its last byte is the first of what follows */
            int first = code == count ? previous : code;
            while (length[first] > 1) first = before[first];
            before[count] = previous, length[count] = length[previous] + 1;
            last[count++] = last[first];
        }
        assert_true(n + (size_t)length[code] <= room);
        for (int i = length[code], c = code; i-- > 0; c = before[c]) out[n + (size_t)i] = last[c];
        n += (size_t)length[code];
        previous = code;
        if (count == 1 << size && size < 12) size++;
    }
    assert_int_equal(r->block, 0);
    assert_int_equal(*r->at++, 0);
    return n;
}

typedef struct movie {
    int width, height, frames;
    uint32_t *pixel; /* (height x width) as they stand after each frame */
} movie;

/* Reads a file and calls back after each frame. */
static movie play(const char *path, void (*see)(const movie *, void *), void *user) {
    hr_file file;
    OK(hr_os_load(path, &file));
    const uint8_t *b = file.data, *palette = b + 13;
    movie m = {.width = b[6] | b[7] << 8, .height = b[8] | b[9] << 8};
    size_t all = (size_t)m.width * (size_t)m.height;
    uint8_t *packed = malloc(all);
    m.pixel = calloc(all, sizeof *m.pixel);
    assert_memory_equal(b, "GIF89a", 6);
    assert_int_equal(b[10] & 0x87, 0x87); /* 256 colours for all */
    int clear = -1;
    for (b = palette + 768; *b != 0x3b;) {
        if (*b == 0x21) {
            if (b[1] == 0xf9) clear = b[3] & 1 ? b[6] : -1;
            for (b += 2; *b; b += 1 + *b) continue;
            b++;
            continue;
        }
        int x = b[1] | b[2] << 8, y = b[3] | b[4] << 8, w = b[5] | b[6] << 8, h = b[7] | b[8] << 8;
        assert_true(*b == 0x2c && w > 0 && h > 0 && x + w <= m.width && y + h <= m.height);
        reader r = {.at = b + 11};
        assert_int_equal(unpack(&r, b[10], packed, all), w * h);
        for (int i = 0; i < w * h; i++)
            if (packed[i] != clear) {
                const uint8_t *c = palette + 3 * packed[i];
                m.pixel[(y + i / w) * m.width + x + i % w] =
                    (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];
            }
        b = r.at;
        m.frames++;
        if (see) see(&m, user);
    }
    assert_int_equal(b + 1 - (const uint8_t *)file.data, file.size);
    free(packed);
    free(m.pixel);
    hr_os_unload(&file);
    return m;
}

/* ---- GIF --------------------------------------------------------------------------------------
 */

enum { WIDE = 201, HIGH = 97, FRAMES = 5 };

/* Noise of some colours fills the dictionary again and again, stripes make it long; a frame like
 * the one before is there too. */
static uint32_t colour_of(int frame, int i) {
    uint32_t noise = (uint32_t)i * 2654435761u ^ (uint32_t)(i * i) * 40503u;
    if (frame == 0) return (noise >> 9) % 7 * 0x202020;
    if (frame == 1 || frame == 2) return i / WIDE % 9 ? 0xffffff : 0x123456;
    if (frame == 3) return i == 700 ? 0xff0000 : colour_of(2, i);
    return (noise >> 7) % 200 * 0x010000 | 0x40;
}

static void compare(const movie *m, void *user) {
    (void)user;
    for (int i = 0; i < WIDE * HIGH; i++)
        if (m->pixel[i] != colour_of(m->frames - 1, i))
            fail_msg("frame %d, pixel %d", m->frames, i);
}

/* A picture that browsers draw otherwise than it was meant, or not at all. */
static void gifs_read_back(void **state) {
    char path[] = "/tmp/hrm-film-XXXXXX";
    uint8_t *rgb = malloc(3 * WIDE * HIGH);
    hr_gif gif;
    (void)state;
    close(mkstemp(path));
    OK(hr_gif_open(WIDE, HIGH, &gif));
    for (int f = 0; f < FRAMES; f++) {
        for (int i = 0; i < WIDE * HIGH; i++)
            for (int k = 0; k < 3; k++) rgb[3 * i + k] = (uint8_t)(colour_of(f, i) >> (16 - 8 * k));
        hr_gif_add(&gif, rgb, 10);
    }
    OK(hr_gif_write(&gif, path));
    hr_gif_close(&gif);
    movie m = play(path, compare, NULL);
    assert_int_equal(m.frames, FRAMES);
    assert_true(m.width == WIDE && m.height == HIGH);
    OK(hr_gif_open(WIDE, HIGH, &gif)); /* more colours than there are: near ones */
    for (int i = 0; i < 3 * WIDE * HIGH; i++) rgb[i] = (uint8_t)(i * 7 + i / 999);
    hr_gif_add(&gif, rgb, 10);
    OK(hr_gif_write(&gif, path));
    hr_gif_close(&gif);
    assert_int_equal(play(path, NULL, NULL).frames, 1);
    assert_int_equal(hr_gif_open(0, 5, &gif), HR_ERR_ARG);
    assert_int_equal(hr_gif_open(5, 70000, &gif), HR_ERR_ARG);
    free(rgb);
    unlink(path);
}

/* ---- stories ----------------------------------------------------------------------------------
 */

enum { CELLS = 16, SYMBOLS = 4, VOCAB = 6 };

typedef struct tale {
    hr_task task;
    uint8_t question[CELLS], tokens[CELLS];
    float p[CELLS * VOCAB];
    hr_trace trace;
} tale;

/* Steps of two chains in turn, of 4 x 4 Sudoku: cell 0 is given, 1 is guessed, 2 has two
 * candidates, 3 none. */
static void tell(tale *t, int steps, bool searches) {
    OK(hr_task_sudoku(2, 2, &t->task));
    assert_int_equal(t->task.vocab, VOCAB);
    memset(t->question, 1, CELLS);
    t->question[0] = 2;
    memcpy(t->tokens, t->question, CELLS);
    t->tokens[1] = 3;
    t->p[0 * VOCAB + 2] = t->p[1 * VOCAB + 3] = .9f;
    t->p[2 * VOCAB + 4] = .8f, t->p[2 * VOCAB + 5] = .1f;
    t->trace.kept = hr_alloc((size_t)steps * sizeof *t->trace.kept);
    for (int i = 0; i < steps; i++) {
        hr_kept *k = &t->trace.kept[t->trace.count++];
        k->step = (hrm_step){.chain = i % 2,
                             .step = i / 2,
                             .cells = CELLS,
                             .vocab = VOCAB,
                             .tokens = t->tokens,
                             .probabilities = t->p,
                             .end = searches ? HRM_ROUND_END_CONFLICT : HRM_ROUND_END_SEGMENT};
        if (!searches) continue;
        k->move = hr_alloc(sizeof *k->move + 2 * sizeof(hrm_candidate));
        *k->move = (hr_move){.guess = {.cell = -1}, .empty = 3, .taken_back = 1, .guesses = 2};
        k->move->made[0] = (hrm_candidate){.cell = 5, .symbol = '3'};
        k->move->made[1] = (hrm_candidate){.cell = 1, .symbol = '2'};
    }
}

static void end(tale *t) {
    for (size_t i = 0; i < t->trace.count; i++) hr_free(t->trace.kept[i].move);
    hr_free(t->trace.kept);
}

/* A long search as a picture that nobody can load, or one without its end. */
static void long_stories_are_thinned(void **state) {
    static const size_t most[] = {2, 3, 7, 50, 51, 52, 1000};
    tale t = {0};
    (void)state;
    tell(&t, 101, true); /* 51 of chain 0, 50 of chain 1 */
    for (size_t k = 0; k < sizeof most / sizeof *most; k++) {
        hr_story s;
        OK(hr_story_open(&t.task, t.question, &t.trace, 0, SYMBOLS, most[k], &s));
        assert_int_equal(s.frames, most[k] < 52 ? most[k] : 52);
        assert_true(!s.frame[0] && s.steps == 51 && s.chains == 2);
        assert_int_equal(s.frame[s.frames - 1]->step.step, 50);
        for (size_t f = 2; f < s.frames; f++) {
            int gap = s.frame[f]->step.step - s.frame[f - 1]->step.step;
            assert_true(gap >= 1 && (size_t)gap <= 51 / (s.frames - 1) + 1);
            assert_int_equal(s.frame[f]->step.chain, 0);
        }
        hr_story_close(&s);
    }
    hr_story s;
    assert_int_equal(hr_story_open(&t.task, t.question, &t.trace, 7, SYMBOLS, 9, &s), HR_ERR_ARG);
    assert_true(hr_player_frames(&t.task) == 1000);
    OK(hr_task_arc(30, &t.task));
    assert_in_range(hr_player_frames(&t.task) * 900 * 2 * 13, 1 << 20, 5 << 20);
    end(&t);
}

/* A guess that looks like a deduction, or what is taken back like what stands. */
static void cells_show_what_happened(void **state) {
    tale t = {0};
    hr_story s;
    hr_face face;
    (void)state;
    tell(&t, 2, true);
    OK(hr_story_open(&t.task, t.question, &t.trace, 0, SYMBOLS, 9, &s));
    hr_story_face(&s, 0, 1, &face);
    assert_true(face.token == 1 && !face.open && !face.guess && !face.fresh);
    hr_story_face(&s, 1, 0, &face);
    assert_true(face.token == 2 && !face.open && !face.guess && !face.fresh && !face.back);
    hr_story_face(&s, 1, 1, &face);
    assert_true(face.token == 3 && !face.open && face.guess && face.fresh && face.back &&
                !face.empty);
    hr_story_face(&s, 1, 2, &face);
    assert_true(face.open && face.heat[0] == 0 && face.heat[2] == 4 && face.heat[3] == 1);
    hr_story_face(&s, 1, 3, &face);
    assert_true(face.empty && !face.open && !face.back);
    assert_true(hr_story_back(s.frame[1], 0) == 1 && hr_story_back(s.frame[1], 1) == -1 &&
                hr_story_token(&s, '4') == 5);
    hr_story_close(&s);
    end(&t);
    memset(&t, 0, sizeof t);
    tell(&t, 1, false);
    t.p[1 * VOCAB + 3] = .6f, t.p[0 * VOCAB + 2] = .99f;
    OK(hr_story_open(&t.task, t.question, &t.trace, 0, 0, 9, &s));
    hr_story_face(&s, 1, 1, &face);
    assert_true(face.sure == 2 && face.fresh && !face.guess);
    hr_story_face(&s, 1, 0, &face);
    assert_true(face.sure == HR_STORY_LEVELS && !face.fresh);
    hr_story_close(&s);
    end(&t);
}

static bool holds(const hr_file *file, const char *text) {
    return memmem(file->data, file->size, text, strlen(text));
}

static void count_frames(const movie *m, void *user) {
    *(int *)user = m->frames;
}

/* Both kinds of picture of a story, and a page, are written; a folder that is not there is told. */
static void stories_are_written(void **state) {
    char folder[] = "/tmp/hrm-film-XXXXXX", path[64];
    static const char *const endings[] = {"gif", "svg", "html"};
    tale t = {0};
    hr_story s;
    int frames = 0;
    (void)state;
    assert_non_null(mkdtemp(folder));
    tell(&t, 9, true);
    OK(hr_story_open(&t.task, t.question, &t.trace, 0, SYMBOLS, 9, &s));
    hrm_answer answer = {.verdict = HRM_VERDICT_INCOMPLETE, .why = "</script> \xff", .chain = -1};
    for (int i = 0; i < 3; i++) {
        hr_file file;
        snprintf(path, sizeof path, "%s/nowhere/x.%s", folder, endings[i]);
        assert_int_equal(i < 2 ? hr_film_write(&s, path) : hr_player_write(&s, &answer, path),
                         HR_ERR_IO);
        snprintf(path, sizeof path, "%s/x.%s", folder, endings[i]);
        OK(i < 2 ? hr_film_write(&s, path) : hr_player_write(&s, &answer, path));
        if (i == 0) play(path, count_frames, &frames);
        OK(hr_os_load(path, &file));
        if (i == 1) assert_true(holds(&file, ">round 5 of 5: contradiction, guess taken back<"));
        if (i == 2) assert_true(holds(&file, "\"why\":\"\\u003c/script> ?\""));
        hr_os_unload(&file);
        unlink(path);
    }
    assert_int_equal(frames, 6);
    hr_story_close(&s);
    end(&t);
    rmdir(folder);
}

HR_TEST_MAIN(cmocka_unit_test(gifs_read_back), cmocka_unit_test(long_stories_are_thinned),
             cmocka_unit_test(cells_show_what_happened), cmocka_unit_test(stories_are_written))
