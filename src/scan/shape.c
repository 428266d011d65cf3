#include "scan/shape.h"

#include <stdint.h>

static bool is_id_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

bool shape_is_key_id(str text)
{
    static const str prefixes[] = { STR_INIT("AKIA"), STR_INIT("ASIA"), STR_INIT("ABIA"),
                                    STR_INIT("ACCA") };
    bool known = false;

    if (text.len != KEY_ID_CHARS) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        known = known || str_starts(text, prefixes[i]);
    }
    for (size_t i = 4; i < KEY_ID_CHARS; i++) {
        known = known && is_id_char(text.ptr[i]);
    }
    return known;
}

static size_t distinct_chars(str text)
{
    bool seen[256] = { false };
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool *mark = &seen[(unsigned char)text.ptr[i]];
        count += !*mark;
        *mark = true;
    }
    return count;
}

/* The longest run in which each character follows the one before it: ABCDE, 23456. */
static size_t longest_row(str text)
{
    size_t best = 1, run = 1;

    for (size_t i = 1; i < text.len; i++) {
        run = text.ptr[i] == text.ptr[i - 1] + 1 ? run + 1 : 1;
        best = run > best ? run : best;
    }
    return best;
}

bool shape_is_dummy_id(str id)
{
    static const str words[] = {
        STR_INIT("EXAMPLE"),   STR_INIT("XXXXX"),   STR_INIT("FAKEFAKE"), STR_INIT("DUMMY"),
        STR_INIT("PLACEHOLD"), STR_INIT("YOURKEY"), STR_INIT("YOURACC"),  STR_INIT("ACCESSKEY"),
        STR_INIT("REDACTED"),  STR_INIT("NOTREAL"), STR_INIT("SAMPLE"),
    };
    str body = str_skip(id, 4);
    size_t at;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_find(body, words[i], &at)) {
            return true;
        }
    }
    /* Sixteen random characters of 32 have fewer than seven different ones, or five in a row of the
     * alphabet, about once in a hundred thousand. */
    return distinct_chars(body) < 7 || longest_row(body) >= 5;
}

bool shape_account(str id, char ret[ACCOUNT_CHARS + 1])
{
    uint64_t bits = 0, account;

    if (!shape_is_key_id(id) || id.ptr[4] == 'I' || id.ptr[4] == 'J') {
        return false; /* those were given out before ids named an account */
    }
    for (size_t i = 4; i < 14; i++) {
        char c = id.ptr[i];
        bits = bits << 5 | (uint64_t)(c >= 'A' ? c - 'A' : c - '2' + 26);
    }
    /* 50 bits read; the account is bits 7 to 46 of the first 48. */
    account = (bits >> 2 & UINT64_C(0x7fffffffff80)) >> 7;
    if (account > UINT64_C(999999999999)) {
        return false;
    }
    for (size_t i = ACCOUNT_CHARS; i-- > 0; account /= 10) {
        ret[i] = (char)('0' + account % 10);
    }
    ret[ACCOUNT_CHARS] = '\0';
    return true;
}

bool shape_is_base64_char(char c)
{
    return ascii_is_alnum(c) || c == '+' || c == '/';
}

enum { CLASS_UPPER, CLASS_LOWER, CLASS_DIGIT, CLASS_SIGN };

static int class_of(char c)
{
    if (ascii_is_digit(c)) {
        return CLASS_DIGIT;
    }
    if (!ascii_is_alpha(c)) {
        return CLASS_SIGN;
    }
    return c >= 'a' ? CLASS_LOWER : CLASS_UPPER;
}

/* The longest run in which letters change in steps of one or not at all: alphabets, xxxx. */
static size_t longest_pattern(str text)
{
    size_t best = 1, same = 1;

    for (size_t i = 1; i < text.len; i++) {
        same = text.ptr[i] == text.ptr[i - 1] ? same + 1 : 1;
        best = same > best ? same : best;
    }
    return longest_row(text) > best ? longest_row(text) : best;
}

bool shape_is_secret(str text, bool strict)
{
    size_t counts[4] = { 0 }, changes = 0, at;

    if (text.len != SECRET_CHARS || str_find(text, STR("EXAMPLE"), &at)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!shape_is_base64_char(text.ptr[i])) {
            return false;
        }
        counts[class_of(text.ptr[i])]++;
        changes += i > 0 && class_of(text.ptr[i]) != class_of(text.ptr[i - 1]);
    }
    if (counts[CLASS_LOWER] == 0 || counts[CLASS_UPPER] == 0 || longest_pattern(text) >= 6) {
        return false; /* hexadecimal has one case; xxxxxx and abcdef are written by people */
    }
    if (!strict) {
        return distinct_chars(text) >= 14 && changes >= 8;
    }
    /* Random text changes its class some 25 times; words, paths and CamelCase do not. */
    return counts[CLASS_DIGIT] + counts[CLASS_SIGN] > 0 && distinct_chars(text) >= 19 &&
           changes >= 15;
}

