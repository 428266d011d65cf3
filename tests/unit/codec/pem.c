#include "codec/pem.h"

#include "base/arena.h"
#include "unit.h"

#define BLOCK(label, body) "-----BEGIN " label "-----\n" body "-----END " label "-----\n"

static void test_what_is_taken(void **state UNUSED)
{
    static const struct {
        const char *name;
        str text;
        enum rc want;
    } cases[] = {
        { "a block", STR_INIT(BLOCK("CERTIFICATE", "AAAA\n")), RC_OK },
        { "white space around", STR_INIT(" \n" BLOCK("X Y", "AAAA\n") "\n "), RC_OK },
        { "CR LF", STR_INIT("-----BEGIN A-----\r\nAAAA\r\n-----END A-----\r\n"), RC_OK },
        { "nothing", STR_INIT(""), RC_NOENT },
        { "white space", STR_INIT(" \n\t"), RC_NOENT },
        { "text before", STR_INIT("x\n" BLOCK("A", "AAAA\n")), RC_SYNTAX },
        { "no end", STR_INIT("-----BEGIN A-----\nAAAA\n"), RC_SYNTAX },
        { "another end", STR_INIT("-----BEGIN A-----\nAAAA\n-----END B-----\n"), RC_SYNTAX },
        { "an empty label", STR_INIT("-----BEGIN -----\nAAAA\n-----END -----\n"), RC_SYNTAX },
        { "a label in small letters", STR_INIT(BLOCK("a", "AAAA\n")), RC_SYNTAX },
        { "base64 on the line of the label", STR_INIT("-----BEGIN A-----AAAA\n-----END A-----\n"),
          RC_SYNTAX },
        { "text behind the end", STR_INIT("-----BEGIN A-----\nAAAA\n-----END A-----x"), RC_SYNTAX },
        { "a dash missing", STR_INIT("-----BEGIN A----\nAAAA\n-----END A-----\n"), RC_SYNTAX },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str rest = cases[i].text;
        struct pem_block block;
        enum rc rc = pem_take(&rest, &block);
        if (rc != cases[i].want) {
            fail_msg("%s: %s", cases[i].name, rc_name(rc));
        }
    }
}

static void test_what_decodes(void **state UNUSED)
{
    static const struct {
        str body;
        enum rc want;
    } cases[] = {
        { STR_INIT("AAAA\n"), RC_OK },
        { STR_INIT("AA\nAA\n"), RC_OK },
        { STR_INIT("\n"), RC_SYNTAX },
        { STR_INIT("AAA\n"), RC_SYNTAX },
        { STR_INIT("Proc-Type: 4,ENCRYPTED\n\nAAAA\n"), RC_SYNTAX },
        { STR_INIT("AAAAAAAAAAAAAAAAAAAA\n"), RC_LIMIT },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pem_block block = { STR("A"), cases[i].body };
        buf out = buf_heap(12);
        assert_int_equal(pem_decode(&block, &out), cases[i].want);
        buf_done(&out);
    }
}

static void test_lines_have_64_characters(void **state UNUSED)
{
    static const char bytes[49] = { 0 };
    buf out = buf_heap(1024);

    pem_print(STR("A"), str_from(bytes, sizeof(bytes)), &out);
    assert_str(buf_str(&out), "-----BEGIN A-----\n"
                              "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                              "AA==\n-----END A-----\n");
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_what_decodes),
        cmocka_unit_test(test_lines_have_64_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
