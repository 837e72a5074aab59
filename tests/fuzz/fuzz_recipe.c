/* fuzz_recipe.c - hostile bytes for the recipe reader. */
#include <stdint.h>
#include <string.h>

#include "model/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_recipe recipe;
    hr_recipe_defaults(&recipe);
    if (!hr_recipe_read_text(&recipe, data, size, "fuzz")) hr_recipe_check(&recipe);
    return 0;
}
