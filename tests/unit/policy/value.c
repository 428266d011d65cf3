/* Decimals, instants and addresses. */
#include "policy/value.h"

#include "unit.h"

static const struct {
    const char *a, *b;
    int order; /* 2: a is no number */
} decimals[] = {
    { "10", "10.0", 0 },     { "010", "10", 0 },
    { "-0", "0", 0 },        { "+1", "1", 0 },
    { ".5", "0.5", 0 },      { "5.", "5", 0 },
    { "9", "10", -1 },       { "-9", "-10", 1 },
    { "-1", "1", -1 },       { "0.1", "0.01", 1 },
    { "0.10", "0.1", 0 },    { "1.5", "1.49", 1 },
    { "-1.5", "-1.49", -1 }, { "99999999999999999999999", "99999999999999999999998", 1 },
    { "", "0", 2 },          { ".", "0", 2 },
    { "-", "0", 2 },         { "1e3", "0", 2 },
    { "1.2.3", "0", 2 },     { " 1", "0", 2 },
    { "0x10", "0", 2 },      { "--1", "0", 2 },
    { "1,000", "0", 2 },
};

static void decimal_order(void **state UNUSED)
{
    for (size_t i = 0; i < COUNT_OF(decimals); i++) {
        struct decimal a, b;
        bool is = decimal_parse(str_cstr(decimals[i].a), &a);
        assert_true(decimal_parse(str_cstr(decimals[i].b), &b));
        if (is != (decimals[i].order != 2) ||
            (is && (decimal_compare(&a, &b) != decimals[i].order ||
                    decimal_compare(&b, &a) != -decimals[i].order))) {
            fail_msg("%s and %s", decimals[i].a, decimals[i].b);
        }
    }
}

static const struct {
    const char *text;
    bool is;
    int64_t unix_s;
    uint32_t ns;
} instants[] = {
    { "1970-01-01", true, 0, 0 },
    { "1970", true, 0, 0 },
    { "2026-01-01T00:00:00Z", true, 1767225600, 0 },
    { "2026-01-01t00:00:00z", true, 1767225600, 0 },
    { "2026-01-01T00:00Z", true, 1767225600, 0 },
    { "2026-01-01T01:00:00+01:00", true, 1767225600, 0 },
    { "2025-12-31T19:00:00.25-05:00", true, 1767225600, 250000000 },
    { "2026-01-01T00:00:00.1234567899Z", true, 1767225600, 123456789 },
    { "1767225600", true, 1767225600, 0 },
    { "-1", true, -1, 0 },
    { "1969-12-31T23:59:59Z", true, -1, 0 },
    { "2000-02-29", true, 951782400, 0 },
    { "9999-12-31T23:59:59Z", true, INT64_C(253402300799), 0 },
    { "0000-01-01", true, INT64_C(-62167219200), 0 },
    { "1900-02-29", false, 0, 0 },
    { "2026-02-29", false, 0, 0 },
    { "2026-00-01", false, 0, 0 },
    { "2026-13-01", false, 0, 0 },
    { "2026-01-01T00:00:00", false, 0, 0 }, /* no zone */
    { "2026-01-01T24:00:00Z", false, 0, 0 },
    { "2026-01-01T00:60:00Z", false, 0, 0 },
    { "2026-01-01T00:00:60Z", false, 0, 0 },
    { "2026-01-01T00:00:00.Z", false, 0, 0 },
    { "2026-01-01T00:00:00+1:00", false, 0, 0 },
    { "2026-01-01T00:00:00Zx", false, 0, 0 },
    { "2026-1-1", false, 0, 0 },
    { "", false, 0, 0 },
    { "9223372036854775808", false, 0, 0 },
    { "17672.5", false, 0, 0 },
};

static void instants_parse(void **state UNUSED)
{
    for (size_t i = 0; i < COUNT_OF(instants); i++) {
        struct instant at = { 0, 0 };
        bool is = instant_parse(str_cstr(instants[i].text), &at);
        if (is != instants[i].is ||
            (is && (at.unix_s != instants[i].unix_s || at.ns != instants[i].ns))) {
            fail_msg("%s: %d %lld.%09u", instants[i].text, is, (long long)at.unix_s, at.ns);
        }
        assert_true(!is || instant_is_storable(str_cstr(instants[i].text)));
    }
}

static const struct {
    const char *range, *address;
    bool inside;
} ranges[] = {
    { "10.0.0.0/8", "10.255.0.1", true },
    { "10.0.0.0/8", "11.0.0.0", false },
    { "10.0.0.1", "10.0.0.1", true },
    { "10.0.0.1", "10.0.0.2", false },
    { "10.9.8.7/8", "10.0.0.1", true },
    { "0.0.0.0/0", "255.255.255.255", true },
    { "0.0.0.0/0", "::1", false },
    { "::/0", "1.2.3.4", false },
    { "2001:DB8::/31", "2001:db9::1", true },
    { "2001:db8::/32", "2001:db9::1", false },
    { "::1", "0:0:0:0:0:0:0:1", true },
    { "::ffff:10.0.0.0/104", "10.0.0.1", false },
    { "128.0.0.0/1", "200.0.0.1", true },
    { "128.0.0.0/1", "127.0.0.1", false },
};

static const char *const no_ranges[] = {
    "",       "10.0.0", "10.0.0.0/",  "10.0.0.0/33",   "10.0.0.0/-1", "10.0.0.0/8x",  "010.0.0.1",
    "::/129", ":::",    "10.0.0.256", "10.0.0.0/0008", "fe80::1%1",   "10.0.0.0/8/8", " 10.0.0.1"
};

static void ranges_contain(void **state UNUSED)
{
    struct cidr range, address;

    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        assert_true(cidr_parse(str_cstr(ranges[i].range), true, &range));
        assert_true(cidr_parse(str_cstr(ranges[i].address), false, &address));
        if (cidr_contains(&range, &address) != ranges[i].inside) {
            fail_msg("%s and %s", ranges[i].range, ranges[i].address);
        }
    }
    for (size_t i = 0; i < COUNT_OF(no_ranges); i++) {
        if (cidr_parse(str_cstr(no_ranges[i]), true, &range)) {
            fail_msg("%s", no_ranges[i]);
        }
    }
    assert_false(cidr_parse(STR("10.0.0.0/8"), false, &range)); /* a range is no address */
    assert_false(cidr_parse(STR("10.0.0.1\0x"), false, &range));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_order),
        cmocka_unit_test(instants_parse),
        cmocka_unit_test(ranges_contain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
