/* A directory and a store in it, for each test anew. */
#ifndef MANTLE_TESTS_STORE_SUPPORT_H
#define MANTLE_TESTS_STORE_SUPPORT_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "store/queries.h"
#include "store/store.h"
#include "unit.h"

struct fixture {
    char dir[64];
    struct arena arena;
    struct store_config config;
    struct store *store;
};

static inline void fixture_open(struct fixture *fixture)
{
    str why = STR_NONE;
    enum rc rc = store_open(&fixture->config, &fixture->arena, &fixture->store, &why);

    if (rc != RC_OK) {
        fail_msg("store_open: %s: %.*s", rc_name(rc), FMT(why));
    }
}

static inline void fixture_close(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    (void)snprintf(fixture->dir, sizeof(fixture->dir), "%s/mantle-store-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(fixture->dir));
    arena_init(&fixture->arena, &heap, 4096, 64 * 1024 * 1024);
    fixture->config.dir = fixture->dir;
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    DIR *dir;

    fixture_close(fixture);
    arena_done(&fixture->arena);
    dir = opendir(fixture->dir);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char path[400];
        (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, entry->d_name);
        (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(fixture->dir);
    free(fixture);
    return 0;
}

/* Value of a key in a new transaction; absent when there is none. */
static inline str fixture_get(struct fixture *fixture, struct reader *reader, const char *key)
{
    struct q_meta_get_row row = { STR_NONE };
    struct txn *txn = NULL;
    enum rc rc;

    assert_ok(reader_begin(reader, &txn));
    rc = q_meta_get(txn, str_cstr(key), &fixture->arena, &row);
    reader_end(reader);
    assert_true(rc == RC_OK || rc == RC_NOENT);
    return rc == RC_OK ? row.value : STR_NONE;
}

#define STORE_TEST(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
