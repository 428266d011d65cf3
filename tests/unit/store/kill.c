/* A process is killed at random while several of its threads write. Whatever it had been told is
 * durable must be there, and of every change all or nothing. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

#include "store/support.h"

enum { KILLS = 60, WRITERS = 4 };

struct ack {
    int round, writer, number;
};

struct child {
    struct store *store;
    int round, writer, pipe;
};

static void key_of(const struct ack *ack, const char *half, char out[48])
{
    (void)snprintf(out, 48, "%s/%03d/%d/%06d", half, ack->round, ack->writer, ack->number);
}

static enum rc put_halves(struct txn *txn, void *arg)
{
    char key[48];

    key_of(arg, "left", key);
    TRY(q_meta_add(txn, str_cstr(key), STR("1")));
    key_of(arg, "right", key);
    return q_meta_add(txn, str_cstr(key), STR("1"));
}

static void *child_writer(void *arg)
{
    struct child *child = arg;

    for (int i = 0;; i++) {
        struct ack ack = { child->round, child->writer, i };
        if (store_write(child->store, put_halves, &ack) != RC_OK ||
            write(child->pipe, &ack, sizeof(ack)) != sizeof(ack)) {
            _exit(3);
        }
    }
    return NULL;
}

static void child_main(struct fixture *fixture, int round, int pipe)
{
    struct child children[WRITERS];
    pthread_t thread;
    str why = STR_NONE;

    if (store_open(&fixture->config, &fixture->arena, &fixture->store, &why) != RC_OK) {
        _exit(2);
    }
    for (int i = 0; i < WRITERS; i++) {
        children[i] = (struct child){ fixture->store, round, i, pipe };
        if (pthread_create(&thread, NULL, child_writer, &children[i]) != 0) {
            _exit(2);
        }
    }
    (void)sleep(60);
    _exit(2);
}

static void check(struct fixture *fixture, struct reader *reader, const struct ack *ack)
{
    char key[48];

    key_of(ack, "left", key);
    assert_str(fixture_get(fixture, reader, key), "1");
    key_of(ack, "right", key);
    assert_str(fixture_get(fixture, reader, key), "1");
    arena_reset(&fixture->arena);
}

static size_t keys_of_round(struct fixture *fixture, struct txn *txn, const char *half, int round,
                            struct q_meta_list_row **ret)
{
    size_t count = 0, fitting = 0;
    char prefix[48];

    (void)snprintf(prefix, sizeof(prefix), "%s/%03d/", half, round);
    assert_ok(q_meta_list(txn, str_cstr(prefix), 100000, &fixture->arena, ret, &count));
    while (fitting < count && str_starts((*ret)[fitting].key, str_cstr(prefix))) {
        fitting++;
    }
    return fitting;
}

static void no_halves(struct fixture *fixture, struct reader *reader, int round)
{
    struct q_meta_list_row *left = NULL, *right = NULL;
    struct txn *txn = NULL;
    size_t lefts, rights;

    assert_ok(reader_begin(reader, &txn));
    lefts = keys_of_round(fixture, txn, "left", round, &left);
    rights = keys_of_round(fixture, txn, "right", round, &right);
    reader_end(reader);
    assert_int_equal(lefts, rights);
    for (size_t i = 0; i < rights; i++) {
        assert_true(str_eq(str_skip(left[i].key, 4), str_skip(right[i].key, 5)));
    }
    arena_reset(&fixture->arena);
}

static size_t kill_and_check(struct fixture *fixture, int round, unsigned *seed)
{
    struct timespec pause = { 0, 1000L * (rand_r(seed) % 8000) };
    struct reader *reader = NULL;
    struct ack ack;
    size_t acks = 0;
    int ends[2], status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(ends[0]);
        child_main(fixture, round, ends[1]);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &ack, sizeof(ack)), sizeof(ack));
    (void)nanosleep(&pause, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));

    fixture_open(fixture);
    assert_ok(reader_open(fixture->store, &reader));
    do {
        check(fixture, reader, &ack);
        acks++;
    } while (read(ends[0], &ack, sizeof(ack)) == sizeof(ack));
    no_halves(fixture, reader, round);
    reader_close(reader);
    fixture_close(fixture);
    (void)close(ends[0]);
    return acks;
}

static void acknowledged_changes_survive_every_kill(void **state)
{
    struct fixture *fixture = *state;
    unsigned seed = (unsigned)time(NULL);
    size_t acks = 0;

    fixture_close(fixture);
    for (int round = 0; round < KILLS; round++) {
        acks += kill_and_check(fixture, round, &seed);
    }
    print_message("# %d kills, %zu acknowledged changes, none lost\n", KILLS, acks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(acknowledged_changes_survive_every_kill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
