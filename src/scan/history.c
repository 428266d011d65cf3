/* The history of a repository: every object that git has, reachable or not, through one
 * `git cat-file`. Git itself reads its packs (deltas, alternates, every version of the format), so
 * nothing here can disagree with it; a library would bring a network stack into this program. The
 * child has no configuration but its repository's, no network and no prompt. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan/inside.h"

enum { PIPE_BYTES = 256 << 10, LINE_MAX_BYTES = 1 << 16 };

/* --- the child ----------------------------------------------------------------------------------- */

struct git {
    pid_t pid;
    int fd;
    char *block;
    size_t from, len;
};

static enum rc git_start(const char *const *argv, struct git *git)
{
    char path[4096];
    /* GIT_ALLOW_PROTOCOL empty: no fetch of what a partial clone lacks, over any protocol. */
    const char *env[] = { path,
                          "GIT_CONFIG_NOSYSTEM=1",
                          "GIT_CONFIG_GLOBAL=/dev/null",
                          "GIT_TERMINAL_PROMPT=0",
                          "GIT_OPTIONAL_LOCKS=0",
                          "GIT_NO_LAZY_FETCH=1",
                          "GIT_ALLOW_PROTOCOL=",
                          "GIT_NO_REPLACE_OBJECTS=1",
                          "LC_ALL=C",
                          "HOME=/nonexistent",
                          NULL };
    posix_spawn_file_actions_t files;
    int ends[2], rc;

    (void)snprintf(path, sizeof(path), "PATH=%s",
                   getenv("PATH") == NULL ? "/usr/bin:/bin" : getenv("PATH"));
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return RC_IO;
    }
    if (posix_spawn_file_actions_init(&files) != 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return RC_NOMEM;
    }
    rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    rc = rc != 0 ? rc : posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    rc = rc != 0
             ? rc
             : posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    rc = rc != 0 ? rc
                 : posix_spawnp(&git->pid, "git", &files, NULL, (char *const *)(uintptr_t)argv,
                                (char *const *)(uintptr_t)env);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)close(ends[1]);
    git->fd = ends[0];
    git->block = rc == 0 ? alloc_new(&heap, PIPE_BYTES) : NULL;
    git->from = git->len = 0;
    if (rc != 0) {
        (void)close(ends[0]);
        return RC_NOENT;
    }
    return RC_OK;
}

