/* film.h - how a puzzle was solved, as a picture that moves: SVG or GIF. */
#ifndef HR_FILM_H
#define HR_FILM_H

#include "look/story.h"

enum { HR_FILM_FRAMES = 240 }; /* a longer story is thinned to so many */

/* Draws the frames of a story, in a loop that holds at the end, as SVG or GIF by the ending of
 * `path`, which is replaced atomically. An SVG holds no script, and a viewer that does not animate
 * shows the last step; where candidates would make it larger than a few megabytes, it leaves them
 * out. */
hr_status hr_film_write(const hr_story *story, const char *path);

#endif
