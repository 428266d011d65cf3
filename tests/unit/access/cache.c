/* src/access/cache.c. */
#include "access/cache.h"

#include "unit.h"

static const uint8_t hash_key[16] = { 1, 2, 3 };
static unsigned left;

static void count_leaving(void *ctx, struct cache_entry *entry)
{
    (void)ctx;
    (void)entry;
    left++;
}

static int setup(void **state)
{
    static struct cache cache;

    cache_init(&cache, hash_key, 3, 1 << 20);
    cache.leaving = count_leaving;
    left = 0;
    *state = &cache;
    return 0;
}

static int teardown(void **state)
{
    cache_done(*state);
    return 0;
}

/* In the cache; no reference stays with the test. */
static struct cache_entry *add(struct cache *cache, const char *key, int64_t account,
                               const char *depends)
{
    struct cache_entry *entry = cache_entry_new(sizeof(*entry), 1 << 16);
    str *ids = NEW(&entry->arena, str);

    *ids = str_cstr(depends);
    entry->key = str_cstr(key);
    entry->account = account;
    entry->depends = ids;
    entry->depend_count = depends == NULL ? 0 : 1;
    cache_put(cache, entry);
    cache_entry_unref(entry);
    return entry;
}

static void the_least_recently_used_leaves(void **state)
{
    struct cache *cache = *state;

    (void)add(cache, "a", 1, NULL);
    (void)add(cache, "b", 1, NULL);
    (void)add(cache, "c", 1, NULL);
    assert_non_null(cache_get(cache, STR("a")));
    (void)add(cache, "d", 1, NULL);
    assert_null(cache_get(cache, STR("b")));
    assert_non_null(cache_get(cache, STR("a")));
    assert_non_null(cache_get(cache, STR("c")));
    assert_int_equal(left, 1);
}

static void bytes_are_bounded_too(void **state)
{
    struct cache *cache = *state;

    cache->bytes_max = 1;
    (void)add(cache, "a", 1, NULL);
    (void)add(cache, "b", 1, NULL);
    assert_null(cache_get(cache, STR("a")));
    assert_non_null(cache_get(cache, STR("b"))); /* the newest always stays */
    assert_int_equal(cache->count, 1);
}

static void one_in_use_outlives_its_place(void **state)
{
    struct cache *cache = *state;
    struct cache_entry *entry = add(cache, "a", 1, NULL);

    cache_entry_ref(entry);
    cache_clear(cache);
    assert_null(cache_get(cache, STR("a")));
    assert_null(entry->cache);
    assert_str(entry->key, "a"); /* still there, for who holds it */
    cache_entry_unref(entry);
}

static void the_same_key_replaces(void **state)
{
    struct cache *cache = *state;
    struct cache_entry *second;

    (void)add(cache, "a", 1, NULL);
    second = add(cache, "a", 1, NULL);
    assert_ptr_equal(cache_get(cache, STR("a")), second);
    assert_int_equal(cache->count, 1);
    assert_int_equal(left, 1);
}

static void a_change_drops_what_depends_on_it(void **state)
{
    struct cache *cache = *state;

    (void)add(cache, "a", 1, "AROA1");
    (void)add(cache, "b", 1, "AROA2");
    (void)add(cache, "c", 2, "AROA1");
    cache_evict(cache, 1, STR("AROA9"));
    assert_int_equal(left, 0);
    cache_evict(cache, 1, STR("AROA1"));
    assert_null(cache_get(cache, STR("a")));
    assert_null(cache_get(cache, STR("c")));
    assert_non_null(cache_get(cache, STR("b")));
    cache_evict(cache, 1, STR("AROA1")); /* nobody depends on it any more */
    assert_int_equal(left, 2);
}

static void a_change_of_an_account_drops_all_of_it(void **state)
{
    struct cache *cache = *state;

    (void)add(cache, "a", 1, "AROA1");
    (void)add(cache, "b", 2, "AROA2");
    cache_evict(cache, 1, STR(""));
    assert_null(cache_get(cache, STR("a")));
    assert_non_null(cache_get(cache, STR("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_least_recently_used_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_are_bounded_too, setup, teardown),
        cmocka_unit_test_setup_teardown(one_in_use_outlives_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_key_replaces, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_drops_what_depends_on_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_of_an_account_drops_all_of_it, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
