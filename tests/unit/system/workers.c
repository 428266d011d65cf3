/* src/system/workers.c */
#include "system/workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/macros.h"
#include "unit.h"

static atomic_int ran, ended;

static void thread_end(void)
{
    (void)atomic_fetch_add(&ended, 1);
}

static void count(struct work *work)
{
    (void)work;
    (void)atomic_fetch_add(&ran, 1);
}

/* Holds its thread until opened, so that a test decides what waits. */
struct gate {
    struct work work;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open; /* guarded by lock */
};

static void gate_set(struct gate *gate, bool *what)
{
    (void)pthread_mutex_lock(&gate->lock);
    *what = true;
    (void)pthread_cond_broadcast(&gate->changed);
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate, const bool *what)
{
    (void)pthread_mutex_lock(&gate->lock);
    while (!*what) {
        (void)pthread_cond_wait(&gate->changed, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_run(struct work *work)
{
    struct gate *gate = CONTAINER_OF(work, struct gate, work);

    gate_set(gate, &gate->entered);
    gate_await(gate, &gate->open);
    (void)atomic_fetch_add(&ran, 1);
}

static struct workers *pool(unsigned threads, unsigned waiting_max)
{
    struct workers_config config = { .threads = threads,
                                     .waiting_max = waiting_max,
                                     .thread_end = thread_end };
    struct workers *workers = NULL;

    atomic_store(&ran, 0);
    atomic_store(&ended, 0);
    assert_ok(workers_open(&config, &workers));
    return workers;
}

static void all_work_is_run(void **state)
{
    struct workers *workers = pool(3, 1000);
    struct work work[500];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(work); i++) {
        work[i].run = count;
        assert_ok(workers_submit(workers, &work[i]));
    }
    while (atomic_load(&ran) < (int)COUNT_OF(work)) {
        (void)sched_yield();
    }
    workers_close(workers);
    assert_int_equal(atomic_load(&ran), COUNT_OF(work));
    assert_int_equal(atomic_load(&ended), 3);
}

static void one_past_the_limit_is_refused_at_once(void **state)
{
    struct workers *workers = pool(1, 2);
    struct gate gate = { .work.run = gate_run,
                         .lock = PTHREAD_MUTEX_INITIALIZER,
                         .changed = PTHREAD_COND_INITIALIZER };
    struct work waiting[3] = { { .run = count }, { .run = count }, { .run = count } };

    (void)state;
    assert_ok(workers_submit(workers, &gate.work));
    gate_await(&gate, &gate.entered);
    assert_ok(workers_submit(workers, &waiting[0]));
    assert_ok(workers_submit(workers, &waiting[1]));
    assert_int_equal(workers_submit(workers, &waiting[2]), RC_BUSY);
    gate_set(&gate, &gate.open);
    while (atomic_load(&ran) < 3) {
        (void)sched_yield();
    }
    workers_close(workers);
}

static void *close_it(void *workers)
{
    workers_close(workers);
    return NULL;
}

static void closing_drops_what_has_not_begun(void **state)
{
    struct workers *workers = pool(1, 8192);
    struct gate gate = { .work.run = gate_run,
                         .lock = PTHREAD_MUTEX_INITIALIZER,
                         .changed = PTHREAD_COND_INITIALIZER };
    static struct work late[4096];
    struct work waiting = { .run = count };
    pthread_t closer;
    size_t n = 0;
    enum rc rc;

    (void)state;
    assert_ok(workers_submit(workers, &gate.work));
    gate_await(&gate, &gate.entered);
    assert_ok(workers_submit(workers, &waiting));
    assert_int_equal(pthread_create(&closer, NULL, close_it, workers), 0);
    do { /* that the pool closes is seen when it takes nothing on any more */
        assert_true(n < COUNT_OF(late));
        late[n].run = count;
        rc = workers_submit(workers, &late[n++]);
        (void)sched_yield();
    } while (rc == RC_OK);
    gate_set(&gate, &gate.open);
    (void)pthread_join(closer, NULL);
    assert_int_equal(atomic_load(&ran), 1); /* the one that had begun */
}

static void threads_work_side_by_side(void **state)
{
    struct workers *workers = pool(2, 4);
    struct gate gates[2];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(gates); i++) {
        gates[i] = (struct gate){ .work.run = gate_run,
                                  .lock = PTHREAD_MUTEX_INITIALIZER,
                                  .changed = PTHREAD_COND_INITIALIZER };
        assert_ok(workers_submit(workers, &gates[i].work));
    }
    /* Two threads: both enter although neither was let go. */
    gate_await(&gates[0], &gates[0].entered);
    gate_await(&gates[1], &gates[1].entered);
    gate_set(&gates[0], &gates[0].open);
    gate_set(&gates[1], &gates[1].open);
    workers_close(workers);
    assert_int_equal(atomic_load(&ran), 2);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    workers_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_work_is_run),
        cmocka_unit_test(one_past_the_limit_is_refused_at_once),
        cmocka_unit_test(closing_drops_what_has_not_begun),
        cmocka_unit_test(threads_work_side_by_side),
        cmocka_unit_test(closing_nothing_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
