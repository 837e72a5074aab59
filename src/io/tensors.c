/* tensors.c - a growing list of tensors. */
#include "io/tensors.h"

#include "base/mem.h"

const char *hr_tensors_kind_name(hr_tensors_kind kind) {
    static const char *const names[] = {"safetensors", "PyTorch", "npz"};
    return names[kind];
}

hr_status hr_tensors_own(hr_tensors *t, void *block) {
    hr_status status =
        block ? hr_reserve(&t->blocks, &t->block_capacity, t->block_count, 1, sizeof *t->blocks)
              : HR_ERR_MEM;
    if (status) hr_free(block);
    else t->blocks[t->block_count++] = block;
    return status;
}

hr_status hr_tensors_add(hr_tensors *t, const hr_tensor *tensor) {
    hr_status status = hr_reserve(&t->tensors, &t->capacity, t->count, 1, sizeof *t->tensors);
    if (!status) t->tensors[t->count++] = *tensor;
    return status;
}

void hr_tensors_close(hr_tensors *t) {
    if (t->kind != HR_TENSORS_SAFETENSORS) hr_free(t->tensors);
    for (size_t i = 0; i < t->block_count; i++) hr_free(t->blocks[i]);
    hr_free(t->blocks);
    hr_safetensors_close(&t->file);
    *t = (hr_tensors){0};
}
