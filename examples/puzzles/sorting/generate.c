/* generate.c - 5 to 15 digits, and the same digits in order. What is in the test file is no other
 * order of anything in the training file.                                                        */
#include "../generate.h"

static bool make(char *question, char *answer, uint64_t *kind) {
    int size = 5 + random_below(11), count[10] = {0}, n = 0;
    for (int i = 0; i < size; i++) {
        int digit = random_below(10);
        question[i] = (char)('0' + digit);
        count[digit]++;
    }
    for (int digit = 0; digit < 10; digit++)
        while (count[digit]--) answer[n++] = (char)('0' + digit);
    question[size] = answer[size] = 0;
    *kind = hash_of(answer);
    return true;
}

int main(int argc, char **argv) {
    return generate(argc, argv, make);
}
