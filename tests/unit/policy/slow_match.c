/* Patterns and conditions, by the rules, one rule after another. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "codec/base64.h"
#include "slow.h"

/* -- patterns as tokens ------------------------------------------------------------------------ */

enum { STAR = -1, ANY = -2, TOKENS_MAX = 2048 };

struct tokens {
    int at[TOKENS_MAX];
    size_t n;
};

static void add(struct tokens *t, int token)
{
    if (t->n < TOKENS_MAX) {
        t->at[t->n++] = token;
    }
}

static int next_character(str *rest)
{
    uint32_t code = 0;

    if (!take_utf8(rest, &code)) {
        code = 0xFFFD;
        *rest = str_skip(*rest, 1);
    }
    return (int)code;
}

static void add_literal(struct tokens *t, str text)
{
    while (text.len > 0) {
        add(t, next_character(&text));
    }
}

static const struct context_entry *lookup(const struct policy_request *rq, str key)
{
    for (size_t i = 0; i < rq->context_count; i++) {
        if (str_eq_nocase(rq->context[i].key, key)) { /* C-7, V-3, V-10 */
            return &rq->context[i];
        }
    }
    return NULL;
}

/* What follows "${": a name and "}", or a name, "," and a default between quotes. Taken from *rest.
 * False: neither. */
static bool take_inside(str *rest, str *ret_name, str *ret_fallback)
{
    size_t end = 0, quote;

    while (end < rest->len && rest->ptr[end] != ',' && rest->ptr[end] != '}') {
        end++;
    }
    if (end == rest->len) {
        return false;
    }
    *ret_name = str_slice(*rest, 0, end);
    *ret_fallback = STR_NONE;
    if (rest->ptr[end] == ',') { /* V-4 */
        do {
            end++;
        } while (end < rest->len && rest->ptr[end] == ' ');
        if (end == rest->len || rest->ptr[end] != '\'' ||
            !str_find_char(str_skip(*rest, end + 1), '\'', &quote)) {
            return false;
        }
        *ret_fallback = str_slice(*rest, end + 1, quote);
        end += quote + 2;
        while (end < rest->len && rest->ptr[end] == ' ') {
            end++;
        }
        if (end == rest->len || rest->ptr[end] != '}') {
            return false;
        }
    }
    *rest = str_skip(*rest, end + 1);
    return true;
}

/* False: unresolvable. */
static bool substitute(struct tokens *t, str name, str fallback, const struct policy_request *rq)
{
    const struct context_entry *entry;

    if (fallback.ptr == NULL &&
        (str_eq(name, STR("*")) || str_eq(name, STR("?")) || str_eq(name, STR("$")))) {
        add_literal(t, name); /* V-6 */
        return true;
    }
    entry = lookup(rq, str_trim(name));
    if (str_trim(name).len == 0 || (entry != NULL && entry->many)) {
        return false; /* V-5 */
    }
    if (entry == NULL && fallback.ptr == NULL) {
        return false;
    }
    add_literal(t, entry != NULL ? entry->values[0] : fallback); /* V-9, R-9 */
    return true;
}

/* The whole of a value. variables false: ${...} is text (V-2). glob false: so are * and ? (S-1). */
static bool tokenize(struct tokens *t, str text, bool variables, bool glob,
                     const struct policy_request *rq)
{
    while (text.len > 0) {
        str name, fallback;
        if (variables && str_starts(text, STR("${"))) {
            text = str_skip(text, 2);
            if (!take_inside(&text, &name, &fallback) || !substitute(t, name, fallback, rq)) {
                return false;
            }
            continue;
        }
        if (glob && (text.ptr[0] == '*' || text.ptr[0] == '?')) {
            add(t, text.ptr[0] == '*' ? STAR : ANY); /* A-2, S-3 */
            text = str_skip(text, 1);
            continue;
        }
        add(t, next_character(&text));
    }
    return true;
}

/* Does pattern p[0, pn) match text x[0, xn)? Anchored at both ends (A-4). By a table: row i says
 * which beginnings of the text the first i tokens match. */
