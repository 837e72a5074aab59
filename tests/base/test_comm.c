/* test_comm.c - what is said among ranks, and how a program gets them: one that is lost ends the
 * work of all, and says why; a file that is no engine is named. The other rank here is a mirror: it
 * sends what it gets, or what the test says. tests/nn/test_ranks.c has real ones. */
#include "test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/comm_load.h"
#include "base/mem.h"
#include "base/os.h"

static struct {
    const char *why; /* NULL: messages arrive */
    const void *says;
    size_t size; /* of what it says instead; 0: as it hears */
    int lost, aborted, left;
} other;

static const char *trade(hr_comm *comm, const hr_message *send, int sends,
                         const hr_message *receive, int receives) {
    (void)comm;
    for (int i = 0; i < receives; i++) {
        bool own = other.size == receive[i].size;
        if (own) memcpy(receive[i].bytes, other.says, other.size);
        else if (i < sends) memcpy(receive[i].bytes, send[i].bytes, receive[i].size);
    }
    return other.why;
}

static void lose(void *user, const char *why) {
    assert_ptr_equal(user, &other);
    assert_string_equal(why, other.why);
    other.lost++;
}

static void end_all(hr_comm *comm, int code) {
    (void)comm;
    assert_int_equal(code, 1);
    other.aborted++;
}

static void leave(hr_comm *comm) {
    (void)comm;
    other.left++;
}

static hr_comm mirror(void) {
    memset(&other, 0, sizeof other);
    return (hr_comm){.rank = 0,
                     .size = 2,
                     .trade = trade,
                     .leave = leave,
                     .abort = end_all,
                     .lost = lose,
                     .user = &other};
}

static void one_process_needs_no_other(void **state) {
    (void)state;
    bool go = true;
    int rank = 5, number = 3;
    assert_int_equal(hr_comm_rank(NULL), 0);
    assert_int_equal(hr_comm_size(NULL), 1);
    hr_comm_trade(NULL, NULL, 0, NULL, 0);
    hr_comm_share(NULL, &number, sizeof number);
    hr_comm_gather(NULL, &number, sizeof number);
    assert_true(hr_comm_all(NULL, true) && !hr_comm_all(NULL, false));
    assert_int_equal(hr_comm_settle(NULL, HR_ERR_IO, &go), HR_ERR_IO);
    assert_true(hr_comm_same(NULL, 7, &rank) && go && number == 3);
    hr_comm_close(NULL);
}

static void a_lost_rank_ends_the_work(void **state) {
    (void)state;
    hr_comm comm = mirror();
    int number = 3;
    hr_comm_share(&comm, &number, 0); /* nothing to say is nothing sent */
    other.why = "no word";
    hr_comm_trade(&comm, NULL, 0, NULL, 0);
    assert_int_equal(other.aborted, 0);
    hr_comm_share(&comm, &number, sizeof number);
    assert_int_equal(other.lost, 1);
    assert_int_equal(other.aborted, 1);
    comm.lost = NULL;
    hr_comm_share(&comm, &number, sizeof number);
    assert_int_equal(other.lost, 1);
    assert_int_equal(other.aborted, 2);
    hr_comm *made = HR_NEW(hr_comm, 1);
    *made = comm;
    hr_comm_close(made);
    assert_int_equal(other.left, 1);
}

/* The failure of one is that of all, named by whose it is. */
static void failures_are_agreed_on(void **state) {
    (void)state;
    hr_comm comm = mirror();
    const struct {
        hr_status status;
        bool go;
    } failed = {HR_ERR_IO, false}, well = {HR_OK, false};
    bool go = true;
    int rank;
    assert_int_equal(hr_comm_settle(&comm, HR_OK, &go), HR_OK);
    assert_true(go && !comm.agreed);
    other.says = &well, other.size = sizeof well;
    assert_int_equal(hr_comm_settle(&comm, HR_OK, &go), HR_OK);
    assert_false(go);
    hr_fail(HR_ERR_ARG, "mine");
    assert_int_equal(hr_comm_agree(&comm, HR_ERR_ARG), HR_ERR_ARG);
    assert_true(comm.agreed);
    assert_string_equal(hr_error_text(), "mine");
    other.says = &failed;
    assert_int_equal(hr_comm_agree(&comm, HR_OK), HR_ERR_IO);
    assert_string_equal(hr_error_text(), "rank 1: io");
    comm.rank = 1; /* and seen from there */
    assert_int_equal(hr_comm_agree(&comm, HR_OK), HR_ERR_IO);
    assert_string_equal(hr_error_text(), "");
    comm.rank = 0;
    const unsigned long long theirs = 8;
    other.says = &theirs, other.size = sizeof theirs;
    assert_false(hr_comm_same(&comm, 7, &rank));
    assert_int_equal(rank, 1);
    assert_true(hr_comm_same(&comm, 8, &rank));
}

/* Ranks of one machine share its processors; in a process of its own, which has fewer after it. */
static void processors_are_parted(void **state) {
    (void)state;
    int code, own = hr_os_processors();
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        hr_comm comm = mirror();
        bool few = hr_comm_part_processors(&comm);
        int kept = hr_os_processors();
        hr_comm alone = comm; /* another machine's */
        unsigned char theirs[sizeof(uint64_t) + HR_OS_MASK] = {1};
        other.says = theirs, other.size = sizeof theirs;
        bool none = !hr_comm_part_processors(&alone) && hr_os_processors() == kept;
        hr_alloc_fail_after(1);
        none &= !hr_comm_part_processors(&alone);
        hr_alloc_fail_after(0);
        exit(few == (own < 2) && kept == (own < 2 ? own : (own + 1) / 2) && none ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
}

static void refused(const char *path, hr_status code, const char *says) {
    hr_comm *comm = (hr_comm *)&other;
    assert_int_equal(hr_comm_load(path, &comm), code);
    assert_null(comm);
    if (!strstr(hr_error_text(), says)) fail_msg("%s: %s", path, hr_error_text());
}

static void what_is_no_engine_is_refused(void **state) {
    (void)state;
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 20);
    if (size < 0) SKIP("this system does not say where a program is");
    path[size] = 0;
    strcpy(strrchr(path, '/'), "/engine.so");
    refused("/nowhere/engine.so", HR_ERR_IO, "cannot load the engine for ranks");
    refused("libm.so.6", HR_ERR_UNSUPPORTED, "it is no engine for ranks");
    setenv("ENGINE_SAYS", "not today", 1);
    refused(path, HR_ERR_UNSUPPORTED, "not today");
    unsetenv("ENGINE_SAYS");
    hr_alloc_fail_after(1);
    refused(path, HR_ERR_MEM, "out of memory");
    hr_alloc_fail_after(0);
    hr_comm *comm;
    OK(hr_comm_load(path, &comm));
    assert_int_equal(hr_comm_size(comm), 3);
    hr_free(comm);
}

HR_TEST_MAIN(cmocka_unit_test(one_process_needs_no_other),
             cmocka_unit_test(a_lost_rank_ends_the_work), cmocka_unit_test(failures_are_agreed_on),
             cmocka_unit_test(processors_are_parted),
             cmocka_unit_test(what_is_no_engine_is_refused))
