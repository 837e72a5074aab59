/* pickle.h - a reader of Python's pickles that runs nothing: values become a tree, in which calls
 * are nodes like others. Only the operations that checkpoints need and only the names that the
 * caller lists are accepted.
 *
 * Formats (protocols) 2 to 5. A value may occur in several places, and a hostile pickle may put a
 * list or a map into itself: whoever walks the tree has to bound the depth. */
#ifndef HR_PICKLE_H
#define HR_PICKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum hr_pickle_kind {
    HR_PICKLE_NONE,
    HR_PICKLE_BOOL,
    HR_PICKLE_INT,
    HR_PICKLE_FLOAT,
    HR_PICKLE_TEXT,
    HR_PICKLE_NAME,  /* integer: index in the caller's names */
    HR_PICKLE_TUPLE, /* item[0..count-1] */
    HR_PICKLE_LIST,
    HR_PICKLE_MAP,  /* key, value, key, value...: count is even */
    HR_PICKLE_CALL, /* of item[0], a NAME, with item[1], a TUPLE; nothing is called */
    HR_PICKLE_ID,   /* item[0]: a persistent identifier, whose meaning the caller knows */
} hr_pickle_kind;

typedef struct hr_pickle_value hr_pickle_value;
struct hr_pickle_value {
    hr_pickle_kind kind;
    int64_t integer;  /* BOOL, INT, NAME */
    double number;    /* FLOAT */
    const char *text; /* TEXT: UTF-8 without a zero at the end, borrowed from the data */
    size_t size;
    hr_pickle_value **item;
    size_t count, capacity;
};

typedef struct hr_pickle {
    const hr_pickle_value *root;
    struct hr_pickle_block *blocks; /* every value of the tree */
} hr_pickle;

/* data is borrowed until hr_pickle_free. names[0] must be "collections.OrderedDict", whose call
 * without arguments makes an empty MAP; attributes that are set on it (BUILD) are dropped. */
hr_status hr_pickle_parse(const void *data, size_t size, const char *name, const char *const *names,
                          size_t name_count, hr_pickle *out);
void hr_pickle_free(hr_pickle *pickle); /* accepts a zeroed struct */

#endif
