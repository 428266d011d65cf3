/* The ring of changes. */
#include "store/changes.h"

#include <pthread.h>
#include <stdlib.h>

#include "unit.h"

static struct store_change change(int64_t account, const char *id)
{
    struct store_change change = { .account = account };

    (void)snprintf(change.unique_id, sizeof(change.unique_id), "%s", id);
    return change;
}

static struct changes *changes_new(void)
{
    struct changes *changes = calloc(1, sizeof(*changes));

    assert_non_null(changes);
    return changes;
}

static void changes_come_in_order(void **state)
{
    struct changes *changes = changes_new();
    struct store_change list[2] = { change(1, "AIDA1"), change(2, "") }, out[8];
    bool lost = true;

    assert_int_equal(changes_publish(changes, list, 2, false), 1);
    assert_int_equal(changes_publish(changes, NULL, 0, false), 2);
    assert_int_equal(changes_publish(changes, list, 1, false), 3);
    assert_int_equal(changes_read(changes, 0, out, 8, &lost), 3);
    assert_false(lost);
    assert_int_equal(out[0].revision, 1);
    assert_string_equal(out[0].unique_id, "AIDA1");
    assert_int_equal(out[1].account, 2);
    assert_string_equal(out[1].unique_id, "");
    assert_int_equal(out[2].revision, 3);
    assert_int_equal(changes_read(changes, 1, out, 8, &lost), 1);
    assert_int_equal(changes_read(changes, 3, out, 8, &lost), 0);
    assert_false(lost);
    free(changes);
}

static void only_whole_commits_are_handed_out(void **state)
{
    struct changes *changes = changes_new();
    struct store_change list[3] = { change(1, "a"), change(1, "b"), change(1, "c") }, out[8];
    bool lost = true;

    (void)changes_publish(changes, list, 2, false);
    (void)changes_publish(changes, list, 3, false);
    assert_int_equal(changes_read(changes, 0, out, 4, &lost), 2);
    assert_false(lost);
    assert_int_equal(changes_read(changes, 1, out, 3, &lost), 3);
    assert_false(lost);
    assert_int_equal(changes_read(changes, 1, out, 2, &lost), 0);
    assert_true(lost);
    free(changes);
}

static void an_overrun_is_said(void **state)
{
    struct changes *changes = changes_new();
    struct store_change one = change(1, "a"), *out = calloc(CHANGES_KEPT + 1, sizeof(*out));
    bool lost = true;

    assert_non_null(out);
    for (int i = 0; i < CHANGES_KEPT; i++) {
        (void)changes_publish(changes, &one, 1, false);
    }
    assert_int_equal(changes_read(changes, 0, out, CHANGES_KEPT + 1, &lost), CHANGES_KEPT);
    assert_false(lost);
    (void)changes_publish(changes, &one, 1, false);
    assert_int_equal(changes_read(changes, 0, out, CHANGES_KEPT + 1, &lost), 0);
    assert_true(lost);
    assert_int_equal(changes_read(changes, 1, out, CHANGES_KEPT + 1, &lost), CHANGES_KEPT);
    assert_false(lost);
    free(out);
    free(changes);
}

static void a_reset_loses_everything_before_it(void **state)
{
    struct changes *changes = changes_new();
    struct store_change one = change(1, "a"), out[4];
    bool lost = false;

    (void)changes_publish(changes, &one, 1, false);
    (void)changes_publish(changes, NULL, 0, true);
    (void)changes_publish(changes, &one, 1, false);
    (void)changes_read(changes, 0, out, 4, &lost);
    assert_true(lost);
    (void)changes_read(changes, 1, out, 4, &lost);
    assert_true(lost);
    assert_int_equal(changes_read(changes, 2, out, 4, &lost), 1);
    assert_false(lost);
    free(changes);
}

/* One thread publishes as fast as it can; readers must see each commit whole and in order, or be
 * told that they lost some. */
struct race {
    struct changes *changes;
    uint64_t last;
    int faults, losses, seen;
};

static void race_check(struct race *race, const struct store_change *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "%llu", (unsigned long long)out[i].revision);
        race->faults += strcmp(id, out[i].unique_id) != 0;
        race->faults += out[i].account != (int64_t)out[i].revision;
        /* two changes a commit */
        race->faults += out[i].revision != race->last + 1;
        race->last += i % 2 == 1;
    }
    race->seen += (int)count;
}

static void *race_reader(void *arg)
{
    struct race *race = arg;
    struct store_change out[64];
    uint64_t until = 60000;

    while (race->last < until) {
        bool lost = false;
        uint64_t now = atomic_load(&race->changes->revision);
        size_t count = changes_read(race->changes, race->last, out, 64, &lost);
        if (lost) {
            race->losses++;
            race->last = now;
        } else {
            race_check(race, out, count);
        }
    }
    return NULL;
}

static void readers_never_see_a_torn_change(void **state)
{
    struct changes *changes = changes_new();
    struct race races[3];
    pthread_t threads[3];

    for (int i = 0; i < 3; i++) {
        races[i] = (struct race){ .changes = changes };
        assert_int_equal(pthread_create(&threads[i], NULL, race_reader, &races[i]), 0);
    }
    for (uint64_t revision = 1; revision <= 60000; revision++) {
        struct store_change list[2];
        list[0] = (struct store_change){ .account = (int64_t)revision };
        (void)snprintf(list[0].unique_id, sizeof(list[0].unique_id), "%llu",
                       (unsigned long long)revision);
        list[1] = list[0];
        assert_int_equal(changes_publish(changes, list, 2, false), revision);
    }
    for (int i = 0; i < 3; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(races[i].faults, 0);
    }
    free(changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_come_in_order),
        cmocka_unit_test(only_whole_commits_are_handed_out),
        cmocka_unit_test(an_overrun_is_said),
        cmocka_unit_test(a_reset_loses_everything_before_it),
        cmocka_unit_test(readers_never_see_a_torn_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
