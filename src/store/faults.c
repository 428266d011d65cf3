#include "store/faults.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

static atomic_long write_in, alloc_in; /* 0: never, n: the n-th from now */
static atomic_bool write_onward, struck;
static _Atomic int64_t room = INT64_MAX;
static const char *full_while;

void faults_fail_write(long n, bool and_all_later)
{
    atomic_store(&struck, false);
    atomic_store(&write_onward, and_all_later);
    atomic_store(&write_in, n);
}

void faults_fail_alloc(long n)
{
    atomic_store(&struck, false);
    atomic_store(&alloc_in, n);
}

void faults_disk_room(int64_t bytes)
{
    atomic_store(&room, bytes < 0 ? INT64_MAX : bytes);
}

bool faults_have_struck(void)
{
    return atomic_load(&struck);
}

/* Counts one down; true when it is the one. */
static bool strikes(atomic_long *in, bool onward)
{
    long left = atomic_load(in);

    while (left > 0) {
        long next = left == 1 && onward ? 1 : left - 1;
        if (atomic_compare_exchange_weak(in, &left, next)) {
            if (left == 1) {
                atomic_store(&struck, true);
            }
            return left == 1;
        }
    }
    return false;
}

/* --- files ------------------------------------------------------------------------------------- */

struct shim_file {
    sqlite3_file base;
    sqlite3_file *real; /* stands behind this struct, in SQLite's memory */
};

static sqlite3_vfs *real_vfs, shim_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct shim_file *)file)->real;
}

static bool write_strikes(void)
{
    return strikes(&write_in, atomic_load(&write_onward));
}

static int shim_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int shim_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), out, len, at);
}

/* Takes the room a write needs beyond the file's end. */
static bool room_take(sqlite3_file *real, int len, sqlite3_int64 at)
{
    sqlite3_int64 size = 0, need;

    if (real->pMethods->xFileSize(real, &size) != SQLITE_OK || at + len <= size) {
        return true;
    }
    if (full_while != NULL && access(full_while, F_OK) == 0) {
        return false;
    }
    need = at + len - size;
    if (atomic_load(&room) == INT64_MAX) {
        return true;
    }
    if (atomic_fetch_sub(&room, need) >= need) {
        return true;
    }
    (void)atomic_fetch_add(&room, need);
    return false;
}

static int shim_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);

    if (write_strikes()) {
        (void)real->pMethods->xWrite(real, bytes, len / 2, at);
        return SQLITE_IOERR_WRITE;
    }
    if (!room_take(real, len, at)) {
        return SQLITE_FULL;
    }
    return real->pMethods->xWrite(real, bytes, len, at);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_file *real = real_of(file);

    return write_strikes() ? SQLITE_IOERR_TRUNCATE : real->pMethods->xTruncate(real, size);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *real = real_of(file);

    return write_strikes() ? SQLITE_IOERR_FSYNC : real->pMethods->xSync(real, flags);
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret);
}

static int shim_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int shim_reserved(sqlite3_file *file, int *ret)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}

static int shim_control(sqlite3_file *file, int op, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int shim_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int shim_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, ret);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shim_shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2, /* without memory mapping, which could not fail in a controlled way */
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_device,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs UNUSED, const char *name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    struct shim_file *shim = (struct shim_file *)file;
    int code;

    shim->base.pMethods = NULL;
    shim->real = (sqlite3_file *)(void *)(shim + 1);
    code = real_vfs->xOpen(real_vfs, name, shim->real, flags, ret_flags);
    if (code == SQLITE_OK) {
        shim->base.pMethods = &shim_methods;
    }
    return code;
}

/* --- memory ------------------------------------------------------------------------------------ */

enum { HEADER = 16 }; /* keeps the size, and alignment */

static void *memory_resize(void *ptr, int size)
{
    char *old = ptr == NULL ? NULL : (char *)ptr - HEADER;
    char *fresh;
    size_t old_size = 0, new_size = (size_t)size;

    if (strikes(&alloc_in, false)) {
        return NULL;
    }
    if (old != NULL) {
        memcpy(&old_size, old, sizeof(old_size));
        old_size += HEADER;
    }
    fresh = heap.resize(&heap, old, old_size, new_size + HEADER);
    if (fresh == NULL) {
        return NULL;
    }
    memcpy(fresh, &new_size, sizeof(new_size));
    return fresh + HEADER;
}

static void *memory_new(int size)
{
    return memory_resize(NULL, size);
}

static int memory_size(void *ptr)
{
    size_t size = 0;

    if (ptr != NULL) {
        memcpy(&size, (char *)ptr - HEADER, sizeof(size));
    }
    return (int)size;
}

static void memory_free(void *ptr)
{
    if (ptr != NULL) {
        alloc_free(&heap, (char *)ptr - HEADER, (size_t)memory_size(ptr) + HEADER);
    }
}

static int memory_round(int size)
{
    return (size + 7) & ~7;
}

static int memory_init(void *arg UNUSED)
{
    return SQLITE_OK;
}

static void memory_done(void *arg UNUSED)
{
}

/* --- */

static long number_from(const char *name, const char **ret_rest)
{
    const char *text = getenv(name);
    char *end = NULL;
    long n = text == NULL ? 0 : strtol(text, &end, 10);

    *ret_rest = end == NULL ? "" : end;
    return n;
}

void faults_setup(void)
{
    static const sqlite3_mem_methods memory = {
        memory_new,   memory_free, memory_resize, memory_size,
        memory_round, memory_init, memory_done,   NULL,
    };
    static atomic_flag done = ATOMIC_FLAG_INIT;
    const char *rest;
    long n;

    if (atomic_flag_test_and_set(&done)) {
        return; /* a second time it would stand on itself */
    }
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_initialize() != SQLITE_OK || (real_vfs = sqlite3_vfs_find(NULL)) == NULL) {
        return; /* the allocation that fails is the first: every open will say so */
    }
    shim_vfs = *real_vfs;
    shim_vfs.zName = "mantle-faults";
    shim_vfs.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    shim_vfs.xOpen = shim_open;
    (void)sqlite3_vfs_register(&shim_vfs, 1);
    n = number_from("MANTLE_TEST_FAIL_WRITE", &rest);
    faults_fail_write(n, *rest == '+');
    n = number_from("MANTLE_TEST_DISK_FULL_AFTER", &rest);
    faults_disk_room(n > 0 ? n : -1);
    full_while = getenv("MANTLE_TEST_DISK_FULL_WHILE");
}
