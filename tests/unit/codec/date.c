#include "unit.h"

#include "base/env.h"
#include "codec/date.h"

static void test_instants(void **state)
{
    static const struct {
        str text;
        int64_t unix_s;
        int32_t ns;
    } cases[] = {
        { STR_INIT("1970"), 0, 0 },
        { STR_INIT("2026"), 1767225600, 0 },
        { STR_INIT("2026-01"), 1767225600, 0 },
        { STR_INIT("2026-01-01"), 1767225600, 0 },
        { STR_INIT("2026-01-01T00:00Z"), 1767225600, 0 },
        { STR_INIT("2026-01-01T00:00:00Z"), 1767225600, 0 },
        { STR_INIT("2026-01-01T01:00:00+01:00"), 1767225600, 0 },
        { STR_INIT("2025-12-31T18:30-05:30"), 1767225600, 0 },
        { STR_INIT("2026-01-01T00:00:00-00:00"), 1767225600, 0 },
        { STR_INIT("2026-11-23T18:25:57.5Z"), 1795458357, 500000000 },
        { STR_INIT("2026-11-23T18:25:57.123456789Z"), 1795458357, 123456789 },
        { STR_INIT("2026-11-23T18:25:57.1234567899999999Z"), 1795458357, 123456789 },
        { STR_INIT("2026-11-23T18:25:57.000000001+00:00"), 1795458357, 1 },
        { STR_INIT("2000-02-29"), 951782400, 0 },
        { STR_INIT("2024-02-29"), 1709164800, 0 },
        { STR_INIT("1969-12-31T23:59:59.25Z"), -1, 250000000 },
        { STR_INIT("0001-01-01T00:00:00Z"), INT64_C(-62135596800), 0 },
        { STR_INIT("0000-02-29"), INT64_C(-62162121600), 0 },
        { STR_INIT("9999-12-31T23:59:59Z"), INT64_C(253402300799), 0 },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct instant at = { 0 };
        if (date_parse_instant(cases[i].text, &at) != RC_OK || at.unix_s != cases[i].unix_s ||
            at.ns != cases[i].ns) {
            fail_msg("%.*s gives %lld.%09d", FMT(cases[i].text), (long long)at.unix_s, at.ns);
        }
    }
}

static void test_refused(void **state)
{
    static const str cases[] = {
        STR_INIT(""),
        STR_INIT("202"),
        STR_INIT("20261"),
        STR_INIT("2026-"),
        STR_INIT("2026-1"),
        STR_INIT("2026-00"),
        STR_INIT("2026-13"),
        STR_INIT("2026-01-"),
        STR_INIT("2026-01-00"),
        STR_INIT("2026-01-32"),
        STR_INIT("2026-04-31"),
        STR_INIT("2023-02-29"),
        STR_INIT("1900-02-29"),
        STR_INIT("2026-01-01T"),
        STR_INIT("2026-01-01T00"),
        STR_INIT("2026-01-01T00Z"),
        STR_INIT("2026-01-01T00:00"),
        STR_INIT("2026-01-01T00:00:00"),
        STR_INIT("2026-01-01T00:00:00.5"),
        STR_INIT("2026-01-01T00:00:00.Z"),
        STR_INIT("2026-01-01T00:00:0Z"),
        STR_INIT("2026-01-01T24:00:00Z"),
        STR_INIT("2026-01-01T23:60:00Z"),
        STR_INIT("2026-12-31T23:59:60Z"),
        STR_INIT("2026-01-01t00:00:00Z"),
        STR_INIT("2026-01-01T00:00:00z"),
        STR_INIT("2026-01-01 00:00:00Z"),
        STR_INIT("2026-01-01T00:00:00 Z"),
        STR_INIT("2026-01-01T00:00:00ZZ"),
        STR_INIT("2026-01-01T00:00:00Z "),
        STR_INIT(" 2026-01-01T00:00:00Z"),
        STR_INIT("2026-01-01T00:00:00+01"),
        STR_INIT("2026-01-01T00:00:00+0100"),
        STR_INIT("2026-01-01T00:00:00+24:00"),
        STR_INIT("2026-01-01T00:00:00+00:60"),
        STR_INIT("2026-01-01T00:00:00+1:00"),
        STR_INIT("2026-01-01T00:00:00+01:00Z"),
        STR_INIT("2026-01-01Z"),
        STR_INIT("2026Z"),
        STR_INIT("+2026"),
        STR_INIT("-026"),
        STR_INIT("2026-01-01T00:00:00Z\0"),
        STR_INIT("20260101T000000Z"),
        STR_INIT("1767225600"),
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ns = 5;
        if (date_parse_iso(cases[i], &ns) != RC_SYNTAX || ns != 5) {
            fail_msg("%.*s is taken", FMT(cases[i]));
        }
    }
}

