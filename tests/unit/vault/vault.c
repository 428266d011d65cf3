#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "vault/support.h"

static const str about = STR_INIT("123456789012/ASIAQEXAMPLE");
static const str date = STR_INIT("20261123"), region = STR_INIT("eu-west-1");
static const str sts = STR_INIT("sts");

static struct temp_dir dir;

static int dir_set_up(void **state)
{
    (void)state;
    arena_init(&arena, &heap, 64 * 1024, 16 * 1024 * 1024);
    dir = temp_dir_new();
    return 0;
}

static int dir_tear_down(void **state)
{
    (void)state;
    temp_dir_done(&dir);
    vault_thread_done();
    arena_done(&arena);
    return 0;
}

static struct vault *open_ok(void)
{
    struct vault *opened = NULL;
    str why = STR_NONE;

    if (vault_open(dir.path, system_env(), &arena, &opened, &why) != RC_OK) {
        fail_msg("%.*s", FMT(why));
    }
    return opened;
}

static void expect_refused(enum rc want, const char *word)
{
    struct vault *opened = NULL;
    str why = STR_NONE;
    size_t at;

    assert_int_equal(vault_open(dir.path, system_env(), &arena, &opened, &why), want);
    assert_null(opened);
    if (!str_find(why, str_cstr(word), &at)) {
        fail_msg("\"%.*s\" does not say \"%s\"", FMT(why), word);
    }
}

static const char *file_of(const char *name)
{
    return arena_printf(&arena, "%s/keys/%s", dir.path, name).ptr;
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void test_files_are_private(void **state)
{
    (void)state;
    umask(0); /* whatever the caller's */
    vault_close(open_ok());
    assert_int_equal(mode_of(file_of("")), 0700);
    assert_int_equal(mode_of(file_of("master.keys")), 0600);
    assert_int_equal(mode_of(file_of("token.keys")), 0600);
    assert_int_equal(mode_of(file_of("message.keys")), 0600);
}

static void test_restart_keeps_the_keys(void **state)
{
    (void)state;
    struct vault *first = open_ok(), *second;
    str text = STR_NONE, wrapped = STR_NONE, plain = STR_NONE, secret = STR_NONE, again = STR_NONE;
    struct hmac_key key;

    assert_ok(vault_seal(first, VAULT_TOKEN, about, STR("plain"), &arena, &text));
    assert_ok(vault_wrap(first, about, STR("secret"), &arena, &wrapped));
    assert_ok(vault_session_secret(first, STR("ASIA"), text, &arena, &secret));
    vault_close(first);
    second = open_ok();
    assert_ok(vault_open_sealed(second, VAULT_TOKEN, about, text, &arena, &plain));
    assert_str(plain, "plain");
    assert_ok(vault_signing_key(second, about, wrapped, date, region, sts, &key));
    assert_ok(vault_session_secret(second, STR("ASIA"), text, &arena, &again));
    assert_true(str_eq(secret, again));
    vault_close(second);
}

static void test_readable_by_others_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = { "master.keys", "token.keys", "message.keys" };
    static const mode_t modes[] = { 0640, 0604, 0620, 0660, 0666 };

    vault_close(open_ok());
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        for (size_t m = 0; m < COUNT_OF(modes); m++) {
            assert_int_equal(chmod(file_of(files[i]), modes[m]), 0);
            expect_refused(RC_DENIED, "chmod 600");
        }
        assert_int_equal(chmod(file_of(files[i]), 0600), 0);
    }
    assert_int_equal(chmod(file_of(""), 0755), 0);
    expect_refused(RC_DENIED, "chmod 700");
    assert_int_equal(chmod(file_of(""), 0700), 0);
    vault_close(open_ok());
}

static void write_file(const char *path, str content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.ptr, content.len), (ssize_t)content.len);
    (void)close(fd);
}

static void test_every_changed_byte_of_a_key_file_is_refused(void **state)
{
    (void)state;
    str text = STR_NONE;
    const char *path = file_of("token.keys");
    char *bytes;

    vault_close(open_ok());
    assert_ok(file_read(path, 4096, &arena, &text));
    bytes = (char *)(uintptr_t)text.ptr;
    for (size_t i = 0; i < text.len; i += 3) {
        char was = bytes[i];

        bytes[i] = (char)(was ^ 1);
        write_file(path, text);
        expect_refused(RC_CORRUPT, "restore it");
        bytes[i] = was;
    }
    for (size_t len = 0; len < text.len; len += 7) { /* cut short */
        write_file(path, str_slice(text, 0, len));
        expect_refused(RC_CORRUPT, "restore it");
    }
    write_file(path, text);
    vault_close(open_ok());
}

static void test_a_set_of_another_kind_is_refused(void **state)
{
    (void)state;
    str text = STR_NONE;

    vault_close(open_ok());
    assert_ok(file_read(file_of("message.keys"), 4096, &arena, &text));
    write_file(file_of("token.keys"), text);
    expect_refused(RC_CORRUPT, "token");
}

