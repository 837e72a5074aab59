/* page.h - the page, which is page.html within the program. */
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

#include "reply.h"

extern const unsigned char page_html[], page_html_gz[];
extern const size_t page_html_size, page_html_gz_size;
extern const char page_html_etag[];

enum MHD_Result page_send(request *q);

#endif
