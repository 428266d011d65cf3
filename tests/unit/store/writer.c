/* Batches: what is kept, what is undone, and what others learn of it. */
#include <pthread.h>
#include <stdatomic.h>

#include "store/connection.h"
#include "store/support.h"

/* --- jobs whose results the test collects ------------------------------------------------------ */

enum act { ACT_SET, ACT_ADD, ACT_DELETE, ACT_SET_AND_FAIL, ACT_TOUCH, ACT_SET_AFTER_THE_END };

struct job {
    struct write_job base;
    enum act act;
    char key[16], value[16];
    enum rc rc;
    struct gate *gate;
};

/* Counts answers; can also hold the writer back so that a batch collects. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    unsigned answered;
    bool closed, holding;
};

static enum rc run(struct write_job *base, struct txn *txn)
{
    struct job *job = CONTAINER_OF(base, struct job, base);
    str key = str_cstr(job->key);
    int64_t rows = 0;

    switch (job->act) {
    case ACT_SET:
        TRY(txn_touched(txn, 7, key));
        return q_meta_set(txn, key, str_cstr(job->value));
    case ACT_ADD:
        return q_meta_add(txn, key, str_cstr(job->value));
    case ACT_DELETE:
        TRY(q_meta_delete(txn, key, &rows));
        return rows == 1 ? RC_OK : RC_NOENT;
    case ACT_SET_AND_FAIL:
        TRY(txn_touched(txn, 8, key));
        TRY(q_meta_set(txn, key, STR("must not be seen")));
        return RC_DENIED;
    case ACT_TOUCH:
        return txn_touched(txn, 9, key);
    case ACT_SET_AFTER_THE_END: /* as SQLite ends it when memory is short; nobody looks */
        (void)!connection_run(txn->connection, CONTROL_ROLLBACK);
        (void)!q_meta_set(txn, key, str_cstr(job->value));
        return RC_OK;
    }
    return RC_UNSUPPORTED;
}

static void done(struct write_job *base, enum rc rc)
{
    struct job *job = CONTAINER_OF(base, struct job, base);

    (void)pthread_mutex_lock(&job->gate->lock);
    job->rc = rc;
    job->gate->answered++;
    (void)pthread_cond_broadcast(&job->gate->wake);
    (void)pthread_mutex_unlock(&job->gate->lock);
}

static void gate_init(struct gate *gate)
{
    *gate = (struct gate){ 0 };
    (void)pthread_mutex_init(&gate->lock, NULL);
    (void)pthread_cond_init(&gate->wake, NULL);
}

