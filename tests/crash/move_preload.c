/* Loaded into mantle (LD_PRELOAD) by the tests of the move from keys to roles, so that the program tried
 * is the program shipped.
 *
 *   MOVE_CLOCK=FILE   eight bytes: seconds by which every wall clock of the process is ahead, read anew
 *                     each time, so that weeks can pass while a server runs
 *   MOVE_KILL=N       SIGKILL at the N-th moment that matters: before a change of a file is written or
 *                     synced, before bytes are sent, after bytes came
 *   MOVE_COUNT=FILE   how many such moments there were is written there, eight bytes, at each */
#undef _FILE_OFFSET_BITS /* both names are defined here, pwrite and pwrite64 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t no_offset, own_count;
static _Atomic int64_t *offset_s = &no_offset, *count = &own_count;
static int64_t kill_at;

static _Atomic int64_t *map(const char *variable, _Atomic int64_t *otherwise)
{
    const char *path = getenv(variable);
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *at = fd < 0 ? MAP_FAILED
                      : mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd >= 0) {
        (void)syscall(SYS_close, fd);
    }
    return at == MAP_FAILED ? otherwise : at;
}

__attribute__((constructor)) static void setup(void)
{
    const char *text = getenv("MOVE_KILL");

    offset_s = map("MOVE_CLOCK", &no_offset);
    count = map("MOVE_COUNT", &own_count);
    kill_at = text == NULL ? 0 : strtoll(text, NULL, 10);
}

static void moment(void)
{
    if (atomic_fetch_add(count, 1) + 1 == kill_at) {
        (void)kill(getpid(), SIGKILL);
    }
}

/* --- clocks ------------------------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, ret);

    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        ret->tv_sec += atomic_load(offset_s);
    }
    return rc;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    ret->tv_sec = now.tv_sec;
    ret->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *ret)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret != NULL) {
        *ret = now.tv_sec;
    }
    return now.tv_sec;
}

/* --- moments ------------------------------------------------------------------------------------ */

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    moment();
    return syscall(SYS_pwrite64, fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    moment();
    return syscall(SYS_pwrite64, fd, bytes, size, at);
}

int fsync(int fd)
{
    moment();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    moment();
    return (int)syscall(SYS_fdatasync, fd);
}

int rename(const char *from, const char *to)
{
    moment();
    return (int)syscall(SYS_rename, from, to);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    moment();
    return syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    ssize_t got = syscall(SYS_recvfrom, fd, bytes, size, flags, NULL, NULL);

    if (got > 0) {
        moment();
    }
    return got;
}
