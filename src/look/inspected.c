/* inspected.c - see inspected.h */
#include "look/inspected.h"

#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "look/deduce.h"
#include "look/inspect_page.h"

/* The numbers of a step by name, in JSON and as columns. */
static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
#define NUMBER(field)                                                                              \
    { #field, offsetof(hrm_look_step, field) }
    NUMBER(residual), NUMBER(residual_l), NUMBER(right),    NUMBER(exact),  NUMBER(changed),
    NUMBER(gained),   NUMBER(lost),       NUMBER(returned), NUMBER(faults), NUMBER(mended),
    NUMBER(entropy),  NUMBER(halt),       NUMBER(go_on),
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static double number_of(const hrm_look_step *step, size_t i) {
    return *(const double *)(const void *)((const char *)step + numbers[i].offset);
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static json_t *interval(const hrm_interval *x) {
    return json_pack("{s:o, s:[o,o]}", "value", hr_json_real(x->value), "ci95",
                     hr_json_real(x->low), hr_json_real(x->high));
}

static json_t *step_json(const hrm_look_step *step) {
    json_t *o = json_pack("{s:i}", "segment", step->segment);
    if (step->call) json_object_set_new(o, "call", json_integer(step->call));
    json_object_set_new(o, "state", json_string(step->state ? "z_L" : "z_H"));
    for (size_t i = 0; i < NUMBERS; i++)
        json_object_set_new(o, numbers[i].name, hr_json_real(number_of(step, i)));
    return o;
}

static json_t *steps_json(const hrm_look_step *step, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, step_json(&step[i]));
    return list;
}

/* By state: a row for each segment, with a number for each call that made it. */
static json_t *residuals_json(const hrm_inspection *of) {
    json_t *o = json_object();
    for (int k = 0; k < of->states; k++) {
        json_t *rows = json_array();
        for (int s = 0; s < of->segments; s++) {
            json_t *row = json_array();
            for (int c = 0; c < of->calls; c++) {
                const hrm_look_step *step = &of->call[s * of->calls + c];
                if (step->state == k) json_array_append_new(row, hr_json_real(step->residual));
            }
            json_array_append_new(rows, row);
        }
        json_object_set_new(o, k ? "z_L" : "z_H", rows);
    }
    return o;
}

static json_t *ratios_json(const hrm_inspection *of) {
    json_t *o = json_object(), *fresh = json_object();
    for (int k = 0; k < of->states; k++) {
        json_object_set_new(o, k ? "z_L" : "z_H", interval(&of->participation[k]));
        if (of->untrained_puzzles)
            json_object_set_new(fresh, k ? "z_L" : "z_H", interval(&of->untrained[k]));
    }
    if (of->untrained_puzzles)
        json_object_set_new(fresh, "puzzles", json_integer((json_int_t)of->untrained_puzzles));
    json_object_set_new(o, "untrained", of->untrained_puzzles ? fresh : json_null());
    if (!of->untrained_puzzles) json_decref(fresh);
    return o;
}

static json_t *drift_json(const hrm_inspection *of) {
    json_t *table =
        json_pack("{s:I, s:I, s:I, s:I}", "settled_right", (json_int_t)of->settled_right,
                  "settled_wrong", (json_int_t)of->settled_wrong, "moving_right",
                  (json_int_t)of->moving_right, "moving_wrong", (json_int_t)of->moving_wrong);
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "threshold", hr_json_real(of->threshold), "table",
                     table, "auc_drift", interval(&of->auc_drift), "auc_halt",
                     interval(&of->auc_halt), "auc_both", interval(&of->auc_both));
}

/* Bytes beyond ASCII are Latin-1. */
static json_t *cells_json(const char *text) {
    hr_buffer utf8 = {0};
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        char two[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
        hr_buffer_add(&utf8, c < 0x80 ? text : two, c < 0x80 ? 1 : 2);
    }
    json_t *value = json_string(utf8.text ? utf8.text : "");
    hr_buffer_free(&utf8);
    return value;
}

static json_t *path_json(const hrm_inspection *of, const hrm_look_path *p) {
    json_t *points = json_array(), *answers = json_array();
    for (int s = 0; s < of->segments; s++) {
        json_array_append_new(answers, cells_json(p->answer + s * (of->cells + 1)));
        if (p->point)
            json_array_append_new(points, json_pack("[o,o,o]", hr_json_real(p->point[s * 3]),
                                                    hr_json_real(p->point[s * 3 + 1]),
                                                    hr_json_real(p->point[s * 3 + 2])));
    }
    return json_pack("{s:I, s:o, s:o, s:o, s:[o,o,o], s:o}", "index", (json_int_t)p->index,
                     "question", cells_json(p->question), "expected", cells_json(p->expected),
                     "answers", answers, "explained", hr_json_real(p->explained[0]),
                     hr_json_real(p->explained[1]), hr_json_real(p->explained[2]), "points",
                     points);
}

static json_t *paths_json(const hrm_inspection *of) {
    json_t *list = json_array();
    for (size_t i = 0; i < of->paths; i++) json_array_append_new(list, path_json(of, &of->path[i]));
    return list;
}

