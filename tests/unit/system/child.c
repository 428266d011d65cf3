/* src/system/child.c */
#include "system/child.h"

#include "unit.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, &heap, 4096, 64 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void what_is_said_comes_back(void **state)
{
    static const char *const cat[] = { "/bin/cat", NULL };
    enum { LENGTH = 3 << 20 }; /* more than a socket holds in either direction */
    char *bytes = arena_bytes(&arena, LENGTH);
    str answer = STR_NONE;

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < LENGTH; i++) {
        bytes[i] = (char)(i * 7);
    }
    assert_ok(child_ask(cat, str_from(bytes, LENGTH), LENGTH, 20000, &arena, &answer));
    assert_true(str_eq(answer, str_from(bytes, LENGTH)));
    assert_int_equal(child_ask(cat, str_from(bytes, LENGTH), LENGTH - 1, 20000, &arena, &answer),
                     RC_LIMIT);
}

static void one_that_dies_fails_its_question(void **state)
{
    static const char *const fails[] = { "/bin/false", NULL };
    static const char *const killed[] = { "/bin/sh", "-c", "echo half; kill -9 $$", NULL };
    static const char *const gives_up[] = { "/bin/sh", "-c", "exit 127", NULL };
    static const char *const none[] = { "/nonexistent", NULL };
    static const char *const text[] = { "/etc/passwd", NULL };
    str answer = STR("untouched");

    (void)state;
    assert_int_equal(child_ask(fails, STR(""), 100, 20000, &arena, &answer), RC_CORRUPT);
    assert_int_equal(child_ask(killed, STR("x"), 100, 20000, &arena, &answer), RC_CORRUPT);
    assert_int_equal(child_ask(none, STR("x"), 100, 20000, &arena, &answer), RC_NOENT);
    assert_int_equal(child_ask(gives_up, STR("x"), 100, 20000, &arena, &answer), RC_NOENT);
    assert_int_equal(child_ask(text, STR("x"), 100, 20000, &arena, &answer), RC_NOENT);
    assert_str(answer, "untouched");
}

static void one_that_hangs_is_ended(void **state)
{
    static const char *const hangs[] = { "/bin/sleep", "600", NULL };
    str answer = STR_NONE;

    (void)state;
    assert_int_equal(child_ask(hangs, STR("x"), 100, 50, &arena, &answer), RC_EXPIRED);
}

#ifndef MANTLE_SANITIZED /* a sanitizer's options have to reach it */
static void it_gets_no_environment(void **state)
{
    static const char *const env[] = { "/usr/bin/env", NULL };
    str answer = STR_NONE;

    (void)state;
    assert_ok(child_ask(env, STR(""), 4096, 20000, &arena, &answer));
    assert_int_equal(answer.len, 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_said_comes_back, begin, end),
        cmocka_unit_test_setup_teardown(one_that_dies_fails_its_question, begin, end),
        cmocka_unit_test_setup_teardown(one_that_hangs_is_ended, begin, end),
#ifndef MANTLE_SANITIZED
        cmocka_unit_test_setup_teardown(it_gets_no_environment, begin, end),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
