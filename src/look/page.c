/* page.c - see page.h. The policy in the head lets a browser run and fetch nothing, whatever a
 * run's names and texts hold. */
#include "look/page.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"

/* Okabe and Ito's eight colours, which colour-blind people tell apart, as --s0 to --s7; in the
 * order in which they stand out best from the ground. Every series has a shape besides. */
static const char style[] =
    ":root{color-scheme:light dark;--back:#fbfaf7;--ink:#1b1b1f;--dim:#5f5e66;--line:#d5d2ca;"
    "--card:#fff;--focus:#0b63ce;--heat:#0072b2;--cold:#d55e00;--s0:#0072b2;--s1:#d55e00;"
    "--s2:#009e73;--s3:#cc79a7;--s4:#e69f00;--s5:#56b4e9;--s6:#1b1b1f;--s7:#f0e442}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#131418;--ink:#ecebe6;--dim:#a2a1aa;"
    "--line:#45454d;--card:#1c1d22;--focus:#7db8ff;--heat:#56b4e9;--cold:#e69f00;--s0:#56b4e9;"
    "--s1:#e69f00;--s2:#009e73;--s3:#cc79a7;--s4:#f0e442;--s5:#d55e00;--s6:#ecebe6;--s7:#0072b2}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;padding:1rem 1.2rem;"
    "background:var(--back);color:var(--ink);font:16px/1.45 system-ui,sans-serif}"
    "h1{font-size:1.3rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .3rem}"
    "p{margin:.4rem 0;max-width:75ch;overflow-wrap:anywhere}.dim{color:var(--dim)}"
    "a{color:var(--focus)}nav ul,.key{display:flex;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;"
    "margin:.5rem 0;padding:0}:focus-visible{outline:3px solid var(--focus);outline-offset:2px}"
    ".scroll{overflow-x:auto;margin:.5rem 0}table{border-collapse:collapse;"
    "font-variant-numeric:tabular-nums}caption{text-align:left;color:var(--dim)}"
    "th,td{border-bottom:1px solid var(--line);padding:.2rem .7rem .2rem 0;text-align:left;"
    "vertical-align:top}.n{text-align:right;white-space:nowrap}td:not(.n):last-child{min-width:"
    "20rem}summary{cursor:pointer}"
    "pre{overflow-x:auto;background:var(--card);border:1px solid var(--line);padding:.5rem}"
    ".charts{display:flex;flex-wrap:wrap;gap:.8rem}figure{margin:.5rem 0;flex:1 1 440px;"
    "max-width:720px;background:var(--card);border:1px solid var(--line);border-radius:6px;"
    "padding:.5rem .7rem}figcaption{font-weight:600}figure p{font-size:.85rem}"
    ".key{font-size:.85rem;gap:.1rem .9rem}"
    ".key svg{width:1.5em;height:.8em;margin-right:.3em}figure>svg{display:block;width:100%;"
    "height:auto}svg text{font:14px system-ui,sans-serif;fill:var(--dim)}.axis{stroke:var(--line);"
    "fill:none}@media(max-width:560px){body{padding:.6rem}figure{flex-basis:100%}}"
    "@media print{details{display:block}}";

void hr_page_escape(hr_buffer *out, const char *text) {
    for (const char *c = text ? text : ""; *c; c++) {
        const char *name = *c == '&'                                        ? "&amp;"
                           : *c == '<'                                      ? "&lt;"
                           : *c == '>'                                      ? "&gt;"
                           : *c == '"'                                      ? "&quot;"
                           : *c == '\''                                     ? "&#39;"
                           : (unsigned char)*c < ' ' && !strchr("\t\n", *c) ? "?"
                                                                            : NULL;
        hr_buffer_add(out, name ? name : c, name ? strlen(name) : 1);
    }
}

void hr_page_raw(hr_page *page, const char *html) {
    hr_buffer_add(&page->body, html, strlen(html));
}

/* <tag>text</tag>, tag with its attributes. */
static void element(hr_page *page, const char *tag, const char *text) {
    hr_buffer_print(&page->body, "<%s>", tag);
    hr_page_escape(&page->body, text);
    hr_buffer_print(&page->body, "</%.*s>", (int)strcspn(tag, " "), tag);
}

