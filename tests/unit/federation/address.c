#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "federation/address.h"

static bool allowed(const char *text, const struct address_range *ranges, size_t count)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return address_is_allowed((struct sockaddr *)&v4, ranges, count);
    }
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_is_allowed((struct sockaddr *)&v6, ranges, count);
}

static void public_addresses_are_allowed(void **state)
{
    static const char *const rows[] = { "1.1.1.1",          "9.255.255.255",   "11.0.0.0",
                                        "100.63.0.1",       "100.128.0.1",     "172.15.0.1",
                                        "172.32.0.1",       "169.253.0.1",     "192.169.0.1",
                                        "223.255.255.1",    "2606:4700::1111", "2a00:1450::1",
                                        "64:ff9b::101:101", "2002:101:101::1" };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!allowed(rows[i], NULL, 0)) {
            fail_msg("%s is refused", rows[i]);
        }
    }
}

static void private_addresses_are_refused(void **state)
{
    static const char *const rows[] = {
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2001::1",
        "64:ff9b:1::1",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (allowed(rows[i], NULL, 0)) {
            fail_msg("%s is allowed", rows[i]);
        }
    }
}

static void what_is_allowed_by_name(void **state)
{
    struct address_range ranges[3];

    assert_ok(address_range_parse(STR("10.1.0.0/16"), &ranges[0]));
    assert_ok(address_range_parse(STR("fd00::/8"), &ranges[1]));
    assert_ok(address_range_parse(STR("192.168.7.9"), &ranges[2]));
    assert_true(allowed("10.1.2.3", ranges, 3));
    assert_true(allowed("::ffff:10.1.2.3", ranges, 3));
    assert_false(allowed("10.2.0.0", ranges, 3));
    assert_true(allowed("fdab::1", ranges, 3));
    assert_false(allowed("fc00::1", ranges, 3));
    assert_true(allowed("192.168.7.9", ranges, 3));
    assert_false(allowed("192.168.7.8", ranges, 3));
}

static void ranges_that_are_none(void **state)
{
    static const str rows[] = { STR_INIT(""),
                                STR_INIT("10.0.0.0/33"),
                                STR_INIT("10.0.0/8"),
                                STR_INIT("::/129"),
                                STR_INIT("10.0.0.0/"),
                                STR_INIT("x"),
                                STR_INIT("10.0.0.0/-1"),
                                STR_INIT("10.0.0.0/8/8") };
    struct address_range range;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(address_range_parse(rows[i], &range) == RC_OK, false);
    }
}

static void other_families_are_refused(void **state)
{
    struct sockaddr address = { .sa_family = AF_UNIX };

    assert_false(address_is_allowed(&address, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_allowed),
        cmocka_unit_test(private_addresses_are_refused),
        cmocka_unit_test(what_is_allowed_by_name),
        cmocka_unit_test(ranges_that_are_none),
        cmocka_unit_test(other_families_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
