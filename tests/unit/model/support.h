/* A store with one account in it, for each test anew, and a way to write test bodies that run on
 * the writer thread: there nothing may jump out, so a body returns at its first failure. */
#ifndef MANTLE_TESTS_MODEL_SUPPORT_H
#define MANTLE_TESTS_MODEL_SUPPORT_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "model/account.h"
#include "model/entity.h"
#include "store/store.h"
#include "system/system.h"
#include "unit.h"

#define ACCOUNT INT64_C(123456789012)
#define OTHER_ACCOUNT INT64_C(210987654321)

struct fixture {
    char dir[64];
    struct arena arena;
    struct store *store;
    const struct env *env;
    enum rc (*body)(struct fixture *f, struct txn *txn);
};

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            return RC_CORRUPT;                                                                     \
        }                                                                                          \
    } while (0)
#define CHECK_RC(expr, want)                                                                       \
    do {                                                                                           \
        enum rc got_ = (expr);                                                                     \
        if (got_ != (want)) {                                                                      \
            (void)fprintf(stderr, "%s:%d: %s is %s\n", __FILE__, __LINE__, #expr, rc_name(got_));  \
            return RC_CORRUPT;                                                                     \
        }                                                                                          \
    } while (0)
#define CHECK_OK(expr) CHECK_RC(expr, RC_OK)
#define CHECK_STR(actual, literal)                                                                 \
    do {                                                                                           \
        str actual_ = (actual);                                                                    \
        if (!str_eq(actual_, STR(literal))) {                                                      \
            (void)fprintf(stderr, "%s:%d: %s is \"%.*s\"\n", __FILE__, __LINE__, #actual,          \
                          FMT(actual_));                                                           \
            return RC_CORRUPT;                                                                     \
        }                                                                                          \
    } while (0)

static inline enum rc fixture_call(struct txn *txn, void *arg)
{
    struct fixture *f = arg;

    return f->body(f, txn);
}

/* Runs a body as one durable change. */
static inline void fixture_run(struct fixture *f, enum rc (*body)(struct fixture *, struct txn *))
{
    f->body = body;
    assert_ok(store_write(f->store, fixture_call, f));
}

static inline enum rc fixture_accounts(struct fixture *f, struct txn *txn)
{
    int64_t made = 0;

    CHECK_OK(account_create(txn, f->env, ACCOUNT, STR("main"), &f->arena, &made));
    CHECK_OK(account_create(txn, f->env, OTHER_ACCOUNT, STR("other"), &f->arena, &made));
    return RC_OK;
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct store_config config = { 0 };
    str why = STR_NONE;

    (void)snprintf(f->dir, sizeof(f->dir), "%s/mantle-model-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(f->dir));
    arena_init(&f->arena, &heap, 65536, 256 * 1024 * 1024);
    f->env = system_env();
    config.dir = f->dir;
    config.env = f->env;
    enum rc rc = store_open(&config, &f->arena, &f->store, &why);
    if (rc != RC_OK) {
        fail_msg("store_open: %s: %.*s", rc_name(rc), FMT(why));
    }
    fixture_run(f, fixture_accounts);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    DIR *dir;

    store_close(f->store);
    arena_done(&f->arena);
    dir = opendir(f->dir);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char path[400];
        (void)snprintf(path, sizeof(path), "%s/%s", f->dir, entry->d_name);
        (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

/* An entity of the main account under "/". */
static inline enum rc fixture_make(struct fixture *f, struct txn *txn, enum entity_kind kind,
                                   const char *name, struct entity *ret)
{
    *ret = (struct entity){
        .account = ACCOUNT, .kind = kind, .name = str_cstr(name), .path = STR("/")
    };
    return entity_insert(txn, f->env, ret, &f->arena);
}

#define MODEL_TEST(function)                                                                       \
    static void run_##function(void **state)                                                       \
    {                                                                                              \
        fixture_run(*state, function);                                                             \
    }
#define MODEL_CASE(function)                                                                       \
    {                                                                                              \
#function, run_##function, fixture_setup, fixture_teardown, NULL                           \
    }

#endif