static void gate_wait(struct gate *gate, unsigned answers)
{
    (void)pthread_mutex_lock(&gate->lock);
    while (gate->answered < answers) {
        (void)pthread_cond_wait(&gate->wake, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

/* A job that holds the writer until the gate opens: what is submitted meanwhile is one batch. */
static enum rc run_hold(struct write_job *base, struct txn *txn)
{
    struct gate *gate = CONTAINER_OF(base, struct job, base)->gate;

    (void)pthread_mutex_lock(&gate->lock);
    gate->holding = true;
    (void)pthread_cond_broadcast(&gate->wake);
    while (gate->closed) {
        (void)pthread_cond_wait(&gate->wake, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
    return RC_OK;
}

static void submit(struct fixture *fixture, struct gate *gate, struct job *job, enum act act,
                   const char *key, const char *value)
{
    *job = (struct job){ .base = { .run = run, .done = done }, .act = act, .gate = gate };
    (void)snprintf(job->key, sizeof(job->key), "%s", key);
    (void)snprintf(job->value, sizeof(job->value), "%s", value);
    assert_ok(store_submit(fixture->store, &job->base));
}

static void hold(struct fixture *fixture, struct gate *gate, struct job *job)
{
    *job = (struct job){ .base = { .run = run_hold, .done = done }, .gate = gate };
    gate->closed = true;
    gate->holding = false;
    assert_ok(store_submit(fixture->store, &job->base));
    (void)pthread_mutex_lock(&gate->lock);
    while (!gate->holding) {
        (void)pthread_cond_wait(&gate->wake, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

static void release(struct gate *gate)
{
    (void)pthread_mutex_lock(&gate->lock);
    gate->closed = false;
    (void)pthread_cond_broadcast(&gate->wake);
    (void)pthread_mutex_unlock(&gate->lock);
}

/* --- named behaviour --------------------------------------------------------------------------- */

static void a_failing_job_undoes_itself_alone(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = NULL;
    struct job jobs[4], holder;
    struct gate gate;

    gate_init(&gate);
    assert_ok(reader_open(fixture->store, &reader));
    hold(fixture, &gate, &holder);
    submit(fixture, &gate, &jobs[0], ACT_SET, "a", "1");
    submit(fixture, &gate, &jobs[1], ACT_SET_AND_FAIL, "a", "");
    submit(fixture, &gate, &jobs[2], ACT_ADD, "a", "2");
    submit(fixture, &gate, &jobs[3], ACT_SET, "b", "3");
    release(&gate);
    gate_wait(&gate, 5);
    assert_int_equal(jobs[0].rc, RC_OK);
    assert_int_equal(jobs[1].rc, RC_DENIED);
    assert_int_equal(jobs[2].rc, RC_EXISTS);
    assert_int_equal(jobs[3].rc, RC_OK);
    assert_str(fixture_get(fixture, reader, "a"), "1");
    assert_str(fixture_get(fixture, reader, "b"), "3");
    reader_close(reader);
}

/* Alone in its batch, and between others. */
static void nothing_is_changed_outside_a_transaction(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = NULL;
    struct job jobs[3], holder;
    struct gate gate;

    gate_init(&gate);
    assert_ok(reader_open(fixture->store, &reader));
    for (unsigned around = 0; around < 2; around++) {
        hold(fixture, &gate, &holder);
        if (around == 1) {
            submit(fixture, &gate, &jobs[0], ACT_SET, "before", "1");
        }
        submit(fixture, &gate, &jobs[1], ACT_SET_AFTER_THE_END, "a", "1");
        if (around == 1) {
            submit(fixture, &gate, &jobs[2], ACT_SET, "behind", "1");
        }
        release(&gate);
        gate_wait(&gate, around == 0 ? 2 : 6);
        assert_int_equal(jobs[1].rc, RC_IO);
        assert_null(fixture_get(fixture, reader, "a").ptr);
    }
    assert_int_equal(jobs[0].rc, RC_IO);
    assert_int_equal(jobs[2].rc, RC_IO);
    assert_null(fixture_get(fixture, reader, "before").ptr);
    assert_null(fixture_get(fixture, reader, "behind").ptr);
    reader_close(reader);
}

static void only_kept_jobs_are_in_the_change_log(void **state)
{
    struct fixture *fixture = *state;
    struct store_change changes[8];
    struct job jobs[4], holder;
    struct gate gate;
    uint64_t before;
    bool lost = true;

    gate_init(&gate);
    hold(fixture, &gate, &holder);
    submit(fixture, &gate, &jobs[0], ACT_TOUCH, "first", "");
    release(&gate);
    gate_wait(&gate, 2);
    before = store_revision(fixture->store);
    hold(fixture, &gate, &holder);
    submit(fixture, &gate, &jobs[1], ACT_SET, "a", "1");
    submit(fixture, &gate, &jobs[2], ACT_SET_AND_FAIL, "b", "");
    submit(fixture, &gate, &jobs[3], ACT_TOUCH, "c", "");
    release(&gate);
    gate_wait(&gate, 6);
    assert_int_equal(store_changes(fixture->store, before, changes, 8, &lost), 2);
    assert_false(lost);
    assert_string_equal(changes[0].unique_id, "a");
    assert_int_equal(changes[0].account, 7);
    assert_string_equal(changes[1].unique_id, "c");
    assert_int_equal(changes[1].account, 9);
    assert_true(changes[0].revision > before);
    assert_int_equal(changes[1].revision, store_revision(fixture->store));
}

static void a_full_queue_is_busy(void **state)
{
    struct fixture *fixture = *state;
    struct job jobs[3], holder;
    struct gate gate;

    gate_init(&gate);
    fixture_close(fixture);
    fixture->config.queue_max = 2;
    fixture_open(fixture);
    hold(fixture, &gate, &holder);
    submit(fixture, &gate, &jobs[0], ACT_TOUCH, "a", "");
    submit(fixture, &gate, &jobs[1], ACT_TOUCH, "b", "");
    jobs[2] = (struct job){ .base = { .run = run, .done = done }, .gate = &gate };
    assert_int_equal(store_submit(fixture->store, &jobs[2].base), RC_BUSY);
    release(&gate);
    gate_wait(&gate, 3);
}

static void closing_finishes_what_was_accepted(void **state)
{
    struct fixture *fixture = *state;
    struct job jobs[50];
    struct reader *reader = NULL;
    struct gate gate;

    gate_init(&gate);
    for (int i = 0; i < 50; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        submit(fixture, &gate, &jobs[i], ACT_SET, key, "v");
    }
    fixture_close(fixture);
    assert_int_equal(gate.answered, 50);
    fixture_open(fixture);
    assert_ok(reader_open(fixture->store, &reader));
    assert_str(fixture_get(fixture, reader, "k49"), "v");
    reader_close(reader);
}

/* --- hooks ------------------------------------------------------------------------------------- */

struct hooks {
    enum rc answer;
    int befores, afters, aborts;
    uint64_t revision;
};

static enum rc before_commit(void *ctx, struct txn *txn)
{
    struct hooks *hooks = ctx;

    hooks->befores++;
    TRY(q_outbox_add(txn, hooks->befores, STR("record"), 1, 0));
    return hooks->answer;
}

static void after_commit(void *ctx, uint64_t revision)
{
    struct hooks *hooks = ctx;

    hooks->afters++;
    hooks->revision = revision;
}

static void after_abort(void *ctx)
{
    ((struct hooks *)ctx)->aborts++;
}

static void a_failing_hook_aborts_the_batch(void **state)
{
    struct fixture *fixture = *state;
    struct hooks hooks = { .answer = RC_IO };
    struct q_outbox_list_row *rows = NULL;
    struct reader *reader = NULL;
    struct job jobs[2], holder;
    struct gate gate;
    struct txn *txn = NULL;
    size_t count = 0;
    uint64_t before;

    gate_init(&gate);
    fixture_close(fixture);
    fixture->config.before_commit = before_commit;
    fixture->config.after_commit = after_commit;
    fixture->config.after_abort = after_abort;
    fixture->config.ctx = &hooks;
    fixture_open(fixture);
    before = store_revision(fixture->store);
    hold(fixture, &gate, &holder);
    submit(fixture, &gate, &jobs[0], ACT_SET, "a", "1");
    submit(fixture, &gate, &jobs[1], ACT_SET_AND_FAIL, "b", "2");
    release(&gate);
    gate_wait(&gate, 3);
    assert_int_equal(jobs[0].rc, RC_IO);
    assert_int_equal(jobs[1].rc, RC_IO);
    assert_int_equal(hooks.afters, 0);
    assert_true(hooks.aborts >= 1);
    assert_int_equal(store_revision(fixture->store), before);

    hooks = (struct hooks){ .answer = RC_OK };
    submit(fixture, &gate, &jobs[0], ACT_SET, "a", "1");
    gate_wait(&gate, 4);
    assert_int_equal(jobs[0].rc, RC_OK);
    assert_int_equal(hooks.afters, 1);
    assert_int_equal(hooks.revision, store_revision(fixture->store));
    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_outbox_list(txn, 0, 10, &fixture->arena, &rows, &count));
    assert_int_equal(count, 1); /* the aborted batches left none */
    reader_close(reader);
}

/* --- the store equals a model of it ------------------------------------------------------------ */

enum { KEYS = 24, MAX_JOBS = 40 };

struct model {
    bool present;
    char value[16];
};

static enum rc model_apply(struct model *model, const struct job *job)
{
    switch (job->act) {
    case ACT_ADD:
        if (model->present) {
            return RC_EXISTS;
        }
        /* fall through */
    case ACT_SET:
        model->present = true;
        memcpy(model->value, job->value, sizeof(model->value));
        return RC_OK;
    case ACT_DELETE:
        if (!model->present) {
            return RC_NOENT;
        }
        model->present = false;
        return RC_OK;
    case ACT_SET_AND_FAIL:
        return RC_DENIED;
    case ACT_TOUCH:
        return RC_OK;
    case ACT_SET_AFTER_THE_END: /* none of the random ones */
        break;
    }
    return RC_UNSUPPORTED;
}

static void compare(struct fixture *fixture, const struct model *model)
{
    struct q_meta_list_row *rows = NULL;
    struct reader *reader = NULL;
    struct txn *txn = NULL;
    size_t count = 0, at = 0;

    assert_ok(reader_open(fixture->store, &reader));
    assert_ok(reader_begin(reader, &txn));
    assert_ok(q_meta_list(txn, STR(""), 1000, &fixture->arena, &rows, &count));
    for (int i = 0; i < KEYS; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%02d", i);
        if (model[i].present) {
            assert_true(at < count);
            assert_true(str_eq(rows[at].key, str_cstr(key)));
            assert_true(str_eq(rows[at].value, str_cstr(model[i].value)));
            at++;
        }
    }
    assert_int_equal(at, count);
    reader_close(reader);
    arena_reset(&fixture->arena);
}

static void random_batches_equal_a_model(void **state)
{
    struct fixture *fixture = *state;
    static struct job jobs[MAX_JOBS];
    struct model model[KEYS] = { 0 };
    unsigned seed = 20260701;

    for (int round = 0; round < 300; round++) {
        unsigned count = 1 + (unsigned)rand_r(&seed) % MAX_JOBS;
        enum rc wanted[MAX_JOBS];
        struct gate gate;

        gate_init(&gate);
        for (unsigned i = 0; i < count; i++) {
            int key = rand_r(&seed) % KEYS;
            char name[16], value[16];
            (void)snprintf(name, sizeof(name), "k%02d", key);
            (void)snprintf(value, sizeof(value), "%d", rand_r(&seed));
            submit(fixture, &gate, &jobs[i], (enum act)(rand_r(&seed) % 5), name, value);
            wanted[i] = model_apply(&model[key],
                                    &(struct job){ .act = jobs[i].act, .value = { 0 } });
            if (wanted[i] == RC_OK && (jobs[i].act == ACT_SET || jobs[i].act == ACT_ADD)) {
                memcpy(model[key].value, value, sizeof(value));
            }
        }
        gate_wait(&gate, count);
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(jobs[i].rc, wanted[i]);
        }
        if (round % 10 == 0) {
            fixture_close(fixture);
            fixture_open(fixture);
        }
        compare(fixture, model);
    }
}

/* --- many threads ------------------------------------------------------------------------------ */

struct client {
    struct fixture *fixture;
    int number;
    int failures;
};

static enum rc set_pair(struct txn *txn, void *arg)
{
    const char *key = arg;

    return q_meta_set(txn, str_cstr(key), STR("mine"));
}

/* Writes, then reads through a reader of its own: never an older state. */
static void *client_main(void *arg)
{
    struct client *client = arg;
    struct reader *reader = NULL;
    struct arena arena;

    arena_init(&arena, &heap, 4096, 1024 * 1024);
    if (reader_open(client->fixture->store, &reader) != RC_OK) {
        client->failures++;
        return NULL;
    }
    for (int i = 0; i < 100; i++) {
        struct q_meta_get_row row = { STR_NONE };
        struct store_change changes[16];
        struct txn *txn = NULL;
        bool lost = false;
        char key[24];

        (void)snprintf(key, sizeof(key), "c%d-%d", client->number, i);
        if (store_write(client->fixture->store, set_pair, key) != RC_OK ||
            reader_begin(reader, &txn) != RC_OK ||
            q_meta_get(txn, str_cstr(key), &arena, &row) != RC_OK) {
            client->failures++;
        }
        reader_end(reader);
        (void)store_changes(client->fixture->store, 0, changes, 16, &lost);
        arena_reset(&arena);
    }
    reader_close(reader);
    arena_done(&arena);
    return NULL;
}

static void everyone_reads_his_own_writes(void **state)
{
    struct fixture *fixture = *state;
    struct client clients[8];
    pthread_t threads[8];

    for (int i = 0; i < 8; i++) {
        clients[i] = (struct client){ .fixture = fixture, .number = i };
        assert_int_equal(pthread_create(&threads[i], NULL, client_main, &clients[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(clients[i].failures, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_failing_job_undoes_itself_alone),
        STORE_TEST(nothing_is_changed_outside_a_transaction),
        STORE_TEST(only_kept_jobs_are_in_the_change_log),
        STORE_TEST(a_full_queue_is_busy),
        STORE_TEST(closing_finishes_what_was_accepted),
        STORE_TEST(a_failing_hook_aborts_the_batch),
        STORE_TEST(random_batches_equal_a_model),
        STORE_TEST(everyone_reads_his_own_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
