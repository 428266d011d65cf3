/* Wiping and seeding, for test mode. */
#include "store/reset.h"

#include <time.h>

#include "store/support.h"

static enum rc fill(struct txn *txn, void *arg)
{
    for (int i = 0; i < 2000; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        TRY(q_meta_set(txn, str_cstr(key), STR("v")));
        TRY(q_outbox_add(txn, i + 1, STR("line"), 1, 0));
    }
    return RC_OK;
}

static enum rc seed(struct txn *txn, void *arg)
{
    TRY(q_meta_set(txn, STR("seed"), STR("sown")));
    return arg == NULL ? RC_OK : RC_LIMIT;
}

static void only_the_seed_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct q_outbox_list_row *rows = NULL;
    struct q_meta_count_row meta;
    struct store_change changes[4];
    struct reader *reader = NULL;
    struct txn *txn = NULL;
    size_t count = 1;
    uint64_t before;
    bool lost = false;

    assert_ok(store_write(fixture->store, fill, NULL));
    before = store_revision(fixture->store);
    assert_ok(store_reset(fixture->store, seed, NULL));
    assert_ok(reader_open(fixture->store, &reader));
    assert_str(fixture_get(fixture, reader, "seed"), "sown");
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_meta_count(txn, &fixture->arena, &meta));
    assert_int_equal(meta.count, 1);
    assert_ok(q_outbox_list(txn, 0, 10, &fixture->arena, &rows, &count));
    assert_int_equal(count, 0);
    reader_close(reader);
    (void)store_changes(fixture->store, before, changes, 4, &lost);
    assert_true(lost); /* every cache drops everything */
}

static void a_failing_seed_leaves_what_was(void **state)
{
    struct fixture *fixture = *state;
    struct q_meta_count_row meta;
    struct reader *reader = NULL;
    struct txn *txn = NULL;

    assert_ok(store_write(fixture->store, fill, NULL));
    assert_int_equal(store_reset(fixture->store, seed, fixture), RC_LIMIT);
    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_meta_count(txn, &fixture->arena, &meta));
    assert_int_equal(meta.count, 2000);
    reader_close(reader);
}

/* The median of several: one slow fsync of a busy machine is not ours. */
static void it_takes_less_than_50_ms(void **state)
{
    struct fixture *fixture = *state;
    int slow = 0;

    for (int i = 0; i < 9; i++) {
        struct timespec start, end;
        assert_ok(store_write(fixture->store, fill, NULL));
        (void)clock_gettime(CLOCK_MONOTONIC, &start);
        assert_ok(store_reset(fixture->store, seed, NULL));
        (void)clock_gettime(CLOCK_MONOTONIC, &end);
        slow += (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 50;
    }
    assert_true(slow < 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(only_the_seed_is_left),
        STORE_TEST(a_failing_seed_leaves_what_was),
        STORE_TEST(it_takes_less_than_50_ms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