/* True when it came to its end by itself and well. */
static bool git_stop(struct git *git)
{
    int status = 0;

    (void)close(git->fd);
    while (waitpid(git->pid, &status, 0) < 0 && errno == EINTR) {
    }
    alloc_free(&heap, git->block, PIPE_BYTES);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool git_fill(struct git *git)
{
    ssize_t n;

    if (git->block == NULL) {
        return false;
    }
    do {
        n = read(git->fd, git->block, PIPE_BYTES);
    } while (n < 0 && errno == EINTR);
    git->from = 0;
    git->len = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static bool git_line(struct git *git, buf *line)
{
    buf_clear(line);
    for (;;) {
        const char *end;
        size_t have;
        if (git->from == git->len && !git_fill(git)) {
            return line->len > 0;
        }
        have = git->len - git->from;
        end = memchr(git->block + git->from, '\n', have);
        have = end == NULL ? have : (size_t)(end - git->block) - git->from;
        buf_add(line, str_from(git->block + git->from, have));
        git->from += have + (end != NULL);
        if (end != NULL) {
            return line->err == RC_OK;
        }
    }
}

/* --- objects ------------------------------------------------------------------------------------- */

struct object_reader {
    struct scan_reader base;
    struct git *git;
    uint64_t left;
};

static ssize_t object_read(struct scan_reader *reader, char *out, size_t max)
{
    struct object_reader *o = CONTAINER_OF(reader, struct object_reader, base);
    size_t n;

    if (o->left == 0) {
        return 0;
    }
    if (o->git->from == o->git->len && !git_fill(o->git)) {
        reader->why = "git ended early";
        return -1;
    }
    n = o->git->len - o->git->from;
    n = n < max ? n : max;
    n = n < o->left ? n : (size_t)o->left;
    memcpy(out, o->git->block + o->git->from, n);
    o->git->from += n;
    o->left -= n;
    return (ssize_t)n;
}

static bool object_skip(struct object_reader *o, uint64_t more)
{
    for (o->left += more; o->left > 0;) {
        size_t n;
        if (o->git->from == o->git->len && !git_fill(o->git)) {
            return false;
        }
        n = o->git->len - o->git->from;
        n = n < o->left ? n : (size_t)o->left;
        o->git->from += n;
        o->left -= n;
    }
    return true;
}

/* "<id> <type> <size>" */
static bool read_head(str line, str *ret_id, str *ret_type, uint64_t *ret_size)
{
    return take_until(&line, ' ', ret_id) && take_until(&line, ' ', ret_type) &&
           str_to_u64(line, ret_size) == RC_OK;
}

static enum rc one_object(struct scan_worker *worker, struct git *git, str repository, str head,
                          bool *ret_more)
{
    struct object_reader reader = { .base = { .read = object_read }, .git = git };
    struct scan_place place = { .source = SCAN_HISTORY, .file = repository };
    char path[4352], object[72];
    str id, type;
    enum rc rc = RC_OK;

    if (!read_head(head, &id, &type, &reader.left) || id.len >= sizeof(object)) {
        *ret_more = false;
        return RC_OK;
    }
    memcpy(object, id.ptr, id.len);
    place.object = str_from(object, id.len);
    if (!str_eq(type, STR("tree"))) {
        int len = snprintf(path, sizeof(path), "%.*s@%.*s", FMT(repository), FMT(place.object));
        place.path = str_from(path, len < (int)sizeof(path) ? (size_t)len : sizeof(path) - 1);
        atomic_fetch_add_explicit(&worker->report->objects, 1, memory_order_relaxed);
        rc = scan_stream(worker, &place, &reader.base);
    }
    *ret_more = object_skip(&reader, 1); /* and the newline behind it */
    return rc;
}

static enum rc all_objects(struct scan_worker *worker, struct git *git, str repository)
{
    buf line = buf_heap(LINE_MAX_BYTES);
    bool more = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && more && git_line(git, &line)) {
        rc = one_object(worker, git, repository, buf_str(&line), &more);
    }
    buf_done(&line);
    return rc;
}

/* --- names of objects ---------------------------------------------------------------------------- */

/* ":100644 100644 <old> <new> M\t<path>" under "commit <id>". The log goes back in time, so that the last
 * line about an object is the commit that brought it. */
static void name_objects(struct scan_report *r, const struct table *wanted, str commit, str line)
{
    str rest = line, field, id = { 0 };
    struct scan_finding *f;

    for (int i = 0; i < 4; i++) {
        if (!take_until(&rest, ' ', &field)) {
            return;
        }
        id = field;
    }
    f = table_get(wanted, id);
    if (f != NULL && take_until(&rest, '\t', &field)) {
        f->commit = arena_str(&r->arena, commit);
        f->inside = arena_str(&r->arena, rest);
    }
}

static enum rc read_log(struct scan_report *r, const struct table *wanted, const char *git_dir)
{
    const char *argv[] = { "git",
                           "-c",
                           "safe.directory=*",
                           "-c",
                           "core.quotePath=off",
                           "--git-dir",
                           git_dir,
                           "log",
                           "--all",
                           "--reflog",
                           "--raw",
                           "--no-abbrev",
                           "--no-renames",
                           "--no-color",
                           "--no-ext-diff",
                           "--no-textconv",
                           "--format=commit %H",
                           NULL };
    buf line = buf_heap(LINE_MAX_BYTES);
    char commit[72];
    size_t commit_len = 0;
    struct git git;
    enum rc rc = git_start(argv, &git);

    if (rc != RC_OK) {
        return RC_OK;
    }
    (void)pthread_mutex_lock(&r->lock);
    while (git_line(&git, &line)) {
        str text = buf_str(&line);
        if (take_prefix(&text, STR("commit ")) && text.len < sizeof(commit)) {
            memcpy(commit, text.ptr, text.len);
            commit_len = text.len;
        } else if (text.len > 0 && text.ptr[0] == ':') {
            name_objects(r, wanted, str_from(commit, commit_len), text);
        }
    }
    (void)pthread_mutex_unlock(&r->lock);
    (void)git_stop(&git);
    buf_done(&line);
    return RC_OK;
}

/* "repo@commit:path" for every finding of this repository. */
static enum rc print_names(struct scan_report *r, const struct table *wanted, str repository)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < r->count; i++) {
        struct scan_finding *f = &r->findings[i];
        const struct scan_finding *named;
        str tail;
        size_t bang;
        if (f->source != SCAN_HISTORY || !str_eq(f->file, repository)) {
            continue;
        }
        named = table_get(wanted, f->object);
        if (named == NULL || named->inside.len == 0) {
            continue;
        }
        tail = str_find_char(f->path, '!', &bang) ? str_skip(f->path, bang) : STR("");
        f->commit = named->commit;
        f->inside = named->inside;
        f->path = arena_printf(&r->arena, "%.*s@%.12s:%.*s%.*s", FMT(repository), named->commit.ptr,
                               FMT(named->inside), FMT(tail));
        f->place = place_of(f->inside, STR(""));
        rc = f->path.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return rc;
}

