/* err.h - how functions say that something went wrong.
 *
 * A fallible function returns hr_status; results go through pointers. The message lives in one
 * buffer per thread and says what, where and what to do. Codes equal the public HRM_STATUS_*.  */
#ifndef HR_ERR_H
#define HR_ERR_H

#include <stdbool.h>
#include <stddef.h>

/* An int, so that it is a public status without a cast. */
typedef int hr_status;
enum {
    HR_OK = 0,
    HR_ERR_ARG = -1,         /* the caller's argument, option or key is wrong */
    HR_ERR_MEM = -2,         /* out of memory */
    HR_ERR_IO = -3,          /* the operating system refused a read or a write */
    HR_ERR_FORMAT = -4,      /* a file's bytes are not what its format says */
    HR_ERR_VERSION = -5,     /* written by a newer version */
    HR_ERR_TASK = -6,        /* puzzle or data does not fit the task or the model */
    HR_ERR_NUMERIC = -7,     /* a loss or weight is not finite */
    HR_ERR_STOPPED = -8,     /* the caller's callback asked to stop */
    HR_ERR_UNSUPPORTED = -9, /* known, but not available here */
};

/* Sets this thread's message (printf style) and returns `code`, or HR_ERR_MEM (see hr_fail_short),
 * so that a failing function can say `return hr_fail(HR_ERR_ARG, "...")`. */
hr_status hr_fail(hr_status code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Memory was short in this thread, as a failure with HR_ERR_MEM says too; not every caller sees it:
 * a parser may take it for bad input, a builder of a document may leave something out. Until it is
 * told, failures of any kind say so, with the status HR_ERR_MEM. hr_fail_unless_short: fails where
 * memory was short, and has then told it; for the end of a document and of a file. hr_fail_told:
 * whoever reads the last failure has been told. */
void hr_fail_short(void);
hr_status hr_fail_unless_short(const char *what);
void hr_fail_told(void);

/* Puts "context: " before this thread's message, for callers who know the file or the option. */
hr_status hr_fail_in(hr_status code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Add to the last failure which field of the caller's options is wrong (a string that lives on),
 * and where it lies in which file; NULL and 0 stand for what is not known and change nothing. They
 * return status. hr_fail forgets all of it. */
hr_status hr_fail_option(hr_status status, const char *option);
#define hr_fail_about(code, option, ...) hr_fail_option(hr_fail((code), __VA_ARGS__), (option))
hr_status hr_fail_place(hr_status status, const char *file, long line, long column);
/* The same of puzzles in a call, of a character of a puzzle's text, and of bytes before the place.
 */
hr_status hr_fail_puzzle(hr_status status, size_t puzzle);
hr_status hr_fail_cell(hr_status status, size_t cell);
hr_status hr_fail_offset(hr_status status, size_t offset);

/* This thread's last failure. Texts are borrowed until the next one. */
typedef struct hr_failure {
    hr_status status;
    const char *file, *option; /* NULL: not known */
    long line, column;         /* from 1; 0: not known */
    long puzzle, cell;         /* likewise */
    long offset;               /* from 0; -1: not known */
} hr_failure;
hr_failure hr_error_failure(void);

/* This thread's last message; "" before any failure. Valid until the next failure in the thread. */
const char *hr_error_text(void);

/* Long work calls this now and then, where given; true ends it with HR_ERR_STOPPED. */
typedef struct hr_stop {
    bool (*asked)(void *user);
    void *user;
} hr_stop;

/* The short name of a status, such as "format". */
const char *hr_status_name(hr_status code);

#endif
