/* film.c - every look that a cell ever has is one group of elements in SVG, whose animation (SMIL,
 * no script) makes it visible in the frames that have it; in GIF, frames of pixels. */
#include "look/film.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "data/picture.h"
#include "io/gif.h"
#include "task/draw.h"

/* Points; steps at the end; colours of guesses, contradictions, what is new, candidates. */
enum { CAPTION = 30, LEAST_WIDTH = 400, HOLD = 6 };
enum { GUESS = 0xb04a00, ALARM = 0xd03030, GONE = 0x7d1d6f, FRESH = 0x0a5fa8, HEAT = 0x1e5aaa };

typedef struct film {
    const hr_story *story;
    hr_canvas canvas;
    hr_panel panel;
    bool *shown;    /* (frames) of the group at hand */
    hr_face *face;  /* (frames) of the cell at hand */
    bool heat;      /* candidates are drawn */
    double seconds; /* of one frame */
} film;

/* ---- one cell -------------------------------------------------------------------------------- */

static uint32_t mix(uint32_t from, uint32_t to, int share, int of) {
    uint32_t rgb = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        int a = (int)(from >> shift & 0xff), b = (int)(to >> shift & 0xff);
        rgb |= (uint32_t)(a + (b - a) * share / of) << shift;
    }
    return rgb;
}

/* A small square for each symbol that is left, the darker the likelier. */
static void draw_heat(film *m, const hr_face *face, int x, int y, uint32_t fill) {
    int symbols = m->story->symbols, across = 1, first = m->story->task->vocab - symbols;
    while (across * across < symbols) across++;
    int side = (m->panel.side - 1) / across, off = (m->panel.side - side * across) / 2 + 1;
    for (int i = 0; i < symbols; i++) {
        if (!face->heat[i]) continue;
        int left = x + off + i % across * side, top = y + off + i / across * side;
        hr_look look = hr_task_look(m->story->task, (uint8_t)(first + i), false);
        hr_canvas_rect(&m->canvas, left, top, side - 1, side - 1,
                       mix(fill, HEAT, face->heat[i], HR_STORY_LEVELS + 2));
        if (look.glyph && side >= 9)
            hr_canvas_glyph(&m->canvas, left, top, side - 1, look.glyph, 0);
    }
}

static void draw_frame(hr_canvas *c, int x, int y, int side, uint32_t rgb) {
    enum { THICK = 3 };
    hr_canvas_rect(c, x, y, side, THICK, rgb);
    hr_canvas_rect(c, x, y + side - THICK, side, THICK, rgb);
    hr_canvas_rect(c, x, y, THICK, side, rgb);
    hr_canvas_rect(c, x + side - THICK, y, THICK, side, rgb);
}

static void draw_face(film *m, const hr_face *face, int cell) {
    hr_panel *p = &m->panel;
    hr_canvas *c = &m->canvas;
    int x = p->x + cell % p->task->cols * p->side, y = p->y + cell / p->task->cols * p->side;
    hr_look look = hr_task_look(p->task, face->token, p->question[cell] != face->token);
    if (look.nothing) {
        hr_canvas_rect(c, x + 1, y + 1, p->side - 1, p->side - 1, 0xffffff);
        return;
    }
    hr_panel_cell(c, p, cell, face->token);
    if (face->open && m->heat) {
        hr_canvas_rect(c, x + 1, y + 1, p->side - 1, p->side - 1, look.fill);
        draw_heat(m, face, x, y, look.fill);
    }
    if (face->guess && look.glyph) {
        hr_canvas_rect(c, x + 1, y + 1, p->side - 1, p->side - 1, look.fill);
        hr_canvas_glyph(c, x, y, p->side, look.glyph, GUESS);
    }
    int mark = p->side / 6 > 2 ? p->side / 6 : 2;
    if (face->guess) hr_canvas_rect(c, x + p->side - mark - 1, y + 2, mark, mark, GUESS);
    else if (face->fresh) hr_canvas_rect(c, x + 2, y + 2, mark, mark, FRESH);
    if (face->sure < HR_STORY_LEVELS)
        hr_canvas_rect(c, x + 1, y + p->side - 3, 1 + (p->side - 3) * face->sure / HR_STORY_LEVELS,
                       3, GUESS);
    if (face->back || face->empty)
        draw_frame(c, x + 1, y + 1, p->side - 1, face->back ? GONE : ALARM);
}