static void test_a_lost_file_is_not_replaced_silently(void **state)
{
    (void)state;
    vault_close(open_ok());
    assert_int_equal(unlink(file_of("token.keys")), 0);
    expect_refused(RC_CORRUPT, "token.keys");
    assert_int_not_equal(access(file_of("token.keys"), F_OK), 0);
}

static void test_a_first_start_cut_short_can_go_on(void **state)
{
    (void)state;
    vault_close(open_ok());
    assert_int_equal(unlink(file_of("token.keys")), 0);
    assert_int_equal(unlink(file_of("master.keys")), 0); /* it is made last */
    vault_close(open_ok());
}

static void test_links_and_directories_are_refused(void **state)
{
    (void)state;
    vault_close(open_ok());
    assert_int_equal(rename(file_of("token.keys"), file_of("elsewhere")), 0);
    assert_int_equal(symlink("elsewhere", file_of("token.keys")), 0);
    expect_refused(RC_IO, "token.keys");
    assert_int_equal(unlink(file_of("token.keys")), 0);
    assert_int_equal(mkdir(file_of("token.keys"), 0700), 0);
    expect_refused(RC_CORRUPT, "regular file");
}

static void test_rotation_opens_old_and_seals_new(void **state)
{
    (void)state;
    struct vault *one = open_ok(), *other = open_ok();
    str before = STR_NONE, after = STR_NONE, plain = STR_NONE, why = STR_NONE, wrapped = STR_NONE;
    struct hmac_key key, again;

    assert_ok(vault_seal(one, VAULT_TOKEN, about, STR("before"), &arena, &before));
    assert_ok(vault_wrap(one, about, STR("secret"), &arena, &wrapped));
    assert_ok(vault_session_signing_key(one, about, before, date, region, sts, &key));
    assert_ok(vault_rotate(other, VAULT_TOKEN)); /* as the command line does beside a server */
    assert_ok(vault_rotate(other, VAULT_MASTER));
    assert_ok(vault_seal(other, VAULT_TOKEN, about, STR("after"), &arena, &after));
    assert_int_equal(vault_open_sealed(one, VAULT_TOKEN, about, after, &arena, &plain), RC_DENIED);
    assert_ok(vault_reload(one, &arena, &why));
    assert_ok(vault_open_sealed(one, VAULT_TOKEN, about, after, &arena, &plain));
    assert_str(plain, "after");
    assert_ok(vault_open_sealed(one, VAULT_TOKEN, about, before, &arena, &plain));
    assert_str(plain, "before");
    assert_ok(vault_session_signing_key(one, about, before, date, region, sts, &again));
    assert_memory_equal(&key, &again, sizeof(key));
    assert_ok(vault_signing_key(one, about, wrapped, date, region, sts, &key));
    /* Two processes that rotate one after the other keep each other's keys. */
    assert_ok(vault_rotate(one, VAULT_TOKEN));
    assert_ok(vault_rotate(other, VAULT_TOKEN));
    assert_ok(vault_reload(one, &arena, &why));
    assert_ok(vault_seal(one, VAULT_TOKEN, about, STR("last"), &arena, &after));
    assert_ok(vault_open_sealed(other, VAULT_TOKEN, about, after, &arena, &plain));
    vault_close(one);
    vault_close(other);
}

static void test_a_removed_key_is_forgotten_by_caches_too(void **state)
{
    (void)state;
    struct vault *one = open_ok();
    str token = STR_NONE, why = STR_NONE;
    struct hmac_key key;

    assert_ok(vault_seal(one, VAULT_TOKEN, about, STR("plain"), &arena, &token));
    assert_ok(vault_session_signing_key(one, about, token, date, region, sts, &key));
    assert_int_equal(unlink(file_of("token.keys")), 0);
    assert_int_equal(vault_reload(one, &arena, &why), RC_CORRUPT); /* and goes on with its keys */
    assert_ok(vault_session_signing_key(one, about, token, date, region, sts, &key));
    assert_int_equal(unlink(file_of("master.keys")), 0);
    vault_close(open_ok()); /* makes new files */
    assert_ok(vault_reload(one, &arena, &why));
    assert_int_equal(vault_session_signing_key(one, about, token, date, region, sts, &key),
                     RC_DENIED);
    vault_close(one);
}

static void test_a_full_set_refuses_to_rotate(void **state)
{
    (void)state;
    struct vault *one = open_ok();
    str token = STR_NONE, plain = STR_NONE;
    int rotated = 0;

    assert_ok(vault_seal(one, VAULT_TOKEN, about, STR("plain"), &arena, &token));
    while (rotated < 100 && vault_rotate(one, VAULT_TOKEN) == RC_OK) {
        rotated++;
    }
    assert_int_equal(rotated, 63);
    assert_int_equal(vault_rotate(one, VAULT_TOKEN), RC_LIMIT);
    assert_ok(vault_open_sealed(one, VAULT_TOKEN, about, token, &arena, &plain));
    vault_close(one);
    one = open_ok();
    assert_ok(vault_open_sealed(one, VAULT_TOKEN, about, token, &arena, &plain));
    vault_close(one);
}

