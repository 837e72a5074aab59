/* story.h - the steps of one puzzle as pictures show them: the puzzle, then the grid after each
 * round of one chain, or after each segment. */
#ifndef HR_STORY_H
#define HR_STORY_H

#include "solve/trace.h"
#include "task/task.h"

enum { HR_STORY_SYMBOLS = 32, HR_STORY_LEVELS = 4 };

typedef struct hr_story {
    const hr_task *task;
    const uint8_t *question; /* (seq) */
    const hr_kept **frame;   /* (frames); the first is NULL: the puzzle */
    size_t frames;
    size_t steps;   /* of the chain; those shown are spread evenly over them, the last included */
    int symbols;    /* 0: segments */
    int rows, cols; /* from the top left, of the puzzle's grid and the last frame's */
    int chains;     /* chains that are in the trace */
} hr_story;

/* What a cell shows in a frame. */
typedef struct hr_face {
    uint8_t token;
    bool open;                      /* has several candidates: their heat */
    bool guess;                     /* a guess that stands */
    bool fresh;                     /* not as in the frame before */
    bool back;                      /* a guess that is taken back here */
    bool empty;                     /* no candidate is left for it */
    int8_t sure;                    /* segments: how probable the token is, 0 to HR_STORY_LEVELS */
    uint8_t heat[HR_STORY_SYMBOLS]; /* of each symbol, 0 (dropped) to HR_STORY_LEVELS */
} hr_face;

/* At most so many frames, the puzzle included (2 or more). All but the result is borrowed. Fails
 * where the trace holds no step of the chain. */
hr_status hr_story_open(const hr_task *task, const uint8_t *question, const hr_trace *trace,
                        int chain, int symbols, size_t most, hr_story *out);
void hr_story_close(hr_story *story);
/* How many steps of the chain the trace holds. */
size_t hr_story_steps(const hr_trace *trace, int chain);

void hr_story_face(const hr_story *story, size_t frame, int cell, hr_face *out);
/* The i-th of the last guesses that a conflict or rejection takes back: its cell, or -1. */
int hr_story_back(const hr_kept *kept, int i);
/* The token of a candidate's symbol. */
uint8_t hr_story_token(const hr_story *story, char symbol);

#endif
