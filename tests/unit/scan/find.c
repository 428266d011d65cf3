#include "unit.h"

#include <stdlib.h>

#include "scan/find.h"

#define ID "AKIA5RLBQT5PZKOIFORG"
#define ID2 "AKIAGVBFIQKTS2CYI3TH"
#define SECRET "q9X2+abcdEFghIJ12klmn/OPqr56stUVwx78YZab"
#define SECRET2 "Zk8dQ7LmP3vX1nB5+cT9yR2wE6uJ4hG0/sAfKiOx"

/* wanted: line:column of each key, and of its secret behind '=', or "-". */
static const struct {
    const char *name;
    str text;
    const char *want;
} cases[] = {
    { "dotenv", STR_INIT("A=1\nAWS_ACCESS_KEY_ID=" ID "\nAWS_SECRET_ACCESS_KEY=" SECRET "\n"),
      "2:19=3:23" },
    { "sections of an INI file are apart",
      STR_INIT("[a]\naws_access_key_id=" ID "\n[b]\naws_secret_access_key=" SECRET "\n"),
      "2:19 secret4:23" },
    { "documents of YAML are apart", STR_INIT("key: " ID "\n---\nsecret: " SECRET "\n"), "1:6" },
    { "names pair what stands crosswise",
      STR_INIT("DEV_AWS_ACCESS_KEY_ID=" ID "\nPROD_AWS_ACCESS_KEY_ID=" ID2
               "\nDEV_AWS_SECRET_ACCESS_KEY=" SECRET "\nPROD_AWS_SECRET_ACCESS_KEY=" SECRET2 "\n"),
      "1:23=3:27 2:24=4:28" },
    { "secret first", STR_INIT("{\"SecretAccessKey\":\"" SECRET "\",\"AccessKeyId\":\"" ID "\"}"),
      "1:78=1:21" },
    { "positional", STR_INIT("f(\"" ID "\", \"" SECRET "\")"), "1:4=1:28" },
    { "escaped newline before", STR_INIT("\"x=\\n" ID "\\ny\""), "1:6" },
    { "percent sign before", STR_INIT("k%3D" ID "%26"), "1:5" },
    { "base64", STR_INIT("id: QUtJQTVSTEJRVDVQWktPSUZPUkc=\n"), "1:5" },
    { "a hash is no secret", STR_INIT("id: " ID "\ncommit: " SECRET "\n"), "1:5" },
    { "a longer run is no secret", STR_INIT("id: " ID "\nsecret: " SECRET "a\n"), "1:5" },
    { "glued on the left", STR_INIT("xx" ID " "), "" },
    { "glued on the right", STR_INIT(ID "2"), "" },
    { "in base64", STR_INIT("aB3dE5gH7jK9/" ID "/aB3dE5gH7jK9"), "" },
    { "documentation's pair",
      STR_INIT("aws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key=" SECRET "\n"), "" },
    { "a secret alone", STR_INIT("aws_secret_access_key = \"" SECRET "\"\n"), "secret1:26" },
    { "somebody else's secret", STR_INIT("accessKey: minioadmin\nsecretKey: " SECRET "\n"), "" },
    { "a reference", STR_INIT("AWS_ACCESS_KEY_ID: ${{ secrets.K }}\n"), "ref1:1" },
    { "nothing", STR_INIT(""), "" },
};

static void print(const struct find_result *r, char *out, size_t max)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < r->count; i++) {
        const struct find_hit *h = &r->hits[i];
        len += (size_t)snprintf(out + len, max - len, "%s%s%u:%u", i > 0 ? " " : "",
                                h->what == FIND_SECRET      ? "secret"
                                : h->what == FIND_REFERENCE ? "ref"
                                                            : "",
                                h->line, h->column);
        if (h->what == FIND_KEY && h->secret.len > 0) {
            len += (size_t)snprintf(out + len, max - len, "=%u:%u", h->secret.line,
                                    h->secret.column);
        }
    }
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct find_result r;
        struct arena arena;
        char got[256];
        arena_init(&arena, &heap, 4096, 1 << 20);
        assert_ok(find_text(cases[i].text, NULL, &arena, &r));
        print(&r, got, sizeof(got));
        if (strcmp(got, cases[i].want) != 0) {
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].name, got, cases[i].want);
        }
        arena_done(&arena);
    }
}

static void test_known_ids_need_no_edges(void **state)
{
    static const uint8_t key[16] = { 7 };
    struct find_result r;
    struct arena arena;
    struct known known;

    arena_init(&arena, &heap, 4096, 1 << 20);
    known_init(&known, &arena, key);
    assert_ok(known_add(&known, &(struct known_key){ .id = STR(ID), .user = STR("ci") }));
    assert_ok(find_text(STR("xx" ID "yy"), &known, &arena, &r));
    assert_int_equal(r.count, 1);
    assert_str(r.hits[0].known->user, "ci");
    assert_string_equal(r.hits[0].account, "930601803615");
    arena_done(&arena);
}

static void test_cut_anywhere(void **state)
{
    static const char text[] =
        "{\"id\":\"" ID "\",\"secret\":\"" SECRET "\",\"d\":\"QUtJQTVSTEJRVDVQWktPSUZPUkc=\","
        "\"z\":\"H4sIAAAAAAAAA3N29HQMCg5x9HT0BACvv4ZSDAAAAA==\",\"w\":\"A\0K\0I\0A\0\"}";

    for (size_t len = 0; len < sizeof(text); len++) {
        struct find_result r;
        struct arena arena;
        char *exact = malloc(len + 1); /* so that a sanitizer sees a step past the end */
        assert_non_null(exact);
        memcpy(exact, text, len);
        arena_init(&arena, &heap, 4096, 1 << 20);
        assert_ok(find_text(str_from(exact, len), NULL, &arena, &r));
        for (size_t i = 0; i < r.count; i++) {
            assert_true(r.hits[i].at + r.hits[i].len <= len);
        }
        arena_done(&arena);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_known_ids_need_no_edges),
        cmocka_unit_test(test_cut_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
