#include "failing_alloc.h"
#include "unit.h"

#include "codec/base64.h"

/* RFC 4648, section 10, and the digits in which the two alphabets differ. */
static const struct {
    str bytes, standard, url, base32;
} vectors[] = {
    { STR_INIT(""), STR_INIT(""), STR_INIT(""), STR_INIT("") },
    { STR_INIT("f"), STR_INIT("Zg=="), STR_INIT("Zg"), STR_INIT("MY") },
    { STR_INIT("fo"), STR_INIT("Zm8="), STR_INIT("Zm8"), STR_INIT("MZXQ") },
    { STR_INIT("foo"), STR_INIT("Zm9v"), STR_INIT("Zm9v"), STR_INIT("MZXW6") },
    { STR_INIT("foob"), STR_INIT("Zm9vYg=="), STR_INIT("Zm9vYg"), STR_INIT("MZXW6YQ") },
    { STR_INIT("fooba"), STR_INIT("Zm9vYmE="), STR_INIT("Zm9vYmE"), STR_INIT("MZXW6YTB") },
    { STR_INIT("foobar"), STR_INIT("Zm9vYmFy"), STR_INIT("Zm9vYmFy"), STR_INIT("MZXW6YTBOI") },
    { STR_INIT("\xFB\xEF\xFF"), STR_INIT("++//"), STR_INIT("--__"), STR_INIT("7PX76") },
    { STR_INIT("\0\0"), STR_INIT("AAA="), STR_INIT("AAA"), STR_INIT("AAAA") },
};

static void test_vectors(void **state)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        str bytes = vectors[i].bytes;
        buf b = buf_heap(100);
        base64_encode(BASE64_STANDARD, bytes.ptr, bytes.len, &b);
        assert_true(str_eq(buf_str(&b), vectors[i].standard));
        buf_clear(&b);
        base64_encode(BASE64_URL, bytes.ptr, bytes.len, &b);
        assert_true(str_eq(buf_str(&b), vectors[i].url));
        buf_clear(&b);
        base32_encode(bytes.ptr, bytes.len, &b);
        assert_true(str_eq(buf_str(&b), vectors[i].base32));
        buf_clear(&b);
        assert_ok(base64_decode(BASE64_STANDARD, vectors[i].standard, &b));
        assert_true(str_eq(buf_str(&b), bytes));
        buf_clear(&b);
        assert_ok(base64_decode(BASE64_URL, vectors[i].url, &b));
        assert_true(str_eq(buf_str(&b), bytes));
        buf_clear(&b);
        assert_ok(base32_decode(vectors[i].base32, &b));
        assert_true(str_eq(buf_str(&b), bytes));
        buf_done(&b);
    }
}

enum alphabet { STANDARD, URL, B32 };

static enum rc decode(enum alphabet alphabet, str text, buf *out)
{
    switch (alphabet) {
    case STANDARD:
        return base64_decode(BASE64_STANDARD, text, out);
    case URL:
        return base64_decode(BASE64_URL, text, out);
    case B32:
        return base32_decode(text, out);
    }
    return RC_UNSUPPORTED;
}

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        enum alphabet alphabet;
        str text;
    } cases[] = {
        { "padding missing", STANDARD, STR_INIT("Zg") },
        { "padding too short", STANDARD, STR_INIT("Zg=") },
        { "padding too long", STANDARD, STR_INIT("Zg===") },
        { "three of padding", STANDARD, STR_INIT("Z===") },
        { "only padding", STANDARD, STR_INIT("====") },
        { "two of padding alone", STANDARD, STR_INIT("==") },
        { "padding inside", STANDARD, STR_INIT("Zg==Zg==") },
        { "padding behind whole groups", STANDARD, STR_INIT("Zm9v====") },
        { "unused bits, one byte", STANDARD, STR_INIT("Zh==") },
        { "unused bits, two bytes", STANDARD, STR_INIT("Zm9=") },
        { "digit of the other alphabet", STANDARD, STR_INIT("-_-_") },
        { "digit of the other alphabet in the tail", STANDARD, STR_INIT("Zm9v_w==") },
        { "line feed", STANDARD, STR_INIT("Zm9v\n") },
        { "space inside", STANDARD, STR_INIT("Zm 9v") },
        { "NUL", STANDARD, STR_INIT("Zm9\0") },
        { "high byte", STANDARD, STR_INIT("Zm9\xC0") },
        { "padding where none may be", URL, STR_INIT("Zg==") },
        { "one digit left over", URL, STR_INIT("Zm9vY") },
        { "unused bits without padding", URL, STR_INIT("Zh") },
        { "digit of the standard alphabet", URL, STR_INIT("+/+/") },
        { "digit of the standard alphabet in the tail", URL, STR_INIT("Zm9v/w") },
        { "padded base32", B32, STR_INIT("MY======") },
        { "0, 1, 8, 9 are no base32", B32, STR_INIT("M1") },
        { "one base32 digit", B32, STR_INIT("M") },
        { "three base32 digits", B32, STR_INIT("MZX") },
        { "six base32 digits", B32, STR_INIT("MZXW6A") },
        { "unused base32 bits", B32, STR_INIT("MZ") },
        { "base32 with a space", B32, STR_INIT("MZ XW6") },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf b = buf_heap(100);
        BUF_LIT(&b, "kept");
        if (decode(cases[i].alphabet, cases[i].text, &b) != RC_SYNTAX) {
            fail_msg("%s", cases[i].name);
        }
        assert_str(buf_str(&b), "kept"); /* nothing half decoded is left behind */
        buf_done(&b);
    }
}

