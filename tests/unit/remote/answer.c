#include "remote/answer.h"

#include "unit.h"

static struct arena arena;

static const struct {
    const char *name, *text;
    enum rc want;
} cases[] = {
    { "a leaf", "<A>x</A>", RC_OK },
    { "an empty element", "<A/>", RC_OK },
    { "a declaration", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A/>\n", RC_OK },
    { "a namespace prefix", "<ns:A xmlns:ns='u'><ns:B>1</ns:B></ns:A>", RC_OK },
    { "characters by number", "<A>&#65;&#x42;&#x10FFFF;</A>", RC_OK },
    { "no doctype", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", RC_SYNTAX },
    { "no entity of its own", "<a>&b;</a>", RC_SYNTAX },
    { "no CDATA", "<a><![CDATA[x]]></a>", RC_SYNTAX },
    { "no comment", "<a><!-- x --></a>", RC_SYNTAX },
    { "no surrogate by number", "<a>&#xD800;</a>", RC_SYNTAX },
    { "no NUL by number", "<a>&#0;</a>", RC_SYNTAX },
    { "no hexadecimal digits in decimal", "<a>&#6F;</a>", RC_SYNTAX },
    { "tags must fit", "<a><b></a></b>", RC_SYNTAX },
    { "text beside children", "<a>x<b/></a>", RC_SYNTAX },
    { "text behind children", "<a><b/>x</a>", RC_SYNTAX },
    { "a name that starts with a digit", "<8/>", RC_SYNTAX },
    { "a name that starts with a digit behind its prefix", "<a:8/>", RC_SYNTAX },
    { "a prefix without letters", "<:a/>", RC_SYNTAX },
    { "two prefixes", "<a:b:c/>", RC_SYNTAX },
    { "a name that starts with a hyphen", "<-a/>", RC_SYNTAX },
    { "two roots", "<a/><b/>", RC_SYNTAX },
    { "broken off", "<a><b>", RC_SYNTAX },
    { "nothing", "", RC_SYNTAX },
    { "HTML of a proxy", "<html><body><p>502<br></body></html>", RC_SYNTAX },
};

static void answers_are_read_strictly(void **state UNUSED)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct answer_node *node = NULL;
        enum rc rc = answer_parse(str_cstr(cases[i].text), &arena, &node);
        if (rc != cases[i].want) {
            fail_msg("%s: %s, not %s", cases[i].name, rc_name(rc), rc_name(cases[i].want));
        }
    }
}

static void text_is_resolved(void **state UNUSED)
{
    struct answer_node *node = NULL;

    assert_ok(answer_parse(STR("<R><D>&lt;a href=&quot;x&quot;&gt; &amp;amp; &apos;&#233;</D></R>"),
                           &arena, &node));
    assert_str(answer_text(node, STR("D")), "<a href=\"x\"> &amp; '\xC3\xA9");
    assert_null(answer_text(node, STR("E")).ptr);
    assert_non_null(answer_find(node, STR("D")));
}

static void nesting_is_bounded(void **state UNUSED)
{
    char text[ANSWER_DEPTH_MAX * 7 + 16];
    struct answer_node *node = NULL;

    for (unsigned depth = ANSWER_DEPTH_MAX; depth <= ANSWER_DEPTH_MAX + 1; depth++) {
        size_t len = 0;
        for (unsigned i = 0; i < depth; i++, len += 3) {
            memcpy(text + len, "<a>", 3);
        }
        for (unsigned i = 0; i < depth; i++, len += 4) {
            memcpy(text + len, "</a>", 4);
        }
        assert_int_equal(answer_parse(str_from(text, len), &arena, &node),
                         depth > ANSWER_DEPTH_MAX ? RC_LIMIT : RC_OK);
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
        cmocka_unit_test(answers_are_read_strictly),
        cmocka_unit_test(text_is_resolved),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
