#include "codec/deflate.h"

enum {
    LENGTH_MAX = 15, /* of a code */
    LITERALS = 288,  /* 286 and 287 stand in the fixed code only, and mean nothing */
    LITERALS_SENT = 286,
    DISTANCES = 30,
    END = 256,
    LENGTHS = 29,
    REPEAT_MIN = 16, /* of the alphabet code lengths are written in */
    ORDERS = 19,
};

struct stream {
    str in;
    unsigned hold, held; /* bits, lowest first; fewer than eight between calls */
    str dictionary;
    char *out;
    size_t at, len; /* written, and to be written */
};

struct code { /* canonical: how many codes of each length, and their symbols in order */
    uint16_t counts[LENGTH_MAX + 1];
    uint16_t symbols[LITERALS];
};

static bool take_bits(struct stream *s, unsigned count, unsigned *ret)
{
    while (s->held < count) {
        if (s->in.len == 0) {
            return false;
        }
        s->hold |= (unsigned)(unsigned char)s->in.ptr[0] << s->held;
        s->held += 8;
        s->in = str_skip(s->in, 1);
    }
    *ret = s->hold & ((1u << count) - 1);
    s->hold >>= count;
    s->held -= count;
    return true;
}

/* False for lengths that are no code: too many for their lengths, or gaps (a single code of one bit may
 * stand alone where `gap_ok`). */
static bool code_make(struct code *c, const uint8_t *lengths, size_t count, bool gap_ok)
{
    uint16_t next[LENGTH_MAX + 1] = { 0 };
    int left = 1, longest = 0;

    memset(c->counts, 0, sizeof(c->counts));
    for (size_t i = 0; i < count; i++) {
        c->counts[lengths[i]]++;
    }
    c->counts[0] = 0;
    for (int length = 1; length <= LENGTH_MAX; length++) {
        left = left * 2 - c->counts[length];
        if (left < 0) {
            return false;
        }
        longest = c->counts[length] > 0 ? length : longest;
        next[length] = (uint16_t)(next[length - 1] + c->counts[length - 1]);
    }
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] > 0) {
            c->symbols[next[lengths[i]]++] = (uint16_t)i;
        }
    }
    return left == 0 || longest == 0 || (gap_ok && longest == 1);
}

static bool take_symbol(struct stream *s, const struct code *c, unsigned *ret)
{
    unsigned code = 0, first = 0, index = 0;

    for (int length = 1; length <= LENGTH_MAX; length++) {
        unsigned bit;

        if (!take_bits(s, 1, &bit)) {
            return false;
        }
        code |= bit;
        if (code - first < c->counts[length]) {
            *ret = c->symbols[index + code - first];
            return true;
        }
        index += c->counts[length];
        first = (first + c->counts[length]) << 1;
        code <<= 1;
    }
    return false;
}

static bool put(struct stream *s, char byte)
{
    if (s->at == s->len) {
        return false;
    }
    s->out[s->at++] = byte;
    return true;
}

static bool copy(struct stream *s, size_t length, size_t distance)
{
    if (distance > s->at + s->dictionary.len || length > s->len - s->at) {
        return false;
    }
    for (; length > 0; length--, s->at++) {
        s->out[s->at] = distance <= s->at ? s->out[s->at - distance]
                                          : s->dictionary.ptr[s->dictionary.len + s->at - distance];
    }
    return true;
}

static bool take_match(struct stream *s, unsigned symbol, const struct code *distances)
{
    static const uint16_t lengths[LENGTHS] = { 3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                               15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                               67, 83, 99, 115, 131, 163, 195, 227, 258 };
    static const uint8_t length_bits[LENGTHS] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                  2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
    static const uint16_t starts[DISTANCES] = { 1,    2,    3,    4,     5,     7,    9,    13,
                                                17,   25,   33,   49,    65,    97,   129,  193,
                                                257,  385,  513,  769,   1025,  1537, 2049, 3073,
                                                4097, 6145, 8193, 12289, 16385, 24577 };
    unsigned more, far, far_more;

    if (symbol >= LENGTHS || !take_bits(s, length_bits[symbol], &more) ||
        !take_symbol(s, distances, &far) || far >= DISTANCES ||
        !take_bits(s, far < 4 ? 0 : far / 2 - 1, &far_more)) {
        return false;
    }
    return copy(s, lengths[symbol] + more, starts[far] + far_more);
}

