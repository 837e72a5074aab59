/* pickle.c - the stack machine of pickles, without the operations that run code. */
#include "io/pickle.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { BLOCK = 128, VALUES_MAX = 1 << 22, MARKS_MAX = 256, TEXT_MAX = 1 << 20, NAME_MAX_ = 200 };

struct hr_pickle_block {
    struct hr_pickle_block *next;
    size_t used;
    hr_pickle_value value[BLOCK];
};

/* A growing array of values. */
typedef struct stack {
    hr_pickle_value **item;
    size_t count, capacity;
} stack;

typedef struct reader {
    const unsigned char *data;
    size_t size, at, op_at;
    const char *name;
    const char *const *names;
    size_t name_count, values;
    hr_pickle *out;
    stack stack, memo;
    size_t mark[MARKS_MAX]; /* heights of the stack */
    int marks;
} reader;

static hr_status refuse(const reader *r, const char *what) {
    return hr_fail(HR_ERR_FORMAT, "%s: its pickle %s (at byte %zu)", r->name, what, r->op_at);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static hr_status push(reader *r, hr_pickle_value *value) {
    stack *s = &r->stack;
    hr_status status = hr_reserve(&s->item, &s->capacity, s->count, 1, sizeof *s->item);
    if (!status) s->item[s->count++] = value;
    return status;
}

/* A new value on the stack. */
static hr_status push_new(reader *r, hr_pickle_kind kind, hr_pickle_value **out) {
    struct hr_pickle_block *block = r->out->blocks;
    if (++r->values > VALUES_MAX) return refuse(r, "holds more than four million values");
    if (!block || block->used == BLOCK) {
        block = HR_NEW(struct hr_pickle_block, 1);
        if (!block) return HR_ERR_MEM;
        block->next = r->out->blocks;
        r->out->blocks = block;
    }
    *out = &block->value[block->used++];
    (*out)->kind = kind;
    return push(r, *out);
}

/* Adds `count` members, which must not lie in the value's own array. */
static hr_status extend(hr_pickle_value *value, hr_pickle_value *const *items, size_t count) {
    hr_status status =
        hr_reserve(&value->item, &value->capacity, value->count, count, sizeof *value->item);
    if (status || !count) return status;
    memcpy(value->item + value->count, items, count * sizeof *items);
    value->count += count;
    return HR_OK;
}

void hr_pickle_free(hr_pickle *pickle) {
    for (struct hr_pickle_block *block = pickle->blocks; block;) {
        struct hr_pickle_block *next = block->next;
        for (size_t i = 0; i < block->used; i++) hr_free(block->value[i].item);
        hr_free(block);
        block = next;
    }
    *pickle = (hr_pickle){0};
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static hr_status take(reader *r, size_t count, const unsigned char **out) {
    if (count > r->size - r->at) return refuse(r, "ends in the middle");
    *out = r->data + r->at;
    r->at += count;
    return HR_OK;
}

/* A little-endian number of 1 to 8 bytes. */
static hr_status take_number(reader *r, size_t bytes, uint64_t *out) {
    const unsigned char *p = NULL;
    hr_status status = take(r, bytes, &p);
    *out = 0;
    for (size_t i = bytes; !status && i-- > 0;) *out = *out << 8 | p[i];
    return status;
}

static hr_status take_text(reader *r, unsigned length_bytes) {
    uint64_t size;
    const unsigned char *p = NULL;
    hr_pickle_value *v = NULL;
    hr_status status = take_number(r, length_bytes, &size);
    if (!status && size > TEXT_MAX) status = refuse(r, "holds a text of more than a megabyte");
    if (!status) status = take(r, (size_t)size, &p);
    for (size_t i = 0, step; !status && i < size; i += step)
        if (!(step = hr_text_letter(p + i, (size_t)size - i)))
            status = refuse(r, "holds a text that is not UTF-8 or has control characters");
    if (!status) status = push_new(r, HR_PICKLE_TEXT, &v);
    if (status) return status;
    v->text = (const char *)p;
    v->size = (size_t)size;
    return HR_OK;
}

/* ---- operations: scalars --------------------------------------------------------------------- */

static hr_status push_plain(reader *r, unsigned kind) {
    hr_pickle_value *v = NULL;
    return push_new(r, (hr_pickle_kind)kind, &v);
}

static hr_status push_integer(reader *r, hr_pickle_kind kind, int64_t integer) {
    hr_pickle_value *v = NULL;
    hr_status status = push_new(r, kind, &v);
    if (!status) v->integer = integer;
    return status;
}

static hr_status push_bool(reader *r, unsigned yes) {
    return push_integer(r, HR_PICKLE_BOOL, yes);
}

static hr_status take_unsigned(reader *r, unsigned bytes) {
    uint64_t bits;
    hr_status status = take_number(r, bytes, &bits);
    return status ? status : push_integer(r, HR_PICKLE_INT, (int64_t)bits);
}

static hr_status take_signed(reader *r, unsigned bytes) {
    uint64_t bits;
    if (bytes > 8) return refuse(r, "holds a number of more than 64 bits");
    hr_status status = take_number(r, bytes, &bits);
    unsigned unused = 64 - 8 * bytes; /* the number's sign goes into them */
    int64_t value = bytes ? (int64_t)(bits << unused) >> unused : 0;
    return status ? status : push_integer(r, HR_PICKLE_INT, value);
}

static hr_status take_long(reader *r, unsigned length_bytes) {
    uint64_t bytes;
    hr_status status = take_number(r, length_bytes, &bytes);
    return status ? status : take_signed(r, (unsigned)bytes);
}

static hr_status take_float(reader *r, unsigned bytes) {
    const unsigned char *p = NULL;
    hr_pickle_value *v = NULL;
    uint64_t bits = 0;
    hr_status status = take(r, bytes, &p);
    if (!status) status = push_new(r, HR_PICKLE_FLOAT, &v);
    for (unsigned i = 0; !status && i < bytes; i++) bits = bits << 8 | p[i];
    if (!status) memcpy(&v->number, &bits, sizeof bits);
    return status;
}

/* ---- operations: containers ------------------------------------------------------------------ */

/* How much of the stack lies below the last mark, where operations may not take values from. */
static size_t floor_of(const reader *r) {
    return r->marks ? r->mark[r->marks - 1] : 0;
}

static hr_status need(const reader *r, size_t count) {
    return r->stack.count - floor_of(r) < count ? refuse(r, "takes from an empty stack") : HR_OK;
}

static hr_status open_mark(reader *r, unsigned unused) {
    (void)unused;
    if (r->marks == MARKS_MAX) return refuse(r, "is nested too deeply");
    r->mark[r->marks++] = r->stack.count;
    return HR_OK;
}

/* Removes the last mark and tells how many values lie above it. */
static hr_status close_mark(reader *r, unsigned *count) {
    if (!r->marks) return refuse(r, "closes what it did not open");
    *count = (unsigned)(r->stack.count - r->mark[--r->marks]);
    return HR_OK;
}

static hr_status make_tuple(reader *r, unsigned count) {
    hr_pickle_value *v = NULL;
    hr_status status = need(r, count);
    if (status) return status;
    size_t from = r->stack.count - count;
    status = push_new(r, HR_PICKLE_TUPLE, &v);
    if (!status) status = extend(v, r->stack.item + from, count);
    if (status) return status;
    r->stack.item[from] = v;
    r->stack.count = from + 1;
    return HR_OK;
}

static hr_status make_marked_tuple(reader *r, unsigned unused) {
    (void)unused;
    unsigned count = 0;
    hr_status status = close_mark(r, &count);
    return status ? status : make_tuple(r, count);
}

/* Moves the top `count` values of the stack into the list or map below them. */
static hr_status add_items(reader *r, hr_pickle_kind kind, size_t count) {
    hr_status status = need(r, count + 1);
    if (status) return status;
    r->stack.count -= count;
    hr_pickle_value **items = r->stack.item + r->stack.count, *target = items[-1];
    if (target->kind != kind || (kind == HR_PICKLE_MAP && count % 2))
        return refuse(r, "adds members to something that does not take them");
    return extend(target, items, count);
}

static hr_status add_marked(reader *r, unsigned kind) {
    unsigned count = 0;
    hr_status status = close_mark(r, &count);
    return status ? status : add_items(r, (hr_pickle_kind)kind, count);
}

/* One item to a list; a key and a value to a map. */
static hr_status add_few(reader *r, unsigned count) {
    return add_items(r, count == 2 ? HR_PICKLE_MAP : HR_PICKLE_LIST, count);
}

/* ---- operations: memo ------------------------------------------------------------------------ */

/* A place in the memo: a number of so many bytes, or the next free place where bytes is 0. */
static hr_status take_place(reader *r, unsigned bytes, uint64_t *out) {
    *out = r->memo.count;
    return bytes ? take_number(r, bytes, out) : HR_OK;
}

static hr_status memo_put(reader *r, unsigned bytes) {
    uint64_t index;
    hr_status status = take_place(r, bytes, &index);
    if (!status) status = need(r, 1);
    if (!status && index > r->values) status = refuse(r, "remembers at an impossible place");
    if (status) return status;
    stack *m = &r->memo;
    size_t count = (size_t)index + 1, more = count > m->count ? count - m->count : 0;
    status = hr_reserve(&m->item, &m->capacity, m->count, more, sizeof *m->item);
    if (status) return status;
    m->item[index] = r->stack.item[r->stack.count - 1];
    m->count += more; /* places in between stay NULL */
    return HR_OK;
}

static hr_status memo_get(reader *r, unsigned bytes) {
    uint64_t index;
    hr_status status = take_place(r, bytes, &index);
    if (status) return status;
    if (index >= r->memo.count || !r->memo.item[index])
        return refuse(r, "recalls what it did not remember");
    return push(r, r->memo.item[index]);
}

/* ---- operations: names, calls ---------------------------------------------------------------- */

static hr_status push_name(reader *r, const char *module, size_t module_size, const char *name,
                           size_t name_size) {
    char full[NAME_MAX_];
    bool fits = module_size < NAME_MAX_ / 2 && name_size < NAME_MAX_ / 2 - 2;
    if (!fits) return refuse(r, "mentions a name that is too long");
    memcpy(full, module, module_size);
    full[module_size] = '.';
    memcpy(full + module_size + 1, name, name_size);
    full[module_size + 1 + name_size] = 0;
    for (size_t i = 0; i < r->name_count; i++)
        if (!strcmp(full, r->names[i])) return push_integer(r, HR_PICKLE_NAME, (int64_t)i);
    for (char *p = full; *p; p++)
        if (*p < ' ' || *p > '~') *p = '?';
    return hr_fail(HR_ERR_UNSUPPORTED,
                   "%s: asks for %s, which a file of tensors has no use for; nothing in it was run",
                   r->name, full);
}

static hr_status take_line(reader *r, const char **text, size_t *size) {
    const unsigned char *from = r->data + r->at, *end = memchr(from, '\n', r->size - r->at);
    if (!end) return refuse(r, "ends in the middle");
    *text = (const char *)from;
    *size = (size_t)(end - from);
    r->at += *size + 1;
    return HR_OK;
}

static hr_status take_name(reader *r, unsigned unused) {
    (void)unused;
    const char *module = NULL, *name = NULL;
    size_t module_size = 0, name_size = 0;
    hr_status status = take_line(r, &module, &module_size);
    if (!status) status = take_line(r, &name, &name_size);
    return status ? status : push_name(r, module, module_size, name, name_size);
}

static hr_status stack_name(reader *r, unsigned values) {
    hr_status status = need(r, values);
    if (status) return status;
    r->stack.count -= 2;
    const hr_pickle_value *module = r->stack.item[r->stack.count];
    const hr_pickle_value *name = r->stack.item[r->stack.count + 1];
    if (module->kind != HR_PICKLE_TEXT || name->kind != HR_PICKLE_TEXT)
        return refuse(r, "mentions a name that is not text");
    return push_name(r, module->text, module->size, name->text, name->size);
}

static hr_status call(reader *r, unsigned values) {
    hr_pickle_value *v = NULL;
    hr_status status = need(r, values);
    if (status) return status;
    hr_pickle_value *pair[2] = {r->stack.item[r->stack.count - 2],
                                r->stack.item[r->stack.count - 1]};
    if (pair[0]->kind != HR_PICKLE_NAME || pair[1]->kind != HR_PICKLE_TUPLE)
        return refuse(r, "calls something that is not a name");
    r->stack.count -= 2;
    if (pair[0]->integer == 0) {
        if (pair[1]->count) return refuse(r, "makes an OrderedDict out of something");
        return push_new(r, HR_PICKLE_MAP, &v);
    }
    status = push_new(r, HR_PICKLE_CALL, &v);
    return status ? status : extend(v, pair, 2);
}

static hr_status persistent(reader *r, unsigned values) {
    hr_pickle_value *v = NULL;
    hr_status status = need(r, values);
    if (status) return status;
    hr_pickle_value *id = r->stack.item[--r->stack.count];
    status = push_new(r, HR_PICKLE_ID, &v);
    return status ? status : extend(v, &id, 1);
}

/* Attributes of a map, which are dropped. */
static hr_status build(reader *r, unsigned values) {
    hr_status status = need(r, values);
    if (status) return status;
    if (r->stack.item[r->stack.count - 2]->kind != HR_PICKLE_MAP)
        return refuse(r, "sets attributes of something else than an OrderedDict");
    r->stack.count--;
    return HR_OK;
}

/* ---- the machine ----------------------------------------------------------------------------- */

/* The operations; `n` depends on the function: bytes that follow, members, values needed on the
 * stack, a kind. Of the codes without a letter 0x85 to 0x87 are TUPLE1 to 3, 0x88 and 0x89 true and
 * false, 0x8a LONG1, 0x8c SHORT_BINUNICODE, 0x93 STACK_GLOBAL and 0x94 MEMOIZE. */
static const struct {
    unsigned char code;
    hr_status (*run)(reader *r, unsigned n);
    unsigned n;
} operations[] = {
    {'N', push_plain, HR_PICKLE_NONE},
    {')', push_plain, HR_PICKLE_TUPLE},
    {']', push_plain, HR_PICKLE_LIST},
    {'}', push_plain, HR_PICKLE_MAP},
    {0x88, push_bool, true},
    {0x89, push_bool, false},
    {'K', take_unsigned, 1},
    {'M', take_unsigned, 2},
    {'J', take_signed, 4},
    {0x8a, take_long, 1},
    {'G', take_float, 8},
    {'X', take_text, 4},
    {0x8c, take_text, 1},
    {'(', open_mark, 0},
    {'t', make_marked_tuple, 0},
    {0x85, make_tuple, 1},
    {0x86, make_tuple, 2},
    {0x87, make_tuple, 3},
    {'a', add_few, 1},
    {'s', add_few, 2},
    {'e', add_marked, HR_PICKLE_LIST},
    {'u', add_marked, HR_PICKLE_MAP},
    {'q', memo_put, 1},
    {'r', memo_put, 4},
    {0x94, memo_put, 0},
    {'h', memo_get, 1},
    {'j', memo_get, 4},
    {'c', take_name, 0},
    {0x93, stack_name, 2},
    {'R', call, 2},
    {'Q', persistent, 1},
    {'b', build, 2},
};

static hr_status step(reader *r, unsigned char code) {
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (operations[i].code == code) return operations[i].run(r, operations[i].n);
    return hr_fail(
        HR_ERR_UNSUPPORTED,
        "%s: its pickle uses the operation 0x%02x (at byte %zu), which a file of tensors "
        "has no use for",
        r->name, code, r->op_at);
}

static hr_status run(reader *r) {
    const unsigned char *op = NULL;
    uint64_t number = 0;
    hr_status status = take(r, 1, &op);
    if (!status && *op != 0x80) return refuse(r, "does not begin like one");
    if (!status) status = take_number(r, 1, &number);
    if (!status && (number < 2 || number > 5))
        return hr_fail(HR_ERR_VERSION, "%s: pickle protocol %d is not known; 2 to 5 are", r->name,
                       (int)number);
    while (!status) {
        r->op_at = r->at;
        status = take(r, 1, &op);
        if (status) break;
        if (*op == '.') {
            if (r->stack.count != 1 || r->marks) return refuse(r, "does not end with one value");
            r->out->root = r->stack.item[0];
            return HR_OK;
        }
        /* a frame only says how many bytes follow */
        status = *op == 0x95 ? take_number(r, 8, &number) : step(r, *op);
    }
    return status;
}

hr_status hr_pickle_parse(const void *data, size_t size, const char *name, const char *const *names,
                          size_t name_count, hr_pickle *out) {
    *out = (hr_pickle){0};
    reader r = {.data = data,
                .size = size,
                .name = name,
                .names = names,
                .name_count = name_count,
                .out = out};
    hr_status status = hr_reserve(&r.stack.item, &r.stack.capacity, 0, 1, sizeof *r.stack.item);
    if (!status) status = run(&r);
    hr_free(r.stack.item);
    hr_free(r.memo.item);
    if (status) hr_pickle_free(out);
    return status;
}