static bool matches(const int *p, size_t pn, const int *x, size_t xn)
{
    static bool table[2][TOKENS_MAX + 1];
    bool *now = table[0], *next = table[1];

    for (size_t j = 0; j <= xn; j++) {
        now[j] = j == 0;
    }
    for (size_t i = 0; i < pn; i++) {
        bool *swap = now;
        for (size_t j = 0; j <= xn; j++) {
            next[j] = p[i] == STAR ? now[j] || (j > 0 && next[j - 1])
                                   : j > 0 && now[j - 1] && (p[i] == ANY || p[i] == x[j - 1]);
        }
        now = next;
        next = swap;
    }
    return now[xn];
}

static const struct tokens *literal(str text)
{
    static struct tokens t;

    t.n = 0;
    add_literal(&t, text);
    return &t;
}

/* -- actions and resources --------------------------------------------------------------------- */

static str lower(str text, char *room, size_t size)
{
    text.len = text.len < size ? text.len : size;
    for (size_t i = 0; i < text.len; i++) {
        room[i] = ascii_lower(text.ptr[i]);
    }
    return str_from(room, text.len);
}

bool slow_action(str pattern, str action)
{
    char a[512], b[512];
    static struct tokens p;
    const struct tokens *x;
    size_t at;
    bool colon = str_find_char(pattern, ':', &at), stars = pattern.len > 0;

    for (size_t i = 0; i < pattern.len; i++) {
        stars = stars && pattern.ptr[i] == '*';
    }
    if (!colon && !stars) {
        return false; /* names no service; only "*" alone does not need one (A-3) */
    }
    p.n = 0;                                                             /* A-8: no variables */
    (void)tokenize(&p, lower(pattern, a, sizeof(a)), false, true, NULL); /* A-1 */
    x = literal(lower(action, b, sizeof(b)));
    return matches(p.at, p.n, x->at, x->n);
}

/* R-2: at the first five colons. Returns how many segments there are. */
static size_t split(str text, str segments[6])
{
    size_t n = 0;

    while (n < 5 && take_until(&text, ':', &segments[n])) {
        n++;
    }
    segments[n] = text;
    return n + 1;
}

bool slow_resource(str pattern, bool variables, bool pads, const struct policy_request *rq)
{
    str p[6], x[6];
    static struct tokens pt;
    const struct tokens *xt;
    size_t n = split(pattern, p), at;

    if (str_eq(pattern, STR("*"))) {
        return true; /* R-1 */
    }
    if (split(rq->resource, x) < 6) {
        return false; /* R-8: only "*" matches "*" */
    }
    if (n < 6 && !pads && !str_find_char(pattern, '*', &at) && !str_find_char(pattern, '?', &at)) {
        return false; /* R-13 */
    }
    for (; n < 6; n++) {
        p[n] = STR("*"); /* R-13 */
    }
    for (int i = 0; i < 6; i++) {
        pt.n = 0;
        if (!tokenize(&pt, p[i], variables && i == 5, true, rq)) { /* R-9 */
            return false;                                          /* R-10 */
        }
        xt = literal(x[i]);
        if (!matches(pt.at, pt.n, xt->at, xt->n)) {
            return false;
        }
    }
    return true;
}

/* -- operators --------------------------------------------------------------------------------- */

static bool string_value(str have, str want, bool variables, bool nocase, bool glob,
                         const struct policy_request *rq)
{
    static struct tokens p;
    const struct tokens *x;
    char a[2048];

    p.n = 0;
    if (!tokenize(&p, want, variables, glob, rq)) {
        return false; /* V-8 */
    }
    if (nocase) { /* S-2: ASCII letters only; substituted text folds as well */
        for (size_t i = 0; i < p.n; i++) {
            p.at[i] = p.at[i] >= 'A' && p.at[i] <= 'Z' ? p.at[i] + 32 : p.at[i];
        }
        have = lower(have, a, sizeof(a));
    }
    x = literal(have);
    return matches(p.at, p.n, x->at, x->n);
}

/* N-1, N-2: a sign, and digits around a point. */
struct number {
    bool negative;
    str whole, fraction;
};

static bool all_digits(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool number_of_text(str text, struct number *ret)
{
    *ret = (struct number){ text.len > 0 && text.ptr[0] == '-', STR_NONE, STR("") };
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        text = str_skip(text, 1);
    }
    ret->whole = text;
    if (take_until(&text, '.', &ret->whole)) {
        ret->fraction = text;
    }
    return ret->whole.len + ret->fraction.len > 0 && all_digits(ret->whole) &&
           all_digits(ret->fraction);
}

