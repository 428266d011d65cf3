/* Real and made trails and exports, where they lie beside the project (../shared/data); else skipped. */
#include "unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "migrate/classify.h"
#include "migrate/gather.h"
#include "migrate/inventory.h"
#include "system/system.h"

static struct arena arena;
static struct trail_problems problems;
static struct trail_counts counts;
static struct books books;
static struct inventory inventory;

static int setup(void **state)
{
    arena_init(&arena, &heap, 1 << 18, (size_t)1 << 30);
    problems = (struct trail_problems){ .arena = &arena };
    return 0;
}

static int teardown(void **state)
{
    books_done(&books);
    arena_done(&arena);
    return 0;
}

/* NULL: not there. */
static const char *shared(const char *name)
{
    const char *root = getenv("MANTLE_SOURCE_ROOT");
    str path = arena_printf(&arena, "%s/../shared/data/%s", root == NULL ? "." : root, name);

    assert_non_null(path.ptr);
    return access(path.ptr, R_OK) == 0 ? path.ptr : NULL;
}

static void read_trail(const char *path, const struct estate *estate)
{
    struct gather_options options = { .seed = 1, .now_s = INT64_C(4102444800) };
    struct trail_digests digests = { 0 };
    struct trail_list list;

    assert_ok(trail_list_make(&path, 1, &arena, &problems, &list));
    assert_ok(gather(&list, &options, &problems, &books, &counts));
    assert_ok(inventory_make(&books, estate, &counts, &digests, &problems, &arena, &inventory));
}

/* Delivered by AWS: nothing in them is damaged; one call is an internal one of the console, which no
 * permission is known for, and is said to be unknown. */
static void test_delivered_files(void **state)
{
    const char *path = shared("cloudtrail/invictus-aws_dataset");

    if (path == NULL) {
        SKIP("no ../shared/data");
    }
    read_trail(path, NULL);
    assert_int_equal(problems.count, 0);
    assert_int_equal(counts.records, 1233);
    assert_int_equal(inventory.unknown.count, 1);
    assert_str(inventory.unknown.items[0].name,
               "s3.amazonaws.com:GetStorageLensDashboardDataInternal");
    assert_true(inventory.calls > 1000);
    assert_true(inventory.principal_count >= 5);
}

/* All there is, hand-made records too: read to the end, and every number adds up. */
static void test_everything(void **state)
{
    const char *path = shared("cloudtrail");
    uint64_t calls = 0;

    if (path == NULL) {
        SKIP("no ../shared/data");
    }
    read_trail(path, NULL);
    assert_int_equal(problems.seen[PROBLEM_JSON], 0);
    for (size_t i = 0; i < inventory.principal_count; i++) {
        const struct inventory_principal *p = &inventory.principals[i];
        uint64_t of_keys = 0, of_consumers = 0;
        for (size_t k = 0; k < p->key_count; k++) {
            of_keys += p->keys[k].use.calls;
            for (size_t c = 0; c < p->keys[k].consumer_count; c++) {
                of_consumers += p->keys[k].consumers[c].use.calls;
            }
        }
        assert_int_equal(of_keys, p->use.calls);
        assert_int_equal(of_consumers, p->use.calls);
        calls += p->use.calls;
    }
    assert_int_equal(calls, inventory.calls);
    assert_true(inventory.calls + inventory.service_calls + inventory.service_events +
                    inventory.other_callers + inventory.sign_ins + inventory.failed_sign_ins <=
                counts.records);
}

/* The made estate tells by its names who is what. */
static void test_classes_of_the_benchmark(void **state)
{
    const char *exports = shared("rightsizing-bench-v0/exports");
    const char *path = shared("rightsizing-bench-v0/train");
    struct classification c;
    struct estate estate;

    if (exports == NULL || path == NULL) {
        SKIP("no ../shared/data");
    }
    assert_ok(estate_open(exports, &estate));
    assert_int_equal(estate.problem_count, 0);
    read_trail(path, &estate);
    assert_int_equal(problems.count, 0);
    assert_ok(classify(&estate, &inventory, &arena, &c));
    assert_int_equal(c.user_count, 30);
    assert_int_equal(c.of_class[CLASS_MIXED], 0);
    for (size_t i = 0; i < c.user_count; i++) {
        bool service = str_starts(c.users[i].name, STR("svc-"));
        enum class class = c.users[i].verdict.class;
        if (class != CLASS_UNKNOWN && class != (service ? CLASS_SYSTEM : CLASS_HUMAN)) {
            fail_msg("%.*s is %s", FMT(c.users[i].name), class_word(class));
        }
    }
    assert_true(c.of_class[CLASS_UNKNOWN] <= 2);
    estate_close(&estate);
}

static void test_exports(void **state)
{
    const char *path = shared("rightsizing-bench-v0/exports");
    struct estate estate;

    if (path == NULL) {
        SKIP("no ../shared/data");
    }
    assert_ok(estate_open(path, &estate));
    assert_int_equal(estate.user_count, 30);
    assert_int_equal(estate.key_count, 30);
    for (size_t i = 0; i < estate.user_count; i++) {
        assert_int_equal(estate.users[i].policies.unknown, 0);
        assert_int_equal(estate.users[i].key_count, 1);
        assert_non_null(estate.users[i].report);
    }
    estate_close(&estate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_delivered_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_classes_of_the_benchmark, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exports, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
