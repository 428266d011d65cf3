#include "unit.h"

#include "codec/xml.h"

static void test_text(void **state)
{
    static const struct {
        const char *name;
        str text, want;
    } cases[] = {
        { "empty", STR_INIT(""), STR_INIT("") },
        { "plain", STR_INIT("a role"), STR_INIT("a role") },
        { "markup", STR_INIT("<a href=\"x\">&'</a>"),
          STR_INIT("&lt;a href=&quot;x&quot;&gt;&amp;&apos;&lt;/a&gt;") },
        { "end of a CDATA section", STR_INIT("]]>"), STR_INIT("]]&gt;") },
        { "white space survives a reader", STR_INIT("a\r\n\tb "), STR_INIT("a&#xD;&#xA;&#x9;b ") },
        { "controls", STR_INIT("\0x\x01\x1F\x7F"),
          STR_INIT("\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD\x7F") },
        { "UTF-8 stays", STR_INIT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
          STR_INIT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") },
        { "U+FFFD stays, U+FFFE and U+FFFF cannot",
          STR_INIT("\xEF\xBF\xBD-\xEF\xBF\xBE-\xEF\xBF\xBF"),
          STR_INIT("\xEF\xBF\xBD-\xEF\xBF\xBD-\xEF\xBF\xBD") },
        { "broken sequence does not eat markup", STR_INIT("\xE2\x82<"),
          STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD&lt;") },
        { "overlong less-than", STR_INIT("\xC0\xBC"), STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD") },
        { "surrogate", STR_INIT("\xED\xA0\x80"), STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf out = buf_heap(1000);
        xml_text(&out, cases[i].text);
        if (!str_eq(buf_str(&out), cases[i].want)) {
            fail_msg("%s: %.*s", cases[i].name, FMT(buf_str(&out)));
        }
        assert_true(str_is_utf8(buf_str(&out)));
        buf_done(&out);
    }
}

/* Long texts are looked at many bytes at once: a byte among others is written as when alone. */
static void test_every_byte_anywhere(void **state)
{
    enum { LEN = 37 };
    buf alone = buf_heap(100), among = buf_heap(1000);

    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        buf_clear(&alone);
        xml_text(&alone, str_from(&c, 1));
        for (size_t at = 0; at < LEN; at++) {
            char text[LEN];
            memset(text, 'a', LEN);
            text[at] = c;
            buf_clear(&among);
            xml_text(&among, str_from(text, LEN));
            assert_int_equal(among.len, LEN - 1 + alone.len);
            assert_true(str_eq(str_slice(buf_str(&among), at, alone.len), buf_str(&alone)));
        }
    }
    buf_done(&alone);
    buf_done(&among);
}

static void test_elements(void **state)
{
    buf out = buf_heap(1000);

    xml_open(&out, STR("Role"));
    xml_element(&out, STR("Path"), STR("/a&b/"));
    xml_element(&out, STR("Description"), STR_NONE);
    xml_close(&out, STR("Role"));
    assert_str(buf_str(&out), "<Role><Path>/a&amp;b/</Path><Description></Description></Role>");
    buf_done(&out);
}

static void test_limit(void **state)
{
    buf out = buf_heap(10);

    xml_element(&out, STR("Path"), STR("/a/b/c"));
    assert_int_equal(out.err, RC_LIMIT);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_every_byte_anywhere),
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