void hr_page_section(hr_page *page, const char *title) {
    hr_page_raw(page, page->open ? "</section>\n" : "");
    page->open = true;
    int id = ++page->sections;
    hr_buffer_print(&page->body, "<section aria-labelledby=\"s%d\"><h2 id=\"s%d\">", id, id);
    hr_page_escape(&page->body, title);
    hr_page_raw(page, "</h2>\n");
    hr_buffer_print(&page->contents, "<li><a href=\"#s%d\">", id);
    hr_page_escape(&page->contents, title);
    hr_buffer_print(&page->contents, "</a></li>");
}

static void say(hr_page *page, const char *tag, const char *format, va_list args) {
    char *text = hr_text_format_args(format, args);
    if (text) element(page, tag, text);
    page->body.failed |= !text;
    hr_page_raw(page, "\n");
    hr_free(text);
}

void hr_page_say(hr_page *page, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(page, "p", format, args);
    va_end(args);
}

void hr_page_dim(hr_page *page, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(page, "p class=\"dim\"", format, args);
    va_end(args);
}

void hr_page_fold(hr_page *page, bool shown, const char *summary) {
    hr_page_raw(page, shown ? "<details open>" : "<details>");
    element(page, "summary", summary);
}

void hr_page_unfold(hr_page *page) {
    hr_page_raw(page, "</details>\n");
}

/* What may be wider than the window can be scrolled, so it must be reached by keyboard. */
void hr_page_lines(hr_page *page, const char *text) {
    element(page, "pre tabindex=\"0\"", text);
    hr_page_raw(page, "\n");
}

void hr_page_table(hr_page *page, const char *caption, const char *const *head, int columns) {
    page->columns = columns;
    hr_page_raw(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    hr_page_escape(&page->body, caption);
    hr_page_raw(page, "\"><table>");
    element(page, "caption", caption);
    hr_page_raw(page, "<thead><tr>");
    page->head = head;
}

static bool is_number(const char *cell) {
    return cell && *cell && strchr("+-.0123456789", *cell);
}

/* The head waits for the first row, to stand over its columns. */
static void end_head(hr_page *page, const char *const *cells) {
    for (int i = 0; page->head && i < page->columns; i++)
        element(page,
                cells && i && is_number(cells[i]) ? "th scope=\"col\" class=\"n\""
                                                  : "th scope=\"col\"",
                page->head[i]);
    if (page->head) hr_page_raw(page, "</tr></thead><tbody>\n");
    page->head = NULL;
}

void hr_page_row(hr_page *page, const char *const *cells) {
    end_head(page, cells);
    hr_page_raw(page, "<tr>");
    for (int i = 0; i < page->columns; i++)
        element(page,
                !i                    ? "th scope=\"row\""
                : is_number(cells[i]) ? "td class=\"n\""
                                      : "td",
                cells[i]);
    hr_page_raw(page, "</tr>\n");
}

void hr_page_table_end(hr_page *page) {
    end_head(page, NULL);
    hr_page_raw(page, "</tbody></table></div>\n");
}

static void compose(hr_page *page, const char *title, const char *lead, hr_buffer *out) {
    hr_buffer_print(out,
                    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'; img-src data:\">\n"
                    "<link rel=\"icon\" href=\"data:,\">\n<title>");
    hr_page_escape(out, title);
    hr_buffer_print(out, "</title>\n<style>\n%s\n</style></head>\n<body><header><h1>", style);
    hr_page_escape(out, title);
    hr_buffer_print(out, "</h1>");
    if (lead) {
        hr_buffer_print(out, "<p>");
        hr_page_escape(out, lead);
        hr_buffer_print(out, "</p>");
    }
    if (page->sections > 1)
        hr_buffer_print(out, "<nav aria-label=\"contents\"><ul>%s</ul></nav>",
                        page->contents.text ? page->contents.text : "");
    hr_buffer_print(out, "</header>\n<main>\n");
    hr_buffer_add(out, page->body.text ? page->body.text : "", page->body.size);
    hr_buffer_print(out, "%s</main></body></html>\n", page->open ? "</section>\n" : "");
    out->failed |= page->body.failed || page->contents.failed;
}

hr_status hr_page_write(hr_page *page, const char *title, const char *lead, const char *path) {
    hr_buffer all = {0};
    compose(page, title, lead, &all);
    hr_status status = all.failed ? hr_fail(HR_ERR_MEM, "%s: out of memory for the page", path)
                                  : hr_os_write_file(path, all.text, all.size);
    hr_buffer_free(&all);
    hr_page_free(page);
    return status;
}

void hr_page_free(hr_page *page) {
    hr_buffer_free(&page->body);
    hr_buffer_free(&page->contents);
}
