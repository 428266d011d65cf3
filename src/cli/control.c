#include "cli/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "system/log.h"

enum { REQUEST_BYTES_MAX = 65536, PEER_TIMEOUT_S = 5, ANSWER_TIMEOUT_S = 120 };

struct control {
    struct admin admin;
    char dir[4096];
    int listener;
    int stop[2]; /* a pipe: its closing wakes the thread */
    pthread_t thread;
};

/* A Unix address holds 108 bytes; a data directory's path may be longer. So the address goes through
 * a descriptor of the directory. */
static int address_of(const char *dir, struct sockaddr_un *ret)
{
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    (void)snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/control.sock", fd);
    return fd;
}

static void limit_time(int fd, time_t seconds)
{
    const struct timeval limit = { .tv_sec = seconds };

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static bool send_all(int fd, str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes = str_skip(bytes, (size_t)sent);
    }
    return true;
}

static enum rc receive_all(int fd, buf *out)
{
    for (;;) {
        char *at = buf_reserve(out, 4096);
        ssize_t got;
        if (at == NULL) {
            return out->err;
        }
        got = recv(fd, at, 4096, 0);
        if (got <= 0) {
            return got == 0 ? RC_OK : RC_IO;
        }
        out->len += (size_t)got;
    }
}

static size_t split_words(str text, str *words)
{
    size_t count = 0;

    while (count < ADMIN_WORDS_MAX && take_until(&text, '\0', &words[count])) {
        count++;
    }
    return text.len == 0 ? count : 0;
}

static bool peer_may(int fd, uint64_t *ret_uid)
{
    struct ucred peer = { 0 };
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        return false;
    }
    *ret_uid = peer.uid;
    return peer.uid == 0 || peer.uid == geteuid();
}

static void answer(int fd, int status, const buf *out, const buf *err)
{
    char code = (char)status;

    (void)(send_all(fd, str_from(&code, 1)) && send_all(fd, buf_str(out)) &&
           send_all(fd, str_from("", 1)) && send_all(fd, buf_str(err)));
}

static void serve_peer(struct control *control, int fd)
{
    struct admin admin = control->admin;
    struct arena arena;
    str words[ADMIN_WORDS_MAX];
    buf request, out, err;
    size_t count;

    if (!peer_may(fd, &admin.uid)) {
        log_event(LOG_LEVEL_WARN, "control.refused", "reason", "not the server's user", NULL);
        return;
    }
    arena_init(&arena, &heap, 16384, 64 << 20);
    request = buf_arena(&arena, REQUEST_BYTES_MAX);
    out = buf_arena(&arena, ADMIN_BYTES_MAX);
    err = buf_arena(&arena, ADMIN_BYTES_MAX);
    limit_time(fd, PEER_TIMEOUT_S);
    if (receive_all(fd, &request) == RC_OK) {
        count = split_words(buf_str(&request), words);
        answer(fd, admin_execute(&admin, words, count, &arena, &out, &err), &out, &err);
    }
    arena_done(&arena);
}

static void *control_thread(void *arg)
{
    struct control *control = arg;

    for (;;) {
        struct pollfd wait[2] = { { .fd = control->listener, .events = POLLIN },
                                  { .fd = control->stop[0], .events = POLLIN } };
        int fd;
        if (poll(wait, 2, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        if (wait[1].revents != 0) {
            return NULL;
        }
        fd = wait[0].revents == 0 ? -1 : accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            serve_peer(control, fd);
            (void)close(fd);
        }
    }
}

static void remove_socket(const char *dir)
{
    char path[4200];

    (void)snprintf(path, sizeof(path), "%s/control.sock", dir);
    (void)unlink(path);
}

static int listen_in(const char *dir)
{
    struct sockaddr_un address;
    int dir_fd = address_of(dir, &address);
    int fd = dir_fd < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    remove_socket(dir); /* of a server that was killed: the store's lock says there is no other */
    if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
                    chmod(address.sun_path, 0600) != 0 || listen(fd, 8) != 0)) {
        (void)close(fd);
        fd = -1;
    }
    if (dir_fd >= 0) {
        (void)close(dir_fd);
    }
    return fd;
}

enum rc control_start(const char *dir, const struct admin *admin, struct control **ret)
{
    struct control *control = ALLOC_NEW(&heap, struct control);

    if (control == NULL) {
        return RC_NOMEM;
    }
    control->admin = *admin;
    control->stop[0] = control->stop[1] = -1;
    (void)snprintf(control->dir, sizeof(control->dir), "%s", dir);
    control->listener = listen_in(dir);
    if (control->listener < 0 || pipe2(control->stop, O_CLOEXEC) != 0 ||
        pthread_create(&control->thread, NULL, control_thread, control) != 0) {
        for (int i = 0; i < 2; i++) {
            if (control->stop[i] >= 0) {
                (void)close(control->stop[i]);
            }
        }
        if (control->listener >= 0) {
            (void)close(control->listener);
        }
        ALLOC_FREE(&heap, control);
        return RC_IO;
    }
    *ret = control;
    return RC_OK;
}

void control_stop(struct control *control)
{
    if (control == NULL) {
        return;
    }
    (void)close(control->stop[1]);
    (void)pthread_join(control->thread, NULL);
    (void)close(control->stop[0]);
    (void)close(control->listener);
    remove_socket(control->dir);
    ALLOC_FREE(&heap, control);
}

static enum rc connect_to(const char *dir, int *ret_fd)
{
    struct sockaddr_un address;
    int dir_fd = address_of(dir, &address);
    int fd = dir_fd < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum rc rc = fd < 0 ? RC_NOENT : RC_OK;

    if (rc == RC_OK && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        rc = errno == ENOENT || errno == ECONNREFUSED ? RC_NOENT
             : errno == EACCES                        ? RC_DENIED
                                                      : RC_IO;
        (void)close(fd);
    }
    if (dir_fd >= 0) {
        (void)close(dir_fd);
    }
    if (rc == RC_OK) {
        *ret_fd = fd;
    }
    return rc;
}

static enum rc exchange(int fd, const str *words, size_t count, buf *answered)
{
    limit_time(fd, ANSWER_TIMEOUT_S);
    for (size_t i = 0; i < count; i++) {
        if (!send_all(fd, words[i]) || !send_all(fd, str_from("", 1))) {
            return RC_IO;
        }
    }
    if (shutdown(fd, SHUT_WR) != 0) {
        return RC_IO;
    }
    return receive_all(fd, answered);
}

enum rc control_ask(const char *dir, const str *words, size_t count, struct arena *arena,
                    int *ret_status, str *ret_out, str *ret_err)
{
    buf answered = buf_arena(arena, (size_t)ADMIN_BYTES_MAX * 2 + 2);
    str rest;
    enum rc rc;
    int fd;

    TRY(connect_to(dir, &fd));
    rc = exchange(fd, words, count, &answered);
    (void)close(fd);
    TRY(rc);
    if (answered.len == 0) {
        return RC_DENIED; /* the server hung up on us */
    }
    rest = str_skip(buf_str(&answered), 1);
    if (!take_until(&rest, '\0', ret_out)) {
        return RC_CORRUPT;
    }
    *ret_status = (unsigned char)answered.ptr[0];
    *ret_err = rest;
    return RC_OK;
}
