/* film.c - every symbol that a cell ever shows is one group of elements, whose animation (SMIL, no
 * script) makes it visible in the steps that have it. */
#include "solve/film.h"

#include <string.h>

#include "base/mem.h"
#include "data/picture.h"
#include "task/draw.h"

enum { CAPTION = 30, HOLD = 6, ALARM = 0xd03030 }; /* points; steps at the end; of contradictions */

typedef struct film {
    hr_canvas canvas;
    hr_panel panel;
    const hrm_step **frame; /* (frames) of the chain */
    size_t frames;
    bool *shown;    /* (frames) of the group at hand */
    double seconds; /* of one frame */
    bool searches;
} film;

/* Opens a group that is visible in the frames of m->shown; the last frame stays for HOLD more. */
static void open_group(film *m) {
    hr_buffer *out = &m->canvas.text;
    double all = (double)(m->frames + HOLD);
    hr_buffer values = {0}, times = {0};
    for (size_t f = 0; f < m->frames; f++) {
        if (f && m->shown[f] == m->shown[f - 1]) continue;
        hr_buffer_print(&values, "%s%d", f ? ";" : "", m->shown[f]);
        hr_buffer_print(&times, "%s%.5g", f ? ";" : "", (double)f / all);
    }
    hr_buffer_print(out,
                    "<g opacity=\"%d\"><animate attributeName=\"opacity\" calcMode=\"discrete\" "
                    "dur=\"%.3gs\" repeatCount=\"indefinite\" values=\"%s\" keyTimes=\"%s\"/>\n",
                    m->shown[m->frames - 1], m->seconds * all, values.text ? values.text : "",
                    times.text ? times.text : "");
    out->failed |= values.failed || times.failed;
    hr_buffer_free(&values);
    hr_buffer_free(&times);
}

static void close_group(film *m) {
    hr_buffer_print(&m->canvas.text, "</g>\n");
}

static bool is_conflict(const film *m, size_t f) {
    return m->searches && m->frame[f]->end == HRM_ROUND_END_CONFLICT;
}

/* The cells that steps have changed, symbol by symbol. */
static void draw_changes(film *m) {
    const hr_panel *p = &m->panel;
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++) {
            int cell = r * p->task->cols + c;
            for (int token = 0; token < p->task->vocab; token++) {
                bool ever = false;
                if (token == p->question[cell]) continue;
                for (size_t f = 0; f < m->frames; f++)
                    ever |= m->shown[f] = m->frame[f]->tokens[cell] == token;
                if (!ever) continue;
                open_group(m);
                hr_panel_cell(&m->canvas, p, cell, (uint8_t)token);
                close_group(m);
            }
        }
}

static const char *said(const film *m, const hrm_step *step) {
    if (!m->searches) return "";
    switch (step->end) {
    case HRM_ROUND_END_CONFLICT:
        return ": a contradiction, the last guess is taken back";
    case HRM_ROUND_END_REJECTED:
        return ": the rules say no";
    case HRM_ROUND_END_SOLVED:
        return ": solved";
    default:
        return "";
    }
}

static void draw_captions(film *m) {
    const hr_panel *p = &m->panel;
    int width = p->cols * p->side, height = p->rows * p->side;
    for (size_t f = 0; f < m->frames; f++) {
        const hrm_step *step = m->frame[f];
        for (size_t g = 0; g < m->frames; g++) m->shown[g] = g == f;
        open_group(m);
        hr_buffer_print(&m->canvas.text,
                        "<text x=\"%d\" y=\"%d\" font-size=\"13\" fill=\"#%06x\">%s %d%s</text>\n",
                        p->x + width / 2, p->y + height + CAPTION * 3 / 4,
                        is_conflict(m, f) ? ALARM : 0, m->searches ? "round" : "segment",
                        step->step + 1, said(m, step));
        close_group(m);
    }
    for (size_t f = 0; f < m->frames; f++) m->shown[f] = is_conflict(m, f);
    open_group(m);
    hr_buffer_print(&m->canvas.text,
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
                    "stroke=\"#%06x\" stroke-width=\"4\"/>\n",
                    p->x - 2, p->y - 2, width + 5, height + 5, ALARM);
    close_group(m);
}

static hr_status draw(film *m, const uint8_t *question, const char *path) {
    const hr_panel *p = &m->panel;
    hr_status status = hr_canvas_open((p->cols + 1) * p->side + 1,
                                      (p->rows + 1) * p->side + CAPTION + 1, true, &m->canvas);
    if (status) return status;
    hr_panel_cells(&m->canvas, p, question);
    draw_changes(m);
    hr_panel_lines(&m->canvas, p);
    draw_captions(m);
    status = hr_canvas_write(&m->canvas, path);
    hr_canvas_close(&m->canvas);
    return status;
}

hr_status hr_film_write(const hr_task *task, const uint8_t *question, const hr_trace *trace,
                        int chain, bool searches, const char *path) {
    enum { LONGEST = 40 }; /* seconds; steps of a long story take less time */
    if (!hr_text_ends(path, ".svg"))
        return hr_fail(HR_ERR_ARG, "%s: a moving picture's name must end in .svg", path);
    film m = {.searches = searches, .seconds = 0.6};
    m.frame = HR_NEW(const hrm_step *, trace->count + 1);
    m.shown = HR_NEW(bool, trace->count + 1);
    for (size_t i = 0; m.frame && i < trace->count; i++)
        if (trace->step[i].chain == chain) m.frame[m.frames++] = &trace->step[i];
    if (m.seconds * (double)m.frames > LONGEST) m.seconds = LONGEST / (double)m.frames;
    m.panel = (hr_panel){.task = task, .question = question};
    hr_task_extent(task, question, &m.panel.rows, &m.panel.cols);
    m.panel.side = hr_panel_side(m.panel.rows, m.panel.cols);
    m.panel.x = m.panel.y = m.panel.side / 2;
    hr_status status = !m.frame || !m.shown ? HR_ERR_MEM
                       : m.frames           ? draw(&m, question, path)
                                  : hr_fail(HR_ERR_ARG, "%s: there is no step to draw", path);
    hr_free(m.frame);
    hr_free(m.shown);
    return status;
}
