/* How regularly a key is used, and by whom, from records of a trail. */
#include "migrate/uses.h"

#include <stdlib.h>
#include <unistd.h>

#include "codec/date.h"
#include "system/system.h"
#include "unit.h"

enum { DAY = 86400, START = 1767225600 /* 2026-01-01 */ };

static char path[64];
static buf trail;

static void record(int day, const char *type_and_more, const char *event)
{
    char at[20];

    date_print_iso(START + (int64_t)day * DAY, at);
    buf_printf(
        &trail,
        "{\"eventVersion\":\"1.11\",\"eventTime\":\"%.20s\",\"eventType\":\"AwsApiCall\","
        "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"%s\",\"awsRegion\":\"r\","
        "\"sourceIPAddress\":\"203.0.113.%d\",\"userAgent\":\"Boto3/1.2\",\"eventID\":\"%zu\","
        "\"userIdentity\":{%s}}\n",
        at, event, day % 250 + 1, trail.len, type_and_more);
}

#define BY_KEY "\"type\":\"IAMUser\",\"userName\":\"bob\",\"accessKeyId\":\"AKIAONE\""

static struct uses read_them(int64_t from_s)
{
    const char *paths[] = { path };
    struct uses uses;

    assert_ok(trail.err);
    assert_ok(file_replace(path, buf_str(&trail), 0600));
    assert_ok(uses_read(paths, 1, from_s, &uses));
    assert_int_equal(uses.problems.count, 0);
    return uses;
}

static unsigned period(const int *days, size_t count)
{
    struct uses uses;
    unsigned found;

    buf_clear(&trail);
    for (size_t i = 0; i < count; i++) {
        record(days[i], BY_KEY, "GetObject");
    }
    uses = read_them(INT64_MIN);
    found = uses_period_days(uses_key(&uses, STR("AKIAONE")));
    uses_done(&uses);
    return found;
}
#define PERIOD(...)                                                                                \
    period((const int[]){ __VA_ARGS__ }, sizeof((int[]){ __VA_ARGS__ }) / sizeof(int))

static void periods_are_seen(void **state UNUSED)
{
    assert_int_equal(PERIOD(5), 0);
    assert_int_equal(PERIOD(5, 6, 7), 1);
    assert_int_equal(PERIOD(0, 7, 14, 21), 7);
    assert_int_equal(PERIOD(0, 31, 59, 90), 31);
    assert_int_equal(PERIOD(0, 1, 2, 3, 23, 24), 20);  /* used again after twenty days */
    assert_int_equal(PERIOD(300, 400, 500, 520), 100); /* past the turn of the days kept */
}

static void a_rare_deed_of_a_busy_key_counts(void **state UNUSED)
{
    struct uses uses;

    buf_clear(&trail);
    for (int day = 0; day < 92; day++) {
        record(day, BY_KEY, "GetObject");
        if (day % 30 == 0) {
            record(day, BY_KEY, "PutObject");
        }
    }
    uses = read_them(INT64_MIN);
    assert_int_equal(uses_period_days(uses_key(&uses, STR("AKIAONE"))), 30);
    uses_done(&uses);
}

static void callers_are_told_apart(void **state UNUSED)
{
    struct uses uses;

    buf_clear(&trail);
    record(1, BY_KEY, "GetObject");
    record(2, "\"type\":\"IAMUser\",\"userName\":\"bob\",\"accessKeyId\":\"ASIATEMP\"",
           "GetObject");
    record(3,
           "\"type\":\"AssumedRole\",\"accessKeyId\":\"ASIAROLE\",\"sessionContext\":{"
           "\"sessionIssuer\":{\"type\":\"Role\",\"arn\":\"arn:aws:iam::1:role/r\"}}",
           "GetObject");
    record(4, "\"type\":\"Unknown\",\"claimedAccessKeyId\":\"AKIAONE\"", "GetObject");
    uses = read_them(INT64_MIN);
    assert_int_equal(uses_key(&uses, STR("AKIAONE"))->last_s, START + DAY);
    assert_int_equal(uses_user(&uses, STR("bob"))->last_s, START + 2 * DAY);
    assert_non_null(uses_role(&uses, STR("arn:aws:iam::1:role/r")));
    assert_true(uses_claim(&uses, STR("AKIAONE"))->last.claimed);
    assert_true(
        uses_has_origin(uses_key(&uses, STR("AKIAONE")), STR("boto3"), STR("203.0.113.0/24")));
    assert_false(
        uses_has_origin(uses_key(&uses, STR("AKIAONE")), STR("boto3"), STR("203.0.114.0/24")));
    uses_done(&uses);
    uses = read_them(START + 2 * DAY); /* what is older is left out */
    assert_null(uses_key(&uses, STR("AKIAONE")));
    assert_non_null(uses_user(&uses, STR("bob")));
    uses_done(&uses);
}

static int setup(void **state UNUSED)
{
    int fd;

    strcpy(path, "/tmp/mantle-uses-XXXXXX");
    fd = mkstemp(path);
    trail = buf_heap(1 << 20);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state UNUSED)
{
    buf_done(&trail);
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods_are_seen),
        cmocka_unit_test(a_rare_deed_of_a_busy_key_counts),
        cmocka_unit_test(callers_are_told_apart),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
