#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "net/internal.h"
#include "net/tls.h"

/* What the kernel did not take at once. */
struct pending {
    uv_write_t req;
    struct conn *conn;
    size_t len;
    char bytes[];
};

/* Answers are made one at a time; more than this waiting is a peer that makes us talk (TLS key
 * updates) and does not listen. */
enum { PENDING_WRITES_MAX = 16 };

static void pending_free(struct pending *pending)
{
    alloc_free(&heap, pending, sizeof(*pending) + pending->len);
}

static void on_written(uv_write_t *req, int status)
{
    struct pending *pending = CONTAINER_OF(req, struct pending, req);
    struct conn *conn = pending->conn;

    pending_free(pending);
    conn->writes--;
    if (conn->closing) {
        return;
    }
    if (status < 0) {
        conn_close(conn);
    } else if (conn->writes == 0) {
        conn_drained(conn);
    }
}

static struct pending *copy_rest(struct conn *conn, const uv_buf_t *bufs, unsigned count,
                                 size_t skip)
{
    struct pending *pending;
    size_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        len += bufs[i].len;
    }
    len -= skip;
    pending = heap.resize(&heap, NULL, 0, sizeof(*pending) + len);
    if (pending == NULL) {
        return NULL;
    }
    pending->conn = conn;
    pending->len = len;
    len = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t from = skip < bufs[i].len ? skip : bufs[i].len;

        memcpy(pending->bytes + len, bufs[i].base + from, bufs[i].len - from);
        len += bufs[i].len - from;
        skip -= from;
    }
    return pending;
}

/* What uv_try_write does, through the shorter way in the kernel. Nothing may be queued in libuv. */
static ssize_t send_now(int fd, const uv_buf_t *bufs, unsigned count)
{
    struct iovec pieces[2];
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };
    ssize_t taken;

    if (count == 1) {
        taken = send(fd, bufs[0].base, bufs[0].len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
        for (unsigned i = 0; i < count; i++) {
            pieces[i] = (struct iovec){ bufs[i].base, bufs[i].len };
        }
        taken = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return 0; /* libuv waits until there is room */
    }
    return taken;
}

void conn_write(struct conn *conn, uv_buf_t *bufs, unsigned count)
{
    uv_stream_t *stream = (uv_stream_t *)&conn->tcp;
    struct pending *pending;
    uv_buf_t rest;
    size_t total = 0;
    ssize_t taken = 0;

    if (conn->closing) {
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        total += bufs[i].len;
    }
    if (conn->writes == 0) {
        taken = send_now(conn->fd, bufs, count);
        if (taken < 0) {
            conn_close(conn);
            return;
        }
    }
    if ((size_t)taken == total) {
        return;
    }
    pending = conn->writes >= PENDING_WRITES_MAX ? NULL
                                                 : copy_rest(conn, bufs, count, (size_t)taken);
    if (pending == NULL) {
        conn_close(conn);
        return;
    }
    rest = uv_buf_init(pending->bytes, (unsigned)pending->len);
    if (uv_write(&pending->req, stream, &rest, 1, on_written) != 0) {
        pending_free(pending);
        conn_close(conn);
        return;
    }
    conn->writes++;
}

void conn_send(struct conn *conn, uv_buf_t *bufs, unsigned count)
{
    if (conn->tls != NULL) {
        tls_send(conn, bufs, count);
        return;
    }
    conn_write(conn, bufs, count);
}
