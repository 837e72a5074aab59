/* test_base.c - floor 0: what breaks here breaks everything above. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_setaffinity */
#endif
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "base/mem.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/text.h"

/* A size computed from a hostile header must fail to allocate, not wrap around to a small block. */
static void sizes_saturate(void **state) {
    (void)state;
    assert_int_equal(hr_mul(SIZE_MAX / 2, 3), SIZE_MAX);
    assert_int_equal(hr_add(SIZE_MAX, 1), SIZE_MAX);
    assert_null(hr_alloc(SIZE_MAX));
    assert_null(hr_alloc(hr_mul(SIZE_MAX / 2, 3)));
    assert_non_null(strstr(hr_error_text(), "out of memory"));
}

/* The memory plan that is printed must be the memory that is used. */
static void arena_counts_what_it_deals(void **state) {
    (void)state;
    hr_arena count = {0}, real;
    assert_null(HR_TAKE(&count, double, 5));
    assert_null(HR_TAKE(&count, char, 1));
    OK(hr_arena_open(&real, count.used));
    double *a = HR_TAKE(&real, double, 5);
    char *b = HR_TAKE(&real, char, 1);
    assert_int_equal((uintptr_t)a % HR_ALIGN, 0);
    assert_int_equal((uintptr_t)b % HR_ALIGN, 0);
#ifdef __SANITIZE_ADDRESS__
    assert_true(__asan_address_is_poisoned(a + 5)); /* who writes past a piece is told */
    assert_true(__asan_address_is_poisoned(b + 1));
    assert_false(__asan_address_is_poisoned(b));
#endif
    assert_true((char *)(a + 5) <= b);
    assert_int_equal(real.used, count.used);
    hr_arena_close(&real);
}

static void nth_allocation_fails(void **state) {
    (void)state;
    hr_alloc_fail_after(2);
    void *a = hr_alloc(8), *b = hr_alloc(8), *c = hr_alloc(8);
    hr_alloc_fail_after(0);
    assert_non_null(a);
    assert_null(b);
    assert_non_null(c);
    hr_free(a);
    hr_free(c);
}

/* A parser takes memory that it did not get for bad input, and a document may lack what there was
 * no room for: neither may be believed, and a file that was there must stay. */
static void short_memory_is_told(void **state) {
    (void)state;
    char path[] = "/tmp/hrm-test-XXXXXX";
    struct stat found;
    assert_true(close(mkstemp(path)) == 0);
    hr_alloc_fail_after(1);
    assert_null(hr_alloc(8));
    assert_int_equal(hr_fail(HR_ERR_FORMAT, "not JSON"), HR_ERR_MEM);
    assert_string_equal(hr_error_text(), "out of memory: not JSON");
    assert_int_equal(hr_os_write_file(path, "new", 3), HR_ERR_MEM);
    assert_true(!stat(path, &found) && found.st_size == 0);
    OK(hr_os_write_file(path, "new", 3)); /* it was told */
    assert_int_equal(hr_fail(HR_ERR_FORMAT, "not JSON"), HR_ERR_FORMAT);
    hr_alloc_fail_after(0);
    unlink(path);
}

/* A resumed run must draw the same numbers: the generator's output is pinned. */
static void rng_is_pinned(void **state) {
    (void)state;
    hr_rng rng = hr_rng_stream(1, "test"), other = hr_rng_stream(2, "test");
    assert_true(hr_rng_u64(rng, 0) == 0x2dce0a0cb17ae176);
    assert_true(hr_rng_u64(rng, 1) == 0x47ef093f85dc5938);
    assert_true(hr_rng_u64(hr_rng_sub(rng, 3), 5) == 0x6bcd027840ea944d);
    assert_true(hr_rng_below(rng, 7, 1000000007) == 993700233);
    assert_true(hr_rng_uniform(rng, 2) == 0x1.335e7ffc6033ep-1);
    /* up to what the mathematical library rounds */
    assert_true(fabs(hr_rng_trunc_normal(rng, 4) + 0x1.8cd6f1ba05286p+0) < 1e-12);
    const uint32_t order[8] = {4, 5, 0, 6, 1, 3, 2, 7};
    uint32_t drawn[8];
    hr_rng_permutation(rng, drawn, 8);
    assert_memory_equal(drawn, order, sizeof order);
    assert_int_not_equal(hr_rng_u64(rng, 0), hr_rng_u64(other, 0));
    assert_int_not_equal(hr_rng_u64(rng, 0), hr_rng_u64(hr_rng_stream(1, "tesu"), 0));
    assert_int_not_equal(hr_rng_u64(hr_rng_sub(rng, 0), 0), hr_rng_u64(hr_rng_sub(rng, 1), 0));
}

