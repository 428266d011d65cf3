#include "system/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/env.h"
#include "system/system.h"

enum { READ_BYTES = 65536 };

extern char **environ;

/* Nothing of the server's environment is for the child, where secrets may stand in it. A sanitizer
 * takes its options from there. */
static char **child_environment(void)
{
#ifdef MANTLE_SANITIZED
    return environ;
#else
    static char *none[] = { NULL };

    return none;
#endif
}

/* --- starting ----------------------------------------------------------------------------------- */

/* The server's blocked and ignored signals are not for the child. */
static int set_up(posix_spawnattr_t *attr, posix_spawn_file_actions_t *files, int fd)
{
    sigset_t none, all;
    int rc;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    rc = posix_spawnattr_setsigmask(attr, &none);
    rc = rc != 0 ? rc : posix_spawnattr_setsigdefault(attr, &all);
    rc = rc != 0 ? rc
                 : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    rc = rc != 0 ? rc : posix_spawn_file_actions_adddup2(files, fd, STDIN_FILENO);
    return rc != 0 ? rc : posix_spawn_file_actions_adddup2(files, fd, STDOUT_FILENO);
}

static enum rc spawn(const char *const *argv, int fd, pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int rc;

    if (posix_spawn_file_actions_init(&files) != 0) {
        return RC_NOMEM;
    }
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return RC_NOMEM;
    }
    rc = set_up(&attr, &files, fd);
    if (rc == 0) {
        rc = posix_spawn(ret_pid, argv[0], &files, &attr, (char *const *)(uintptr_t)argv,
                         child_environment());
    }
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    return rc == 0 ? RC_OK : rc == ENOENT || rc == EACCES || rc == ENOEXEC ? RC_NOENT : RC_IO;
}

/* --- talking ------------------------------------------------------------------------------------ */

struct talk {
    int fd;
    str request; /* what is left of it */
    bool told;   /* all of it, and that it is all */
    buf answer;
    bool whole; /* the child closed its end */
};

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static enum rc tell(struct talk *talk)
{
    while (talk->request.len > 0) {
        ssize_t n = send(talk->fd, talk->request.ptr, talk->request.len, MSG_NOSIGNAL);
        if (n < 0) {
            return would_block() ? RC_OK : RC_CORRUPT;
        }
        talk->request = str_skip(talk->request, (size_t)n);
    }
    talk->told = true;
    (void)shutdown(talk->fd, SHUT_WR);
    return RC_OK;
}

static enum rc hear(struct talk *talk)
{
    char *room = buf_reserve(&talk->answer, READ_BYTES);

    if (room == NULL) {
        return talk->answer.err == RC_LIMIT ? RC_LIMIT : RC_NOMEM;
    }
    ssize_t n = recv(talk->fd, room, READ_BYTES, 0);
    if (n < 0) {
        return would_block() ? RC_OK : RC_CORRUPT;
    }
    talk->answer.len += (size_t)n;
    talk->whole = n == 0;
    return RC_OK;
}

static enum rc converse(struct talk *talk, int64_t timeout_ms)
{
    const struct env *env = system_env();
    int64_t end_ns = env->mono_ns(env) + timeout_ms * NS_PER_MS;

    while (!talk->whole) {
        struct pollfd wait = { .fd = talk->fd,
                               .events = (short)(POLLIN | (talk->told ? 0 : POLLOUT)) };
        int64_t left_ms = (end_ns - env->mono_ns(env) + NS_PER_MS - 1) / NS_PER_MS;
        if (left_ms <= 0) {
            return RC_EXPIRED;
        }
        if (poll(&wait, 1, (int)left_ms) < 0 && errno != EINTR) {
            return RC_IO;
        }
        if ((wait.revents & POLLOUT) != 0) {
            TRY(tell(talk));
        }
        if ((wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            TRY(hear(talk));
        }
    }
    return RC_OK;
}

/* Whatever it is doing: it has answered, or it is too late. The loader too ends with 127 where a
 * library is missing. */
static enum rc how_ended(pid_t pid, bool answered)
{
    int status = 0;
    pid_t got;

    if (!answered) {
        (void)kill(pid, SIGKILL);
    }
    do {
        got = waitpid(pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    if (got != pid || !WIFEXITED(status)) {
        return RC_CORRUPT;
    }
    return WEXITSTATUS(status) == 0                  ? RC_OK
           : WEXITSTATUS(status) == CHILD_CANNOT_RUN ? RC_NOENT
                                                     : RC_CORRUPT;
}

enum rc child_ask(const char *const *argv, str request, size_t answer_max, int64_t timeout_ms,
                  struct arena *arena, str *ret_answer)
{
    struct talk talk = { .request = request, .answer = buf_arena(arena, answer_max + READ_BYTES) };
    int pair[2];
    pid_t pid = 0;
    enum rc rc;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return RC_IO;
    }
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    talk.fd = pair[0];
    rc = spawn(argv, pair[1], &pid);
    (void)close(pair[1]);
    if (rc == RC_OK) {
        rc = converse(&talk, timeout_ms);
        enum rc end = how_ended(pid, rc == RC_OK);
        rc = rc == RC_OK || end == RC_NOENT ? end : rc;
    }
    (void)close(pair[0]);
    if (rc == RC_OK && talk.answer.len > answer_max) {
        rc = RC_LIMIT;
    }
    if (rc == RC_OK) {
        *ret_answer = buf_str(&talk.answer);
    }
    return rc;
}
