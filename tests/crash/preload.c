/* Loaded into the server by the crash suite (LD_PRELOAD), so that the program tried is the program
 * shipped. It makes the n-th allocation of any library in the process fail, the n-th write, sync,
 * truncation or renaming of a file under CRASH_DIR, and keeps a journal of what the disk was not
 * yet told to keep, from which the suite makes a power cut.
 *
 *   CRASH_CONTROL=FILE   a struct control, shared with the test that arms and reads it
 *   CRASH_DIR=DIR        the data directory, an absolute path
 *   CRASH_JOURNAL=FILE   where the journal goes (harness.py reads it back) */
#undef _FILE_OFFSET_BITS /* both names are defined here, pwrite and pwrite64 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum failure { FAIL_EIO, FAIL_ENOSPC, FAIL_HALF_THEN_ENOSPC, FAIL_SHORT };

struct control {              /* harness.py has the same list */
    _Atomic int64_t alloc_in; /* the n-th from now fails; 0: none */
    _Atomic int64_t alloc_onward, alloc_seen, alloc_struck, alloc_live;
    _Atomic int64_t write_in; /* the same for what goes to files */
    _Atomic int64_t write_onward, write_seen, write_struck, write_how; /* enum failure */
    _Atomic int64_t full;                                              /* files may not grow */
};

static struct control nothing, *control = &nothing;
static char dir[4096];
static size_t dir_len;
static int journal = -1;
static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t journal_seq; /* guarded by journal_lock */