static void rng_moments(void **state) {
    (void)state;
    enum { N = 200000 };
    hr_rng rng = hr_rng_stream(7, "moments");
    double uniform = 0, sum = 0, cut = 0, most = 0;
    int counts[7] = {0};
    for (uint64_t i = 0; i < N; i++) {
        uniform += hr_rng_uniform(rng, i);
        double t = hr_rng_trunc_normal(rng, i);
        sum += t;
        cut += t * t;
        most = fmax(most, fabs(t));
        counts[hr_rng_below(rng, i, 7)]++;
    }
    double tolerance = 4 / sqrt(N);
    assert_true(fabs(uniform / N - 0.5) < tolerance);
    assert_true(fabs(sum / N) < tolerance);
    assert_true(fabs(cut / N - 1) < 2 * tolerance);
    assert_true(most < 2.27372 && most > 2.2);
    for (int i = 0; i < 7; i++) assert_true(abs(counts[i] - N / 7) < 5 * 170);
}

static void permutation_is_one(void **state) {
    (void)state;
    for (uint32_t n = 0; n < 20; n++) {
        uint32_t p[20];
        unsigned seen = 0;
        hr_rng_permutation(hr_rng_stream(n, "permutation"), p, n);
        for (uint32_t i = 0; i < n; i++) seen |= 1u << p[i];
        assert_int_equal(seen, (1u << n) - 1);
    }
}

typedef struct marks {
    atomic_int count[1000];
    atomic_int worker_high;
} marks;

static void mark(void *context, int task, int worker) {
    marks *m = context;
    atomic_fetch_add(&m->count[task], 1);
    if (worker > atomic_load(&m->worker_high)) atomic_store(&m->worker_high, worker);
}

/* A task lost or done twice would corrupt gradients silently. */
static void pool_runs_each_task_once(void **state) {
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        hr_pool *pool;
        OK(hr_pool_new(threads, HR_POOL_SPACE, &pool));
        static marks m;
        memset(&m, 0, sizeof m);
        int often[1000];
        for (int i = 0; i < 1000; i++) often[i] = 1;
        for (int run = 0; run < 300; run++) {
            hr_pool_run(pool, run % 37, mark, &m);
            for (int i = 0; i < run % 37; i++) often[i]++;
        }
        hr_pool_run(pool, 1000, mark, &m);
        for (int i = 0; i < 1000; i++) assert_int_equal(m.count[i], often[i]);
        assert_true(m.worker_high < threads);
        hr_pool_free(pool);
    }
    hr_pool *pool;
    assert_int_equal(hr_pool_new(-1, HR_POOL_SPACE, &pool), HR_ERR_ARG);
    assert_null(pool);
}

