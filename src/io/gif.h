/* gif.h - animated pictures: frames of pixels, of each of which only what changed is kept. */
#ifndef HR_GIF_H
#define HR_GIF_H

#include "base/text.h"

enum { HR_GIF_COLOURS = 255 }; /* one more is what stays as it was */

typedef struct hr_gif {
    int width, height;
    uint8_t *last;  /* (height x width) colours of the frame before */
    uint8_t *coded; /* (height x width) of the frame at hand, as it is packed */
    uint32_t colour[HR_GIF_COLOURS + 1];
    int colours;
    hr_buffer data; /* the frames so far */
    struct hr_gif_codes *codes;
} hr_gif;

/* At most 65535 points a side. */
hr_status hr_gif_open(int width, int height, hr_gif *out);
void hr_gif_close(hr_gif *gif); /* accepts a zeroed one */
/* Adds a frame that shows for so many hundredths of a second. rgb (height x width x 3). Colours
 * beyond the first 255 become the nearest of those. */
void hr_gif_add(hr_gif *gif, const uint8_t *rgb, int hundredths);
/* Replaces the file atomically; it plays without end. */
hr_status hr_gif_write(hr_gif *gif, const char *path);

#endif
