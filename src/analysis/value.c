/* Numbers, dates and addresses: their values cut the line (or the two address spaces) into finitely
 * many pieces, and one text from each piece stands for all of it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "analysis/key.h"

static bool order_holds(enum order order, int comparison)
{
    switch (order) {
    case ORDER_EQUAL:
        return comparison == 0;
    case ORDER_LESS:
        return comparison < 0;
    case ORDER_AT_MOST:
        return comparison <= 0;
    case ORDER_GREATER:
        return comparison > 0;
    case ORDER_AT_LEAST:
        return comparison >= 0;
    }
    return false;
}

static bool number_hits(const struct test *test, str text)
{
    struct decimal x;
    bool hit = false;

    for (uint32_t i = 0; decimal_parse(text, &x) && i < test->count && !hit; i++) {
        hit = order_holds(test->order, decimal_compare(&x, &test->numbers[i]));
    }
    return hit;
}

static bool date_hits(const struct test *test, str text)
{
    struct instant x;
    bool hit = false;

    for (uint32_t i = 0; instant_parse(text, &x) && i < test->count && !hit; i++) {
        hit = order_holds(test->order, instant_compare(&x, &test->dates[i]));
    }
    return hit;
}

static bool address_hits(const struct test *test, str text)
{
    struct cidr x;
    bool hit = false;

    for (uint32_t i = 0; cidr_parse(text, false, &x) && i < test->count && !hit; i++) {
        hit = cidr_contains(&test->ranges[i], &x);
    }
    return hit;
}

/* The text as bytes, on the stack of work. Letters that are no ASCII make it none of these. */
static bool ascii_of(struct work *work, struct letters text, str *ret)
{
    char *bytes = WORK_PUSH(work, text.len + 1u, char);

    for (uint32_t i = 0; bytes != NULL && i < text.len; i++) {
        if (text.ptr[i] >= 0x80) {
            return false;
        }
        bytes[i] = (char)text.ptr[i];
    }
    *ret = str_from(bytes, text.len);
    return bytes != NULL;
}

bool test_reads(struct work *work, const struct test *test, struct letters text)
{
    struct decimal number;
    struct instant date;
    struct cidr address;
    size_t mark = work->used;
    bool boolean, ascii;
    str bytes;

    ascii = ascii_of(work, text, &bytes);
    work->used = mark;
    return ascii && (test->reads == OPERAND_NUMBER ? decimal_parse(bytes, &number)
                     : test->reads == OPERAND_DATE ? instant_parse(bytes, &date)
                     : test->reads == OPERAND_IP   ? cidr_parse(bytes, false, &address)
                                                   : boolean_parse(bytes, &boolean));
}

bool test_hits(struct work *work, const struct test *test, struct letters text)
{
    size_t mark = work->used;
    bool hit = false;
    str bytes;

    switch (test->type) {
    case OPERAND_STRING:
    case OPERAND_BINARY:
    case OPERAND_ARN:
    case OPERAND_BOOL:
        for (uint32_t i = 0; i < test->count && !hit; i++) {
            hit = pattern_match(&test->patterns[i], text);
        }
        return hit;
    case OPERAND_NUMBER:
        hit = ascii_of(work, text, &bytes) && number_hits(test, bytes);
        break;
    case OPERAND_DATE:
        hit = ascii_of(work, text, &bytes) && date_hits(test, bytes);
        break;
    case OPERAND_IP:
        hit = ascii_of(work, text, &bytes) && address_hits(test, bytes);
        break;
    case OPERAND_NULL:
        return false;
    }
    work->used = mark;
    return hit;
}

static void candidate_add(struct work *work, struct candidates *c, str text)
{
    if (c->count < c->cap && letters_from(work, text, &c->items[c->count])) {
        c->count++;
    }
}

/* -- numbers ----------------------------------------------------------------------------------- */

static void number_add(struct work *work, struct candidates *c, const struct decimal *n,
                       size_t digits, bool beside)
{
    buf text = buf_arena(&work->arena, n->whole.len + digits + 16);

    if (n->negative) {
        buf_add_char(&text, '-');
    }
    buf_add(&text, n->whole.len == 0 ? STR("0") : n->whole);
    if (n->fraction.len > 0 || beside) {
        buf_add_char(&text, '.');
        buf_add(&text, n->fraction);
    }
    for (size_t i = n->fraction.len; beside && i < digits; i++) {
        buf_add_char(&text, '0');
    }
    if (beside) {
        buf_add_char(&text, '1'); /* finer than any of the policy's */
    }
    if (text.err == RC_OK) {
        candidate_add(work, c, buf_str(&text));
    } else {
        work->stop = STOP_NOMEM;
    }
}

/* Each number, and the one just beyond it away from zero; and around zero. */
static void number_candidates(struct work *work, const struct test *const *tests, size_t count,
                              struct candidates *c)
{
    struct decimal zero = { false, STR_NONE, STR_NONE }, below = { true, STR_NONE, STR_NONE };
    size_t digits = 0;

    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < tests[i]->count; j++) {
            size_t len = tests[i]->numbers[j].fraction.len;
            digits = len > digits ? len : digits;
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < tests[i]->count; j++) {
            number_add(work, c, &tests[i]->numbers[j], digits, false);
            number_add(work, c, &tests[i]->numbers[j], digits, true);
        }
    }
    number_add(work, c, &zero, digits, false);
    number_add(work, c, &zero, digits, true);
    number_add(work, c, &below, digits, true);
    candidate_add(work, c, STR("-1"));
}