static bool take_coded(struct stream *s, const struct code *literals, const struct code *distances)
{
    for (;;) {
        unsigned symbol;

        if (!take_symbol(s, literals, &symbol)) {
            return false;
        }
        if (symbol == END) {
            return true;
        }
        if (symbol < END ? !put(s, (char)symbol) : !take_match(s, symbol - END - 1, distances)) {
            return false;
        }
    }
}

/* ---- the three kinds of blocks ---- */

static bool take_stored(struct stream *s)
{
    unsigned length, check;

    s->hold = s->held = 0; /* up to the next byte */
    if (!take_bits(s, 16, &length) || !take_bits(s, 16, &check) || length != (check ^ 0xffff) ||
        length > s->in.len || length > s->len - s->at) {
        return false;
    }
    if (length > 0) {
        memcpy(s->out + s->at, s->in.ptr, length);
    }
    s->at += length;
    s->in = str_skip(s->in, length);
    return true;
}

static bool take_fixed(struct stream *s)
{
    uint8_t lengths[LITERALS];
    struct code literals, distances;

    for (size_t i = 0; i < LITERALS; i++) {
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    (void)code_make(&literals, lengths, LITERALS, false);
    memset(lengths, 5, DISTANCES + 2);
    (void)code_make(&distances, lengths, DISTANCES + 2, false); /* the last two mean nothing */
    return take_coded(s, &literals, &distances);
}

/* One length, or one that is repeated. *at moves on; never past count. */
static bool take_length(struct stream *s, const struct code *c, uint8_t *lengths, size_t *at,
                        size_t count)
{
    static const struct {
        uint8_t bits, least;
    } repeats[] = { { 2, 3 }, { 3, 3 }, { 7, 11 } };
    unsigned symbol, more;
    uint8_t value;

    if (!take_symbol(s, c, &symbol)) {
        return false;
    }
    if (symbol < REPEAT_MIN) {
        lengths[(*at)++] = (uint8_t)symbol;
        return true;
    }
    symbol -= REPEAT_MIN;
    if ((symbol == 0 && *at == 0) || !take_bits(s, repeats[symbol].bits, &more)) {
        return false;
    }
    more += repeats[symbol].least;
    value = symbol == 0 ? lengths[*at - 1] : 0;
    if (more > count - *at) {
        return false;
    }
    memset(lengths + *at, value, more);
    *at += more;
    return true;
}

static bool take_dynamic(struct stream *s)
{
    static const uint8_t order[ORDERS] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                           11, 4,  12, 3, 13, 2, 14, 1, 15 };
    uint8_t lengths[LITERALS + DISTANCES + 2] = { 0 };
    unsigned literal_count, distance_count, order_count, length;
    struct code code, literals, distances;
    size_t at = 0;

    if (!take_bits(s, 5, &literal_count) || !take_bits(s, 5, &distance_count) ||
        !take_bits(s, 4, &order_count)) {
        return false;
    }
    literal_count += 257;
    distance_count += 1;
    if (literal_count > LITERALS_SENT || distance_count > DISTANCES) {
        return false;
    }
    for (unsigned i = 0; i < order_count + 4; i++) {
        if (!take_bits(s, 3, &length)) {
            return false;
        }
        lengths[order[i]] = (uint8_t)length;
    }
    if (!code_make(&code, lengths, ORDERS, false)) {
        return false;
    }
    memset(lengths, 0, sizeof(lengths));
    while (at < literal_count + distance_count) {
        if (!take_length(s, &code, lengths, &at, literal_count + distance_count)) {
            return false;
        }
    }
    return lengths[END] != 0 && code_make(&literals, lengths, literal_count, true) &&
           code_make(&distances, lengths + literal_count, distance_count, true) &&
           take_coded(s, &literals, &distances);
}

enum rc deflate_decode(str packed, str dictionary, char *out, size_t len)
{
    static bool (*const kinds[])(struct stream *) = { take_stored, take_fixed, take_dynamic };
    struct stream s = { .in = packed, .dictionary = dictionary, .out = out, .len = len };
    unsigned last = 0, kind;

    while (last == 0) {
        if (!take_bits(&s, 1, &last) || !take_bits(&s, 2, &kind) || kind >= COUNT_OF(kinds) ||
            !kinds[kind](&s)) {
            return RC_SYNTAX;
        }
    }
    return s.at == len && s.in.len == 0 ? RC_OK : RC_SYNTAX;
}
