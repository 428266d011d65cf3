#include "unit.h"

#include "federation/url.h"

static const struct {
    const char *name;
    str text;
    bool parses, issuer, issuer_with_loopback;
} cases[] = {
    { "a host", STR_INIT("https://idp.example.org"), true, true, true },
    { "a path", STR_INIT("https://idp.example.org/a/b"), true, true, true },
    { "a slash at the end", STR_INIT("https://idp.example.org/"), true, true, true },
    { "http", STR_INIT("http://idp.example.org"), true, false, false },
    { "a port", STR_INIT("https://idp.example.org:443"), true, false, false },
    { "a query", STR_INIT("https://idp.example.org/a?b"), true, false, false },
    { "no dot: keys would look like AWS's own", STR_INIT("https://aws"), true, false, false },
    { "loopback", STR_INIT("http://127.0.0.1:80/a"), true, false, true },
    { "loopback of IPv6", STR_INIT("http://[::1]:8080"), true, false, true },
    { "localhost", STR_INIT("http://localhost:8080/a"), true, false, true },
    { "a name like loopback", STR_INIT("http://127.0.0.1.example.org"), true, false, false },
    { "a user", STR_INIT("https://a@idp.example.org"), false, false, false },
    { "a fragment", STR_INIT("https://idp.example.org#a"), false, false, false },
    { "a backslash", STR_INIT("https://idp.example.org\\@x"), false, false, false },
    { "a space", STR_INIT("https://idp.example.org/ a"), false, false, false },
    { "a NUL", STR_INIT("https://idp.example.org\0/a"), false, false, false },
    { "no host", STR_INIT("https:///a"), false, false, false },
    { "capital scheme", STR_INIT("HTTPS://idp.example.org"), false, false, false },
    { "port 0", STR_INIT("https://idp.example.org:0"), false, false, false },
    { "port too large", STR_INIT("https://idp.example.org:65536"), false, false, false },
    { "port of letters", STR_INIT("https://idp.example.org:https"), false, false, false },
    { "text behind brackets", STR_INIT("https://[::1]x"), false, false, false },
    { "no IPv6", STR_INIT("https://[x]"), false, false, false },
    { "bracket left open", STR_INIT("https://[::1"), false, false, false },
};

static void urls(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct url url;
        bool parses = url_parse(cases[i].text, &url) == RC_OK;
        if (parses != cases[i].parses ||
            (parses && (url_is_issuer(&url, false) != cases[i].issuer ||
                        url_is_issuer(&url, true) != cases[i].issuer_with_loopback))) {
            fail_msg("%s", cases[i].name);
        }
    }
}

static void parts(void **state)
{
    struct url url;

    assert_ok(url_parse(STR("https://idp.example.org:8443/a/b?c=d"), &url));
    assert_true(url.https);
    assert_str(url.host, "idp.example.org");
    assert_str(url.port, "8443");
    assert_str(url.path, "/a/b");
    assert_str(url.query, "?c=d");
    assert_str(url.naked, "idp.example.org:8443/a/b?c=d");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(urls), cmocka_unit_test(parts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
