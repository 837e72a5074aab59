/* two_tasks.h - tasks of ARC with their solutions, for tests of reading and of using them. */
#ifndef HR_TEST_TWO_TASKS_H
#define HR_TEST_TWO_TASKS_H

#include "test.h"
#include "task/arc_tasks.h"

static const char two_tasks[] = "{\"a\": {\"train\": [{\"input\": [[1, 2]], \"output\": [[2], "
                                "[1]]}, {\"input\": [[3]], \"output\": [[3]]}],"
                                " \"test\": [{\"input\": [[4, 5]]}]},"
                                " \"b\": {\"train\": [{\"input\": [[7]], \"output\": [[7]]}], "
                                "\"test\": [{\"input\": [[8]], \"output\": [[8]]},"
                                " {\"input\": [[9]], \"output\": [[0]]}]}}";
static const char two_solutions[] = "{\"a\": [[[5], [4]]], \"b\": [[[8]], [[0]]]}";

static hr_arc_tasks parse_two(bool scored) {
    hr_arc_tasks tasks = {0};
    OK(hr_arc_tasks_parse(&tasks, two_tasks, strlen(two_tasks), two_solutions,
                          strlen(two_solutions), "x", scored));
    return tasks;
}

#endif
