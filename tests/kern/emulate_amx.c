/* emulate_amx.c - tile instructions, carried out when the processor refuses them (SIGILL): those
 * that kern_amx.c uses, as Intel's manual (volume 2) says, without what takes up an interrupted
 * instruction. An instruction that is not known, or that would fault (tiles that nobody set up,
 * shapes that do not fit), goes to the handler that was there before: cmocka's fails the test.
 *
 * Tiles move by memcpy, so AddressSanitizer finds loads and stores outside of a buffer here that it
 * does not see where the processor makes them. */
#include "emulate_amx.h"

#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
#include <immintrin.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "kern/kern_tables.h"

enum { TILES = 8, ROWS = 16, ROW_BYTES = 64 };

/* What ldtilecfg reads and sttilecfg writes. */
typedef struct tile_config {
    uint8_t palette, start, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_config;

typedef struct tile {
    uint8_t row[ROWS][ROW_BYTES] __attribute__((aligned(64)));
} tile;

/* Of the thread, as a processor's. Palette 0: not set up, and then all is zero. */
static _Thread_local struct {
    tile_config config;
    tile tile[TILES];
} held;

/* ---- decoding -------------------------------------------------------------------------------- */

/* Opcode bytes of map 0F38, and the prefix that tells those of one opcode apart. */
enum { CONFIGURE = 0x49, MOVE = 0x4b, MULTIPLY = 0x5c };
enum { NONE, X66, F3, F2 };

typedef struct instruction {
    unsigned opcode, prefix;
    unsigned reg, rm, third; /* of ModRM, and VEX.vvvv */
    bool memory, sib;
    uintptr_t address, stride; /* of an operand in memory; stride: its index register, scaled */
    uintptr_t next;            /* the instruction behind it */
} instruction;

static uintptr_t general(const greg_t *registers, unsigned number) {
    static const int at[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                             REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                             REG_R12, REG_R13, REG_R14, REG_R15};
    return (uintptr_t)registers[at[number]];
}

/* The operand of the ModRM byte at `at`, whose registers VEX extends by `x` and `b`. */
static void locate(instruction *o, const uint8_t *at, unsigned x, unsigned b,
                   const greg_t *registers) {
    unsigned mode = *at >> 6, base = *at & 7;
    int32_t far = 0;
    at++;
    o->memory = mode != 3;
    o->sib = o->memory && base == 4;
    if (o->sib) {
        unsigned index = (*at >> 3 & 7) | x << 3; /* 4: none */
        o->stride = index == 4 ? 0 : general(registers, index) << (*at >> 6);
        base = *at++ & 7;
    }
    bool bare = mode == 0 && base == 5; /* no base: the next instruction, or with an index none */
    if (mode == 1) far = (int8_t)*at++;
    else if (mode == 2 || bare) memcpy(&far, at, sizeof far), at += sizeof far;
    o->next = (uintptr_t)at;
    if (!bare) o->address = general(registers, base | b << 3);
    else if (!o->sib) o->address = o->next;
    o->address += (uintptr_t)(intptr_t)far;
}

/* Three bytes of VEX (their bits for registers inverted), opcode, ModRM. */
static bool decode(instruction *o, const greg_t *registers) {
    const uint8_t *at = (const uint8_t *)(uintptr_t)registers[REG_RIP];
    enum { MAP_0F38 = 2, WIDE = 0x84 /* VEX.W, VEX.L */ };
    if (at[0] != 0xc4 || (at[1] & 31) != MAP_0F38 || (at[2] & WIDE)) return false;
    unsigned r = !(at[1] & 128), x = !(at[1] & 64), b = !(at[1] & 32);
    *o = (instruction){.opcode = at[3],
                       .prefix = at[2] & 3,
                       .reg = (at[4] >> 3 & 7) | r << 3,
                       .rm = (at[4] & 7) | b << 3,
                       .third = ~at[2] >> 3 & 15};
    if (o->opcode != CONFIGURE && o->opcode != MOVE && o->opcode != MULTIPLY) return false;
    locate(o, at + 4, x, b, registers);
    return true;
}

/* ---- carrying out; false: the processor would fault ------------------------------------------ */

static bool usable(unsigned t) {
    return held.config.palette && t < TILES && held.config.rows[t];
}

static bool load_config(const void *from) {
    static const uint8_t zeros[sizeof(tile_config)];
    tile_config c;
    memcpy(&c, from, sizeof c);
    if (c.palette > 1 || c.start || memcmp(c.reserved, zeros, sizeof c.reserved)) return false;
    for (int t = 0; t < 16; t++) {
        if (t >= TILES && (c.rows[t] || c.row_bytes[t])) return false;
        if (c.rows[t] > ROWS || c.row_bytes[t] > ROW_BYTES) return false;
        if (!c.rows[t] != !c.row_bytes[t]) return false;
    }
    memset(&held, 0, sizeof held);
    if (c.palette) held.config = c;
    return true;
}

static bool configure(const instruction *o) {
    if (o->third) return false;
    if (o->memory) {
        void *at = (void *)(o->address + o->stride);
        if (o->reg) return false;
        if (o->prefix == NONE) return load_config(at);
        if (o->prefix == X66) memcpy(at, &held.config, sizeof held.config);
        return o->prefix == X66;
    }
    if (o->rm) return false;
    if (o->prefix == NONE && !o->reg) memset(&held, 0, sizeof held); /* tilerelease */
    else if (o->prefix == F2 && usable(o->reg)) memset(&held.tile[o->reg], 0, sizeof *held.tile);
    else return false;
    return true;
}

static bool move(const instruction *o) {
    if (!o->sib || o->third || o->prefix == NONE || !usable(o->reg)) return false;
    size_t bytes = held.config.row_bytes[o->reg];
    tile *t = &held.tile[o->reg];
    if (o->prefix != F3) memset(t, 0, sizeof *t);
    for (size_t r = 0; r < held.config.rows[o->reg]; r++) {
        void *at = (void *)(o->address + r * o->stride);
        if (o->prefix == F3) memcpy(at, t->row[r], bytes);
        else memcpy(t->row[r], at, bytes);
    }
    return true;
}

/* Pairs of bf16: sums of the even and of the odd products, each by fused multiply-adds in the order
 * of the pairs; then their sum is added to c. Numbers below the normal ones count as zero. */
__attribute__((target("avx512f"), noinline)) static void
multiply_tiles(tile *c, const tile *a, const tile *b, size_t rows, size_t pairs, size_t cols) {
    const __m512i odd = _mm512_set1_epi32((int)0xffff0000);
    const __mmask16 lanes = (__mmask16)((1u << cols) - 1);
    for (size_t r = 0; r < rows; r++) {
        __m512 evens = _mm512_setzero_ps(), odds = evens;
        for (size_t p = 0; p < pairs; p++) {
            int pair;
            memcpy(&pair, a->row[r] + 4 * p, sizeof pair);
            __m512i x = _mm512_set1_epi32(pair), y = _mm512_load_si512(b->row[p]);
            evens = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(x, 16)),
                                    _mm512_castsi512_ps(_mm512_slli_epi32(y, 16)), evens);
            odds = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(x, odd)),
                                   _mm512_castsi512_ps(_mm512_and_si512(y, odd)), odds);
        }
        __m512 sum = _mm512_add_ps(_mm512_load_ps(c->row[r]), _mm512_add_ps(evens, odds));
        _mm512_store_ps(c->row[r], _mm512_maskz_mov_ps(lanes, sum));
    }
}

