/* test_os.c - what files make of single errors of the system: which of them are failures, what is
 * tried again, what is left behind. tests/api/test_calls.c lets every call fail somewhere. */
#include "test.h"
#include "folder.h"

#include <dlfcn.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"

/* The errors of the next calls; 0: as the system has it. */
static struct {
    int fsync[2], read, flock, fstat, linkat;
    bool named;        /* files have names from the first, as where /proc is not */
    const char *sweep; /* flock finds that another has removed the files of this pattern */
} next;

#define REAL(name) (*(void **)(&real) = dlsym(RTLD_NEXT, name))

static int take(int *error) {
    if (!*error) return 0;
    errno = *error;
    *error = 0;
    return -1;
}

int fsync(int fd) {
    int failed = take(&next.fsync[0]);
    (void)fd;
    next.fsync[0] = next.fsync[1];
    next.fsync[1] = 0;
    return failed;
}

ssize_t read(int fd, void *to, size_t size) {
    static ssize_t (*real)(int, void *, size_t);
    if (take(&next.read)) return -1;
    if (!real) REAL("read");
    return real(fd, to, size);
}

int flock(int fd, int how) {
    static int (*real)(int, int);
    char command[300];
    if (next.sweep) {
        snprintf(command, sizeof command, "rm %s", next.sweep);
        next.sweep = NULL;
        if (system(command)) abort();
    }
    if (take(&next.flock)) return -1;
    if (!real) REAL("flock");
    return real(fd, how);
}

int fstat(int fd, struct stat *out) {
    static int (*real)(int, struct stat *);
    if (take(&next.fstat)) return -1;
    if (!real) REAL("fstat");
    return real(fd, out);
}

int linkat(int from, const char *path, int to, const char *name, int flags) {
    static int (*real)(int, const char *, int, const char *, int);
    if (take(&next.linkat)) return -1;
    if (!real) REAL("linkat");
    return real(from, path, to, name, flags);
}

int access(const char *path, int mode) {
    static int (*real)(const char *, int);
    if (next.named && !strncmp(path, "/proc/", 6)) return -1;
    if (!real) REAL("access");
    return real(path, mode);
}

static void holds(const char *name, const char *text) {
    hr_file file;
    OK(hr_os_load(in_folder(name), &file));
    assert_int_equal(file.size, strlen(text));
    assert_memory_equal(file.data, text, file.size);
    hr_os_unload(&file);
}

static hr_status write_one(const char *name, const char *text) {
    return hr_os_write_file(in_folder(name), text, strlen(text));
}

/* Some file systems do not sync folders, which is none of ours; a disk that is full or broken is.
 */
static void folders_that_are_not_synced(void **state) {
    (void)state;
    static const struct {
        int error;
        hr_status status;
    } cases[] = {{EINVAL, HR_OK}, {EIO, HR_ERR_IO}, {ENOSPC, HR_ERR_IO}, {EDQUOT, HR_ERR_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        next.fsync[1] = cases[i].error; /* after that of the file */
        if (write_one("synced", "new") != cases[i].status)
            fail_msg("error %d: %s", cases[i].error, hr_error_text());
    }
    next.fsync[0] = EINVAL; /* a file is another matter */
    assert_int_equal(write_one("synced", "newer"), HR_ERR_IO);
    holds("synced", "new");
}

static void reads_that_are_interrupted_go_on(void **state) {
    (void)state;
    hr_file file;
    OK(write_one("read", "text"));
    next.read = EINTR;
    holds("read", "text");
    next.read = EIO;
    assert_int_equal(hr_os_load(in_folder("read"), &file), HR_ERR_IO);
    next.fstat = EIO;
    assert_int_equal(hr_os_load(in_folder("read"), &file), HR_ERR_IO);
    assert_non_null(strstr(hr_error_text(), "cannot read its size"));
}

/* Another command may take a new temporary file for one that was left, before it is locked. */
static void a_swept_temporary_file_is_made_anew(void **state) {
    (void)state;
    char pattern[128];
    next.named = true;
    snprintf(pattern, sizeof pattern, "%s/swept.tmp*", folder);
    next.sweep = pattern;
    OK(write_one("swept", "one"));
    holds("swept", "one");
    next.flock = EWOULDBLOCK; /* it has it at this moment */
    OK(write_one("swept", "two"));
    holds("swept", "two");
    next.flock = ENOLCK; /* a file system without locks */
    OK(write_one("swept", "three"));
    holds("swept", "three");
    next.named = false;
}

/* A file that gets its name at the end: another one where that is taken, none where the disk fails.
 */
static void a_file_gets_its_name_when_it_is_whole(void **state) {
    (void)state;
    OK(write_one("whole", "one"));
    next.linkat = EEXIST;
    OK(write_one("whole", "two"));
    holds("whole", "two");
    next.linkat = EIO;
    hr_status status = write_one("whole", "three");
    assert_true(status == HR_ERR_IO || next.linkat); /* unasked where files have names at once */
    next.linkat = 0;
    if (status) holds("whole", "two");
}

/* What only looks like a temporary file stays, and one that cannot be looked at. */
static void what_is_no_file_is_not_swept(void **state) {
    (void)state;
    assert_int_equal(mkfifo(in_folder("left.tmp1234567890"), 0666), 0);
    OK(write_one("left", "text"));
    assert_int_equal(access(in_folder("left.tmp1234567890"), F_OK), 0);
    assert_int_equal(unlink(in_folder("left.tmp1234567890")), 0);
    OK(write_one("left.tmp1234567890", "half"));
    next.fstat = EIO;
    OK(write_one("left", "text"));
    assert_int_equal(access(in_folder("left.tmp1234567890"), F_OK), 0);
    OK(write_one("left", "text"));
    assert_int_not_equal(access(in_folder("left.tmp1234567890"), F_OK), 0);
}

static void names_without_a_folder_and_links(void **state) {
    (void)state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    OK(hr_os_write_file("plain", "here", 4));
    OK(hr_os_mkdirs("a/b//c"));
    OK(hr_os_remove("nothing"));
    assert_int_equal(symlink("plain", "link"), 0);
    OK(hr_os_write_file("link", "there", 5));
    assert_int_equal(chdir(before), 0);
    struct stat s;
    assert_true(!lstat(in_folder("link"), &s) && S_ISLNK(s.st_mode));
    holds("plain", "there");
    assert_true(hr_os_is_dir(in_folder("a/b/c")));
    OK(hr_os_write_file("/dev/null", "gone", 4));
    bool file = true;
    OK(hr_os_find(folder, &file));
    assert_false(file);
}

static void the_machine_says_what_it_is(void **state) {
    (void)state;
    unsigned char mask[HR_OS_MASK];
    char name[HR_OS_PROCESSOR];
    assert_true(hr_os_machine() == hr_os_machine());
    assert_true(hr_os_processors() >= hr_os_cores() && hr_os_cores() >= 1);
    hr_os_processor(name);
    assert_true(*name != 0);
#ifdef __linux__
    assert_true(hr_os_mask(mask));
#endif
    hr_os_keep_part(0, 1 << 20); /* more than there are: nothing changes */
    assert_true(hr_os_processors() >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(folders_that_are_not_synced),
                                       cmocka_unit_test(reads_that_are_interrupted_go_on),
                                       cmocka_unit_test(a_swept_temporary_file_is_made_anew),
                                       cmocka_unit_test(a_file_gets_its_name_when_it_is_whole),
                                       cmocka_unit_test(what_is_no_file_is_not_swept),
                                       cmocka_unit_test(names_without_a_folder_and_links),
                                       cmocka_unit_test(the_machine_says_what_it_is)};
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