__attribute__((constructor)) static void setup(void)
{
    const char *path = getenv("CRASH_CONTROL");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED
                       : mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (map != MAP_FAILED) {
        control = map;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    path = getenv("CRASH_DIR");
    dir_len = path == NULL ? 0 : strlen(path);
    if (dir_len >= sizeof(dir)) {
        abort();
    }
    memcpy(dir, path == NULL ? "" : path, dir_len);
    path = getenv("CRASH_JOURNAL");
    journal = path == NULL ? -1
                           : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

/* Counts one; true when it is to fail. */
static bool strikes(_Atomic int64_t *in, _Atomic int64_t *onward, _Atomic int64_t *seen,
                    _Atomic int64_t *struck)
{
    int64_t left = atomic_load(in);

    atomic_fetch_add(seen, 1);
    while (left > 0) {
        int64_t next = left == 1 && atomic_load(onward) != 0 ? 1 : left - 1;
        if (atomic_compare_exchange_weak(in, &left, next)) {
            if (left == 1) {
                atomic_fetch_add(struck, 1);
            }
            return left == 1;
        }
    }
    return false;
}

/* --- memory ------------------------------------------------------------------------------------ */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *ptr);

static bool no_memory(void)
{
    if (strikes(&control->alloc_in, &control->alloc_onward, &control->alloc_seen,
                &control->alloc_struck)) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

static void *counted(void *ptr)
{
    if (ptr != NULL) {
        atomic_fetch_add(&control->alloc_live, 1);
    }
    return ptr;
}

void *malloc(size_t size)
{
    return no_memory() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return no_memory() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *ptr, size_t size)
{
    void *fresh;

    if (ptr != NULL && size == 0) {
        atomic_fetch_sub(&control->alloc_live, 1);
        return __libc_realloc(ptr, 0);
    }
    if (no_memory()) {
        return NULL;
    }
    fresh = __libc_realloc(ptr, size);
    return ptr == NULL ? counted(fresh) : fresh;
}

void *memalign(size_t align, size_t size)
{
    return no_memory() ? NULL : counted(__libc_memalign(align, size));
}

void *aligned_alloc(size_t align, size_t size)
{
    return memalign(align, size);
}

int posix_memalign(void **ret, size_t align, size_t size)
{
    void *ptr = memalign(align, size);

    if (ptr == NULL) {
        return ENOMEM;
    }
    *ret = ptr;
    return 0;
}

void free(void *ptr)
{
    if (ptr != NULL) {
        atomic_fetch_sub(&control->alloc_live, 1);
        __libc_free(ptr);
    }
}

/* --- files ------------------------------------------------------------------------------------- */

/* The path of a file under CRASH_DIR; false for sockets, pipes and files elsewhere. */
static bool path_of(int fd, char *path, size_t size, struct stat *info)
{
    char link[64];
    ssize_t len;
    int saved = errno;

    if (dir_len == 0 || fstat(fd, info) != 0 ||
        !(S_ISREG(info->st_mode) || S_ISDIR(info->st_mode))) {
        errno = saved;
        return false;
    }
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, size - 1);
    errno = saved;
    if (len < 0 || (size_t)len < dir_len || memcmp(path, dir, dir_len) != 0) {
        return false;
    }
    path[len] = '\0';
    return true;
}

static bool write_strikes(void)
{
    return strikes(&control->write_in, &control->write_onward, &control->write_seen,
                   &control->write_struck);
}

/* Only a write can be short. */
static bool other_strikes(void)
{
    return atomic_load(&control->write_how) != FAIL_SHORT && write_strikes();
}

static int fail_as(enum failure how)
{
    errno = how == FAIL_EIO ? EIO : ENOSPC;
    return -1;
}

enum record_type { RECORD_WRITE = 1, RECORD_SYNC, RECORD_TRUNCATE, RECORD_RENAME };

struct record { /* in the journal, followed by the path and the old bytes */
    uint32_t type, path_len;
    int64_t seq, offset, size, old_size;
    uint64_t old_len;
};

static void journal_put(const void *bytes, size_t len)
{
    if (syscall(SYS_write, journal, bytes, len) != (ssize_t)len) {
        abort(); /* the suite must not go on with half a journal */
    }
}

/* With journal_lock held. Old bytes [offset, offset + size) of the file go along. */
static void journal_add(enum record_type type, int fd, const char *path, int64_t offset,
                        int64_t size, int64_t old_size)
{
    static char old[1 << 16];
    int64_t left = old_size - offset;
    struct record record = { .type = type,
                             .path_len = (uint32_t)strlen(path),
                             .seq = ++journal_seq,
                             .offset = offset,
                             .size = size,
                             .old_size = old_size };

    if (type == RECORD_WRITE || type == RECORD_TRUNCATE) {
        left = left > size ? size : left;
        record.old_len = left > 0 ? (uint64_t)left : 0;
    }
    journal_put(&record, sizeof(record));
    journal_put(path, record.path_len);
    for (uint64_t done = 0; done < record.old_len;) {
        size_t want = record.old_len - done < sizeof(old) ? (size_t)(record.old_len - done)
                                                          : sizeof(old);
        long got = syscall(SYS_pread64, fd, old, want, offset + (int64_t)done);
        if (got <= 0) {
            abort();
        }
        journal_put(old, (size_t)got);
        done += (uint64_t)got;
    }
}

static ssize_t file_write(int fd, const void *bytes, size_t len, off_t at, const char *path,
                          const struct stat *info)
{
    bool kept = journal >= 0 && strstr(path, "-shm") == NULL; /* that file is rebuilt at start */
    enum failure how = (enum failure)atomic_load(&control->write_how);
    ssize_t put;

    if (write_strikes()) {
        if ((how == FAIL_HALF_THEN_ENOSPC || how == FAIL_SHORT) && len > 1) {
            put = syscall(SYS_pwrite64, fd, bytes, len / 2, at);
            return how == FAIL_SHORT ? put : fail_as(how);
        }
        return fail_as(how);
    }
    if (atomic_load(&control->full) != 0 && at + (off_t)len > info->st_size) {
        return fail_as(FAIL_ENOSPC);
    }
    if (kept) {
        (void)pthread_mutex_lock(&journal_lock);
        journal_add(RECORD_WRITE, fd, path, at, (int64_t)len, info->st_size);
    }
    put = syscall(SYS_pwrite64, fd, bytes, len, at);
    if (kept) {
        (void)pthread_mutex_unlock(&journal_lock);
    }
    return put;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    char path[4096];
    struct stat info;
    off_t at;
    ssize_t put;

    if (!path_of(fd, path, sizeof(path), &info)) {
        return syscall(SYS_write, fd, bytes, len);
    }
    at = lseek(fd, 0, SEEK_CUR);
    put = file_write(fd, bytes, len, at, path, &info);
    if (put > 0) {
        (void)lseek(fd, at + put, SEEK_SET);
    }
    return put;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
    char path[4096];
    struct stat info;

    return path_of(fd, path, sizeof(path), &info) ? file_write(fd, bytes, len, at, path, &info)
                                                  : syscall(SYS_pwrite64, fd, bytes, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return pwrite64(fd, bytes, len, at);
}

static int file_sync(long call, int fd)
{
    char path[4096];
    struct stat info;
    bool ours = path_of(fd, path, sizeof(path), &info);
    int64_t until;
    int failed;

    if (ours && other_strikes()) {
        return fail_as((enum failure)atomic_load(&control->write_how));
    }
    if (!ours || journal < 0) {
        return (int)syscall(call, fd);
    }
    (void)pthread_mutex_lock(&journal_lock);
    until = journal_seq; /* what is written while it runs is not promised */
    (void)pthread_mutex_unlock(&journal_lock);
    failed = (int)syscall(call, fd);
    if (failed == 0) {
        (void)pthread_mutex_lock(&journal_lock);
        journal_add(RECORD_SYNC, fd, path, until, 0, 0);
        (void)pthread_mutex_unlock(&journal_lock);
    }
    return failed;
}

int fsync(int fd)
{
    return file_sync(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return file_sync(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off_t size)
{
    char path[4096];
    struct stat info;
    int failed;

    if (!path_of(fd, path, sizeof(path), &info)) {
        return (int)syscall(SYS_ftruncate, fd, size);
    }
    if (other_strikes()) {
        return fail_as((enum failure)atomic_load(&control->write_how));
    }
    if (journal < 0 || strstr(path, "-shm") != NULL) {
        return (int)syscall(SYS_ftruncate, fd, size);
    }
    (void)pthread_mutex_lock(&journal_lock);
    journal_add(RECORD_TRUNCATE, fd, path, size, INT64_MAX, info.st_size);
    failed = (int)syscall(SYS_ftruncate, fd, size);
    (void)pthread_mutex_unlock(&journal_lock);
    return failed;
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int rename(const char *from, const char *to)
{
    char both[8192];
    int failed;

    if (dir_len == 0 || strncmp(to, dir, dir_len) != 0) {
        return (int)syscall(SYS_rename, from, to);
    }
    if (other_strikes()) {
        return fail_as((enum failure)atomic_load(&control->write_how));
    }
    failed = (int)syscall(SYS_rename, from, to);
    if (failed == 0 && journal >= 0) {
        (void)snprintf(both, sizeof(both), "%s\n%s", from, to);
        (void)pthread_mutex_lock(&journal_lock);
        journal_add(RECORD_RENAME, -1, both, 0, 0, 0);
        (void)pthread_mutex_unlock(&journal_lock);
    }
    return failed;
}
