#include "unit.h"

#include "base/buf.h"
#include "codec/csv.h"

static struct arena arena;

static int setup(void **state)
{
    arena_init(&arena, &heap, 4096, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_done(&arena);
    return 0;
}

/* "a|b;" for each row, "!" for a bad one, "?" for one with too many cells. */
static void show(str text, bool last, buf *out)
{
    enum { CELLS = 4 };
    str cells[CELLS], rest = text;
    size_t count;

    for (;;) {
        enum rc rc = csv_take_row(&rest, last, &arena, cells, CELLS, &count);
        if (rc == RC_NOENT) {
            break;
        }
        if (rc != RC_OK) {
            buf_add_char(out, rc == RC_LIMIT ? '?' : '!');
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            buf_add(out, cells[i]);
            buf_add_char(out, i + 1 < count ? '|' : ';');
        }
    }
    if (rest.len > 0) {
        buf_printf(out, "+%zu", rest.len);
    }
}

static void test_rows(void **state)
{
    static const struct {
        str text;
        bool last;
        const char *want;
    } cases[] = {
        { STR_INIT(""), true, "" },
        { STR_INIT("a,b\nc,d\n"), true, "a|b;c|d;" },
        { STR_INIT("a,b\r\nc,d\r\n"), true, "a|b;c|d;" },
        { STR_INIT("a,b\nc,d"), true, "a|b;c|d;" },
        { STR_INIT("a,b\nc,d"), false, "a|b;+3" },
        { STR_INIT("a,\n,b\n,\n"), true, "a|;|b;|;" },
        { STR_INIT("\n\r\na\n\n"), true, "a;" },
        { STR_INIT("\"a,b\",\"c\nd\"\n"), true, "a,b|c\nd;" },
        { STR_INIT("\"say \"\"hi\"\"\",x\n"), true, "say \"hi\"|x;" },
        { STR_INIT("\"\",\"\"\n"), true, "|;" },
        { STR_INIT("a\"b,c\n"), true, "a\"b|c;" },
        { STR_INIT("\"a\"b,c\nd\n"), true, "!d;" },
        { STR_INIT("\"a\nb\n"), true, "!b;" },
        { STR_INIT("\"a\nb\n"), false, "+5" },
        { STR_INIT("\"a\""), false, "+3" },
        { STR_INIT("\"a\"\r"), false, "+4" },
        { STR_INIT("\"a\"\r"), true, "a;" },
        { STR_INIT("1,2,3,4\n1,2,3,4,5\nx\n"), true, "1|2|3|4;?x;" },
    };
    buf out = buf_heap(1 << 16);

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf_clear(&out);
        show(cases[i].text, cases[i].last, &out);
        if (!str_eq(buf_str(&out), str_cstr(cases[i].want))) {
            fail_msg("%.*s gives %.*s, not %s", FMT(cases[i].text), FMT(buf_str(&out)),
                     cases[i].want);
        }
    }
    buf_done(&out);
}

static void test_no_memory(void **state)
{
    struct arena small;
    str cells[2], rest = STR("\"a\"\"b\"\n");
    size_t count;

    arena_init(&small, &heap, 16, 16);
    assert_int_equal(csv_take_row(&rest, true, &small, cells, 2, &count), RC_NOMEM);
    arena_done(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
