#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "system/log.h"

#define AT INT64_C(1767225600123456789) /* 2026-01-01T00:00:00.123Z */
#define T "time=2026-01-01T00:00:00.123Z level=error event=a.b"
#define J "{\"time\":\"2026-01-01T00:00:00.123Z\",\"level\":\"error\",\"event\":\"a.b\""

static const struct {
    const char *name, *value, *text, *json;
} cases[] = {
    { "plain", "v", T " k=v\n", J ",\"k\":\"v\"}\n" },
    { "empty", "", T " k=\"\"\n", J ",\"k\":\"\"}\n" },
    { "absent", NULL, T " k=\"\"\n", J ",\"k\":\"\"}\n" },
    { "space is quoted", "a b", T " k=\"a b\"\n", J ",\"k\":\"a b\"}\n" },
    { "equals sign is quoted", "a=b", T " k=\"a=b\"\n", J ",\"k\":\"a=b\"}\n" },
    { "quote and backslash", "\"\\", T " k=\"\\\"\\\\\"\n", J ",\"k\":\"\\\"\\\\\"}\n" },
    { "a line cannot be forged", "x\ntime=0 level=info", T " k=\"x\\u000atime=0 level=info\"\n",
      J ",\"k\":\"x\\u000atime=0 level=info\"}\n" },
    { "escape sequences", "\033[2J\x7f", T " k=\"\\u001b[2J\\u007f\"\n",
      J ",\"k\":\"\\u001b[2J\\u007f\"}\n" },
    { "C1 controls", "\xc2\x9b", T " k=\"\\u009b\"\n", J ",\"k\":\"\\u009b\"}\n" },
    { "right to left override", "\xe2\x80\xae", T " k=\"\\u202e\"\n", J ",\"k\":\"\\u202e\"}\n" },
    { "UTF-8", "\xc3\xa4", T " k=\"\xc3\xa4\"\n", J ",\"k\":\"\xc3\xa4\"}\n" },
    { "not UTF-8", "\xff", T " k=\"\\xff\"\n", J ",\"k\":\"\\ufffd\"}\n" },
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *pairs[] = { "k", cases[i].value };
        char out[300];
        size_t len = log_line(out, sizeof(out), LOG_FORMAT_TEXT, AT, LOG_LEVEL_ERROR, "a.b", pairs,
                              2);

        if (!str_eq(str_from(out, len), str_cstr(cases[i].text))) {
            fail_msg("%s: %.*s", cases[i].name, (int)len, out);
        }
        len = log_line(out, sizeof(out), LOG_FORMAT_JSON, AT, LOG_LEVEL_ERROR, "a.b", pairs, 2);
        if (!str_eq(str_from(out, len), str_cstr(cases[i].json))) {
            fail_msg("%s: %.*s", cases[i].name, (int)len, out);
        }
    }
}

/* However long the value: one line, whole at its end. */
static void test_long_lines(void **state)
{
    static char value[600];
    const char *pairs[] = { "k", value };

    (void)state;
    for (size_t size = 0; size + 1 < sizeof(value); size++) {
        char out[400];
        size_t len;

        memset(value, size % 2 == 0 ? 'x' : '\n', size);
        value[size] = '\0';
        len = log_line(out, sizeof(out), LOG_FORMAT_TEXT, AT, LOG_LEVEL_ERROR, "a.b", pairs, 2);
        assert_true(len <= sizeof(out));
        assert_ptr_equal(memchr(out, '\n', len), out + len - 1);
        assert_true(size < 400 || str_ends(str_from(out, len), STR("...\n")));
        len = log_line(out, sizeof(out), LOG_FORMAT_JSON, AT, LOG_LEVEL_ERROR, "a.b", pairs, 2);
        assert_true(len <= sizeof(out));
        assert_ptr_equal(memchr(out, '\n', len), out + len - 1);
        assert_true(str_ends(str_from(out, len), STR("\"}\n")));
        assert_true(size < 400 || str_ends(str_from(out, len), STR(",\"truncated\":\"true\"}\n")));
    }
}

static void *log_many(void *arg)
{
    for (int i = 0; i < 500; i++) {
        log_event(LOG_LEVEL_WARN, "test.thread", "who", (const char *)arg, "text",
                  "abcdefghijklmnopqrstuvwxyz", NULL);
        log_event(LOG_LEVEL_DEBUG, "test.hidden", NULL);
    }
    return NULL;
}

/* Lines of several threads come whole; those below the level do not come. */
static void test_threads_and_level(void **state)
{
    char path[] = "/tmp/mantle-log-XXXXXX";
    int file = mkstemp(path), saved = dup(STDERR_FILENO), lines = 0;
    static char who[] = "me";
    pthread_t threads[4];
    FILE *in;
    char line[300];

    (void)state;
    assert_true(file >= 0);
    (void)fcntl(file, F_SETFL, O_APPEND);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    errno = 77;
    log_event(LOG_LEVEL_WARN, "test.errno", NULL);
    assert_int_equal(errno, 77);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, who), 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        assert_null(strstr(line, "hidden"));
        assert_int_equal(strncmp(line, "time=20", 7), 0);
        assert_true(lines == 0 ||
                    strstr(line, " who=me text=abcdefghijklmnopqrstuvwxyz\n") != NULL);
        lines++;
    }
    assert_int_equal(lines, 2001);
    (void)fclose(in);
    (void)close(file);
    (void)close(saved);
    (void)unlink(path);
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_JSON);
    assert_false(log_wants(LOG_LEVEL_WARN));
    log_setup(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
    assert_true(log_wants(LOG_LEVEL_DEBUG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_threads_and_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
