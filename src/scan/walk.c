/* Trees of files on several threads: a stack of pieces of work, each a directory or a part of a large
 * one. Nothing is followed out of the trees: symbolic links are counted, not read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/inside.h"

enum { PART_NAMES = 128, PATH_MAX_BYTES = 1 << 16 };

/* `names`: files of the directory to look at, one behind the other; len 0: the directory itself. */
struct piece {
    struct piece *next;
    size_t size; /* of this block */
    size_t path_len, names_len;
    bool history;
    char text[]; /* path, NUL, names with a NUL behind each */
};

struct walk {
    const struct scan_options *options;
    struct scan_report *report;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t more;
    struct piece *stack;
    unsigned busy; /* threads that may still push */
    enum rc rc;
};

static enum rc push(struct walk *w, str path, str names, bool history)
{
    size_t size = sizeof(struct piece) + path.len + 1 + names.len;
    struct piece *p = alloc_new(&heap, size);

    if (p == NULL) {
        return RC_NOMEM;
    }
    p->size = size;
    p->path_len = path.len;
    p->names_len = names.len;
    p->history = history;
    memcpy(p->text, path.ptr, path.len);
    if (names.len > 0) {
        memcpy(p->text + path.len + 1, names.ptr, names.len);
    }
    (void)pthread_mutex_lock(&w->lock);
    p->next = w->stack;
    w->stack = p;
    (void)pthread_cond_signal(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
    return RC_OK;
}

/* --- files --------------------------------------------------------------------------------------- */

struct file_reader {
    struct scan_reader base;
    int fd;
};

static ssize_t file_read_some(struct scan_reader *reader, char *out, size_t max)
{
    struct file_reader *f = CONTAINER_OF(reader, struct file_reader, base);
    ssize_t n;

    do {
        n = read(f->fd, out, max);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        reader->why = strerror(errno);
    }
    /* A regular file reads short at its end only. What the kernel makes up (/proc) may hand out whole
     * pages before that. */
    reader->ended = n > 0 && (size_t)n < max && n % 4096 != 0;
    return n;
}

static int64_t file_seek(struct scan_reader *reader, int64_t offset, int whence)
{
    return lseek(CONTAINER_OF(reader, struct file_reader, base)->fd, offset, whence);
}

static enum rc one_file(struct scan_worker *worker, int dir, const char *name, str path)
{
    struct file_reader reader = { .base = { .read = file_read_some, .seek = file_seek } };
    struct scan_place place = { .path = path, .file = path, .source = SCAN_FILE };
    enum rc rc;

    reader.fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (reader.fd < 0) {
        return scan_report_unseen(worker->report, path, strerror(errno), 0, true);
    }
    atomic_fetch_add_explicit(&worker->report->files, 1, memory_order_relaxed);
    rc = scan_stream(worker, &place, &reader.base);
    (void)close(reader.fd);
    return rc;
}

/* --- directories --------------------------------------------------------------------------------- */

static bool excluded(const struct scan_options *o, const char *name, const char *path)
{
    for (size_t i = 0; i < o->exclude_count; i++) {
        if (fnmatch(o->exclude[i], name, 0) == 0 || fnmatch(o->exclude[i], path, 0) == 0) {
            return true;
        }
    }
    return false;
}

struct listing {
    buf files;      /* names, a NUL behind each */
    size_t pending; /* names in it */
    unsigned git;   /* bits: HEAD, objects, refs */
    buf path;       /* of the directory, a slash, and the entry's name */
    size_t dir_len;
};

static const char *entry_path(struct listing *l, const char *name)
{
    l->path.len = l->dir_len;
    if (l->dir_len > 0 && l->path.ptr[l->dir_len - 1] != '/') {
        buf_add_char(&l->path, '/');
    }
    buf_add(&l->path, str_cstr(name));
    buf_add(&l->path, str_from("", 1));
    return l->path.err == RC_OK ? l->path.ptr : NULL;
}

static unsigned char entry_type(int dir, const struct dirent *e)
{
    struct stat st;

    if (e->d_type != DT_UNKNOWN) {
        return e->d_type;
    }
    if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return DT_REG; /* opening it says why */
    }
    return S_ISDIR(st.st_mode)   ? DT_DIR
           : S_ISREG(st.st_mode) ? DT_REG
           : S_ISLNK(st.st_mode) ? DT_LNK
                                 : DT_FIFO;
}

static enum rc flush(struct walk *w, struct listing *l, bool last)
{
    enum rc rc = RC_OK;

