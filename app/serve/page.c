#include "page.h"

#include <string.h>

/* The page runs nothing and asks nobody but what it came with and from. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: "    \
    "blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

enum MHD_Result page_send(request *q) {
    const char *takes = reply_header(q, "Accept-Encoding");
    bool gz = takes && strstr(takes, "gzip");
    const char *const headers[] = {"Content-Security-Policy",
                                   POLICY,
                                   "Referrer-Policy",
                                   "no-referrer",
                                   "Vary",
                                   "Accept-Encoding",
                                   gz ? "Content-Encoding" : NULL,
                                   "gzip",
                                   NULL};
    return reply_fixed(q, "text/html; charset=utf-8", gz ? page_html_gz : page_html,
                       gz ? page_html_gz_size : page_html_size, page_html_etag, headers);
}
