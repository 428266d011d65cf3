#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "net/internal.h"
#include "system/log.h"

static void refresh_date(struct http_loop *loop)
{
    time_t now = (time_t)env_now_s(loop->server->env);
    struct tm tm;

    if (gmtime_r(&now, &tm) != NULL) {
        static const char days[] = "SunMonTueWedThuFriSat";
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        int len = snprintf(loop->date, sizeof(loop->date),
                           "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
                           days + tm.tm_wday * 3, tm.tm_mday, months + tm.tm_mon * 3,
                           tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
        loop->date_len = len > 0 && (size_t)len < sizeof(loop->date) ? (size_t)len : 0;
    }
}

static void run_tasks(struct http_loop *loop)
{
    struct http_task *task = atomic_exchange_explicit(&loop->tasks, NULL, memory_order_acquire);
    struct http_task *ordered = NULL;

    while (task != NULL) { /* oldest first */
        struct http_task *next = task->next;
        task->next = ordered;
        ordered = task;
        task = next;
    }
    while (ordered != NULL) {
        struct http_task *next = ordered->next; /* fn may free or post it again */
        ordered->fn(ordered);
        ordered = next;
    }
}

void http_loop_post(struct http_loop *loop, struct http_task *task)
{
    struct http_task *head = atomic_load_explicit(&loop->tasks, memory_order_relaxed);

    do {
        task->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&loop->tasks, &head, task, memory_order_release,
                                                    memory_order_relaxed));
    if (head == NULL) { /* else the loop was woken already and has not looked yet */
        loop_wake(loop);
    }
}

unsigned http_loop_index(const struct http_loop *loop)
{
    return loop->index;
}

void loop_wake(struct http_loop *loop)
{
    (void)uv_async_send(&loop->wake);
}

static void close_all(struct http_loop *loop, enum phase phase)
{
    while (loop->lists[phase].first != NULL) {
        conn_close(loop->lists[phase].first);
    }
}

static void begin_stop(struct http_loop *loop)
{
    struct conn *conn = loop->lists[PHASE_HEAD].first;

    loop->stopping = true;
    loop->stop_at_ms = (int64_t)uv_now(&loop->uv) + loop->server->config.stop_timeout_ms;
    for (unsigned i = 0; i < loop->listener_count; i++) {
        uv_close((uv_handle_t *)&loop->listeners[i], NULL);
    }
    close_all(loop, PHASE_IDLE);
    while (conn != NULL) { /* accepted, but not a byte of a request yet */
        struct conn *next = conn->next;
        if (conn->call == NULL) {
            conn_close(conn);
        }
        conn = next;
    }
    loop_maybe_end(loop);
}

void loop_maybe_end(struct http_loop *loop)
{
    if (!loop->stopping || loop->done || loop->conns > 0 || loop->calls_out > 0 ||
        loop->turned_away_busy) {
        return;
    }
    loop->done = true;
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
}

static void on_wake(uv_async_t *wake)
{
    struct http_loop *loop = CONTAINER_OF(wake, struct http_loop, wake);

    run_tasks(loop);
    if (atomic_load(&loop->server->stopping) && !loop->stopping) {
        begin_stop(loop);
    }
}

static void check_deadlines(struct http_loop *loop)
{
    int64_t now = (int64_t)uv_now(&loop->uv);

    for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
        struct conn_list *list = &loop->lists[phase];
        while (list->timeout_ms > 0 && list->first != NULL &&
               now - list->first->since_ms >= list->timeout_ms) {
            conn_timeout(list->first);
        }
    }
}