static json_t *near_json(const hrm_look_near *x) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "self", hr_json_real(x->self), "row",
                     hr_json_real(x->row), "column", hr_json_real(x->column), "box",
                     hr_json_real(x->box), "elsewhere", hr_json_real(x->elsewhere));
}

static json_t *matrix_json(const double *value, int cells) {
    json_t *rows = json_array();
    for (int i = 0; i < cells; i++) {
        json_t *row = json_array();
        for (int j = 0; j < cells; j++)
            json_array_append_new(row, hr_json_real(value[i * cells + j]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *attention_json(const hrm_inspection *of) {
    json_t *blocks = json_array(), *maps = json_array();
    if (!of->block) {
        json_decref(blocks);
        json_decref(maps);
        return json_null();
    }
    for (int b = 0; b < of->segments * of->blocks; b++) {
        const hrm_look_block *x = &of->block[b];
        json_array_append_new(blocks,
                              json_pack("{s:i, s:s, s:i, s:o, s:o, s:o}", "segment", x->segment,
                                        "module", x->module ? "L" : "H", "layer", x->layer, "near",
                                        near_json(&x->near), "prefix", hr_json_real(x->prefix),
                                        "entropy", hr_json_real(x->entropy)));
    }
    for (int b = 0; of->map && b < of->blocks; b++)
        json_array_append_new(maps, matrix_json(of->map + b * of->cells * of->cells, of->cells));
    return json_pack("{s:I, s:o, s:o}", "puzzles", (json_int_t)of->attended, "blocks", blocks,
                     "maps", maps);
}

static json_t *patch_json(const hrm_inspection *of) {
    if (!of->moves) return json_null();
    return json_pack("{s:I, s:o, s:o}", "puzzles", (json_int_t)of->patched, "moved",
                     near_json(&of->moved), "moves", matrix_json(of->moves, of->cells));
}

static json_t *techniques_json(const double value[HRM_TECHNIQUES]) {
    json_t *o = json_object();
    for (int k = 0; k < HRM_TECHNIQUES; k++)
        json_object_set_new(o, hr_technique_name((hrm_technique)k), hr_json_real(value[k]));
    return o;
}

static json_t *drops_json(const hrm_inspection *of) {
    json_t *list = of->drops ? json_array() : json_null();
    for (int s = 0; of->drops && s < of->segments; s++) {
        const hrm_look_drops *x = &of->drops[s];
        json_array_append_new(
            list, json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "segment",
                            x->segment, "dropped", hr_json_real(x->dropped), "wrong",
                            hr_json_real(x->wrong), "by", techniques_json(x->by), "later",
                            techniques_json(x->later), "unexplained", hr_json_real(x->unexplained),
                            "steps", hr_json_real(x->steps), "could", techniques_json(x->could),
                            "took", techniques_json(x->took), "open", hr_json_real(x->open)));
    }
    return list;
}

static json_t *standing_json(const hrm_inspection *of) {
    if (!of->drops) return json_null();
    return json_pack("{s:I, s:I}", "puzzles", (json_int_t)of->standing, "left",
                     (json_int_t)of->standing_left);
}

static json_t *filled_json(const hrm_inspection *of) {
    json_t *list = of->filled ? json_array() : json_null();
    for (int k = 0; of->filled && k < HRM_LOOK_FILLED; k++) {
        const hrm_look_filled *x = &of->filled[k];
        json_array_append_new(list,
                              json_pack("{s:i, s:I, s:o, s:o}", "open", x->open, "puzzles",
                                        (json_int_t)x->puzzles, "exact", hr_json_real(x->exact),
                                        "ever", hr_json_real(x->ever)));
    }
    return list;
}

static json_t *starts_json(const hrm_inspection *of) {
    const hrm_look_starts *x = &of->starts;
    if (!x->puzzles) return json_null();
    return json_pack("{s:I, s:i, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "puzzles",
                     (json_int_t)x->puzzles, "starts", HRM_LOOK_STARTS, "own", hr_json_real(x->own),
                     "right", hr_json_real(x->right), "any", hr_json_real(x->any), "all",
                     hr_json_real(x->all), "answers", hr_json_real(x->answers), "failed",
                     (json_int_t)x->failed, "answers_failed", hr_json_real(x->answers_failed),
                     "rescued", hr_json_real(x->rescued));
}

hr_status hr_inspected_json(const hrm_inspection *of, char **json) {
    json_t *o = json_pack(
        "{s:I, s:I, s:i, s:i, s:i, s:b, s:b, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o}",
        "puzzles", (json_int_t)of->puzzles, "known", (json_int_t)of->known, "calls_per_segment",
        of->calls, "cells", of->cells, "hidden", of->hidden, "candidates", of->candidates,
        "halting", of->halts, "segments", steps_json(of->segment, (size_t)of->segments),
        "residuals", residuals_json(of), "participation", ratios_json(of), "drift", drift_json(of),
        "reached", (json_int_t)of->reached, "kept", (json_int_t)of->kept, "calls",
        steps_json(of->call, (size_t)(of->segments * of->calls)), "paths", paths_json(of),
        "attention", attention_json(of), "patch", patch_json(of), "drops", drops_json(of), "filled",
        filled_json(of), "starts", starts_json(of), "standing", standing_json(of));
    return hr_json_text(o, JSON_REAL_PRECISION(9), "an inspection", json);
}

/* ---- tables -----------------------------------------------------------------------------------
 */

/* A number as a table has it; nothing for one that is not known. */
static void cell(hr_buffer *out, double value) {
    char text[HR_REAL_SIZE] = "";
    if (isfinite(value)) hr_text_real(value, text);
    hr_buffer_print(out, ",%s", text);
}

static void steps_csv(hr_buffer *out, const hrm_look_step *step, size_t count) {
    hr_buffer_print(out, "segment,call,state");
    for (size_t i = 0; i < NUMBERS; i++) hr_buffer_print(out, ",%s", numbers[i].name);
    for (size_t k = 0; k < count; k++) {
        hr_buffer_print(out, "\n%d,%d,%s", step[k].segment, step[k].call,
                        step[k].state ? "z_L" : "z_H");
        for (size_t i = 0; i < NUMBERS; i++) cell(out, number_of(&step[k], i));
    }
    hr_buffer_print(out, "\n");
}

static void puzzles_csv(hr_buffer *out, const hrm_inspection *of) {
    hr_buffer_print(
        out, "index,exact,first_exact,kept,settled,drift,halt,both,faults,open,wrong,left\n");
    for (size_t i = 0; i < of->puzzles; i++) {
        const hrm_look_puzzle *p = &of->puzzle[i];
        hr_buffer_print(out, "%zu,%s,%d,%d,%d", p->index,
                        !p->known  ? ""
                        : p->exact ? "1"
                                   : "0",
                        p->first_exact, p->kept, p->settled);
        cell(out, p->drift);
        cell(out, p->halt);
        cell(out, p->both);
        cell(out, p->faults);
        cell(out, of->drops ? p->open : NAN);
        cell(out, of->drops ? p->wrong : NAN);
        cell(out, of->drops ? p->left : NAN);
        hr_buffer_print(out, "\n");
    }
}

static void drops_csv(hr_buffer *out, const hrm_inspection *of) {
    static const char *const kinds[] = {"by", "later", "could", "took"};
    enum { EACH = sizeof kinds / sizeof *kinds * HRM_TECHNIQUES };
    hr_buffer_print(out, "segment,dropped,wrong,unexplained,steps,open");
    for (int i = 0; i < EACH; i++)
        hr_buffer_print(out, ",%s %s", kinds[i / HRM_TECHNIQUES],
                        hr_technique_name((hrm_technique)(i % HRM_TECHNIQUES)));
    for (int s = 0; s < of->segments; s++) {
        const hrm_look_drops *x = &of->drops[s];
        const double first[] = {x->dropped, x->wrong, x->unexplained, x->steps, x->open};
        const double *const by[] = {x->by, x->later, x->could, x->took};
        hr_buffer_print(out, "\n%d", x->segment);
        for (int i = 0; i < 5; i++) cell(out, first[i]);
        for (int i = 0; i < EACH; i++) cell(out, by[i / HRM_TECHNIQUES][i % HRM_TECHNIQUES]);
    }
    hr_buffer_print(out, "\n");
}

static hr_status write_one(const char *dir, const char *name, hr_buffer *text) {
    char *path = hr_text_format("%s/%s", dir, name);
    hr_status status = !path || text->failed ? hr_fail(HR_ERR_MEM, "out of memory for %s", name)
                                             : hr_os_write_file(path, text->text, text->size);
    hr_free(path);
    hr_buffer_free(text);
    *text = (hr_buffer){0};
    return status;
}

hr_status hr_inspected_write(const hrm_inspection *of, const char *dir) {
    char *json = NULL;
    hr_buffer text = {0};
    hr_status status = hr_os_mkdirs(dir);
    if (!status) status = hr_inspected_json(of, &json);
    if (status) return status;
    hr_buffer_print(&text, "%s\n", json);
    hr_free(json);
    status = write_one(dir, "inspect.json", &text);
    char *page = hr_text_format("%s/report.html", dir);
    if (!status) status = page ? hr_inspect_page(of, page) : HR_ERR_MEM;
    hr_free(page);
    steps_csv(&text, of->segment, (size_t)of->segments);
    if (!status) status = write_one(dir, "segments.csv", &text);
    steps_csv(&text, of->call, (size_t)(of->segments * of->calls));
    if (!status) status = write_one(dir, "calls.csv", &text);
    puzzles_csv(&text, of);
    if (!status) status = write_one(dir, "puzzles.csv", &text);
    if (of->drops) drops_csv(&text, of);
    if (!status && of->drops) status = write_one(dir, "drops.csv", &text);
    hr_buffer_free(&text);
    return status;
}
