/* credential_process: a program of the user's, started without a shell, that prints JSON. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "remote/inside.h"

enum { WORDS_MAX = 64 };

extern char **environ;

/* Words as a shell splits them: white space, '...', "..." with \" and \\, \x. Nothing is expanded. */
static bool take_word(str *rest, buf *out)
{
    char quote = 0;
    bool any = false;

    for (*rest = str_trim(*rest); rest->len > 0; *rest = str_skip(*rest, 1)) {
        char c = rest->ptr[0];
        if (quote == 0 && ascii_is_space(c)) {
            break;
        }
        any = true;
        if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        } else if (c == '\\' && quote != '\'' && rest->len > 1) {
            *rest = str_skip(*rest, 1);
            buf_add_char(out, rest->ptr[0]);
        } else {
            buf_add_char(out, c);
        }
    }
    return any && quote == 0;
}

static bool split(str command, char **words, struct arena *arena)
{
    size_t count = 0;

    command = str_trim(command);
    while (command.len > 0) {
        buf word = buf_arena(arena, command.len + 1);
        if (count + 1 >= WORDS_MAX || !take_word(&command, &word)) {
            return false;
        }
        buf_add_char(&word, '\0');
        if (word.err != RC_OK) {
            return false;
        }
        words[count++] = word.ptr;
        command = str_trim(command);
    }
    words[count] = NULL;
    return count > 0;
}

static bool start(char **words, int to, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    bool good;

    if (posix_spawn_file_actions_init(&actions) != 0) {
        return false;
    }
    good = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) ==
               0 &&
           posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO) == 0 &&
           posix_spawnp(ret_pid, words[0], &actions, NULL, words, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    return good;
}

static enum rc read_all(int fd, buf *out)
{
    for (;;) {
        char *at = buf_reserve(out, 1);
        ssize_t got;
        if (at == NULL) {
            return out->err;
        }
        got = read(fd, at, out->cap - out->len);
        if (got == 0) {
            return RC_OK;
        }
        if (got > 0) {
            out->len += (size_t)got;
        } else if (errno != EINTR) {
            return RC_IO;
        }
    }
}

static bool ended_well(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum rc process_ask(str command, size_t answer_max, struct arena *arena, str *ret, str *ret_why)
{
    char *words[WORDS_MAX];
    buf out = buf_arena(arena, answer_max);
    int pipe_fds[2];
    pid_t pid = 0;
    bool started;
    enum rc rc;

    if (!split(command, words, arena)) {
        *ret_why = STR("credential_process: cannot be split into words");
        return RC_SYNTAX;
    }
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return RC_IO;
    }
    started = start(words, pipe_fds[1], &pid);
    (void)close(pipe_fds[1]);
    rc = started ? read_all(pipe_fds[0], &out) : RC_IO;
    (void)close(pipe_fds[0]);
    if (!started || !ended_well(pid) || rc != RC_OK) {
        wipe(out.ptr, out.len);
        *ret_why = arena_printf(arena, "credential_process: %s %s", words[0],
                                !started         ? "cannot be started"
                                : rc == RC_LIMIT ? "printed too much"
                                                 : "failed (its own message stands above)");
        return rc == RC_OK ? RC_IO : rc;
    }
    *ret = buf_str(&out);
    return RC_OK;
}