/* -- dates ------------------------------------------------------------------------------------- */

/* The date of a day since 1970, in the proleptic Gregorian calendar; years begin in March. */
static void civil_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468 + 146097; /* one cycle on, never negative from year 0 */
    int64_t cycle = z / 146097, day = z % 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;

    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year + (cycle - 1) * 400 + (*ret_month <= 2 ? 1 : 0));
}

/* Dates of the years 0 to 9999; outside of them only whole seconds can be written at all. */
static void date_add(struct work *work, struct candidates *c, int64_t unix_s, int64_t ns)
{
    const int64_t first = INT64_C(-62167219200), last = INT64_C(253402300799);
    int64_t days, second;
    int year, month, day, len;
    char text[64];

    if (unix_s < first || unix_s > last) {
        len = snprintf(text, sizeof(text), "%lld", (long long)unix_s);
        if (ns != 0) {
            return;
        }
    } else {
        days = (unix_s - first) / 86400 + first / 86400;
        second = (unix_s - first) % 86400;
        civil_of(days, &year, &month, &day);
        len = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
                       (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
        len += ns == 0 ? snprintf(text + len, sizeof(text) - (size_t)len, "Z")
                       : snprintf(text + len, sizeof(text) - (size_t)len, ".%09dZ", (int)ns);
    }
    candidate_add(work, c, str_from(text, (size_t)len));
}

/* Each instant, and the next and the last before it that can be written. */
static void date_candidates(struct work *work, const struct test *const *tests, size_t count,
                            struct candidates *c)
{
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < tests[i]->count; j++) {
            struct instant at = tests[i]->dates[j];
            date_add(work, c, at.unix_s, at.ns);
            if (at.unix_s < INT64_MAX) {
                date_add(work, c, at.unix_s + 1, 0);
                date_add(work, c, at.unix_s + (at.ns == 999999999), (at.ns + 1) % 1000000000);
            }
            if (at.unix_s > INT64_MIN) {
                date_add(work, c, at.unix_s - 1, 0);
                date_add(work, c, at.unix_s - (at.ns == 0), at.ns == 0 ? 999999999 : at.ns - 1);
            }
        }
    }
    candidate_add(work, c, STR("2026-01-01T00:00:00Z"));
}

/* -- addresses --------------------------------------------------------------------------------- */

static void address_add(struct work *work, struct candidates *c, const uint8_t *bytes, bool four)
{
    char text[INET6_ADDRSTRLEN];

    if (inet_ntop(four ? AF_INET : AF_INET6, bytes, text, sizeof(text)) != NULL) {
        candidate_add(work, c, str_cstr(text));
    }
}

/* The first address behind the range; false when the range ends the space. */
static bool range_next(const struct cidr *range, uint8_t ret[16])
{
    uint32_t carry = 1;

    for (int i = range->length - 1; i >= 0; i--) {
        uint32_t host = range->bits >= (unsigned)i * 8 + 8 ? 0
                        : range->bits <= (unsigned)i * 8   ? 0xFF
                                                           : 0xFFu >> (range->bits - i * 8);
        uint32_t byte = (range->bytes[i] | host) + carry;
        ret[i] = (uint8_t)byte;
        carry = byte >> 8;
    }
    return carry == 0;
}

static void range_first(const struct cidr *range, uint8_t ret[16])
{
    for (int i = 0; i < range->length; i++) {
        uint32_t host = range->bits >= (unsigned)i * 8 + 8 ? 0
                        : range->bits <= (unsigned)i * 8   ? 0xFF
                                                           : 0xFFu >> (range->bits - i * 8);
        ret[i] = (uint8_t)(range->bytes[i] & ~host);
    }
}

/* Where ranges begin and end, the answers change and nowhere else. */
static void address_candidates(struct work *work, const struct test *const *tests, size_t count,
                               struct candidates *c)
{
    static const uint8_t zero[16];
    uint8_t bytes[16];

    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < tests[i]->count; j++) {
            const struct cidr *range = &tests[i]->ranges[j];
            range_first(range, bytes);
            address_add(work, c, bytes, range->length == 4);
            if (range_next(range, bytes)) {
                address_add(work, c, bytes, range->length == 4);
            }
        }
    }
    candidate_add(work, c, STR("192.0.2.1"));
    address_add(work, c, zero, true);
    address_add(work, c, zero, false);
}

bool candidates_of(struct work *work, enum operand_type type, const struct test *const *tests,
                   size_t count, struct candidates *ret)
{
    size_t room = 8;

    for (size_t i = 0; i < count; i++) {
        room += 5 * (size_t)tests[i]->count;
    }
    *ret = (struct candidates){ .items = WORK_NEW(work, room, struct letters), .cap = room };
    if (ret->items == NULL) {
        return false;
    }
    if (type == OPERAND_NUMBER) {
        number_candidates(work, tests, count, ret);
    } else if (type == OPERAND_DATE) {
        date_candidates(work, tests, count, ret);
    } else if (type == OPERAND_IP) {
        address_candidates(work, tests, count, ret);
    }
    candidate_add(work, ret, STR("x")); /* neither number, date nor address */
    candidate_add(work, ret, STR(""));
    return work->stop == STOP_NONE;
}
