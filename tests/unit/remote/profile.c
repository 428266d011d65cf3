#include "remote/profile.h"

#include "unit.h"

static struct arena arena;

static void a_file_as_the_tools_write_it(void **state UNUSED)
{
    static const char text[] = "# mine\n"
                               "[default]\r\n"
                               "region = eu-west-1 # near\n"
                               "\n"
                               "[profile audit]\n"
                               "role_arn=arn:aws:iam::111122223333:role/audit\n"
                               "s3 =\n"
                               "  max_concurrent_requests = 2\n"
                               "region = eu-west-2\n"
                               "; not mine\n"
                               "[services local]\n"
                               "iam =\n"
                               "\tendpoint_url = http://127.0.0.1:1/#x\n"
                               "REGION = x\n";
    struct profile_file file;
    unsigned line = 0;

    assert_ok(profile_parse(str_from(text, sizeof(text) - 1), &arena, &file, &line));
    assert_str(profile_get(&file, STR("default"), STR("region")), "eu-west-1");
    assert_str(profile_get(&file, STR("profile audit"), STR("region")), "eu-west-2");
    assert_null(profile_get(&file, STR("profile audit"), STR("max_concurrent_requests")).ptr);
    assert_str(profile_get_under(&file, STR("services local"), STR("iam"), STR("endpoint_url")),
               "http://127.0.0.1:1/#x");
    assert_str(profile_get(&file, STR("services local"), STR("region")), "x");
    assert_true(profile_has(&file, STR("default")));
    assert_false(profile_has(&file, STR("audit")));
}

static void what_is_neither_is_named_by_line(void **state UNUSED)
{
    static const struct {
        const char *text;
        unsigned line;
    } bad[] = {
        { "[a]\nb\n", 2 }, { "a = b\n", 1 }, { "[a\n", 1 }, { "[a] b\n", 1 }, { "[a]\n= c\n", 2 },
    };
    struct profile_file file;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        unsigned line = 0;
        assert_int_equal(profile_parse(str_cstr(bad[i].text), &arena, &file, &line), RC_SYNTAX);
        assert_int_equal(line, bad[i].line);
    }
}

static int setup(void **state UNUSED)
{
    arena_init(&arena, &heap, 4096, 1 << 20);
    return 0;
}

static int teardown(void **state UNUSED)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_as_the_tools_write_it),
        cmocka_unit_test(what_is_neither_is_named_by_line),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
