/* player.c - the story as JSON within player.html. Cells are numbered in the part that is drawn. */
#include "look/player.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "io/json.h"
#include "task/draw.h"

size_t hr_player_frames(const hr_task *task) {
    enum { BYTES = 4 << 20, MOST = 1000, LEAST = 20 };
    size_t frame = (size_t)task->seq * 2 * (size_t)(1 + task->vocab), fit = BYTES / frame;
    return fit > MOST ? MOST : fit < LEAST ? LEAST : fit;
}

/* Where a cell lies in the part that is drawn; -1: outside. */
static int place(const hr_story *s, int cell) {
    int r = cell / s->task->cols, c = cell % s->task->cols;
    return cell >= 0 && r < s->rows && c < s->cols ? r * s->cols + c : -1;
}

static json_t *text_of(hr_buffer *text) {
    json_t *o = text->failed ? NULL : json_stringn(text->text ? text->text : "", text->size);
    hr_buffer_free(text);
    return o;
}

/* Two digits of each cell's token. */
static json_t *tokens(const hr_story *s, const uint8_t *token) {
    hr_buffer out = {0};
    for (int i = 0; i < s->task->seq; i++)
        if (place(s, i) >= 0) hr_buffer_print(&out, "%02x", token[i]);
    return text_of(&out);
}

/* Two digits of each cell's probability (of 255) for each token from the first on. */
static json_t *heat(const hr_story *s, const hrm_step *step, int first) {
    hr_buffer out = {0};
    for (int i = 0; i < s->task->seq; i++)
        for (int t = first; place(s, i) >= 0 && t < step->vocab; t++) {
            float p = step->probabilities[i * step->vocab + t];
            int byte = (int)(p * 255 + .5f); /* 0 only where there is nothing, in rounds */
            hr_buffer_print(&out, "%02x", byte || !s->symbols || p <= 0 ? byte : 1);
        }
    return text_of(&out);
}

static json_t *candidate(const hr_story *s, const hrm_candidate *c) {
    return json_pack("[i,i,f]", place(s, c->cell), hr_story_token(s, c->symbol), c->probability);
}

static json_t *frame(const hr_story *s, const hr_kept *kept) {
    static const char *const ends[] = {"guess", "conflict", "solved", "rejected", "segment"};
    const hrm_step *step = &kept->step;
    const hr_move *m = kept->move;
    json_t *o = json_pack("{s:i, s:s, s:f, s:o, s:o}", "n", step->step + 1, "end", ends[step->end],
                          "sure", step->confidence, "tokens", tokens(s, step->tokens), "heat",
                          heat(s, step, s->symbols ? s->task->vocab - s->symbols : 0));
    if (!m) return o;
    json_t *made = json_array();
    for (int i = 0; i < m->guesses; i++) json_array_append_new(made, candidate(s, &m->made[i]));
    json_object_set_new(o, "made", made);
    json_object_set_new(o, "back", json_integer(m->taken_back));
    json_object_set_new(o, "drops", json_integer((json_int_t)m->drops));
    json_object_set_new(o, "empty", json_integer(place(s, m->empty)));
    if (m->guess.cell >= 0) json_object_set_new(o, "guess", candidate(s, &m->guess));
    return o;
}

/* A character of an alphabet, which is one byte, as UTF-8. */
static json_t *name(char c) {
    unsigned char b = (unsigned char)c;
    char text[3] = {c, 0, 0};
    if (b >= 0x80) text[0] = (char)(0xc0 | b >> 6), text[1] = (char)(0x80 | (b & 0x3f));
    return json_string(b < ' ' ? "" : text);
}

/* Of each token: its name, colours where they are not the page's own, whether its name is drawn. */
static json_t *looks(const hr_task *task) {
    json_t *list = json_array();
    for (int t = 0; t < task->vocab; t++) {
        hr_look look = hr_task_look(task, (uint8_t)t, false);
        json_t *o = json_pack("{s:o, s:b, s:b}", "name", name(task->alphabet[t]), "shown",
                              look.glyph != 0, "nothing", look.nothing);
        if (look.fill != 0xffffff)
            json_object_set_new(o, "fill", json_sprintf("#%06x", (unsigned)look.fill));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *regions(const hr_story *s) {
    hr_buffer out = {0};
    for (int i = 0; s->task->region && i < s->task->seq; i++)
        if (place(s, i) >= 0) hr_buffer_print(&out, "%02x", (unsigned char)s->task->region[i]);
    return text_of(&out);
}

static json_t *verdict(const hrm_answer *a) {
    static const char *const names[] = {"solved", "incomplete", "wrong", "unknown", "unbroken"};
    return json_pack("{s:s, s:o, s:i, s:i, s:i, s:i, s:i, s:f}", "verdict", names[a->verdict],
                     "why", hr_json_name(a->why), "steps", a->segments, "guesses", a->guesses,
                     "contradictions", a->restarts, "chains", a->chains, "chain", a->chain, "sure",
                     a->confidence);
}

static json_t *story(const hr_story *s, const hrm_answer *a) {
    json_t *frames = json_array();
    for (size_t f = 1; f < s->frames; f++) json_array_append_new(frames, frame(s, s->frame[f]));
    return json_pack("{s:s, s:i, s:i, s:[i,i], s:o, s:i, s:o, s:o, s:I, s:i, s:o, s:o}", "task",
                     s->task->ops->name, "rows", s->rows, "cols", s->cols, "box", s->task->box_rows,
                     s->task->box_cols, "region", regions(s), "symbols", s->symbols, "looks",
                     looks(s->task), "question", tokens(s, s->question), "steps",
                     (json_int_t)s->steps, "chains", s->chains, "answer", verdict(a), "frames",
                     frames);
}

hr_status hr_player_write(const hr_story *s, const hrm_answer *answer, const char *path) {
    static const char mark[] = "@STORY@";
    const char *page = (const char *)hr_player_html;
    const char *at = memmem(page, hr_player_html_size, mark, sizeof mark - 1);
    char *json;
    hr_status status =
        hr_json_text(story(s, answer), JSON_COMPACT | JSON_REAL_PRECISION(4), "the steps", &json);
    if (status) return status;
    hr_buffer out = {0};
    hr_buffer_add(&out, page, (size_t)(at - page));
    for (const char *p = json; *p; p++) /* nothing in it may end the script that it is in */
        hr_buffer_add(&out, *p == '<' ? "\\u003c" : p, *p == '<' ? 6 : 1);
    at += sizeof mark - 1;
    hr_buffer_add(&out, at, (size_t)(page + hr_player_html_size - at));
    status = out.failed ? HR_ERR_MEM : hr_os_write_file(path, out.text, out.size);
    hr_buffer_free(&out);
    hr_free(json);
    return status;
}