static enum rc name_findings(struct scan_report *r, const char *git_dir, str repository)
{
    struct table wanted;
    enum rc rc = RC_OK;

    (void)pthread_mutex_lock(&r->lock);
    table_init(&wanted, &heap, (const uint8_t *)"names of objects");
    for (size_t i = 0; rc == RC_OK && i < r->count; i++) {
        struct scan_finding *f = &r->findings[i];
        if (f->source == SCAN_HISTORY && str_eq(f->file, repository) &&
            table_get(&wanted, f->object) == NULL) {
            /* a row of its own: the report's may move while other threads add theirs */
            struct scan_finding *own = NEW(&r->arena, struct scan_finding);
            rc = own == NULL ? RC_NOMEM : table_set(&wanted, f->object, own, NULL);
        }
    }
    (void)pthread_mutex_unlock(&r->lock);
    if (rc == RC_OK && wanted.count > 0) {
        rc = read_log(r, &wanted, git_dir);
        (void)pthread_mutex_lock(&r->lock);
        rc = rc == RC_OK ? print_names(r, &wanted, repository) : rc;
        (void)pthread_mutex_unlock(&r->lock);
    }
    table_done(&wanted);
    return rc;
}

enum rc scan_history(struct scan_worker *worker, const char *git_dir)
{
    const char *argv[] = { "git",      "-c",      "safe.directory=*",    "--git-dir",   git_dir,
                           "cat-file", "--batch", "--batch-all-objects", "--unordered", "--buffer",
                           NULL };
    str repository = str_cstr(git_dir);
    struct git git;
    enum rc rc = git_start(argv, &git);

    if (rc != RC_OK) {
        return rc == RC_NOMEM
                   ? rc
                   : scan_report_unseen(worker->report, repository,
                                        "its history: git could not be started", 0, true);
    }
    if (str_ends(repository, STR("/.git"))) {
        repository.len -= STR("/.git").len;
    }
    rc = git.block == NULL ? RC_NOMEM : all_objects(worker, &git, repository);
    if (!git_stop(&git) && rc == RC_OK) {
        rc = scan_report_unseen(worker->report, str_cstr(git_dir),
                                "its history: git could not read all objects", 0, true);
    }
    return rc == RC_OK ? name_findings(worker->report, git_dir, repository) : rc;
}
