/* numbers.h - a small task with numbers beside its cells, for targets that read puzzles. */
#ifndef HR_FUZZ_NUMBERS_H
#define HR_FUZZ_NUMBERS_H

#include "task/declared.h"

static inline hr_status numbers_task(hr_task *out) {
    static char shape[] = "shape", size[] = "2 x 2", alphabet[] = "alphabet", symbols[] = "01",
                blank[] = "blank", dot[] = ".", numbers[] = "numbers", two[] = "2",
                symmetries[] = "symmetries", dihedral[] = "dihedral";
    static const hr_task_entry entry[] = {{shape, size, 0, 0},
                                          {alphabet, symbols, 0, 0},
                                          {blank, dot, 0, 0},
                                          {numbers, two, 0, 0},
                                          {symmetries, dihedral, 0, 0}};
    return hr_task_declare(entry, sizeof entry / sizeof *entry, NULL, out);
}

#endif