/* ---- around the cells ------------------------------------------------------------------------ */

static bool is_conflict(const hr_kept *kept) {
    return kept && kept->move && kept->step.end == HRM_ROUND_END_CONFLICT;
}

static void say(const film *m, size_t f, char *out, size_t size) {
    const hr_kept *kept = m->story->frame[f];
    if (!kept) {
        snprintf(out, size, "the puzzle");
        return;
    }
    const hrm_step *step = &kept->step;
    size_t steps = m->story->steps;
    int n = snprintf(out, size, "%s %d of %zu", kept->move ? "round" : "segment", step->step + 1,
                     steps);
    out += n, size -= (size_t)n;
    if (!kept->move) snprintf(out, size, ": %.0f %% sure", 100 * step->confidence);
    else if (step->end == HRM_ROUND_END_CONFLICT)
        snprintf(out, size, ": contradiction, guess taken back");
    else if (step->end == HRM_ROUND_END_REJECTED) snprintf(out, size, ": the rules say no");
    else if (step->end == HRM_ROUND_END_SOLVED) snprintf(out, size, ": solved");
    else if (kept->move->guess.cell >= 0)
        snprintf(out, size, ": guess at row %d, column %d",
                 kept->move->guess.cell / m->story->task->cols + 1,
                 kept->move->guess.cell % m->story->task->cols + 1);
}

static void draw_caption(film *m, size_t f) {
    char text[96];
    const hr_panel *p = &m->panel;
    say(m, f, text, sizeof text);
    hr_canvas_text(&m->canvas, m->canvas.width / 2, p->y + p->rows * p->side + CAPTION / 2 + 4, 13,
                   text, is_conflict(m->story->frame[f]) ? ALARM : 0);
}

static void draw_alarm(film *m) {
    const hr_panel *p = &m->panel;
    int width = p->cols * p->side + 9, height = p->rows * p->side + 9;
    const int rect[4][4] = {
        {0, 0, width, 4}, {0, height - 4, width, 4}, {0, 0, 4, height}, {width - 4, 0, 4, height}};
    for (int i = 0; i < 4; i++)
        hr_canvas_rect(&m->canvas, p->x - 4 + rect[i][0], p->y - 4 + rect[i][1], rect[i][2],
                       rect[i][3], ALARM);
}

/* ---- SVG ------------------------------------------------------------------------------------- */

/* Opens a group that is visible in the frames of m->shown; the last frame stays for HOLD more. */
static void open_group(film *m) {
    hr_buffer *out = &m->canvas.text;
    size_t frames = m->story->frames;
    double all = (double)(frames + HOLD);
    hr_buffer values = {0}, times = {0};
    for (size_t f = 0; f < frames; f++) {
        if (f && m->shown[f] == m->shown[f - 1]) continue;
        hr_buffer_print(&values, "%s%d", f ? ";" : "", m->shown[f]);
        hr_buffer_print(&times, "%s%.5g", f ? ";" : "", (double)f / all);
    }
    hr_buffer_print(out,
                    "<g opacity=\"%d\"><animate attributeName=\"opacity\" calcMode=\"discrete\" "
                    "dur=\"%.3gs\" repeatCount=\"indefinite\" values=\"%s\" keyTimes=\"%s\"/>\n",
                    m->shown[frames - 1], m->seconds * all, values.text ? values.text : "",
                    times.text ? times.text : "");
    out->failed |= values.failed || times.failed;
    hr_buffer_free(&values);
    hr_buffer_free(&times);
}

static void close_group(film *m) {
    hr_buffer_print(&m->canvas.text, "</g>\n");
}

/* Every look of a cell but the puzzle's own, once. */
static void draw_looks(film *m, int cell) {
    const hr_story *s = m->story;
    for (size_t f = 0; f < s->frames; f++) {
        hr_face *face = &m->face[f];
        hr_story_face(s, f, cell, face);
        if (m->heat) continue;
        memset(face->heat, 0, sizeof face->heat);
        face->open = false;
    }
    for (size_t f = 1; f < s->frames; f++) {
        bool known = false;
        for (size_t g = 0; g < s->frames; g++) {
            m->shown[g] = !memcmp(&m->face[g], &m->face[f], sizeof *m->face);
            known |= g < f && m->shown[g];
        }
        if (known) continue;
        open_group(m);
        draw_face(m, &m->face[f], cell);
        close_group(m);
    }
}

