/* A copy made while others write. */
#include "store/backup.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "store/support.h"

struct busy {
    struct store *store;
    atomic_bool stop;
};

/* Two rows that belong together, over and over. */
static enum rc put_two(struct txn *txn, void *arg)
{
    char value[16];

    (void)snprintf(value, sizeof(value), "%d", *(int *)arg);
    TRY(q_meta_set(txn, STR("left"), str_cstr(value)));
    return q_meta_set(txn, STR("right"), str_cstr(value));
}

static void *busy_main(void *arg)
{
    struct busy *busy = arg;
    int i = 0;

    while (!busy->stop) {
        i++;
        if (store_write(busy->store, put_two, &i) != RC_OK) {
            break;
        }
    }
    return NULL;
}

static void check_copy(struct fixture *fixture, const char *dir)
{
    struct store_config config = { .dir = dir };
    struct store *copy = NULL;
    struct reader *reader = NULL;
    str why = STR_NONE, left, right;

    assert_ok(store_open(&config, &fixture->arena, &copy, &why));
    assert_ok(reader_open(copy, &reader));
    left = fixture_get(fixture, reader, "left");
    right = fixture_get(fixture, reader, "right");
    assert_non_null(left.ptr);
    assert_true(str_eq(left, right));
    reader_close(reader);
    store_close(copy);
}

static void a_backup_is_one_moment(void **state)
{
    struct fixture *fixture = *state;
    struct busy busy = { .store = fixture->store };
    char dir[100], path[128];
    struct stat info;
    pthread_t thread;
    int first = 0;

    (void)snprintf(dir, sizeof(dir), "%s-copy", fixture->dir);
    (void)snprintf(path, sizeof(path), "%s/mantle.db", dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_ok(store_write(fixture->store, put_two, &first));
    assert_int_equal(pthread_create(&thread, NULL, busy_main, &busy), 0);
    for (int i = 0; i < 20; i++) {
        assert_ok(store_backup(fixture->store, path));
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        check_copy(fixture, dir);
    }
    busy.stop = true;
    (void)pthread_join(thread, NULL);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/mantle.lock", dir);
    (void)unlink(path);
    assert_int_equal(rmdir(dir), 0); /* nothing else was left there */
}

static void a_backup_to_nowhere_says_so(void **state)
{
    struct fixture *fixture = *state;
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/missing/mantle.db", fixture->dir);
    assert_int_equal(store_backup(fixture->store, path), RC_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_backup_is_one_moment),
        STORE_TEST(a_backup_to_nowhere_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
