#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/internal.h"

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static bool address_parse(const char *host, uint16_t port, union address *ret)
{
    union address address = { 0 };

    if (inet_pton(AF_INET, host, &address.four.sin_addr) == 1) {
        address.four.sin_family = AF_INET;
        address.four.sin_port = htons(port);
    } else if (inet_pton(AF_INET6, host, &address.six.sin6_addr) == 1) {
        address.six.sin6_family = AF_INET6;
        address.six.sin6_port = htons(port);
    } else {
        return false;
    }
    *ret = address;
    return true;
}

static socklen_t address_size(const union address *address)
{
    return address->any.sa_family == AF_INET ? sizeof(address->four) : sizeof(address->six);
}

/* -1 with errno. Options set here are inherited by what is accepted. */
static int socket_bound(const union address *address, bool share)
{
    int on = 1, saved;
    int six_only = !IN6_IS_ADDR_UNSPECIFIED(&address->six.sin6_addr);
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        (!share || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
        (address->any.sa_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &six_only, sizeof(six_only)) == 0) &&
        bind(fd, &address->any, address_size(address)) == 0) {
        return fd;
    }
    saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

static uint16_t port_of(int fd)
{
    union address address = { 0 };
    socklen_t len = sizeof(address);

    if (getsockname(fd, &address.any, &len) != 0) {
        return 0;
    }
    return ntohs(address.any.sa_family == AF_INET ? address.four.sin_port : address.six.sin6_port);
}

/* SO_REUSEPORT would let a second server of the same user take half of the connections without a
 * word, so the first socket asks for the port alone before the loops share it. */
static bool port_is_ours(const union address *address)
{
    int fd = socket_bound(address, false);
    bool ours = fd >= 0;
    int saved = errno;

    if (fd >= 0) {
        (void)close(fd);
    }
    errno = saved;
    return ours;
}

static enum rc failed(const char *host, uint16_t port, struct arena *arena, str *ret_why)
{
    const char *hint = errno == EADDRINUSE
                           ? " (another program listens there; stop it or take another port)"
                       : errno == EACCES
                           ? " (ports below 1024 need the capability CAP_NET_BIND_SERVICE)"
                       : errno == EADDRNOTAVAIL ? " (no interface of this machine has that address)"
                                                : "";

    *ret_why = arena_printf(arena, "cannot listen on %s port %u: %s%s", host, port, strerror(errno),
                            hint);
    return errno == EADDRINUSE ? RC_BUSY : RC_IO;
}

static enum rc bind_one(const char *host, uint16_t *port, bool first, int *ret_fd,
                        struct arena *arena, str *ret_why)
{
    union address address;
    int fd;

    if (!address_parse(host, *port, &address)) {
        *ret_why = arena_printf(arena,
                                "cannot listen on \"%s\": write an IPv4 or IPv6 address, or "
                                "localhost",
                                host);
        return RC_SYNTAX;
    }
    if (first && *port != 0 && !port_is_ours(&address)) {
        return failed(host, *port, arena, ret_why);
    }
    fd = socket_bound(&address, true);
    if (fd < 0) {
        return failed(host, *port, arena, ret_why);
    }
    *port = port_of(fd);
    *ret_fd = fd;
    return RC_OK;
}

enum rc listen_bind(const char *host, uint16_t *port, bool first, int ret_fds[LISTENERS_MAX],
                    unsigned *ret_count, struct arena *arena, str *ret_why)
{
    bool both = strcmp(host, "localhost") == 0;
    bool any_port = *port == 0;
    str ignored = STR_NONE;
    int fds[LISTENERS_MAX];
    enum rc rc;

    TRY(bind_one(both ? "127.0.0.1" : host, port, first, &fds[0], arena, ret_why));
    *ret_count = 1;
    if (both) {
        /* A machine without IPv6, or with a free port taken there, is served on IPv4 alone. */
        rc = bind_one("::1", port, first, &fds[1], arena, &ignored);
        if (rc == RC_BUSY && !any_port) {
            (void)close(fds[0]);
            *ret_why = ignored;
            return rc;
        }
        *ret_count = rc == RC_OK ? 2 : 1;
    }
    memcpy(ret_fds, fds, sizeof(fds));
    return RC_OK;
}
