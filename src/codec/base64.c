#include "codec/base64.h"

/* The low six bits are the digit's value; the flags say in which alphabet it is one. */
enum { IN_STANDARD = 0x40, IN_URL = 0x80, VALUE = 0x3F };
static const uint8_t digit64[256] = {
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x7E, 0,    0xBE, 0,    0x7F,
    0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0,    0,    0,    0,    0,    0,
    0,    0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE,
    0xCF, 0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0,    0,    0,    0,    0xBF,
    0,    0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8,
    0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF2, 0xF3, 0,    0,    0,    0,    0,
};

/* 0x20 marks a digit, the low five bits are its value. */
enum { IN_BASE32 = 0x20, VALUE32 = 0x1F };
static const uint8_t digit32[256] = {
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0,    0,    0,    0,    0,    0,    0,    0,
    0,    0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E,
    0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0,    0,    0,    0,    0,
    0,    0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E,
    0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0,    0,    0,    0,    0,
};

static const char *const alphabet64[] = {
    [BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};
static const char alphabet32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* The last one or two bytes; returns the characters written. */
static size_t encode_tail(enum base64_kind kind, const uint8_t *in, size_t len, char *out)
{
    const char *digits = alphabet64[kind];
    uint32_t group = (uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);

    out[0] = digits[group >> 18];
    out[1] = digits[group >> 12 & VALUE];
    if (len == 2) {
        out[2] = digits[group >> 6 & VALUE];
    } else if (kind == BASE64_STANDARD) {
        out[2] = '=';
    }
    if (kind == BASE64_STANDARD) {
        out[3] = '=';
        return 4;
    }
    return len + 1;
}

void base64_encode(enum base64_kind kind, const void *bytes, size_t len, buf *out)
{
    const char *digits = alphabet64[kind];
    const uint8_t *in = bytes;
    char *at;

    if (len > SIZE_MAX / 4 * 3 - 3) {
        out->err = out->err == RC_OK ? RC_LIMIT : out->err;
        return;
    }
    at = len == 0
             ? NULL
             : buf_reserve(out, kind == BASE64_STANDARD ? (len + 2) / 3 * 4 : (len * 4 + 2) / 3);
    if (at == NULL) {
        return;
    }
    for (; len >= 3; len -= 3, in += 3, at += 4) {
        uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        at[0] = digits[group >> 18];
        at[1] = digits[group >> 12 & VALUE];
        at[2] = digits[group >> 6 & VALUE];
        at[3] = digits[group & VALUE];
    }
    if (len > 0) {
        at += encode_tail(kind, in, len, at);
    }
    out->len = (size_t)(at - out->ptr);
}

/* Two or three last digits, padding already removed. The bits they have too many must be zero,
 * or one value could be written in several ways. */
static enum rc decode_tail(const uint8_t *in, size_t len, uint8_t flag, char **at)
{
    uint8_t a = digit64[in[0]], b = digit64[in[1]], c = len == 3 ? digit64[in[2]] : flag;
    uint32_t group = (uint32_t)(a & VALUE) << 18 | (uint32_t)(b & VALUE) << 12 |
                     (uint32_t)(c & VALUE) << 6;

    if (!(a & b & c & flag) || (group & (len == 3 ? 0xFF : 0xFFFF)) != 0) {
        return RC_SYNTAX;
    }
    *(*at)++ = (char)(group >> 16);
    if (len == 3) {
        *(*at)++ = (char)(group >> 8 & 0xFF);
    }
    return RC_OK;
}

static enum rc strip_padding(enum base64_kind kind, str *text)
{
    if (kind == BASE64_STANDARD) {
        if (text->len % 4 != 0) {
            return RC_SYNTAX;
        }
        for (int i = 0; i < 2 && text->len > 0 && text->ptr[text->len - 1] == '='; i++) {
            text->len--;
        }
    }
    return text->len % 4 == 1 ? RC_SYNTAX : RC_OK;
}

enum rc base64_decode(enum base64_kind kind, str text, buf *out)
{
    uint8_t flag = kind == BASE64_STANDARD ? IN_STANDARD : IN_URL;
    const uint8_t *in;
    size_t left;
    char *at;

    TRY(strip_padding(kind, &text));
    if (text.len == 0) {
        return out->err;
    }
    at = buf_reserve(out, text.len / 4 * 3 + text.len % 4 * 3 / 4);
    if (at == NULL) {
        return out->err;
    }
    in = (const uint8_t *)text.ptr;
    for (left = text.len; left >= 4; left -= 4, in += 4, at += 3) {
        uint8_t a = digit64[in[0]], b = digit64[in[1]], c = digit64[in[2]], d = digit64[in[3]];
        uint32_t group = (uint32_t)(a & VALUE) << 18 | (uint32_t)(b & VALUE) << 12 |
                         (uint32_t)(c & VALUE) << 6 | (uint32_t)(d & VALUE);
        if (!(a & b & c & d & flag)) {
            return RC_SYNTAX;
        }
        at[0] = (char)(group >> 16);
        at[1] = (char)(group >> 8 & 0xFF);
        at[2] = (char)(group & 0xFF);
    }
    if (left > 0) {
        TRY(decode_tail(in, left, flag, &at));
    }
    out->len = (size_t)(at - out->ptr);
    return RC_OK;
}

void base32_encode(const void *bytes, size_t len, buf *out)
{
    const uint8_t *in = bytes;
    uint32_t bits = 0, held = 0;
    char *at;

    if (len > SIZE_MAX / 16) {
        out->err = out->err == RC_OK ? RC_LIMIT : out->err;
        return;
    }
    at = len == 0 ? NULL : buf_reserve(out, (len * 8 + 4) / 5);
    if (at == NULL) {
        return;
    }
    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8 | in[i]) & 0xFFFF;
        for (held += 8; held >= 5; held -= 5) {
            *at++ = alphabet32[bits >> (held - 5) & VALUE32];
        }
    }
    if (held > 0) {
        *at++ = alphabet32[bits << (5 - held) & VALUE32];
    }
    out->len = (size_t)(at - out->ptr);
}