/* False where candidates make it too large. */
static bool draw_svg(film *m) {
    enum { MOST = 2 << 20 };
    const hr_panel *p = &m->panel;
    hr_panel_cells(&m->canvas, p, m->story->question);
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++) {
            draw_looks(m, r * p->task->cols + c);
            if (m->heat && m->canvas.text.size > MOST) return false;
        }
    hr_panel_lines(&m->canvas, p);
    for (size_t f = 0; f < m->story->frames; f++) {
        for (size_t g = 0; g < m->story->frames; g++) m->shown[g] = g == f;
        open_group(m);
        draw_caption(m, f);
        close_group(m);
    }
    for (size_t f = 0; f < m->story->frames; f++) m->shown[f] = is_conflict(m->story->frame[f]);
    open_group(m);
    draw_alarm(m);
    close_group(m);
    return true;
}

/* ---- both ------------------------------------------------------------------------------------ */

static hr_status open_canvas(film *m, bool svg) {
    const hr_panel *p = &m->panel;
    int width = (p->cols + 1) * p->side + 1;
    if (width < LEAST_WIDTH) width = LEAST_WIDTH;
    m->panel.x = (width - p->cols * p->side) / 2;
    return hr_canvas_open(width, (p->rows + 1) * p->side + CAPTION + 1, svg, &m->canvas);
}

static hr_status write_svg(film *m, const char *path) {
    hr_status status = open_canvas(m, true);
    m->heat = true;
    if (!status && !draw_svg(m)) {
        hr_canvas_close(&m->canvas);
        status = open_canvas(m, true);
        m->heat = false;
        if (!status) draw_svg(m);
    }
    return status ? status : hr_canvas_write(&m->canvas, path);
}

static hr_status write_gif(film *m, const char *path) {
    const hr_panel *p = &m->panel;
    hr_gif gif = {0};
    hr_status status = open_canvas(m, false);
    if (!status) status = hr_gif_open(m->canvas.width, m->canvas.height, &gif);
    m->heat = true;
    for (size_t f = 0; !status && f < m->story->frames; f++) {
        int hundredths = (int)(100 * m->seconds + .5), last = f + 1 == m->story->frames;
        hr_canvas_rect(&m->canvas, 0, 0, m->canvas.width, m->canvas.height, 0xffffff);
        for (int r = 0; r < p->rows; r++)
            for (int c = 0; c < p->cols; c++) {
                int cell = r * p->task->cols + c;
                hr_story_face(m->story, f, cell, &m->face[0]);
                draw_face(m, &m->face[0], cell);
            }
        hr_panel_lines(&m->canvas, p);
        draw_caption(m, f);
        if (is_conflict(m->story->frame[f])) draw_alarm(m);
        hr_gif_add(&gif, m->canvas.pixels, last ? hundredths * (1 + HOLD) : hundredths);
    }
    if (!status) status = hr_gif_write(&gif, path);
    hr_gif_close(&gif);
    return status;
}

hr_status hr_film_write(const hr_story *story, const char *path) {
    enum { LONGEST = 40 }; /* seconds; steps of a long story take less time */
    film m = {.story = story, .seconds = 0.6};
    m.shown = HR_NEW(bool, story->frames);
    m.face = HR_NEW(hr_face, story->frames);
    if (m.seconds * (double)story->frames > LONGEST) m.seconds = LONGEST / (double)story->frames;
    m.panel = (hr_panel){
        .task = story->task, .question = story->question, .rows = story->rows, .cols = story->cols};
    m.panel.side = hr_panel_side(story->rows, story->cols);
    m.panel.y = m.panel.side / 2 > 5 ? m.panel.side / 2 : 5;
    hr_status status = !m.shown || !m.face          ? HR_ERR_MEM
                       : hr_text_ends(path, ".svg") ? write_svg(&m, path)
                                                    : write_gif(&m, path);
    hr_canvas_close(&m.canvas);
    hr_free(m.shown);
    hr_free(m.face);
    return status;
}
