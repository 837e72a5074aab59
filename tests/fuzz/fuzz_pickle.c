/* fuzz_pickle.c - hostile pickles: the tree is walked as deep as a reader would. */
#include <stdint.h>

#include "io/pickle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned walk(const hr_pickle_value *v, int depth, unsigned *left) {
    unsigned sum = (unsigned)v->kind;
    if (!*left || depth == 20) return sum;
    --*left;
    if (v->kind == HR_PICKLE_TEXT)
        for (size_t i = 0; i < v->size; i++) sum += (unsigned char)v->text[i];
    for (size_t i = 0; i < v->count; i++) sum += walk(v->item[i], depth + 1, left);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"collections.OrderedDict",
                                        "torch._utils._rebuild_tensor_v2", "torch.FloatStorage"};
    hr_pickle pickle;
    unsigned left = 10000;
    volatile unsigned sum = 0;
    if (hr_pickle_parse(data, size, "fuzz", names, 3, &pickle)) return 0;
    sum = sum + walk(pickle.root, 0, &left);
    hr_pickle_free(&pickle);
    return 0;
}
