/* canvas.h - pictures of cells and letters, as PNG (libpng) or SVG. */
#ifndef HR_CANVAS_H
#define HR_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

enum { HR_CANVAS_MAX = 16384 }; /* points of a side */

typedef struct hr_canvas {
    int width, height;
    bool svg;
    hr_buffer text;  /* svg */
    uint8_t *pixels; /* png: (height x width x 3) */
} hr_canvas;

/* A white canvas; its points are pixels in PNG. */
hr_status hr_canvas_open(int width, int height, bool svg, hr_canvas *out);
void hr_canvas_close(hr_canvas *canvas); /* accepts a zeroed one */
/* Fills a rectangle, cut off at the edges. rgb: 0xRRGGBB. */
void hr_canvas_rect(hr_canvas *canvas, int x, int y, int width, int height, uint32_t rgb);
/* Draws a character in the middle of a square; bytes outside ASCII as a box. */
void hr_canvas_glyph(hr_canvas *canvas, int x, int y, int side, char c, uint32_t rgb);
/* A line of ASCII text about a middle point, `size` points high. */
void hr_canvas_text(hr_canvas *canvas, int x, int y, int size, const char *text, uint32_t rgb);
/* A PNG as an address of its own, "data:image/png;base64,...". */
hr_status hr_canvas_address(hr_canvas *canvas, hr_buffer *out);
/* Replaces the file atomically. */
hr_status hr_canvas_write(hr_canvas *canvas, const char *path);

#endif
