#include "failing_alloc.h"
#include "unit.h"

#include <stdlib.h>

#include "base/table.h"

static const uint8_t hash_key[16] = { 1, 2, 3 };

enum { KEYS = 500 };
static char key_bytes[KEYS][8];
static int values[KEYS];

static str key_of(size_t i)
{
    return str_from(key_bytes[i],
                    (size_t)snprintf(key_bytes[i], sizeof(key_bytes[i]), "k%d", (int)i));
}

/* Random sets and removals must leave what a plain array says. */
static void test_equals_model(void **state)
{
    struct failing_alloc fa;
    struct table table;
    bool present[KEYS] = { false };
    size_t count = 0;
    unsigned seed = 7;

    failing_init(&fa);
    table_init(&table, &fa.as_alloc, hash_key);
    for (int step = 0; step < 50000; step++) {
        size_t i = (size_t)rand_r(&seed) % KEYS;
        void *old = &seed, *want = present[i] ? &values[i] : NULL;
        assert_ptr_equal(table_get(&table, key_of(i)), want);
        if (rand_r(&seed) % 2 == 0) {
            assert_ok(table_set(&table, key_of(i), &values[i], &old));
            count += !present[i];
            present[i] = true;
        } else {
            old = table_remove(&table, key_of(i));
            count -= present[i];
            present[i] = false;
        }
        assert_ptr_equal(old, want);
        assert_int_equal(table.count, count);
        assert_true(table.cap <= 2048); /* churn must not grow it */
    }
    table_done(&table);
    assert_int_equal(fa.live_blocks, 0);
}

static void test_next_sees_each_once(void **state)
{
    struct table table;
    int seen[KEYS] = { 0 };
    size_t at = 0;
    str key;
    void *value;

    table_init(&table, &heap, hash_key);
    assert_false(table_next(&table, &at, &key, &value));
    for (size_t i = 0; i < KEYS; i++) {
        assert_ok(table_set(&table, key_of(i), &values[i], NULL));
    }
    for (at = 0; table_next(&table, &at, &key, &value);) {
        size_t i = (size_t)((int *)value - values);
        assert_true(str_eq(key, key_of(i)));
        seen[i]++;
        if (i % 2 == 0) {
            assert_ptr_equal(table_remove(&table, key), value);
        }
    }
    for (size_t i = 0; i < KEYS; i++) {
        assert_int_equal(seen[i], 1);
        assert_int_equal(table_get(&table, key_of(i)) != NULL, i % 2);
    }
    table_clear(&table);
    at = 0;
    assert_false(table_next(&table, &at, &key, &value));
    assert_null(table_get(&table, key_of(1)));
    table_done(&table);
    table_done(&table);
}

static void test_keys_are_bytes(void **state)
{
    struct table table;

    table_init(&table, &heap, hash_key);
    assert_null(table_get(&table, STR("")));
    assert_null(table_remove(&table, STR("a")));
    assert_ok(table_set(&table, STR("a"), &values[0], NULL));
    assert_ok(table_set(&table, STR("A"), &values[1], NULL));
    assert_ok(table_set(&table, STR("a\0"), &values[2], NULL));
    assert_ok(table_set(&table, STR(""), &values[3], NULL));
    assert_ptr_equal(table_get(&table, STR("a")), &values[0]);
    assert_ptr_equal(table_get(&table, STR("A")), &values[1]);
    assert_ptr_equal(table_get(&table, STR("a\0")), &values[2]);
    assert_ptr_equal(table_get(&table, STR("")), &values[3]);
    table_done(&table);
}

static void test_no_memory(void **state)
{
    struct failing_alloc fa;

    for (failing_init(&fa); failing_again(&fa);) {
        struct table table;
        size_t refused = 0;
        table_init(&table, &fa.as_alloc, hash_key);
        for (size_t i = 0; i < 100; i++) {
            enum rc rc = table_set(&table, key_of(i), &values[i], NULL);
            assert_true(rc == RC_OK || rc == RC_NOMEM);
            assert_ptr_equal(table_get(&table, key_of(i)), rc == RC_OK ? &values[i] : NULL);
            refused += rc != RC_OK;
        }
        assert_int_equal(refused, fa.failed ? 1 : 0);
        assert_int_equal(table.count, 100 - refused);
        table_done(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_model),
        cmocka_unit_test(test_next_sees_each_once),
        cmocka_unit_test(test_keys_are_bytes),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
