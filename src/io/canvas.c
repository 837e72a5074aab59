/* canvas.c - rectangles and letters as pixels or SVG elements. */
#include "io/canvas.h"

#include <string.h>

#include <png.h>

#include "base/mem.h"
#include "base/os.h"

enum { GLYPH_ROWS = 7, GLYPH_COLS = 5, GLYPH_CELL = 11 }; /* a glyph in a cell of 11 x 11 dots */

/* The dots of '!' to '~', row by row from the top, the leftmost of the last row in bit 4. */
static const uint64_t font[94] = {
    0x108420004, 0x294a00000, 0x295f57d4a, 0x11f4717c4, 0x632222263, 0x32544564d, 0x308800000,
    0x088842082, 0x208210888, 0x009575480, 0x0084f9080, 0x000003088, 0x0000f8000, 0x00000018c,
    0x002222200, 0x3a33ae62e, 0x11842108e, 0x3a211111f, 0x7c441062e, 0x08ca97c42, 0x7e1e0862e,
    0x1910f462e, 0x7c2222108, 0x3a317462e, 0x3a317844c, 0x018c03180, 0x018c03088, 0x088882082,
    0x001f07c00, 0x208208888, 0x3a2111004, 0x3a216d6ae, 0x3a31fc631, 0x7a31f463e, 0x3a308422e,
    0x72518c65c, 0x7e10f421f, 0x7e10f4210, 0x3a30bc62f, 0x4631fc631, 0x38842108e, 0x1c4210a4c,
    0x4654c5251, 0x42108421f, 0x4775ac631, 0x4639ace31, 0x3a318c62e, 0x7a31f4210, 0x3a318d64d,
    0x7a31f5251, 0x3e107043e, 0x7c8421084, 0x46318c62e, 0x46318c544, 0x4631ad6aa, 0x462a22a31,
    0x462a21084, 0x7c222221f, 0x39084210e, 0x020820820, 0x38421084e, 0x115100000, 0x00000001f,
    0x208200000, 0x000e0be2f, 0x4216cc63e, 0x000e8422e, 0x042d9c62f, 0x000e8fe0e, 0x1928e2108,
    0x01f18bc2e, 0x4216cc631, 0x100c2108e, 0x080610a4c, 0x4212a6292, 0x30842108e, 0x001aad631,
    0x0016cc631, 0x000e8c62e, 0x001e8fa10, 0x000d9bc21, 0x0016cc210, 0x000e8383e, 0x211c42126,
    0x00118c66d, 0x00118c544, 0x00118d6aa, 0x001151151, 0x00118bc2e, 0x001f1111f, 0x088441082,
    0x108421084, 0x208411088, 0x0008a8800,
};
static const uint64_t box = 0x7e318c63f; /* for bytes outside ASCII */

hr_status hr_canvas_open(int width, int height, bool svg, hr_canvas *out) {
    *out = (hr_canvas){.width = width, .height = height, .svg = svg};
    if (width < 1 || height < 1 || width > HR_CANVAS_MAX || height > HR_CANVAS_MAX)
        return hr_fail(HR_ERR_ARG,
                       "a picture of %d x %d points is not possible; 1 to %d a side are", width,
                       height, HR_CANVAS_MAX);
    if (svg) {
        hr_buffer_print(&out->text,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                        "font-family=\"monospace\" text-anchor=\"middle\">\n",
                        width, height);
        hr_canvas_rect(out, 0, 0, width, height, 0xffffff);
        return HR_OK;
    }
    size_t bytes = (size_t)width * (size_t)height * 3;
    out->pixels = hr_alloc(bytes);
    if (!out->pixels) return HR_ERR_MEM;
    memset(out->pixels, 0xff, bytes);
    return HR_OK;
}

void hr_canvas_close(hr_canvas *c) {
    hr_buffer_free(&c->text);
    hr_free(c->pixels);
    c->pixels = NULL;
}

static int clamp(int v, int high) {
    return v < 0 ? 0 : v > high ? high : v;
}

