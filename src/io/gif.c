/* gif.c - GIF 89a: one palette for all frames, each of them the smallest rectangle that changed,
 * transparent where it did not, packed by LZW. */
#include "io/gif.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"

/* Codes are 9 to 12 bits: bytes, CLEAR, END, then what was met before, as a code and one more byte.
 */
enum {
    SAME = HR_GIF_COLOURS,
    CLEAR,
    END,
    FIRST,
    BITS = 12,
    CODES = 1 << BITS,
    SLOTS = 1 << 14,
    BLOCK = 255
};

struct hr_gif_codes {
    uint32_t key[SLOTS]; /* 1 + (code << 8 | byte); 0: free */
    uint16_t code[SLOTS];
    int next, bits; /* the next new code; of a code, now */
    uint32_t held;  /* bits that do not make a byte yet */
    int held_bits;
    uint8_t block[1 + BLOCK]; /* its size first */
};

hr_status hr_gif_open(int width, int height, hr_gif *out) {
    *out = (hr_gif){.width = width, .height = height};
    if (width < 1 || height < 1 || width > 0xffff || height > 0xffff)
        return hr_fail(HR_ERR_ARG, "a picture of %d x %d points is not possible", width, height);
    out->last = hr_alloc((size_t)width * (size_t)height);
    out->coded = hr_alloc((size_t)width * (size_t)height);
    out->codes = HR_NEW(struct hr_gif_codes, 1);
    if (out->last && out->coded && out->codes) return HR_OK;
    hr_gif_close(out);
    return HR_ERR_MEM;
}

void hr_gif_close(hr_gif *gif) {
    hr_free(gif->last);
    hr_free(gif->coded);
    hr_free(gif->codes);
    hr_buffer_free(&gif->data);
    *gif = (hr_gif){0};
}

/* ---- colours --------------------------------------------------------------------------------- */

static int distance(uint32_t a, uint32_t b) {
    int sum = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        int d = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
        sum += d * d;
    }
    return sum;
}

static uint8_t index_of(hr_gif *gif, uint32_t rgb) {
    int i = 0, best = 0;
    while (i < gif->colours && gif->colour[i] != rgb) i++;
    if (i < gif->colours) return (uint8_t)i;
    if (i < HR_GIF_COLOURS) gif->colour[gif->colours++] = rgb;
    if (i < HR_GIF_COLOURS) return (uint8_t)i;
    for (i = 0; i < HR_GIF_COLOURS; i++)
        if (distance(gif->colour[i], rgb) < distance(gif->colour[best], rgb)) best = i;
    return (uint8_t)best;
}

/* ---- LZW ------------------------------------------------------------------------------------- */

static void flush(hr_gif *gif) {
    struct hr_gif_codes *c = gif->codes;
    if (c->block[0]) hr_buffer_add(&gif->data, c->block, 1 + (size_t)c->block[0]);
    c->block[0] = 0;
}

static void put_code(hr_gif *gif, int code) {
    struct hr_gif_codes *c = gif->codes;
    c->held |= (uint32_t)code << c->held_bits;
    for (c->held_bits += c->bits; c->held_bits >= 8; c->held_bits -= 8, c->held >>= 8) {
        c->block[++c->block[0]] = (uint8_t)c->held;
        if (c->block[0] == BLOCK) flush(gif);
    }
}

static void clear(hr_gif *gif) {
    put_code(gif, CLEAR);
    memset(gif->codes->key, 0, sizeof gif->codes->key);
    gif->codes->next = FIRST;
    gif->codes->bits = 9;
}

