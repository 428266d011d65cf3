/* Opening, reading and changing as others see it. */
#include "store/support.h"

static enum rc add_pair(struct txn *txn, void *arg)
{
    const char *const *pair = arg;

    return q_meta_add(txn, str_cstr(pair[0]), str_cstr(pair[1]));
}

static void a_write_is_read_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = NULL;
    const char *pair[] = { "color", "blue" };

    assert_ok(reader_open(fixture->store, &reader));
    assert_null(fixture_get(fixture, reader, "color").ptr);
    assert_ok(store_write(fixture->store, add_pair, pair));
    assert_str(fixture_get(fixture, reader, "color"), "blue");
    reader_close(reader);
}

static void a_second_of_the_same_key_exists(void **state)
{
    struct fixture *fixture = *state;
    const char *pair[] = { "color", "blue" };

    assert_ok(store_write(fixture->store, add_pair, pair));
    assert_int_equal(store_write(fixture->store, add_pair, pair), RC_EXISTS);
}

static void what_was_written_survives_reopening(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = NULL;
    const char *pair[] = { "color", "blue" };

    assert_ok(store_write(fixture->store, add_pair, pair));
    fixture_close(fixture);
    fixture_open(fixture);
    assert_ok(reader_open(fixture->store, &reader));
    assert_str(fixture_get(fixture, reader, "color"), "blue");
    reader_close(reader);
}

static void a_second_server_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *second = NULL;
    str why = STR_NONE;

    assert_int_equal(store_open(&fixture->config, &fixture->arena, &second, &why), RC_BUSY);
    assert_null(second);
    assert_true(str_find(why, str_cstr(fixture->dir), &(size_t){ 0 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_write_is_read_at_once),
        STORE_TEST(a_second_of_the_same_key_exists),
        STORE_TEST(what_was_written_survives_reopening),
        STORE_TEST(a_second_server_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