static void test_systemd_credentials_come_first(void **state)
{
    (void)state;
    struct temp_dir credentials = temp_dir_new();
    char path[128];
    struct vault *one = open_ok();
    str token = STR_NONE, plain = STR_NONE;

    assert_ok(vault_seal(one, VAULT_TOKEN, about, STR("plain"), &arena, &token));
    vault_close(one);
    (void)snprintf(path, sizeof(path), "%s/mantle.token.keys", credentials.path);
    assert_int_equal(rename(file_of("token.keys"), path), 0);
    assert_int_equal(chmod(path, 0440), 0); /* systemd's own mode where it uses an access list */
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", credentials.path, 1), 0);
    one = open_ok();
    assert_ok(vault_open_sealed(one, VAULT_TOKEN, about, token, &arena, &plain));
    assert_int_equal(vault_rotate(one, VAULT_TOKEN), RC_UNSUPPORTED);
    assert_ok(vault_rotate(one, VAULT_MASTER));
    vault_close(one);
    assert_int_equal(chmod(path, 0444), 0);
    expect_refused(RC_DENIED, "others");
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    temp_dir_done(&credentials);
}

/* ---- under load ---- */

static struct vault *shared;
static atomic_bool stop;
static atomic_int failures, rounds;

static void *use_sessions(void *unused)
{
    struct arena mine;

    (void)unused;
    arena_init(&mine, &heap, 16 * 1024, 1024 * 1024);
    while (!atomic_load(&stop)) {
        str token = STR_NONE, plain = STR_NONE;
        struct hmac_key key, again;

        arena_reset(&mine);
        if (vault_seal(shared, VAULT_TOKEN, about, STR("session"), &mine, &token) != RC_OK ||
            vault_session_signing_key(shared, about, token, date, region, sts, &key) != RC_OK) {
            atomic_fetch_add(&failures, 1);
        }
        for (int i = 0; i < 50; i++) {
            if (vault_open_sealed(shared, VAULT_TOKEN, about, token, &mine, &plain) != RC_OK ||
                vault_session_signing_key(shared, about, token, date, region, sts, &again) !=
                    RC_OK ||
                memcmp(&key, &again, sizeof(key)) != 0) {
                atomic_fetch_add(&failures, 1);
            }
        }
        atomic_fetch_add(&rounds, 1);
    }
    arena_done(&mine);
    return NULL;
}

static void test_rotation_under_load_fails_no_live_session(void **state)
{
    (void)state;
    pthread_t threads[3];
    struct vault *beside = open_ok();

    shared = open_ok();
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_sessions, NULL), 0);
    }
    for (int i = 0; i < 20; i++) {
        str why = STR_NONE;
        int seen = atomic_load(&rounds);

        assert_ok(vault_rotate(i % 2 == 0 ? shared : beside, VAULT_TOKEN));
        assert_ok(vault_rotate(i % 2 == 0 ? shared : beside, VAULT_MASTER));
        assert_ok(vault_reload(shared, &arena, &why));
        while (atomic_load(&rounds) < seen + 5) {
            (void)usleep(200);
        }
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&failures), 0);
    vault_close(shared);
    vault_close(beside);
}

static int open_without_mlock(void)
{
    struct rlimit none = { 0, 0 };
    struct vault *opened = NULL;
    str why = STR_NONE;
    int locked;

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (getuid() == 0 && setuid(65534) != 0) ||
        vault_open(NULL, system_env(), &arena, &opened, &why) != RC_OK) {
        return 2;
    }
    locked = vault_memory_locked(opened) ? 1 : 0;
    vault_close(opened);
    return locked;
}

static void test_says_when_memory_cannot_be_locked(void **state)
{
    (void)state;
    int status = -1;
    pid_t child;

#ifdef MANTLE_SANITIZED
    SKIP("the sanitizers' mlock does nothing and always succeeds");
#endif
    child = fork();
    if (child == 0) {
        _exit(open_without_mlock());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define DIR_TEST(fn) cmocka_unit_test_setup_teardown(fn, dir_set_up, dir_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIR_TEST(test_files_are_private),
        DIR_TEST(test_restart_keeps_the_keys),
        DIR_TEST(test_readable_by_others_is_refused),
        DIR_TEST(test_every_changed_byte_of_a_key_file_is_refused),
        DIR_TEST(test_a_set_of_another_kind_is_refused),
        DIR_TEST(test_a_lost_file_is_not_replaced_silently),
        DIR_TEST(test_a_first_start_cut_short_can_go_on),
        DIR_TEST(test_links_and_directories_are_refused),
        DIR_TEST(test_rotation_opens_old_and_seals_new),
        DIR_TEST(test_a_removed_key_is_forgotten_by_caches_too),
        DIR_TEST(test_a_full_set_refuses_to_rotate),
        DIR_TEST(test_systemd_credentials_come_first),
        DIR_TEST(test_rotation_under_load_fails_no_live_session),
        DIR_TEST(test_says_when_memory_cannot_be_locked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