/* One more byte: the code of what comes before it and it, or else `code` is out and it begins. */
static int step(hr_gif *gif, int code, uint8_t byte) {
    struct hr_gif_codes *c = gif->codes;
    uint32_t key = 1 + ((uint32_t)code << 8 | byte), slot = key * 2654435761u >> (32 - 14);
    for (; c->key[slot]; slot = (slot + 1) % SLOTS)
        if (c->key[slot] == key) return c->code[slot];
    put_code(gif, code);
    if (c->next == CODES) clear(gif);
    else {
        c->key[slot] = key;
        c->code[slot] = (uint16_t)c->next;
        if (c->next++ == 1 << c->bits) c->bits++;
    }
    return byte;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void put(hr_gif *gif, const uint8_t *bytes, size_t size) {
    hr_buffer_add(&gif->data, bytes, size);
}

#define WORD(n) (uint8_t)(n), (uint8_t)((n) >> 8)
#define PUT(gif, ...)                                                                              \
    put(gif, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* The rectangle that differs from the frame before, which it updates. One point where none does. */
static void find_change(hr_gif *gif, const uint8_t *rgb, bool all, int rect[4]) {
    int left = gif->width, right = 0, top = gif->height, bottom = 0;
    uint32_t before = 1u << 24; /* no colour: neighbours are mostly alike */
    uint8_t index = 0;
    for (int y = 0; y < gif->height; y++)
        for (int x = 0; x < gif->width; x++) {
            size_t at = (size_t)y * (size_t)gif->width + (size_t)x;
            const uint8_t *p = rgb + 3 * at;
            uint32_t own = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
            if (own != before) index = index_of(gif, before = own);
            bool same = !all && gif->last[at] == index;
            gif->coded[at] = same ? SAME : index;
            if (same) continue;
            gif->last[at] = index;
            if (x < left) left = x;
            if (x >= right) right = x + 1;
            if (y < top) top = y;
            bottom = y + 1;
        }
    bool none = right <= left;
    rect[0] = none ? 0 : left, rect[1] = none ? 0 : top;
    rect[2] = none ? 1 : right - left, rect[3] = none ? 1 : bottom - top;
}

void hr_gif_add(hr_gif *gif, const uint8_t *rgb, int hundredths) {
    int rect[4], code = -1;
    find_change(gif, rgb, !gif->colours, rect);
    PUT(gif, 0x21, 0xf9, 4, 1 << 2 | 1, WORD(hundredths), SAME, 0); /* it stays below the next */
    PUT(gif, 0x2c, WORD(rect[0]), WORD(rect[1]), WORD(rect[2]), WORD(rect[3]), 0, 8);
    *gif->codes = (struct hr_gif_codes){.bits = 9};
    clear(gif);
    for (int y = rect[1]; y < rect[1] + rect[3]; y++)
        for (int x = rect[0]; x < rect[0] + rect[2]; x++) {
            uint8_t byte = gif->coded[(size_t)y * (size_t)gif->width + (size_t)x];
            code = code < 0 ? byte : step(gif, code, byte);
        }
    put_code(gif, code);
    if (gif->codes->next++ == 1 << gif->codes->bits && gif->codes->bits < BITS) gif->codes->bits++;
    put_code(gif, END);
    gif->codes->bits = 7; /* fills the last byte up */
    put_code(gif, 0);
    flush(gif);
    PUT(gif, 0);
}

hr_status hr_gif_write(hr_gif *gif, const char *path) {
    hr_buffer frames = gif->data;
    gif->data = (hr_buffer){0};
    put(gif, (const uint8_t *)"GIF89a", 6);
    PUT(gif, WORD(gif->width), WORD(gif->height), 0xf7, 0, 0);
    for (int i = 0; i <= HR_GIF_COLOURS; i++)
        PUT(gif, (uint8_t)(gif->colour[i] >> 16), (uint8_t)(gif->colour[i] >> 8),
            (uint8_t)gif->colour[i]);
    put(gif, (const uint8_t *)"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", 19);
    put(gif, (const uint8_t *)frames.text, frames.size);
    PUT(gif, 0x3b);
    bool failed = gif->data.failed || frames.failed;
    hr_buffer_free(&frames);
    return failed ? HR_ERR_MEM : hr_os_write_file(path, gif->data.text, gif->data.size);
}
