/* fuzz_arc.c - hostile bytes for the reader of ARC tasks, and for names of their copies. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "task/arc_vote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* JSON of tasks; after a zero byte their solutions; after another a name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *cut = memchr(data, 0, size);
    size_t first = cut ? (size_t)(cut - data) : size;
    const uint8_t *solutions = cut ? cut + 1 : NULL;
    size_t rest = cut ? size - first - 1 : 0;
    const uint8_t *name = solutions ? memchr(solutions, 0, rest) : NULL;
    size_t second = name ? (size_t)(name - solutions) : rest;
    int canvas = 1 + (int)(size % HR_ARC_SIDE);
    hr_arc_tasks tasks = {.side = canvas};
    char *text = calloc(1, rest - second + 1);
    if (name) memcpy(text, name + 1, rest - second - 1);
    if (hr_arc_tasks_parse(&tasks, data, first, solutions, second, "one", true) == HR_OK) {
        hr_arc_votes *votes;
        hr_arc_grid grid;
        uint8_t tokens[HR_ARC_SEQ];
        for (size_t i = 0; i < sizeof tokens; i++) tokens[i] = (uint8_t)(i < size ? data[i] : i);
        for (size_t p = 0; p < tasks.pairs; p++)
            for (int side = 0; side < 2; side++)
                if (hr_arc_tasks_grid(&tasks, p, side, &grid))
                    hr_arc_encode(&grid, 0, 0, canvas, tokens);
        if (hr_arc_votes_new(&tasks, canvas, &votes) == HR_OK) {
            hr_arc_votes_add(votes, &(hr_arc_vote){text, NULL, tokens, tokens, 0.5});
            for (size_t t = 0; t < tasks.count; t++) hr_arc_votes_pass(votes, t, 2);
            json_decref(hr_arc_votes_submission(votes));
            hr_arc_votes_free(votes);
        }
    }
    hr_arc_tasks_free(&tasks);
    free(text);
    return 0;
}