/* The digit at a place: 0 the ones, 1 the tens, -1 the tenths; zeros beyond what is written. */
static int digit_at(const struct number *n, long place)
{
    long whole = (long)n->whole.len, fraction = (long)n->fraction.len;

    if (place >= 0) {
        return place < whole ? n->whole.ptr[whole - 1 - place] - '0' : 0;
    }
    return -place <= fraction ? n->fraction.ptr[-place - 1] - '0' : 0;
}

static bool number_order(str have, str want, int *ret)
{
    struct number a, b;
    long place;

    if (!number_of_text(have, &a) || !number_of_text(want, &b)) {
        return false; /* C-10 */
    }
    *ret = 0;
    for (place = (long)(a.whole.len + b.whole.len);
         place >= -(long)(a.fraction.len + b.fraction.len) && *ret == 0; place--) {
        int x = digit_at(&a, place), y = digit_at(&b, place);
        *ret = (a.negative ? -x : x) - (b.negative ? -y : y);
    }
    return true;
}

/* T-1 to T-3 by sscanf and timegm, in nanoseconds as a long double's exact integers. */
static bool date_value(str text, long double *ret)
{
    static char copy[20001];
    char zone[64] = "", fraction[16] = "";
    struct tm tm = { .tm_mday = 1 }, back;
    int year, month = 1, day = 1, hour = 0, minute = 0, second = 0, used = 0, zh = 0, zm = 0;
    time_t at;
    size_t dot;

    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (strlen(copy) != text.len) {
        return false;
    }
    if (text.len != 4 && ascii_is_digit(copy[copy[0] == '-' ? 1 : 0])) {
        char *end;
        long long epoch;
        errno = 0;
        epoch = strtoll(copy, &end, 10);
        if (*end == '\0' && errno == 0) {
            *ret = (long double)epoch * 1e9L;
            return true;
        }
    }
    for (size_t i = 0; i < text.len; i++) { /* digits and marks stand where they belong */
        static const char layout[] = "dddd-dd-ddTdd:dd:dd";
        char want = i < sizeof(layout) - 1 ? layout[i] : '\0';
        if (want == 'd' && !ascii_is_digit(copy[i])) {
            return false;
        }
        if (i < 16 && want != 'd' && want != 'T' && copy[i] != want) {
            return false;
        }
        if (want == 'T' && ascii_lower(copy[i]) != 't') {
            return false;
        }
        if (i == 16 && copy[i] != ':') {
            break; /* hh:mm and the zone */
        }
    }
    if (text.len == 4 || text.len == 7 || text.len == 10) {
        (void)sscanf(copy, "%4d-%2d-%2d", &year, &month, &day); /* T-2 */
    } else if (text.len > 16 && copy[16] == ':') {
        if (sscanf(copy, "%4d-%2d-%2d%*c%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                   &second, &used) != 6 ||
            used != 19) {
            return false;
        }
        dot = 19;
        if (copy[19] == '.') {
            size_t n = 0;
            for (dot = 20; ascii_is_digit(copy[dot]); dot++, n++) {
                if (n < 9) {
                    fraction[n] = copy[dot];
                }
            }
            if (n == 0) {
                return false;
            }
        }
        (void)snprintf(zone, sizeof(zone), "%.60s", copy + dot);
    } else if (text.len > 16 &&
               sscanf(copy, "%4d-%2d-%2d%*c%2d:%2d", &year, &month, &day, &hour, &minute) == 5) {
        (void)snprintf(zone, sizeof(zone), "%.60s", copy + 16);
    } else {
        return false;
    }
    if (text.len > 10) {
        bool z = ascii_lower(zone[0]) == 'z' && zone[1] == '\0';
        bool offset = strlen(zone) == 6 && (zone[0] == '+' || zone[0] == '-') &&
                      ascii_is_digit(zone[1]) && ascii_is_digit(zone[2]) && zone[3] == ':' &&
                      ascii_is_digit(zone[4]) && ascii_is_digit(zone[5]);
        if (!z && !offset) {
            return false;
        }
        if (offset) {
            (void)sscanf(zone + 1, "%2d:%2d", &zh, &zm);
            if (zh > 23 || zm > 59) {
                return false;
            }
            if (zone[0] == '-') {
                zh = -zh;
                zm = -zm;
            }
        }
    }
    if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    back = tm;
    at = timegm(&back);
    if (back.tm_mday != day || back.tm_mon != month - 1) {
        return false; /* 30 February */
    }
    while (strlen(fraction) < 9) {
        strncat(fraction, "0", 2);
    }
    fraction[9] = '\0';
    *ret = (long double)(at - zh * 3600 - zm * 60) * 1e9L + strtold(fraction, NULL);
    return true;
}

static bool date_order(str have, str want, int *ret)
{
    long double a, b;

    if (!date_value(have, &a) || !date_value(want, &b)) {
        return false; /* C-10 */
    }
    *ret = (a > b) - (a < b);
    return true;
}

static bool bits_of(str text, bool bits[128], int *ret_count)
{
    unsigned char bytes[16];
    char copy[64];
    int count;
    size_t at;

    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    count = str_find_char(text, ':', &at) ? 128 : 32;
    if (strlen(copy) != text.len ||
        inet_pton(count == 128 ? AF_INET6 : AF_INET, copy, bytes) != 1) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        bits[i] = (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
    }
    *ret_count = count;
    return true;
}

/* I-1 to I-4 */
static bool address_within(str have, str want)
{
    bool a[128], b[128];
    int an, bn;
    str network = want;
    uint64_t prefix;
    bool has_prefix = take_until(&want, '/', &network);

    if (!bits_of(have, a, &an) || !bits_of(network, b, &bn) || an != bn) {
        return false;
    }
    prefix = (uint64_t)bn;
    if (has_prefix &&
        (want.len > 3 || str_to_u64(want, &prefix) != RC_OK || prefix > (uint64_t)bn)) {
        return false;
    }
    for (uint64_t i = 0; i < prefix; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

/* N-ARN-1 to 3: substitution first, then six segments at the first five colons of each side. */
static bool arn_value(str have, str want, bool variables, const struct policy_request *rq)
{
    static struct tokens p;
    const struct tokens *x;
    size_t pi = 0, xi = 0;

    p.n = 0;
    if (!tokenize(&p, want, variables, true, rq)) {
        return false;
    }
    x = literal(have);
    for (int segment = 0; segment < 6; segment++) {
        size_t pe = pi, xe = xi;
        while (pe < p.n && (segment == 5 || p.at[pe] != ':')) {
            pe++;
        }
        while (xe < x->n && (segment == 5 || x->at[xe] != ':')) {
            xe++;
        }
        if (segment < 5 && (pe == p.n || xe == x->n)) {
            return false;
        }
        if (!matches(p.at + pi, pe - pi, x->at + xi, xe - xi)) {
            return false;
        }
        pi = pe + 1;
        xi = xe + 1;
    }
    return true;
}

static bool binary_value(str have, str want)
{
    buf bytes = buf_heap(4096);
    bool same = base64_decode(BASE64_STANDARD, want, &bytes) == RC_OK &&
                str_eq(buf_str(&bytes), have);

    buf_done(&bytes);
    return same;
}

static bool is_boolean(str s)
{
    return str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("false"));
}

/* One request value against one policy value under the positive form of the operator. */
static bool one_matches(str op, str have, str want, bool variables, const struct policy_request *rq)
{
    int order = 0;

    if (str_eq(op, STR("stringequals"))) {
        return string_value(have, want, variables, false, false, rq);
    }
    if (str_eq(op, STR("stringequalsignorecase"))) {
        return string_value(have, want, variables, true, false, rq);
    }
    if (str_eq(op, STR("stringlike"))) {
        return string_value(have, want, variables, false, true, rq);
    }
    if (str_eq(op, STR("arnequals")) || str_eq(op, STR("arnlike"))) {
        return arn_value(have, want, variables, rq);
    }
    if (str_eq(op, STR("ipaddress"))) {
        return address_within(have, want);
    }
    if (str_eq(op, STR("binaryequals"))) {
        return binary_value(have, want);
    }
    if (str_eq(op, STR("bool"))) { /* B-1, V-7 */
        return is_boolean(have) && string_value(have, want, variables, true, false, rq);
    }
    if (str_starts(op, STR("numeric")) ? !number_order(have, want, &order)
                                       : !date_order(have, want, &order)) {
        return false;
    }
    op = str_skip(op, str_starts(op, STR("numeric")) ? 7 : 4);
    return str_eq(op, STR("equals"))           ? order == 0
           : str_eq(op, STR("lessthan"))       ? order < 0
           : str_eq(op, STR("lessthanequals")) ? order <= 0
           : str_eq(op, STR("greaterthan"))    ? order > 0
                                               : order >= 0;
}

static const char *const positives[] = {
    "stringequals",
    "stringequalsignorecase",
    "stringlike",
    "arnequals",
    "arnlike",
    "ipaddress",
    "binaryequals",
    "bool",
    "numericequals",
    "numericlessthan",
    "numericlessthanequals",
    "numericgreaterthan",
    "numericgreaterthanequals",
    "dateequals",
    "datelessthan",
    "datelessthanequals",
    "dategreaterthan",
    "dategreaterthanequals",
};

static const struct {
    const char *name, *positive;
} negatives[] = {
    { "stringnotequals", "stringequals" },
    { "stringnotequalsignorecase", "stringequalsignorecase" },
    { "stringnotlike", "stringlike" },
    { "arnnotequals", "arnequals" },
    { "arnnotlike", "arnlike" },
    { "notipaddress", "ipaddress" },
    { "numericnotequals", "numericequals" },
    { "datenotequals", "dateequals" },
};

/* *ret_op: the positive form. False: unknown (C-9). */
static bool operator_of(str name, str *ret_op, bool *ret_negated)
{
    for (size_t i = 0; i < COUNT_OF(positives); i++) {
        if (str_eq(name, str_cstr(positives[i]))) {
            *ret_op = name;
            *ret_negated = false;
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(negatives); i++) {
        if (str_eq(name, str_cstr(negatives[i].name))) {
            *ret_op = str_cstr(negatives[i].positive);
            *ret_negated = true;
            return true;
        }
    }
    return false;
}

static str value_text(const struct json *v)
{
    return v->type == JSON_TRUE ? STR("true") : v->type == JSON_FALSE ? STR("false") : v->text;
}

/* C-2, C-3, M-3: OR over the values, or NOR. */
static bool value_satisfies(str op, bool negated, str have, const struct json *key, bool variables,
                            const struct policy_request *rq)
{
    bool array = key->type == JSON_ARRAY;

    for (const struct json *v = array ? key->first : key; v != NULL; v = array ? v->next : NULL) {
        if (one_matches(op, have, value_text(v), variables, rq)) {
            return !negated;
        }
    }
    return negated;
}

static bool null_condition(const struct json *key, const struct context_entry *entry)
{
    bool absent = entry == NULL || entry->count == 0; /* B-3 */
    bool array = key->type == JSON_ARRAY;

    for (const struct json *v = array ? key->first : key; v != NULL; v = array ? v->next : NULL) {
        if (is_boolean(value_text(v)) && str_eq_nocase(value_text(v), STR("true")) == absent) {
            return true;
        }
    }
    return false;
}

bool slow_condition(str operator_name, const struct json *key, bool variables, bool deny,
                    const struct policy_request *rq)
{
    char room[128];
    str name = lower(operator_name, room, sizeof(room)), op; /* C-8 */
    bool any = false, all = false, if_exists = false, negated, empty = true;
    const struct context_entry *entry = lookup(rq, key->key);
    uint32_t good = 0;

    any = take_prefix(&name, STR("foranyvalue:"));
    all = !any && take_prefix(&name, STR("forallvalues:"));
    if (name.len > 8 && str_ends(name, STR("ifexists"))) {
        if_exists = true;
        name.len -= 8;
    }
    if (str_eq(name, STR("null")) && !if_exists) {
        return null_condition(key, entry); /* M-6 */
    }
    if (!operator_of(name, &op, &negated)) {
        return deny; /* C-9 */
    }
    if (entry == NULL) {
        return if_exists || all || (!any && negated); /* C-4, C-5, C-6, M-1, M-2, M-5 */
    }
    if (!any && !all) {
        return !entry->many && /* C-14 */
               value_satisfies(op, negated, entry->values[0], key, variables, rq);
    }
    for (uint32_t i = 0; i < entry->count; i++) {
        empty = empty && entry->many && entry->values[i].len == 0; /* M-7 */
        good += value_satisfies(op, negated, entry->values[i], key, variables, rq) ? 1 : 0;
    }
    if (empty) {
        return all; /* M-1, M-2 */
    }
    return any ? good > 0 : good == entry->count;
}
