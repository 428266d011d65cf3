#include "unit.h"

#include "migrate/html.h"

/* What somebody might call himself. */
static const str hostile[] = {
    STR_INIT("<script>alert(1)</script>"),
    STR_INIT("\"><img src=x onerror=alert(1)>"),
    STR_INIT("'onmouseover='alert(1)"),
    STR_INIT("</bdi></td></table><h1>Nothing to see</h1>"),
    STR_INIT("--><style>*{display:none}</style>"),
    STR_INIT("&lt;script&gt;"),
    STR_INIT("\xE2\x82<b>"),
    STR_INIT("\0<b>\x1B[31m"),
};

static bool has(const buf *out, const char *text)
{
    size_t at;

    return str_find(buf_str(out), str_cstr(text), &at);
}

/* No byte of it opens or ends anything. */
static void check_plain(str inside, str of)
{
    for (size_t i = 0; i < inside.len; i++) {
        if (memchr("<>\"'", inside.ptr[i], 4) != NULL) {
            fail_msg("%.*s became %.*s", FMT(of), FMT(inside));
        }
    }
    assert_true(str_is_utf8(inside));
}

static void test_nothing_of_theirs_is_markup(void **state)
{
    static const str open = STR_INIT("<bdi>"), close = STR_INIT("</bdi>");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(hostile); i++) {
        buf out = buf_heap(10000);
        str inside;

        html_theirs(&out, hostile[i]);
        inside = buf_str(&out);
        assert_true(str_starts(inside, open) && str_ends(inside, close));
        check_plain(str_slice(inside, open.len, inside.len - open.len - close.len), hostile[i]);
        buf_clear(&out);
        html_text(&out, hostile[i]);
        check_plain(buf_str(&out), hostile[i]);
        buf_done(&out);
    }
}

static void test_an_escaped_text_is_escaped_again(void **state)
{
    buf out = buf_heap(1000);

    (void)state;
    html_text(&out, STR("&lt;"));
    assert_str(buf_str(&out), "&amp;lt;");
    buf_done(&out);
}

static void test_a_title_cannot_end_itself(void **state)
{
    buf out = buf_heap(1 << 20);

    (void)state;
    html_begin(&out, STR("</title><script>"));
    html_end(&out);
    assert_ok(out.err);
    assert_true(has(&out, "<title>&lt;/title&gt;&lt;script&gt;</title>"));
    assert_false(has(&out, "<script"));
    buf_done(&out);
}

static void test_the_policy_allows_one_style_and_nothing_else(void **state)
{
    buf out = buf_heap(1 << 20);

    (void)state;
    html_begin(&out, STR("t"));
    html_end(&out);
    assert_true(has(&out, "content=\"default-src 'none'; style-src 'sha256-"));
    assert_true(has(&out, "'; base-uri 'none'; form-action 'none'\">"));
    assert_false(has(&out, "unsafe-inline"));
    assert_false(has(&out, "http:"));
    assert_false(has(&out, "https:"));
    assert_false(has(&out, "url("));
    assert_false(has(&out, "style=\""));
    buf_done(&out);
}

static void test_tables_have_captions_and_scopes(void **state)
{
    static const struct html_column columns[] = { { "Key", COLUMN_WHOLE },
                                                  { "Calls", COLUMN_NUMBER },
                                                  { "Last", COLUMN_TEXT } };
    struct html_table t;
    buf out = buf_heap(10000);

    (void)state;
    html_table(&out, STR("All <keys>"), columns, COUNT_OF(columns), &t);
    html_row(&t);
    html_cell_text(&t, STR("<b>"));
    html_cell_number(&t, UINT64_MAX);
    html_cell_day(&t, 0);
    html_row_end(&t);
    html_row(&t);
    html_cell_text(&t, STR_NONE);
    html_cell_number(&t, 0);
    html_cell_day(&t, INT64_MIN);
    html_row_end(&t);
    html_table_end(&t);
    assert_true(has(&out, "<caption>All &lt;keys&gt;</caption>"));
    assert_true(has(&out, "<th scope=\"col\" class=\"w\">Key</th>"
                          "<th scope=\"col\" class=\"n\">Calls</th><th scope=\"col\">Last</th>"));
    assert_true(has(&out, "<tr><th scope=\"row\" class=\"w\"><bdi>&lt;b&gt;</bdi></th>"
                          "<td class=\"n\">18446744073709551615</td>"
                          "<td><bdi>1970-01-01</bdi></td></tr>"));
    assert_true(has(&out, "<tr><th scope=\"row\" class=\"w\">–</th><td class=\"n\">0</td>"
                          "<td>–</td></tr>"));
    buf_done(&out);
}

static void test_bars(void **state)
{
    static const struct html_bar bars[] = { { "a & b", 10, 5 }, { "none", 0, 0 } };
    buf out = buf_heap(10000);

    (void)state;
    html_bars(&out, "Keys <by> age", bars, COUNT_OF(bars), false);
    assert_true(has(&out, "aria-label=\"Keys &lt;by&gt; age. a &amp; b: 10, none: 0\""));
    assert_true(has(&out, "width=\"220\" height=\"18\"/><rect class=\"b2\" x=\"410\""));
    assert_true(has(&out, ">a &amp; b</text>"));
    assert_false(has(&out, "b3"));
    html_bars(&out, "Alarms", bars, COUNT_OF(bars), true);
    assert_true(has(&out, "<rect class=\"b3\" x=\"410\" y=\"5\" width=\"220\""));
    buf_done(&out);
}

static void test_said_text_is_cut_not_overrun(void **state)
{
    char long_text[2000];
    buf out = buf_heap(10000);

    (void)state;
    memset(long_text, '<', sizeof(long_text));
    html_say(&out, "%.*s", (int)sizeof(long_text), long_text);
    assert_int_equal(out.len, 511 * 4); /* &lt; */
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_of_theirs_is_markup),
        cmocka_unit_test(test_an_escaped_text_is_escaped_again),
        cmocka_unit_test(test_a_title_cannot_end_itself),
        cmocka_unit_test(test_the_policy_allows_one_style_and_nothing_else),
        cmocka_unit_test(test_tables_have_captions_and_scopes),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_said_text_is_cut_not_overrun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