enum rc base32_decode(str text, buf *out)
{
    uint32_t bits = 0, held = 0;
    char *at;

    if (text.len == 0) {
        return out->err;
    }
    at = buf_reserve(out, text.len / 8 * 5 + text.len % 8 * 5 / 8);
    if (at == NULL) {
        return out->err;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t digit = digit32[(uint8_t)text.ptr[i]];
        if (digit == 0) {
            return RC_SYNTAX;
        }
        bits = (bits << 5 | (digit & VALUE32)) & 0xFFFF;
        held += 5;
        if (held >= 8) {
            held -= 8;
            *at++ = (char)(bits >> held & 0xFF);
        }
    }
    /* Five or more bits left over is a digit that adds no byte. */
    if (held >= 5 || (bits & ((1u << held) - 1)) != 0) {
        return RC_SYNTAX;
    }
    out->len = (size_t)(at - out->ptr);
    return RC_OK;
}

typedef uint8_t bytes16 __attribute__((vector_size(16)));

/* '0' to '9', and the way from there to 'a' where a nibble is over nine. */
static inline bytes16 hex_digits16(bytes16 nibbles)
{
    return nibbles + '0' + ((bytes16)(nibbles > 9) & ('a' - '9' - 1));
}

/* Sixteen bytes at once: digests are written in hex several times per request. */
static void hex_encode16(const uint8_t *in, char *out)
{
    bytes16 bytes, high, low, half;

    memcpy(&bytes, in, sizeof(bytes));
    high = hex_digits16(bytes >> 4);
    low = hex_digits16(bytes & 15);
    half = __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7,
                                   23);
    memcpy(out, &half, sizeof(half));
    half = __builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,
                                   15, 31);
    memcpy(out + 16, &half, sizeof(half));
}

void hex_encode(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = bytes;

    for (; len >= 16; len -= 16, in += 16, out += 32) {
        hex_encode16(in, out);
    }
    for (; len > 0; len--, in++) {
        *out++ = digits[*in >> 4];
        *out++ = digits[*in & 15];
    }
}

enum rc hex_decode(str text, void *out, size_t len)
{
    uint8_t *to = out;

    if (text.len % 2 != 0 || text.len / 2 != len) {
        return RC_SYNTAX;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_hex_value(text.ptr[i]) > 15) {
            return RC_SYNTAX;
        }
    }
    for (size_t i = 0; i < len; i++) {
        to[i] = (uint8_t)(ascii_hex_value(text.ptr[2 * i]) << 4 |
                          ascii_hex_value(text.ptr[2 * i + 1]));
    }
    return RC_OK;
}