static long switches(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* With more threads than processors every run waited for all of them in turn: four puzzles took 150
 * times as long. */
static void a_crowd_is_not_waited_for(void **state) {
#ifdef __linux__
    (void)state;
    enum { THREADS = 16, RUNS = 2000 };
    cpu_set_t before, one;
    CPU_ZERO(&one);
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
        if (CPU_ISSET(i, &before)) CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(hr_os_processors(), 1);
    assert_int_equal(hr_os_cores(), 1);
    hr_pool *pool;
    static marks m;
    memset(&m, 0, sizeof m);
    OK(hr_pool_new(THREADS, HR_POOL_SPACE, &pool));
    assert_int_equal(hr_pool_width(pool), 1);
    hr_pool_run(pool, 1000, mark, &m); /* all threads have begun, or never will */
    long first = switches();
    for (int run = 0; run < RUNS; run++) hr_pool_run(pool, THREADS, mark, &m);
    assert_true(switches() - first < RUNS * (THREADS - 1) / 2);
    for (int i = 0; i < 1000; i++) assert_int_equal(m.count[i], 1 + (i < THREADS) * RUNS);
    hr_pool_free(pool);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
#else
    SKIP("no sched_setaffinity");
#endif
}

static void put_text(const char *root, const char *path, const char *text) {
    char *name = hr_text_format("%s%s", root, path), *end = strrchr(name, '/');
    *end = 0;
    OK(hr_os_mkdirs(name));
    *end = '/';
    OK(hr_os_write_file(name, text, strlen(text)));
    hr_free(name);
}

/* A container with half a processor on a machine of 64 started 64 threads. */
static void quotas_are_read(void **state) {
    (void)state;
    char root[] = "/tmp/hrm-test-XXXXXX", remove[64];
    assert_non_null(mkdtemp(root));
    assert_true(hr_os_quota(root) == 0);
    put_text(root, "/proc/self/cgroup", "0::/a/b\n");
    put_text(root, "/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    assert_true(hr_os_quota(root) == 0);
    put_text(root, "/sys/fs/cgroup/a/cpu.max", "150000 100000\n"); /* of the group around it */
    assert_true(hr_os_quota(root) == 1.5);
    put_text(root, "/sys/fs/cgroup/cpu.max", "50000 100000\n"); /* as a container sees its own */
    assert_true(hr_os_quota(root) == 0.5);
    put_text(root, "/sys/fs/cgroup/a/b/cpu.max", "400000 100000\n"); /* more than its own */
    assert_true(hr_os_quota(root) == 0.5);
    put_text(root, "/sys/fs/cgroup/a/b/cpu.max", "0 100000\n");
    put_text(root, "/sys/fs/cgroup/a/cpu.max", "5 0\n"); /* nonsense is none */
    put_text(root, "/proc/self/cgroup", "no group\n0::/a/b\n1:cpux:/a\n");
    assert_true(hr_os_quota(root) == 0.5);
    put_text(root, "/proc/self/cgroup",
             "9:cpuset:/x\n4:cpuacct,cpu:/x/y\n1:name=systemd:/\n0::/\n");
    put_text(root, "/sys/fs/cgroup/cpu.max", "max 100000\n");
    put_text(root, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "20000\n");
    put_text(root, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    assert_true(hr_os_quota(root) == 0);
    put_text(root, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "60000\n");
    assert_true(hr_os_quota(root) == 3);
    put_text(root, "/sys/fs/cgroup/cpu.max", "100000 100000\n"); /* the least of both kinds */
    assert_true(hr_os_quota(root) == 1);
    put_text(root, "/proc/self/cgroup", "0::/\n4:cpu:/\n");
    assert_true(hr_os_quota(root) == 1);
    snprintf(remove, sizeof remove, "rm -r %s", root);
    assert_int_equal(system(remove), 0);
}

static void take_space(void *context, int task, int worker) {
    void **seen = context;
    (void)task;
    seen[worker] = hr_pool_space();
    memset(seen[worker], worker, HR_POOL_SPACE);
}

static void call_and_run(void *context) {
    hr_pool *pool = context;
    void *own = hr_pool_space(), *seen[3] = {0};
    assert_non_null(own);
    for (int run = 0; run < 50; run++) hr_pool_run(pool, 30, take_space, seen);
    assert_ptr_equal(hr_pool_space(), own);
    for (int i = 0; i < 3; i++)
        for (int j = 0; seen[i] && j < i; j++) assert_ptr_not_equal(seen[i], seen[j]);
}

/* Kernels that shared their space would mix up their operands; and a thread whose space is not to
 * be had must be known of before the work, which cannot fail. */
static void every_thread_has_space(void **state) {
    (void)state;
    hr_pool *pool;
    OK(hr_pool_new(3, HR_POOL_SPACE, &pool));
    assert_null(hr_pool_space());
    hr_pool_call(pool, call_and_run, pool);
    assert_null(hr_pool_space());
    hr_pool_free(pool);
    for (uint64_t n = 1; n <= 4; n++) {
        hr_alloc_fail_after(n);
        assert_int_equal(hr_pool_new(3, HR_POOL_SPACE, &pool), HR_ERR_MEM);
        hr_alloc_fail_after(0);
        assert_null(pool);
    }
}

/* A writer that dies half-way must leave the old file. */
static void writing_is_atomic(void **state) {
    (void)state;
    char path[] = "/tmp/hrm-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    OK(hr_os_write_file(path, "old", 3));
    struct stat s; /* what only its owner could read stays so */
    assert_true(!stat(path, &s) && (s.st_mode & 0777) == 0600);
    hr_writer writer, others[8];
    for (int i = 0; i < 8; i++) OK(hr_os_create(path, &others[i])); /* each a file of its own */
    hr_file file;
    for (int i = 0; i < 8; i++) OK(hr_os_write(&others[i], &"01234567"[i], 1));
    for (int i = 0; i < 8; i++) {
        OK(hr_os_end(&others[i], HR_OK));
        OK(hr_os_load(path, &file));
        assert_true(file.size == 1 && *file.data == "01234567"[i]);
        hr_os_unload(&file);
    }
    OK(hr_os_write_file(path, "old", 3));
    OK(hr_os_create(path, &writer));
    OK(hr_os_write(&writer, "new and longer", 14));
    assert_int_equal(hr_os_end(&writer, HR_ERR_IO), HR_ERR_IO);
    OK(hr_os_load(path, &file));
    assert_int_equal(file.size, 3);
    assert_memory_equal(file.data, "old", 3);
    hr_os_unload(&file);
    OK(hr_os_write_file(path, "", 0));
    OK(hr_os_load(path, &file));
    assert_int_equal(file.size, 0);
    assert_non_null(file.data);
    hr_os_unload(&file);
    unlink(path);
    assert_int_equal(hr_os_load(path, &file), HR_ERR_IO);
    assert_int_equal(hr_os_load("/tmp", &file), HR_ERR_IO);
    assert_int_equal(hr_os_write_file("/nowhere/at/all", "x", 1), HR_ERR_IO);
}

/* Files that belong together change together, or not at all. */
static void files_change_together(void **state) {
    (void)state;
    char a[] = "/tmp/hrm-test-XXXXXX", b[] = "/tmp/hrm-test-XXXXXX", name[80];
    char folder[] = "/tmp/hrm-test-XXXXXX";
    hr_file file;
    close(mkstemp(a));
    close(mkstemp(b));
    OK(hr_os_write_file(a, "old", 3));
    for (int round = 0; round < 2; round++) {
        hr_os_hold();
        OK(hr_os_remove(b));
        OK(hr_os_write_file(a, "newer", 5));
        OK(hr_os_load(a, &file));
        assert_int_equal(file.size, 3); /* not yet */
        hr_os_unload(&file);
        assert_int_equal(hr_os_release(round ? HR_OK : HR_ERR_IO), round ? HR_OK : HR_ERR_IO);
        OK(hr_os_load(a, &file));
        assert_int_equal(file.size, round ? 5 : 3);
        hr_os_unload(&file);
        assert_int_equal(hr_os_is_file(b), !round);
    }
    hr_os_hold(); /* a folder in the way, which came later, is noticed at the end */
    assert_non_null(mkdtemp(folder));
    rmdir(folder);
    OK(hr_os_write_file(folder, "x", 1));
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(hr_os_release(HR_OK), HR_ERR_IO);
    snprintf(name, sizeof name, "ls %s.tmp%ld* >/dev/null 2>&1", folder, (long)getpid());
    assert_int_not_equal(system(name), 0); /* and nothing is left behind */
    rmdir(folder);
    unlink(a);
}

static int count_of(const char *folder) {
    int n = -2; /* itself and what is above */
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir)) n++;
    closedir(dir);
    return n;
}

#define REFUSES(call, what)                                                                        \
    do {                                                                                           \
        assert_int_equal(call, HR_ERR_IO);                                                         \
        if (!strstr(hr_error_text(), what)) fail_msg("%s", hr_error_text());                       \
    } while (0)

/* What the system refuses is told with the path and a reason. */
static void refusals_say_why(void **state) {
    (void)state;
    char folder[] = "/tmp/hrm-test-XXXXXX", path[64], inner[96], command[96];
    hr_file file;
    bool there = true;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    snprintf(inner, sizeof inner, "%s/y", path);
    OK(hr_os_write_file(path, "old", 3));
    REFUSES(hr_os_mkdirs(inner), "/x: cannot make the directory: a file is in the way");
    REFUSES(hr_os_mkdirs("/proc/none"), "cannot make the directory");
    REFUSES(hr_os_write_file(inner, "x", 1), "/y: cannot write");
    REFUSES(hr_os_try(folder), "it is a folder");
    OK(hr_os_try("/dev/full"));
    REFUSES(hr_os_write_file("/dev/full", "x", 1), "/dev/full: cannot write: No space");
    REFUSES(hr_os_remove(folder), "cannot remove");
    OK(hr_os_remove(inner)); /* which is not there */
    OK(hr_os_find(inner, &there));
    assert_false(there);
    assert_int_equal(hr_os_size(folder), 0);
    REFUSES(hr_os_load(folder, &file), "is a folder");
    REFUSES(hr_os_load("/dev/null", &file), "not a regular file");
    snprintf(inner, sizeof inner, "%s/loop", folder);
    assert_int_equal(symlink("loop", inner), 0);
    REFUSES(hr_os_find(inner, &there), "/loop: cannot look at it");
    const char *shrinks = "/sys/devices/system/cpu/online"; /* holds less than its size */
    if (hr_os_size(shrinks) > 100) REFUSES(hr_os_load(shrinks, &file), "became shorter");
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* A disk with room for a part keeps the old file, whole, and no part of the new one. */
static void a_full_disk_keeps_the_old_file(void **state) {
    (void)state;
    char folder[] = "/tmp/hrm-test-XXXXXX", path[64], command[96];
    static const char big[4096];
    struct rlimit before, little;
    hr_writer writer;
    hr_file file;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    OK(hr_os_write_file(path, "old", 3));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = (struct rlimit){1000, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    hr_status status = hr_os_create(path, &writer);
    for (int i = 0; i < 4 && !status; i++) status = hr_os_write(&writer, big, sizeof big);
    status = hr_os_end(&writer, status);
    hr_status small = hr_os_write_file(path, big, 2000); /* noticed where it is flushed */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, HR_ERR_IO);
    REFUSES(small, "/x: cannot write: File too large");
    OK(hr_os_load(path, &file));
    assert_int_equal(file.size, 3);
    hr_os_unload(&file);
    assert_int_equal(count_of(folder), 1);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* What a killed command left beside its file goes with the next one that writes it: a disk must not
 * fill up with halves. Another writer's file, however many there are at once, and files of people's
 * own stay. */
static void what_killed_writers_left_is_swept(void **state) {
    (void)state;
    char folder[] = "/tmp/hrm-test-XXXXXX", path[64], name[96];
    static const char *const others[] = {"x.tmp1", "x.tmp1234567890.csv", "y.tmp1234567890",
                                         "x.tmp",  "x.tmp0987654321",     "x.tmp9999999999"};
    hr_writer one, other;
    int status, busy;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, others[i]);
        OK(hr_os_write_file(name, "mine", 4));
    }
    snprintf(name, sizeof name, "%s/x.tmp1234567890", folder);
    assert_int_equal(mkdir(name, 0777), 0); /* no file */
    snprintf(name, sizeof name, "%s/x.tmp0987654321", folder);
    assert_true((busy = open(name, O_RDONLY)) >= 0 && !flock(busy, LOCK_EX));
    pid_t child = fork();
    if (!child) {
        bool made = !hr_os_create(path, &one) && !hr_os_write(&one, "half", 4);
        _exit(made ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    OK(hr_os_create(path, &one));      /* what the child left goes, and the last of the others */
    int named = one.temporary != NULL; /* on a disk where every file has a name */
    assert_int_equal(count_of(folder), 6 + named);
    OK(hr_os_create(path, &other));
    assert_int_equal(count_of(folder), 6 + 2 * named);
    OK(hr_os_write(&one, "one", 3));
    OK(hr_os_write(&other, "other", 5));
    OK(hr_os_end(&one, HR_OK));
    hr_os_hold();
    OK(hr_os_end(&other, HR_OK)); /* closed for the caller, and not in place yet */
    OK(hr_os_try(path));
    OK(hr_os_release(HR_OK));
    hr_file file;
    OK(hr_os_load(path, &file));
    assert_int_equal(file.size, 5);
    hr_os_unload(&file);
    assert_int_equal(count_of(folder), 7);
    close(busy);
    snprintf(name, sizeof name, "rm -r %s", folder);
    assert_int_equal(system(name), 0);
}

/* Who loads a model while a copy is written over it must not be killed by a page that is gone. */
static void a_loaded_file_is_ours(void **state) {
    (void)state;
    char path[] = "/tmp/hrm-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    enum { SIZE = 100000 };
    for (int i = 0; i < SIZE / 4; i++) assert_int_equal(write(fd, "abcd", 4), 4);
    for (int large = 0; large < 2; large++) { /* of 257 MiB, the rest zeros */
        size_t size = large ? 257 << 20 : SIZE;
        hr_file file;
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
        OK(hr_os_load(path, &file));
        assert_int_equal(file.size, size);
        assert_int_equal(ftruncate(fd, 0), 0);
        for (size_t i = 0; !large && i < size; i++) assert_int_equal(file.data[i], "abcd"[i % 4]);
        for (size_t i = 0; large && i < size; i += 4096) assert_int_equal(file.data[i], 0);
        hr_os_unload(&file);
    }
    close(fd);
    unlink(path);
}

static void numbers_are_strict(void **state) {
    (void)state;
    double x;
    int64_t n;
    bool b;
    assert_true(hr_text_number("1e-4", &x) && x == 1e-4);
    assert_false(hr_text_number("", &x) || hr_text_number(" 1", &x) || hr_text_number("1x", &x));
    assert_false(hr_text_number("nan", &x) || hr_text_number("inf", &x) ||
                 hr_text_number("1e999", &x));
    assert_true(hr_text_integer("2k", &n) && n == 2000);
    assert_true(hr_text_integer("-3", &n) && n == -3);
    assert_true(hr_text_integer("4GiB", &n) && n == 4LL << 30);
    assert_true(hr_text_integer("1e6", &n) && n == 1000000);
    const struct {
        const char *text;
        int64_t bytes; /* -1: none */
    } sizes[] = {{"500MB", 500000000},
                 {"500M", 500000000},
                 {"20MiB", 20LL << 20},
                 {"2g", 2000000000},
                 {"1.5GB", 1500000000},
                 {"1.5gib", 3LL << 29},
                 {"64kB", 64000},
                 {"64KB", 64000},
                 {"64k", 64000},
                 {"2TB", 2000000000000},
                 {"1048576", 1 << 20},
                 {"1048576B", 1 << 20},
                 {"1e9", 1000000000},
                 {"0", 0},
                 {"-1", -1},
                 {"", -1},
                 {"GB", -1},
                 {"1Gi", -1},
                 {"1GBs", -1},
                 {"1 GB", -1},
                 {"0x10", -1},
                 {"1iB", -1},
                 {"99999999999999TB", -1},
                 {"nan", -1},
                 {"1BM", -1},
                 {"1E", -1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        n = -1;
        bool good = hr_text_bytes(sizes[i].text, &n);
        if (good != (sizes[i].bytes >= 0) || n != sizes[i].bytes)
            fail_msg("%s: %d, %lld", sizes[i].text, good, (long long)n);
    }
    assert_false(hr_text_integer("1.5", &n) || hr_text_integer("99999999999999999999", &n) ||
                 hr_text_integer("9999999999999G", &n) || hr_text_integer("", &n));
    assert_true(hr_text_bool("off", &b) && !b);
    assert_false(hr_text_bool("2", &b));
}

static void nearest_word(void **state) {
    (void)state;
    const char *const words[] = {"hidden", "heads", "batch"};
    assert_string_equal(hr_text_nearest("hiden", words, 3), "hidden");
    assert_string_equal(hr_text_nearest("bacth", words, 3), "batch");
    assert_null(hr_text_nearest("zzzzzzzz", words, 3));
}

static void errors_keep_context(void **state) {
    (void)state;
    assert_int_equal(hr_fail(HR_ERR_TASK, "cell %d", 3), HR_ERR_TASK);
    assert_int_equal(hr_fail_in(HR_ERR_TASK, "file %s", "a.csv"), HR_ERR_TASK);
    assert_string_equal(hr_error_text(), "file a.csv: cell 3");
}

/* Half a letter is no text: terminals, JSON and Python cannot show it. */
static void messages_hold_whole_letters(void **state) {
    (void)state;
    hr_fail(HR_ERR_TASK, "\"%.5s\" %.*s|%d", "xx\u20ac\u20ac", 3, "a\u00fc\u00fc", 7);
    assert_string_equal(hr_error_text(), "\"xx\u20ac\" a\u00fc|7");
    hr_fail(HR_ERR_TASK, "\"%.4s\" %.*s|%d %%.2s", "xx\u20ac\u20ac", 2, "a\u00fc\u00fc", 7);
    assert_string_equal(hr_error_text(), "\"xx\" a|7 %.2s");
    hr_fail(HR_ERR_TASK, "%s|%.9s", "Latin-1 \xe4", "\xe4"); /* as names may be */
    assert_string_equal(hr_error_text(), "Latin-1 \xe4|");
    char name[2000] = "";
    while (strlen(name) < 1900) strcat(name, "\u20ac");
    hr_fail(HR_ERR_TASK, "%s", name);
    assert_int_equal(strlen(hr_error_text()) % 3, 0);
    hr_fail(HR_ERR_TASK, "%s", "a\033\xc2\x9b\u00a0z"); /* orders to a terminal, and a blank */
    assert_string_equal(hr_error_text(), "a???\u00a0z");
}

HR_TEST_MAIN(cmocka_unit_test(sizes_saturate), cmocka_unit_test(arena_counts_what_it_deals),
             cmocka_unit_test(nth_allocation_fails), cmocka_unit_test(short_memory_is_told),
             cmocka_unit_test(rng_is_pinned), cmocka_unit_test(rng_moments),
             cmocka_unit_test(permutation_is_one), cmocka_unit_test(pool_runs_each_task_once),
             cmocka_unit_test(a_crowd_is_not_waited_for), cmocka_unit_test(quotas_are_read),
             cmocka_unit_test(every_thread_has_space), cmocka_unit_test(writing_is_atomic),
             cmocka_unit_test(files_change_together),
             cmocka_unit_test(what_killed_writers_left_is_swept),
             cmocka_unit_test(refusals_say_why), cmocka_unit_test(a_full_disk_keeps_the_old_file),
             cmocka_unit_test(a_loaded_file_is_ours), cmocka_unit_test(numbers_are_strict),
             cmocka_unit_test(nearest_word), cmocka_unit_test(errors_keep_context),
             cmocka_unit_test(messages_hold_whole_letters))