static bool multiply(const instruction *o) {
    unsigned c = o->reg, a = o->rm, b = o->third;
    if (o->memory || o->prefix != F3 || c == a || c == b || a == b) return false;
    if (!usable(c) || !usable(a) || !usable(b)) return false;
    const uint16_t *bytes = held.config.row_bytes;
    const uint8_t *rows = held.config.rows;
    if (bytes[a] % 4 || bytes[b] % 4 || bytes[c] != bytes[b]) return false;
    if (rows[c] != rows[a] || bytes[a] / 4 != rows[b]) return false;
    enum { MASK_ALL = 0x1f80, FLUSH = 0x8000, DENORMALS_ARE_ZERO = 0x40 };
    _mm_setcsr(MASK_ALL | FLUSH | DENORMALS_ARE_ZERO); /* the signal's return puts the old back */
    multiply_tiles(held.tile + c, held.tile + a, held.tile + b, rows[c], rows[b], bytes[c] / 4);
    return true;
}

/* ---- the signal ------------------------------------------------------------------------------ */

static struct sigaction before; /* whose the signal was */

static void carry_out(int number, siginfo_t *info, void *context) {
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    instruction o;
    (void)info;
    if (decode(&o, registers) && (o.opcode == CONFIGURE ? configure(&o)
                                  : o.opcode == MOVE    ? move(&o)
                                                        : multiply(&o))) {
        registers[REG_RIP] = (greg_t)o.next;
        return;
    }
    static const char text[] = "emulate_amx: not a tile instruction that it knows, or tiles that "
                               "are not set up for it\n";
    ssize_t told = write(STDERR_FILENO, text, sizeof text - 1);
    (void)told;
    sigaction(number, &before, NULL); /* and the instruction is tried again */
}

const hr_kern *emulate_amx(void) {
    if (!hr_kern_select("avx512bf16") || hr_kern_amx.runs()) return NULL;
    struct sigaction own = {.sa_flags = SA_SIGINFO}, now;
    own.sa_sigaction = carry_out;
    sigemptyset(&own.sa_mask);
    sigaction(SIGILL, NULL, &now);
    if (now.sa_sigaction == carry_out) return &hr_kern_amx;
    before = now;
    sigaction(SIGILL, &own, NULL);
    return &hr_kern_amx;
}

void emulate_amx_disturb(bool set_up) {
    static const tile_config other = {.palette = 1, .row_bytes = {32, 64}, .rows = {16, 8}};
    if (!emulate_amx() && !hr_kern_select("amx")) return;
    if (set_up) __asm__ volatile("ldtilecfg %0" ::"m"(other));
    else __asm__ volatile("tilerelease" ::: "memory");
}
#else
const hr_kern *emulate_amx(void) {
    return NULL;
}

void emulate_amx_disturb(bool set_up) {
    (void)set_up;
}
#endif
