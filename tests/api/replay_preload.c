/* Loaded into a server of the tests: its wall clock stands where a file says (eight bytes, seconds since
 * 1970; MANTLE_REPLAY_CLOCK names it), and connections to one port of this host go to another
 * (MANTLE_REPLAY_PORT=FROM:TO), for what was recorded says a time and an address. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *clock_s;
static unsigned port_from, port_to;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("MANTLE_REPLAY_CLOCK"), *ports = getenv("MANTLE_REPLAY_PORT");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        void *page = mmap(NULL, sizeof(*clock_s), PROT_READ, MAP_SHARED, fd, 0);
        clock_s = page == MAP_FAILED ? NULL : page;
        (void)close(fd);
    }
    if (ports != NULL && sscanf(ports, "%u:%u", &port_from, &port_to) != 2) {
        abort();
    }
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    if (clock_s != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        *ret = (struct timespec){ .tv_sec = *clock_s };
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, ret);
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

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *ret = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
    return 0;
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_in changed;

    if (port_to != 0 && address->sa_family == AF_INET && len >= sizeof(changed)) {
        changed = *(const struct sockaddr_in *)(const void *)address;
        if (ntohs(changed.sin_port) == port_from) {
            changed.sin_port = htons((uint16_t)port_to);
            return (int)syscall(SYS_connect, fd, &changed, sizeof(changed));
        }
    }
    return (int)syscall(SYS_connect, fd, address, len);
}