/* Each single byte as a digit: only the alphabet's own. */
static void test_alphabets(void **state)
{
    for (int c = 0; c < 256; c++) {
        char four[4] = { 'A', 'A', 'A', (char)c }, two[2] = { (char)c, 'A' };
        bool common = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool b32 = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
        buf b = buf_heap(100);
        assert_int_equal(base64_decode(BASE64_STANDARD, str_from(four, 4), &b) == RC_OK,
                         common || c == '+' || c == '/' || c == '=');
        assert_int_equal(base64_decode(BASE64_URL, str_from(four, 4), &b) == RC_OK,
                         common || c == '-' || c == '_');
        assert_int_equal(base32_decode(str_from(two, 2), &b) == RC_OK, b32);
        buf_done(&b);
    }
}

static void test_round_trips(void **state)
{
    unsigned char bytes[300];

    for (size_t len = 0; len < sizeof(bytes); len++) {
        for (int alphabet = STANDARD; alphabet <= B32; alphabet++) {
            buf text = buf_heap(1000), back = buf_heap(sizeof(bytes));
            for (size_t i = 0; i < len; i++) {
                bytes[i] = (unsigned char)(i * 151 + len * 7);
            }
            if (alphabet == B32) {
                base32_encode(bytes, len, &text);
            } else {
                base64_encode(alphabet == URL ? BASE64_URL : BASE64_STANDARD, bytes, len, &text);
            }
            back.max = len; /* asks for no more room than it needs */
            assert_ok(decode((enum alphabet)alphabet, buf_str(&text), &back));
            assert_true(str_eq(buf_str(&back), str_from((char *)bytes, len)));
            buf_done(&text);
            buf_done(&back);
        }
    }
}

static void test_base32_case(void **state)
{
    buf b = buf_heap(100);

    assert_ok(base32_decode(STR("mZxW6yTbOi"), &b));
    assert_str(buf_str(&b), "foobar");
    buf_done(&b);
}

static void test_limits(void **state)
{
    struct failing_alloc fa;
    buf b = buf_heap(7);

    base64_encode(BASE64_STANDARD, "foobar", 6, &b);
    assert_int_equal(b.err, RC_LIMIT);
    buf_clear(&b);
    b.max = 5;
    assert_int_equal(base64_decode(BASE64_STANDARD, STR("Zm9vYmFy"), &b), RC_LIMIT);
    buf_done(&b);
    for (failing_init(&fa); failing_again(&fa);) {
        buf c = { .max = 100, .alloc = &fa.as_alloc };
        enum rc rc = base32_decode(STR("MZXW6YTBOI"), &c);
        assert_int_equal(rc, fa.failed ? RC_NOMEM : RC_OK);
        buf_done(&c);
    }
}

static void test_hex(void **state)
{
    unsigned char bytes[4] = { 9, 9, 9, 9 };
    char text[8];

    hex_encode("\x00\x7F\xAB\xFF", 4, text);
    assert_memory_equal(text, "007fabff", 8);
    assert_ok(hex_decode(STR("007FabFf"), bytes, 4));
    assert_memory_equal(bytes, "\x00\x7F\xAB\xFF", 4);
    assert_int_equal(hex_decode(STR("007fabf"), bytes, 4), RC_SYNTAX);
    assert_int_equal(hex_decode(STR("007fabff0"), bytes, 4), RC_SYNTAX);
    assert_int_equal(hex_decode(STR("007fab"), bytes, 4), RC_SYNTAX);
    assert_int_equal(hex_decode(STR("117fabfg"), bytes, 4), RC_SYNTAX);
    assert_int_equal(hex_decode(STR("117fab f"), bytes, 4), RC_SYNTAX);
    assert_int_equal(hex_decode(STR("0x7fabff"), bytes, 4), RC_SYNTAX);
    assert_int_equal(hex_decode(STR("12"), bytes, SIZE_MAX / 2 + 2), RC_SYNTAX);
    assert_memory_equal(bytes, "\x00\x7F\xAB\xFF", 4);
    assert_ok(hex_decode(STR(""), bytes, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_alphabets), cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_base32_case),
        cmocka_unit_test(test_hex),
    };

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