    if (l->pending >= PART_NAMES || (last && l->pending > 0)) {
        rc = push(w, str_slice(buf_str(&l->path), 0, l->dir_len), buf_str(&l->files), false);
        buf_clear(&l->files);
        l->pending = 0;
    }
    return rc;
}

static bool is_skip_dir(const struct scan_options *o, const char *path)
{
    char *real = o->skip_dir == NULL ? NULL : realpath(path, NULL);
    bool same = real != NULL && strcmp(real, o->skip_dir) == 0;

    free(real);
    return same;
}

static enum rc one_entry(struct walk *w, struct listing *l, int dir, const struct dirent *e)
{
    static const char *const git_parts[] = { "HEAD", "objects", "refs" };
    const char *path = entry_path(l, e->d_name);
    unsigned char type = entry_type(dir, e);

    if (path == NULL) {
        return RC_NOMEM;
    }
    for (unsigned i = 0; i < COUNT_OF(git_parts); i++) {
        l->git |= strcmp(e->d_name, git_parts[i]) == 0 ? 1u << i : 0;
    }
    if (excluded(w->options, e->d_name, path)) {
        return scan_report_unseen(w->report, str_cstr(path), "excluded", 0, false);
    }
    if (type == DT_LNK) {
        atomic_fetch_add_explicit(&w->report->links, 1, memory_order_relaxed);
        return RC_OK;
    }
    if (type == DT_DIR) {
        if (is_skip_dir(w->options, path)) {
            return scan_report_unseen(w->report, str_cstr(path),
                                      "the estate: its lists name every key", 0, false);
        }
        return push(w, str_cstr(path), STR_NONE, false);
    }
    if (type != DT_REG) {
        return scan_report_unseen(w->report, str_cstr(path), "not a file (socket, pipe or device)",
                                  0, false);
    }
    buf_add(&l->files, str_from(e->d_name, strlen(e->d_name) + 1));
    l->pending++;
    return l->files.err == RC_OK ? flush(w, l, false) : RC_NOMEM;
}

/* A git directory's objects are packed with zlib and deltas: git reads them. */
static bool is_objects_of_git(str path)
{
    char other[4096];
    str dir = str_slice(path, 0, path.len - STR("/objects").len);
    bool git = str_ends(path, STR("/objects")) && dir.len < sizeof(other) - 8;

    for (int i = 0; git && i < 2; i++) {
        (void)snprintf(other, sizeof(other), "%.*s/%s", FMT(dir), i == 0 ? "HEAD" : "refs");
        git = access(other, F_OK) == 0;
    }
    return git;
}

static enum rc list_dir(struct walk *w, str path, DIR *dir)
{
    struct listing l = { .files = buf_heap(1 << 20), .path = buf_heap(PATH_MAX_BYTES) };
    const struct dirent *e;
    enum rc rc = RC_OK;

    buf_add(&l.path, path);
    l.dir_len = path.len;
    while (rc == RC_OK && (e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            rc = one_entry(w, &l, dirfd(dir), e);
        }
    }
    if (rc == RC_OK) {
        rc = flush(w, &l, true);
    }
    if (rc == RC_OK && l.git == 7 && !w->options->no_history) {
        rc = push(w, path, STR_NONE, true);
    }
    buf_done(&l.files);
    buf_done(&l.path);
    return rc;
}

static enum rc scan_names(struct scan_worker *worker, const struct piece *p, int dir)
{
    str names = str_from(p->text + p->path_len + 1, p->names_len), name;
    buf path = buf_heap(PATH_MAX_BYTES);
    enum rc rc = RC_OK;

    while (rc == RC_OK && take_until(&names, '\0', &name)) {
        buf_clear(&path);
        buf_add(&path, str_from(p->text, p->path_len));
        if (p->path_len > 0 && p->text[p->path_len - 1] != '/') {
            buf_add_char(&path, '/');
        }
        buf_add(&path, name);
        rc = path.err != RC_OK ? RC_NOMEM : one_file(worker, dir, name.ptr, buf_str(&path));
    }
    buf_done(&path);
    return rc;
}

static enum rc do_piece(struct walk *w, struct scan_worker *worker, const struct piece *p)
{
    str path = str_from(p->text, p->path_len);
    enum rc rc;
    DIR *dir;
    int fd;

