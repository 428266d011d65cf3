#include "unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "system/system.h"

static void check(const char *name, bool abstract)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char heard[100] = "";
    size_t len = strlen(name);

    assert_true(fd >= 0);
    memcpy(at.sun_path, name, len);
    if (abstract) {
        at.sun_path[0] = '\0';
    }
    assert_int_equal(bind(fd, (const struct sockaddr *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    notify_service_manager("READY=1");
    assert_int_equal(recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT), 7);
    assert_string_equal(heard, "READY=1");
    (void)close(fd);
    notify_service_manager("STOPPING=1"); /* nobody listens: no harm */
}

static void test_notify(void **state)
{
    char path[64];

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/mantle-notify-%ld", (long)getpid());
    check(path, false);
    (void)unlink(path);
    path[0] = '@';
    check(path, true);
    assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
    notify_service_manager("READY=1");
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    notify_service_manager("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_notify) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
