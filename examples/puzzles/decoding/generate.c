/* generate.c - words of a short code that went through noise, as puzzles; and what other decoders
 * make of the same words.
 *
 * usage: generate puzzles DB SEED WORDS [ORDERS]   a table of questions and answers
 *        generate numbers DB SEED WORDS [ORDERS]   the same with real numbers beside the letters
 *        generate decoders DB SEED WORDS           how often classical decoders are wrong
 *        generate score DB SEED WORDS < ANSWERS    how often a model is, of which each line answers
 *                                                  a question of the table
 * DB is the energy of a bit of information over the noise's density. With ORDERS the noise of each
 * word comes in so many orders: first of all words as it was, then of all in another, and so on. */
#include "../interval.h"
#include "code.h"
#include "decoders.h"

static code residues;

typedef struct errors {
    long bits, words;
} errors;

static void count(errors *e, const received *r, uint32_t word) {
    e->bits += __builtin_popcount(word ^ r->sent);
    e->words += word != r->sent;
}

/* Shares of words, with Wilson's interval at 95 %, and of bits. */
static void tell(const char *name, const errors *e, long words) {
    double n = (double)words, low, high;
    wilson(e->words, words, &low, &high);
    printf("%-26s words %.4f (%.4f to %.4f)  bits %.5f\n", name, (double)e->words / n, low, high,
           (double)e->bits / (n * residues.n));
}

static int puzzles(double ebn0, uint64_t seed, long words, long orders, bool numbers) {
    printf(numbers ? "question,numbers,answer\n" : "question,answer\n");
    for (long k = 0; k < words * orders; k++) {
        received r;
        char question[BITS_MAX + 1], answer[BITS_MAX + 1];
        transmit(&residues, ebn0, seed, (uint64_t)(k % words), (uint64_t)(k / words), &r);
        (numbers ? plain_question_of : question_of)(&residues, &r, question);
        answer_of(&residues, &r, answer);
        printf("%s,", question);
        for (int i = 0; numbers && i < residues.n; i++)
            printf("%.3f%c", fabs(r.value[i]), i + 1 < residues.n ? ' ' : ',');
        printf("%s\n", answer);
    }
    return fflush(stdout) != 0;
}

static int decoders(double ebn0, uint64_t seed, long words) {
    enum { HARD, BOUNDED, FEW, ALL, ALL_FOUR, ORDERED, LIKELY_FOUR, LIKELY, DECODERS };
    static const char *const name[DECODERS] = {"hard decision",           "corrects two errors",
                                               "propagation, 8 checks",   "propagation, 17 checks",
                                               "the same, four bits",     "ordered statistics",
                                               "likeliest, of four bits", "likeliest word"};
    errors e[DECODERS] = {{0, 0}};
    const double scale = 2 / pow(deviation(&residues, ebn0), 2);
    for (long w = 0; w < words; w++) {
        received r;
        double llr[BITS_MAX], four[BITS_MAX], llr_four[BITS_MAX], out[BITS_MAX];
        transmit(&residues, ebn0, seed, (uint64_t)w, 0, &r);
        for (int i = 0; i < residues.n; i++) {
            llr[i] = scale * r.value[i];
            four[i] = (level(r.value[i]) + 0.5) / 8 * (r.hard >> i & 1 ? -1 : 1);
            llr_four[i] = scale * four[i];
        }
        count(&e[HARD], &r, r.hard);
        count(&e[BOUNDED], &r, bounded_distance(&residues, r.hard, 2));
        count(&e[FEW], &r, propagate(&residues, residues.n - residues.k, llr, 50, out));
        count(&e[ALL], &r, propagate(&residues, residues.n, llr, 50, out));
        count(&e[ALL_FOUR], &r, propagate(&residues, residues.n, llr_four, 50, out));
        count(&e[ORDERED], &r, ordered_statistics(&residues, r.value));
        count(&e[LIKELY_FOUR], &r, most_likely(&residues, four));
        count(&e[LIKELY], &r, most_likely(&residues, r.value));
    }
    for (int d = 0; d < DECODERS; d++) tell(name[d], &e[d], words);
    return 0;
}

/* An answer's ones are the bits to change, and no other symbol is; what follows a tab is not read.
 */
static int score(double ebn0, uint64_t seed, long words) {
    errors e = {0, 0};
    char line[256];
    for (long w = 0; w < words; w++) {
        received r;
        if (!fgets(line, sizeof line, stdin) || strcspn(line, "\t\n") != (size_t)residues.n) {
            fprintf(stderr, "answer %ld is not of %d symbols\n", w + 1, residues.n);
            return 1;
        }
        transmit(&residues, ebn0, seed, (uint64_t)w, 0, &r);
        uint32_t word = r.hard;
        for (int i = 0; i < residues.n; i++) word ^= (uint32_t)(line[i] == '1') << i;
        count(&e, &r, word);
    }
    tell("the model", &e, words);
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    bool numbers = !strcmp(what, "numbers"), table = numbers || !strcmp(what, "puzzles");
    bool known = !strcmp(what, "decoders");
    double ebn0 = argc > 2 ? atof(argv[2]) : 0;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    long words = argc > 4 ? atol(argv[4]) : 0, orders = argc > 5 ? atol(argv[5]) : 1;
    bool asked = table || known || !strcmp(what, "score");
    if (!asked || argc > (table ? 6 : 5) || words < 1 || orders < 1) {
        fprintf(stderr, "usage: %s puzzles|numbers|decoders|score DB SEED WORDS [ORDERS]\n",
                argv[0]);
        return 2;
    }
    code_residues(&residues);
    if (table) return puzzles(ebn0, seed, words, orders, numbers);
    return known ? decoders(ebn0, seed, words) : score(ebn0, seed, words);
}