void hr_canvas_rect(hr_canvas *c, int x, int y, int width, int height, uint32_t rgb) {
    if (c->svg) {
        hr_buffer_print(&c->text,
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", x,
                        y, width, height, (unsigned)rgb & 0xffffff);
        return;
    }
    int right = clamp(x + width, c->width), bottom = clamp(y + height, c->height);
    for (int j = clamp(y, c->height); j < bottom; j++)
        for (int i = clamp(x, c->width); i < right; i++) {
            uint8_t *p = c->pixels + ((size_t)j * (size_t)c->width + (size_t)i) * 3;
            p[0] = (uint8_t)(rgb >> 16);
            p[1] = (uint8_t)(rgb >> 8);
            p[2] = (uint8_t)rgb;
        }
}

void hr_canvas_glyph(hr_canvas *c, int x, int y, int side, char glyph, uint32_t rgb) {
    bool known = glyph > ' ' && glyph <= '~';
    if (c->svg) {
        static const char special[] = "&<>";
        const char *escape = known ? strchr(special, glyph) : NULL;
        static const char *const escaped[] = {"&amp;", "&lt;", "&gt;"};
        char plain[2] = {known ? glyph : '?', 0};
        hr_buffer_print(&c->text,
                        "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"#%06x\">%s</text>\n",
                        x + side / 2, y + side * 7 / 10, side * 6 / 10, (unsigned)rgb & 0xffffff,
                        escape ? escaped[escape - special] : plain);
        return;
    }
    const uint64_t dots = known ? font[glyph - '!'] : box;
    int dot = side / GLYPH_CELL > 0 ? side / GLYPH_CELL : 1;
    int left = x + (side - GLYPH_COLS * dot) / 2, top = y + (side - GLYPH_ROWS * dot) / 2;
    for (int r = 0; r < GLYPH_ROWS; r++)
        for (int k = 0; k < GLYPH_COLS; k++)
            if (dots >> (GLYPH_ROWS * GLYPH_COLS - 1 - r * GLYPH_COLS - k) & 1)
                hr_canvas_rect(c, left + k * dot, top + r * dot, dot, dot, rgb);
}

void hr_canvas_text(hr_canvas *c, int x, int y, int size, const char *text, uint32_t rgb) {
    int dot = size / GLYPH_CELL > 0 ? size / GLYPH_CELL : 1, step = (GLYPH_COLS + 1) * dot;
    if (c->svg)
        hr_buffer_print(&c->text,
                        "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"#%06x\">%s</text>\n", x,
                        y + size / 3, size, (unsigned)rgb & 0xffffff, text);
    else
        for (int i = 0, n = (int)strlen(text); i < n; i++)
            if (text[i] != ' ')
                hr_canvas_glyph(c, x + (2 * i - n + 1) * step / 2 - size / 2, y - size / 2, size,
                                text[i], rgb);
}

static png_image image_of(const hr_canvas *c) {
    return (png_image){.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)c->width,
                       .height = (png_uint_32)c->height,
                       .format = PNG_FORMAT_RGB};
}

static void add_base64(hr_buffer *out, const uint8_t *bytes, size_t size) {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t v = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                     (left > 2 ? bytes[i + 2] : 0u);
        char four[4] = {digit[v >> 18], digit[v >> 12 & 63], left > 1 ? digit[v >> 6 & 63] : '=',
                        left > 2 ? digit[v & 63] : '='};
        hr_buffer_add(out, four, sizeof four);
    }
}

hr_status hr_canvas_address(hr_canvas *c, hr_buffer *out) {
    png_image image = image_of(c);
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *bytes = hr_alloc(size);
    if (!bytes) return HR_ERR_MEM;
    hr_status status = HR_OK;
    if (!png_image_write_to_memory(&image, bytes, &size, 0, c->pixels, 0, NULL))
        status = hr_fail(HR_ERR_MEM, "a picture cannot be made: %s", image.message);
    hr_buffer_print(out, "data:image/png;base64,");
    if (!status) add_base64(out, bytes, size);
    hr_free(bytes);
    return status;
}

hr_status hr_canvas_write(hr_canvas *c, const char *path) {
    if (c->svg) {
        hr_buffer_print(&c->text, "</svg>\n");
        return c->text.failed ? HR_ERR_MEM : hr_os_write_file(path, c->text.text, c->text.size);
    }
    png_image image = image_of(c);
    hr_writer writer;
    hr_status status = hr_os_create(path, &writer);
    if (status) return status;
    if (!png_image_write_to_stdio(&image, writer.file, 0, c->pixels, 0, NULL))
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, image.message);
    return hr_os_end(&writer, status);
}