static void test_nanoseconds_saturate(void **state)
{
    int64_t ns = 0;

    assert_ok(date_parse_iso(STR("2026-11-23T18:25:57.25Z"), &ns));
    assert_int_equal(ns, INT64_C(1795458357250000000));
    assert_ok(date_parse_iso(STR("2262-04-11T23:47:16.854775807Z"), &ns));
    assert_int_equal(ns, INT64_MAX);
    assert_ok(date_parse_iso(STR("2262-04-11T23:47:16.854775806Z"), &ns));
    assert_int_equal(ns, INT64_MAX - 1);
    assert_ok(date_parse_iso(STR("2262-04-11T23:47:16.9Z"), &ns));
    assert_int_equal(ns, INT64_MAX);
    assert_ok(date_parse_iso(STR("9999"), &ns));
    assert_int_equal(ns, INT64_MAX);
    assert_ok(date_parse_iso(STR("0001"), &ns));
    assert_int_equal(ns, INT64_MIN);
}

static void test_instant_order(void **state)
{
    static const struct instant in_order[] = {
        { -5, 0 }, { -5, 1 }, { 0, 0 }, { 0, 999999999 }, { 1, 0 }, { INT64_MAX, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(in_order); i++) {
        for (size_t k = 0; k < COUNT_OF(in_order); k++) {
            assert_int_equal(instant_cmp(in_order[i], in_order[k]), (i > k) - (i < k));
        }
    }
}

/* Every day of 1970 to 9999, counted up by hand. */
static void test_calendar(void **state)
{
    static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t unix_s = 0;

    for (int year = 1970; year <= 9999; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= month_days[month - 1] + (leap && month == 2); day++) {
                struct date date = date_from_unix(unix_s + 86399);
                if (date.year != year || date.month != month || date.day != day ||
                    date.hour != 23 || date.minute != 59 || date.second != 59 ||
                    date_to_unix(&date) != unix_s + 86399) {
                    fail_msg("%d-%d-%d", year, month, day);
                }
                unix_s += 86400;
            }
        }
    }
    assert_int_equal(unix_s, INT64_C(253402300800));
}

static void test_prints_back(void **state)
{
    for (int64_t at = 0; at < INT64_C(253402300800); at += INT64_C(7777777)) {
        char iso[20], basic[16], http[29];
        int64_t ns = 0, from_basic = 0, from_http = 0;
        struct instant instant = { 0 };
        date_print_iso(at, iso);
        date_print_basic(at, basic);
        date_print_http(at, http);
        assert_ok(date_parse_instant(str_from(iso, 20), &instant));
        assert_ok(date_parse_iso(str_from(iso, 20), &ns));
        assert_ok(date_parse_basic(str_from(basic, 16), &from_basic));
        assert_ok(date_parse_http(str_from(http, 29), &from_http));
        assert_int_equal(instant.unix_s, at);
        assert_int_equal(from_basic, at);
        assert_int_equal(from_http, at);
        assert_int_equal(ns, at > INT64_MAX / NS_PER_S ? INT64_MAX : at * NS_PER_S);
    }
}