/* Past the deadline connections are cut; then handlers get as long again to answer into the void. */
static void check_stop(struct http_loop *loop)
{
    int64_t now = (int64_t)uv_now(&loop->uv);

    if (now < loop->stop_at_ms) {
        return;
    }
    if (!loop->cut) {
        loop->cut = true;
        loop->stop_at_ms = now + loop->server->config.stop_timeout_ms;
        for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
            close_all(loop, phase);
        }
        loop_maybe_end(loop);
    } else if (loop->calls_out > 0) {
        uv_stop(&loop->uv);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct http_loop *loop = CONTAINER_OF(timer, struct http_loop, timer);

    refresh_date(loop);
    check_deadlines(loop);
    for (unsigned i = 0; i < loop->listener_count && !loop->stopping; i++) {
        if (loop->accept_pending[i]) {
            conn_accept(loop, i);
        }
    }
    if (loop->server->hooks.tick != NULL) {
        loop->server->hooks.tick(loop->state);
    }
    if (loop->stopping && !loop->done) {
        check_stop(loop);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_loop *loop = listener->data;

    if (status == 0) {
        conn_accept(loop, (unsigned)((uv_tcp_t *)listener - loop->listeners));
    }
}

static int open_listeners(struct http_loop *loop, const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uv_tcp_t *listener = &loop->listeners[i];
        int err = uv_tcp_init(&loop->uv, listener);

        if (err != 0) {
            return err;
        }
        loop->listener_count = i + 1;
        listener->data = loop;
        err = uv_tcp_open(listener, fds[i]);
        if (err == 0) {
            err = uv_listen((uv_stream_t *)listener, 1024, on_connection);
        }
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

static void no_event(uv_poll_t *handle UNUSED, int status UNUSED, int events UNUSED)
{
}

/* libuv ends the process when its table of descriptors cannot grow. So it gets its full size before
 * anybody is served, and here lack of memory is an answer. */
static int fill_table(struct http_loop *loop, int fd)
{
    rlim_t want = (rlim_t)loop->server->config.connections_max + DESCRIPTORS_SPARE;
    struct rlimit limit = { 0 };
    void *probe;
    int high, err, copy;

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    high = (int)(limit.rlim_cur < want ? limit.rlim_cur : want) - 1;
    probe = alloc_new(&heap, (size_t)high * 2 * sizeof(void *)); /* libuv rounds up */
    if (probe == NULL) {
        return UV_ENOMEM;
    }
    alloc_free(&heap, probe, (size_t)high * 2 * sizeof(void *));
    while ((copy = fcntl(fd, F_DUPFD_CLOEXEC, high)) < 0 && errno == EMFILE && high > 64) {
        high -= 16; /* taken: one close below will do */
    }
    if (copy < 0) {
        return UV_EMFILE;
    }
    err = uv_poll_init(&loop->uv, &loop->table_filler, copy);
    if (err == 0) {
        err = uv_poll_start(&loop->table_filler, UV_READABLE, no_event);
        (void)uv_poll_stop(&loop->table_filler);
        uv_close((uv_handle_t *)&loop->table_filler, NULL);
    }
    (void)close(copy);
    return err;
}

static void set_timeouts(struct http_loop *loop)
{
    const struct http_config *config = &loop->server->config;

    loop->lists[PHASE_HEAD].timeout_ms = config->head_timeout_ms;
    loop->lists[PHASE_BODY].timeout_ms = config->body_timeout_ms;
    loop->lists[PHASE_IDLE].timeout_ms = config->idle_timeout_ms;
    loop->lists[PHASE_WRITE].timeout_ms = config->write_timeout_ms;
    loop->lists[PHASE_LINGER].timeout_ms = LINGER_MS;
}

enum rc loop_open(struct http_server *server, unsigned index, const int *fds, unsigned fd_count,
                  struct http_loop **ret, const char **ret_what)
{
    struct http_loop *loop = ALLOC_NEW(&heap, struct http_loop);
    int err;

    if (loop == NULL || uv_loop_init(&loop->uv) != 0) {
        alloc_free(&heap, loop, sizeof(*loop));
        return RC_NOMEM;
    }
    *ret = loop; /* from here loop_free undoes all */
    loop->server = server;
    loop->index = index;
    /* An answer and what encryption adds. */
    loop->cipher_text = buf_heap(server->config.exchange_bytes_max * 2 +
                                 server->config.large_bytes_max);
    set_timeouts(loop);
    refresh_date(loop);
    err = uv_async_init(&loop->uv, &loop->wake, on_wake);
    err = err != 0 ? err : uv_timer_init(&loop->uv, &loop->timer);
    err = err != 0 ? err : uv_timer_start(&loop->timer, on_tick, TICK_MS, TICK_MS);
    err = err != 0 ? err : fill_table(loop, fds[0]);
    err = err != 0 ? err : open_listeners(loop, fds, fd_count);
    if (err != 0) {
        *ret_what = uv_strerror(err);
        return RC_IO;
    }
    return RC_OK;
}

static void report(struct http_loop *loop, bool up)
{
    struct http_server *server = loop->server;

    (void)pthread_mutex_lock(&server->lock);
    server->ready += up ? 1 : 0;
    server->failed += up ? 0 : 1;
    (void)pthread_cond_broadcast(&server->changed);
    (void)pthread_mutex_unlock(&server->lock);
}

static void loop_main(void *arg)
{
    struct http_loop *loop = arg;
    const struct http_loop_hooks *hooks = &loop->server->hooks;

    if (hooks->start != NULL) {
        loop->state = hooks->start(loop->server->ctx, loop, loop->index);
        if (loop->state == NULL) {
            report(loop, false);
            return;
        }
    }
    report(loop, true);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (!loop->done) {
        log_event(LOG_LEVEL_ERROR, "http.stop_gave_up", "why",
                  "a handler did not answer within the stop timeout", NULL);
        return;
    }
    run_tasks(loop);
    if (hooks->stop != NULL) {
        hooks->stop(loop->state);
    }
}

enum rc loop_start(struct http_loop *loop)
{
    sigset_t all, before;
    int err;

    (void)sigfillset(&all); /* signals are the main thread's */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    err = uv_thread_create(&loop->thread, loop_main, loop);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    loop->thread_started = err == 0;
    return err == 0 ? RC_OK : RC_IO;
}

static void close_handle(uv_handle_t *handle, void *arg UNUSED)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

/* Only a loop that never ran, or ended by itself. */
void loop_free(struct http_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    uv_walk(&loop->uv, close_handle, NULL); /* none but what loop_open made */
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop->uv);
    while (loop->free_calls != NULL) {
        struct call *next = loop->free_calls->next;
        arena_done(&loop->free_calls->arena);
        ALLOC_FREE(&heap, loop->free_calls);
        loop->free_calls = next;
    }
    buf_done(&loop->cipher_text);
    ALLOC_FREE(&heap, loop);
}