    if (p->history) {
        return scan_history(worker, p->text);
    }
    if (p->names_len == 0 && is_objects_of_git(path)) {
        return w->options->no_history
                   ? scan_report_unseen(w->report, path, "history is left out", 0, false)
                   : RC_OK;
    }
    fd = open(p->path_len == 0 ? "." : p->text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = fd < 0 || p->names_len > 0 ? NULL : fdopendir(fd);
    if (fd < 0 || (p->names_len == 0 && dir == NULL)) {
        const char *why = strerror(errno);
        if (fd >= 0) {
            (void)close(fd);
        }
        return scan_report_unseen(w->report, path, why, 0, true);
    }
    if (p->names_len > 0) {
        rc = scan_names(worker, p, fd);
        (void)close(fd);
        return rc;
    }
    rc = list_dir(w, path, dir);
    (void)closedir(dir);
    return rc;
}

/* --- threads ------------------------------------------------------------------------------------- */

static struct piece *take(struct walk *w)
{
    struct piece *p;

    (void)pthread_mutex_lock(&w->lock);
    w->busy--;
    while (w->stack == NULL && w->busy > 0 && w->rc == RC_OK) {
        (void)pthread_cond_wait(&w->more, &w->lock);
    }
    p = w->rc == RC_OK ? w->stack : NULL;
    if (p != NULL) {
        w->stack = p->next;
        w->busy++;
    } else {
        (void)pthread_cond_broadcast(&w->more);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return p;
}

static void *work(void *arg)
{
    struct walk *w = arg;
    struct scan_worker worker;
    enum rc rc = scan_worker_init(&worker, w->options, w->report);
    struct piece *p;

    while ((p = take(w)) != NULL) {
        rc = rc == RC_OK ? do_piece(w, &worker, p) : rc;
        alloc_free(&heap, p, p->size);
        if (rc != RC_OK) {
            (void)pthread_mutex_lock(&w->lock);
            w->rc = rc;
            (void)pthread_mutex_unlock(&w->lock);
        }
    }
    scan_worker_done(&worker);
    return NULL;
}

static enum rc push_root(struct walk *w, const char *root);

/* A PATH that is a link to a file means the file: nothing else is followed. */
static enum rc push_link(struct walk *w, const char *root)
{
    char *real = realpath(root, NULL);
    enum rc rc = real == NULL
                     ? scan_report_unseen(w->report, str_cstr(root), strerror(errno), 0, true)
                     : push_root(w, real);

    free(real);
    return rc;
}

static enum rc push_root(struct walk *w, const char *root)
{
    struct stat st, own;
    str path = str_cstr(root);
    const char *slash;

    if (stat(root, &st) != 0) {
        return scan_report_unseen(w->report, path, strerror(errno), 0, true);
    }
    if (S_ISDIR(st.st_mode)) {
        while (path.len > 1 && path.ptr[path.len - 1] == '/') {
            path.len--;
        }
        return push(w, path, STR_NONE, false);
    }
    if (!S_ISREG(st.st_mode)) {
        return scan_report_unseen(w->report, path, "not a file or directory", 0, true);
    }
    if (lstat(root, &own) == 0 && S_ISLNK(own.st_mode)) {
        return push_link(w, root);
    }
    slash = strrchr(root, '/');
    if (slash == NULL) {
        return push(w, STR(""), str_from(root, path.len + 1), false);
    }
    return push(w, str_slice(path, 0, slash == root ? 1 : (size_t)(slash - root)),
                str_from(slash + 1, strlen(slash + 1) + 1), false);
}

enum rc scan_run(const struct scan_options *options, const char *const *roots, size_t count,
                 struct scan_report *report)
{
    struct walk w = { .options = options, .report = report };
    pthread_t threads[SCAN_THREADS_MAX];
    unsigned started = 0;

    (void)pthread_mutex_init(&w.lock, NULL);
    (void)pthread_cond_init(&w.more, NULL);
    for (size_t i = 0; w.rc == RC_OK && i < count; i++) {
        w.rc = push_root(&w, roots[i]);
    }
    w.busy = options->threads;
    while (started < options->threads && pthread_create(&threads[started], NULL, work, &w) == 0) {
        started++;
    }
    if (started < options->threads) { /* those that do not exist are not waited for */
        (void)pthread_mutex_lock(&w.lock);
        w.busy -= options->threads - started;
        w.rc = started == 0 ? RC_NOMEM : w.rc;
        (void)pthread_cond_broadcast(&w.more);
        (void)pthread_mutex_unlock(&w.lock);
    }
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    while (w.stack != NULL) {
        struct piece *p = w.stack;
        w.stack = p->next;
        alloc_free(&heap, p, p->size);
    }
    (void)pthread_cond_destroy(&w.more);
    (void)pthread_mutex_destroy(&w.lock);
    report->rc = w.rc;
    return scan_report_finish(report);
}
