/* key.h - a named value of a struct, as recipes and regimes list theirs in tables. */
#ifndef HR_KEY_H
#define HR_KEY_H

#include <stdbool.h>
#include <stddef.h>

typedef enum hr_key_type {
    HR_KEY_INT,   /* int64_t */
    HR_KEY_BYTES, /* int64_t, written as 500MB or 2GiB too */
    HR_KEY_REAL,  /* double */
    HR_KEY_BOOL,  /* bool */
    HR_KEY_TEXT,  /* char [HR_KEY_SIZE] */
    HR_KEY_CHOICE
} hr_key_type;

enum { HR_KEY_SIZE = 512 };

typedef struct hr_key {
    const char *name;
    hr_key_type type;
    size_t offset;       /* in its struct */
    const char *preset;  /* default */
    double low, high;    /* of numbers, both included */
    const char *choices; /* "a|b|c" */
    bool running;        /* may change on resume */
    const char *help;
} hr_key;

/* A number or a switch of struct `of` that stays the same on resume. */
#define HR_KEY(of, type, field, preset, low, high, help)                                           \
    { #field, HR_KEY_##type, offsetof(of, field), preset, low, high, NULL, false, help }

#endif
