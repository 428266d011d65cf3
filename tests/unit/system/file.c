#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/system.h"

static char folder[] = "/tmp/mantle-file-XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static unsigned at;
    char *path = paths[at++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    static const char *const names[] = { "a", "lock", "fifo", "full" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)unlink(in_folder(names[i]));
    }
    (void)rmdir(in_folder("dir"));
    return rmdir(folder); /* fails when something was left beside */
}

static void test_replace_and_read(void **state)
{
    struct arena arena;
    struct stat st;
    str got = STR_NONE;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_int_equal(file_read(in_folder("a"), 10, &arena, &got), RC_NOENT);
    assert_ok(file_replace(in_folder("a"), STR("first"), 0600));
    assert_ok(file_replace(in_folder("a"), STR("second\0x"), 0640));
    assert_int_equal(stat(in_folder("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_ok(file_read(in_folder("a"), 8, &arena, &got));
    assert_int_equal(got.len, 8);
    assert_memory_equal(got.ptr, "second\0x", 9); /* and a NUL behind */
    assert_int_equal(file_read(in_folder("a"), 7, &arena, &got), RC_LIMIT);
    assert_ok(file_replace(in_folder("a"), STR(""), 0600));
    assert_ok(file_read(in_folder("a"), 0, &arena, &got));
    assert_int_equal(got.len, 0);
    assert_non_null(got.ptr);
    assert_ok(file_read("/proc/self/status", 65536, &arena, &got)); /* says its size is 0 */
    assert_true(got.len > 100);
    assert_int_equal(file_read("/proc/self/status", 10, &arena, &got), RC_LIMIT);
    arena_done(&arena);
}

static void test_not_a_file(void **state)
{
    struct arena arena;
    str got;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_int_equal(file_read(folder, 10, &arena, &got), RC_IO);
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    assert_int_equal(file_read(in_folder("fifo"), 10, &arena, &got), RC_IO); /* and no hang */
    assert_int_equal(file_replace("/nowhere/at/all", STR("x"), 0600), RC_NOENT);
    arena_done(&arena);
}

/* A write that fails leaves the old file and nothing beside it. */
static void test_failing_write(void **state)
{
    struct rlimit limit = { 4, RLIM_INFINITY };
    struct arena arena;
    str got = STR_NONE;
    int status = 0;
    pid_t child;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_ok(file_replace(in_folder("full"), STR("old"), 0600));
    child = fork();
    if (child == 0) {
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        _exit(file_replace(in_folder("full"), STR("longer"), 0600) == RC_IO ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ok(file_read(in_folder("full"), 10, &arena, &got));
    assert_str(got, "old");
    arena_done(&arena);
}

static void test_dir_make(void **state)
{
    struct stat st;

    (void)state;
    assert_ok(dir_make(in_folder("dir")));
    assert_ok(dir_make(in_folder("dir")));
    assert_int_equal(stat(in_folder("dir"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(dir_make(in_folder("no/dir")), RC_NOENT);
    assert_ok(file_replace(in_folder("a"), STR("x"), 0600));
    assert_int_equal(dir_make(in_folder("a")), RC_IO);
}

static void test_lock(void **state)
{
    int fd = -1, second = -1;

    (void)state;
    assert_ok(file_lock(in_folder("lock"), &fd));
    assert_int_equal(file_lock(in_folder("lock"), &second), RC_BUSY);
    assert_int_equal(second, -1);
    file_unlock(fd);
    assert_ok(file_lock(in_folder("lock"), &second));
    file_unlock(second);
    file_unlock(-1);
    assert_int_equal(file_lock("/nowhere/lock", &fd), RC_NOENT);
}

static void test_env(void **state)
{
    const struct env *env = system_env();
    char bytes[64] = { 0 }, zeros[64] = { 0 };
    int64_t before = env->mono_ns(env);

    (void)state;
    assert_true(env_now_s(env) > 1700000000);
    assert_true(env->mono_ns(env) >= before);
    assert_ok(env->random(env, bytes, sizeof(bytes)));
    assert_memory_not_equal(bytes, zeros, sizeof(bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace_and_read),
        cmocka_unit_test(test_not_a_file),
        cmocka_unit_test(test_failing_write),
        cmocka_unit_test(test_dir_make),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_env),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
