/* Values on their way into the tables and back. */
#include "store/statement.h"

#include "store/support.h"

static enum rc put_text(struct txn *txn, void *arg)
{
    return q_meta_set(txn, STR("k"), *(str *)arg);
}

static enum rc put_blob(struct txn *txn, void *arg)
{
    return q_outbox_add(txn, 1, *(str *)arg, 1, 0);
}

static void text_comes_back_as_it_was(void **state)
{
    static const str values[] = {
        STR_INIT(""),
        STR_INIT("plain"),
        STR_INIT("a\0b\0"),
        STR_INIT("\xc3\xa9\xf0\x9f\x98\x80"),
    };
    struct fixture *fixture = *state;
    struct reader *reader = NULL;

    assert_ok(reader_open(fixture->store, &reader));
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        str value = values[i], got;
        assert_ok(store_write(fixture->store, put_text, &value));
        got = fixture_get(fixture, reader, "k");
        assert_non_null(got.ptr);
        assert_true(str_eq(got, values[i]));
    }
    reader_close(reader);
}

static void an_empty_blob_is_not_null(void **state)
{
    struct fixture *fixture = *state;
    struct q_outbox_list_row *rows = NULL;
    struct reader *reader = NULL;
    struct txn *txn = NULL;
    size_t count = 0;
    str empty = STR("");

    assert_ok(store_write(fixture->store, put_blob, &empty));
    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_outbox_list(txn, 0, 10, &fixture->arena, &rows, &count));
    assert_int_equal(count, 1);
    assert_non_null(rows[0].lines.ptr);
    assert_int_equal(rows[0].lines.len, 0);
    reader_close(reader);
}

static void an_absent_value_is_null_and_refused_where_none_may_be(void **state)
{
    struct fixture *fixture = *state;
    str none = STR_NONE;

    assert_int_equal(store_write(fixture->store, put_text, &none), RC_CONFLICT);
    assert_int_equal(store_write(fixture->store, put_blob, &none), RC_CONFLICT);
}

static enum rc put_many(struct txn *txn, void *arg)
{
    for (int i = 0; i < *(int *)arg; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%06d", i);
        TRY(q_meta_set(txn, str_cstr(key), STR("v")));
    }
    return RC_OK;
}

static void arrays_grow_and_keep_their_order(void **state)
{
    struct fixture *fixture = *state;
    struct q_meta_list_row *rows = NULL;
    struct reader *reader = NULL;
    struct txn *txn = NULL;
    size_t count = 0;
    int n = 1000;

    assert_ok(store_write(fixture->store, put_many, &n));
    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_meta_list(txn, STR("000099"), 500, &fixture->arena, &rows, &count));
    assert_int_equal(count, 500);
    assert_str(rows[0].key, "000100");
    assert_str(rows[499].key, "000599");
    assert_ok(q_meta_list(txn, STR("zzz"), 500, &fixture->arena, &rows, &count));
    assert_int_equal(count, 0);
    reader_close(reader);
}

static void a_full_arena_is_no_memory_and_leaves_the_result_alone(void **state)
{
    struct fixture *fixture = *state;
    struct q_meta_list_row *rows = (struct q_meta_list_row *)state;
    struct reader *reader = NULL;
    struct arena small;
    struct txn *txn = NULL;
    size_t count = 4711;
    int n = 1000;

    assert_ok(store_write(fixture->store, put_many, &n));
    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    arena_init(&small, &heap, 512, 4096);
    assert_int_equal(q_meta_list(txn, STR(""), 1000, &small, &rows, &count), RC_NOMEM);
    assert_ptr_equal(rows, state);
    assert_int_equal(count, 4711);
    arena_done(&small);
    /* and the statement is usable again */
    assert_ok(q_meta_list(txn, STR(""), 1000, &fixture->arena, &rows, &count));
    assert_int_equal(count, 1000);
    reader_close(reader);
}

static void a_reader_cannot_change_anything(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = NULL;
    struct txn *txn = NULL;

    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    assert_int_equal(q_meta_set(txn, STR("a"), STR("b")), RC_DENIED);
    assert_int_equal(txn_touched(txn, 1, STR_NONE), RC_DENIED);
    reader_close(reader);
}

static void a_reader_sees_one_snapshot(void **state)
{
    struct fixture *fixture = *state;
    struct q_meta_count_row before, during, after;
    struct reader *reader = NULL;
    struct txn *txn = NULL;
    int n = 10;

    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_meta_count(txn, &fixture->arena, &before));
    assert_ok(store_write(fixture->store, put_many, &n));
    assert_ok(q_meta_count(txn, &fixture->arena, &during));
    reader_end(reader);
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_meta_count(txn, &fixture->arena, &after));
    assert_int_equal(during.count, before.count);
    assert_int_equal(after.count, before.count + 10);
    reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(text_comes_back_as_it_was),
        STORE_TEST(an_empty_blob_is_not_null),
        STORE_TEST(an_absent_value_is_null_and_refused_where_none_may_be),
        STORE_TEST(arrays_grow_and_keep_their_order),
        STORE_TEST(a_full_arena_is_no_memory_and_leaves_the_result_alone),
        STORE_TEST(a_reader_cannot_change_anything),
        STORE_TEST(a_reader_sees_one_snapshot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