static void test_prints(void **state)
{
    static const struct {
        int64_t unix_s;
        const char *iso, *basic, *http;
    } cases[] = {
        { 0, "1970-01-01T00:00:00Z", "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
        { 1795458357, "2026-11-23T18:25:57Z", "20261123T182557Z", "Mon, 23 Nov 2026 18:25:57 GMT" },
        { 951782400, "2000-02-29T00:00:00Z", "20000229T000000Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
        { 784111777, "1994-11-06T08:49:37Z", "19941106T084937Z", "Sun, 06 Nov 1994 08:49:37 GMT" },
        { -1, "1970-01-01T00:00:00Z", "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
        { INT64_MIN, "1970-01-01T00:00:00Z", "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
        { INT64_MAX, "9999-12-31T23:59:59Z", "99991231T235959Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char iso[20], basic[16], http[29];
        date_print_iso(cases[i].unix_s, iso);
        date_print_basic(cases[i].unix_s, basic);
        date_print_http(cases[i].unix_s, http);
        assert_memory_equal(iso, cases[i].iso, sizeof(iso));
        assert_memory_equal(basic, cases[i].basic, sizeof(basic));
        assert_memory_equal(http, cases[i].http, sizeof(http));
    }
}

static void test_basic_and_http_refused(void **state)
{
    static const str basic[] = {
        STR_INIT(""),
        STR_INIT("20261123T182557"),
        STR_INIT("20261123T182557z"),
        STR_INIT("20261123t182557Z"),
        STR_INIT("20261123T182557Z "),
        STR_INIT("20261123T1825Z"),
        STR_INIT("20261123T182560Z"),
        STR_INIT("20261131T182557Z"),
        STR_INIT("19691123T182557Z"),
        STR_INIT("2026-11-23T18:25:57Z"),
    };
    static const str http[] = {
        STR_INIT(""),
        STR_INIT("Mon"),
        STR_INIT("Tue, 23 Nov 2026 18:25:57 GMT"), /* it was a Monday */
        STR_INIT("mon, 23 Nov 2026 18:25:57 GMT"),
        STR_INIT("Mon, 23 nov 2026 18:25:57 GMT"),
        STR_INIT("Mon, 23 Nov 2026 18:25:57 UTC"),
        STR_INIT("Mon, 23 Nov 2026 18:25:57 GMT "),
        STR_INIT("Mon, 23 Nov 2026 18:25:57"),
        STR_INIT("Mon, 3 Nov 2026 18:25:57 GMT"),
        STR_INIT("Monday, 23-Nov-26 18:25:57 GMT"),
        STR_INIT("Mon Nov 23 18:25:57 2026"),
        STR_INIT("Thu, 01 Jan 1969 00:00:00 GMT"),
    };
    int64_t at = 5;

    for (size_t i = 0; i < COUNT_OF(basic); i++) {
        assert_int_equal(date_parse_basic(basic[i], &at), RC_SYNTAX);
    }
    for (size_t i = 0; i < COUNT_OF(http); i++) {
        assert_int_equal(date_parse_http(http[i], &at), RC_SYNTAX);
    }
    assert_int_equal(at, 5);
}

/* Every byte in every place: a digit is read as one, anything else refused. */
static void test_basic_takes_digits_alone(void **state)
{
    char text[] = "20261111T111111Z";
    int64_t at = 0;

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        char was = text[i];

        for (int byte = 0; byte < 256; byte++) {
            bool digit = byte >= '0' && byte <= '9';

            text[i] = (char)byte;
            if (!digit && text[i] != was) {
                assert_int_equal(date_parse_basic(str_from(text, 16), &at), RC_SYNTAX);
            } else if (i == 14) { /* the seconds' last digit: all ten are real */
                assert_ok(date_parse_basic(str_from(text, 16), &at));
                assert_int_equal(at % 10, byte - '0');
            }
        }
        text[i] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instants),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_nanoseconds_saturate),
        cmocka_unit_test(test_instant_order),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_prints_back),
        cmocka_unit_test(test_prints),
        cmocka_unit_test(test_basic_and_http_refused),
        cmocka_unit_test(test_basic_takes_digits_alone),
    };

    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