bool shape_is_smtp(str text)
{
    size_t changes = 0;

    if (text.len != SMTP_CHARS || text.ptr[0] != 'B' || text.ptr[1] < 'A' || text.ptr[1] > 'P') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!shape_is_base64_char(text.ptr[i])) {
            return false;
        }
        changes += i > 0 && class_of(text.ptr[i]) != class_of(text.ptr[i - 1]);
    }
    return changes >= 15 && distinct_chars(text) >= 19;
}

/* --- names --------------------------------------------------------------------------------------- */

static size_t plain_letters(str name, char *out, size_t max)
{
    size_t len = 0;

    for (size_t i = 0; i < name.len && len < max; i++) {
        if (ascii_is_alnum(name.ptr[i])) {
            out[len++] = ascii_lower(name.ptr[i]);
        }
    }
    return len;
}

static const struct {
    str part;
    enum name_role role;
} name_parts[] = {
    { STR_INIT("sessiontoken"), NAME_TOKEN }, { STR_INIT("securitytoken"), NAME_TOKEN },
    { STR_INIT("secretname"), NAME_OTHER },   { STR_INIT("secretarn"), NAME_OTHER },
    { STR_INIT("secretsha"), NAME_HASH },     { STR_INIT("secrethash"), NAME_HASH },
    { STR_INIT("secretversion"), NAME_HASH }, { STR_INIT("accesskeysecret"), NAME_SECRET },
    { STR_INIT("secret"), NAME_SECRET },      { STR_INIT("seckey"), NAME_SECRET },
    { STR_INIT("accesskey"), NAME_ID },       { STR_INIT("keyid"), NAME_ID },
    { STR_INIT("accessid"), NAME_ID },        { STR_INIT("awskey"), NAME_ID },
    { STR_INIT("integrity"), NAME_HASH },     { STR_INIT("checksum"), NAME_HASH },
    { STR_INIT("digest"), NAME_HASH },        { STR_INIT("sha1"), NAME_HASH },
    { STR_INIT("sha256"), NAME_HASH },        { STR_INIT("sha384"), NAME_HASH },
    { STR_INIT("sha512"), NAME_HASH },        { STR_INIT("hash"), NAME_HASH },
    { STR_INIT("md5"), NAME_HASH },           { STR_INIT("etag"), NAME_HASH },
    { STR_INIT("commit"), NAME_HASH },        { STR_INIT("revision"), NAME_HASH },
    { STR_INIT("fingerprint"), NAME_HASH },   { STR_INIT("signature"), NAME_HASH },
    { STR_INIT("nonce"), NAME_HASH },         { STR_INIT("salt"), NAME_HASH },
    { STR_INIT("uuid"), NAME_HASH },          { STR_INIT("guid"), NAME_HASH },
    { STR_INIT("version"), NAME_HASH },       { STR_INIT("token"), NAME_HASH },
    { STR_INIT("cursor"), NAME_HASH },        { STR_INIT("requestid"), NAME_HASH },
    { STR_INIT("traceid"), NAME_HASH },       { STR_INIT("buildid"), NAME_HASH },
    { STR_INIT("thumbprint"), NAME_HASH },    { STR_INIT("cookie"), NAME_HASH },
    { STR_INIT("csrf"), NAME_HASH },          { STR_INIT("certificate"), NAME_HASH },
    { STR_INIT("publickey"), NAME_HASH },     { STR_INIT("resolved"), NAME_HASH },
    { STR_INIT("hmac"), NAME_HASH },          { STR_INIT("cachekey"), NAME_HASH },
    { STR_INIT("objectkey"), NAME_HASH },     { STR_INIT("continuation"), NAME_HASH },
};

enum name_role shape_name_role(str name)
{
    char letters[96];
    str plain = str_from(letters, plain_letters(name, letters, sizeof(letters)));
    size_t at;

    if (plain.len == 0) {
        return NAME_NONE;
    }
    for (size_t i = 0; i < COUNT_OF(name_parts); i++) {
        if (str_find(plain, name_parts[i].part, &at)) {
            return name_parts[i].role;
        }
    }
    return NAME_OTHER;
}
