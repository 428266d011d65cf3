#include "policy/value.h"

#include <arpa/inet.h>

#include "base/macros.h"

/* N-1, N-2: sign, digits, at most one point. No exponent: "1e3" is not a number here. */
bool decimal_parse(str text, struct decimal *ret)
{
    struct decimal out = { false, STR_NONE, STR("") };
    size_t digits;

    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        out.negative = text.ptr[0] == '-';
        text = str_skip(text, 1);
    }
    out.whole = text;
    if (take_until(&text, '.', &out.whole)) {
        out.fraction = text;
    }
    digits = out.whole.len + out.fraction.len;
    for (size_t i = 0; i < out.whole.len; i++) {
        if (!ascii_is_digit(out.whole.ptr[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < out.fraction.len; i++) {
        if (!ascii_is_digit(out.fraction.ptr[i])) {
            return false;
        }
    }
    while (out.whole.len > 0 && out.whole.ptr[0] == '0') {
        out.whole = str_skip(out.whole, 1);
    }
    while (out.fraction.len > 0 && out.fraction.ptr[out.fraction.len - 1] == '0') {
        out.fraction.len--;
    }
    if (out.whole.len == 0 && out.fraction.len == 0) {
        out.negative = false; /* -0 is 0 */
    }
    *ret = out;
    return digits > 0;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    int order;

    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    if (a->whole.len != b->whole.len) {
        order = a->whole.len < b->whole.len ? -1 : 1;
    } else {
        order = str_cmp(a->whole, b->whole);
        /* Without trailing zeros the longer of two equal beginnings is the greater. */
        order = order != 0 ? order : str_cmp(a->fraction, b->fraction);
    }
    return a->negative ? -order : order;
}

/* Takes exactly `count` digits. */
static bool take_digits(str *rest, size_t count, int *ret)
{
    int n = 0;

    if (rest->len < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!ascii_is_digit(rest->ptr[i])) {
            return false;
        }
        n = n * 10 + (rest->ptr[i] - '0');
    }
    *rest = str_skip(*rest, count);
    *ret = n;
    return true;
}

static bool take_char(str *rest, char lower)
{
    if (rest->len == 0 || ascii_lower(rest->ptr[0]) != lower) {
        return false;
    }
    *rest = str_skip(*rest, 1);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that the leap
 * day comes last. codec/date.h counts nanoseconds in 64 bits and ends in 2262; policies say 9999. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = 400 + (month <= 2 ? year - 1 : year); /* one cycle on, never negative */
    int64_t m = month <= 2 ? month + 9 : month - 3;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468 - 146097;
}

static bool take_zone(str *rest, int *ret_offset_s)
{
    int hours, minutes, sign;

    if (take_char(rest, 'z')) {
        *ret_offset_s = 0;
        return true;
    }
    sign = take_char(rest, '+') ? 1 : take_char(rest, '-') ? -1 : 0;
    if (sign == 0 || !take_digits(rest, 2, &hours) || !take_char(rest, ':') ||
        !take_digits(rest, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool take_fraction(str *rest, uint32_t *ret_ns)
{
    uint32_t ns = 0, scale = 100000000;
    size_t digits = 0;

    while (rest->len > 0 && ascii_is_digit(rest->ptr[0])) {
        ns += (uint32_t)(rest->ptr[0] - '0') * scale; /* past nine digits scale is 0 */
        scale /= 10;
        digits++;
        *rest = str_skip(*rest, 1);
    }
    *ret_ns = ns;
    return digits > 0;
}

static bool take_time(str *rest, int *ret_second_of_day, int *ret_offset_s, uint32_t *ret_ns)
{
    int hour, minute, second = 0;

    if (!take_digits(rest, 2, &hour) || !take_char(rest, ':') || !take_digits(rest, 2, &minute)) {
        return false;
    }
    if (take_char(rest, ':')) {
        if (!take_digits(rest, 2, &second)) {
            return false;
        }
        if (take_char(rest, '.') && !take_fraction(rest, ret_ns)) {
            return false;
        }
    }
    *ret_second_of_day = hour * 3600 + minute * 60 + second;
    return hour <= 23 && minute <= 59 && second <= 59 && take_zone(rest, ret_offset_s);
}

static bool iso_parse(str text, struct instant *ret)
{
    int year, month = 1, day = 1, second = 0, offset_s = 0;
    uint32_t ns = 0;

    if (!take_digits(&text, 4, &year)) {
        return false;
    }
    if (take_char(&text, '-')) {
        if (!take_digits(&text, 2, &month) || month < 1 || month > 12) {
            return false;
        }
        if (take_char(&text, '-')) {
            if (!take_digits(&text, 2, &day) || day < 1 || day > days_in_month(year, month)) {
                return false;
            }
            if (take_char(&text, 't') && !take_time(&text, &second, &offset_s, &ns)) {
                return false;
            }
        }
    }
    *ret = (struct instant){ days_from_civil(year, month, day) * 86400 + second - offset_s, ns };
    return text.len == 0;
}

bool instant_parse(str text, struct instant *ret)
{
    struct instant out = { 0, 0 };

    if (text.len != 4 && str_to_i64(text, &out.unix_s) == RC_OK) {
        *ret = out;
        return true;
    }
    return iso_parse(text, ret);
}

int instant_compare(const struct instant *a, const struct instant *b)
{
    if (a->unix_s != b->unix_s) {
        return a->unix_s < b->unix_s ? -1 : 1;
    }
    return (a->ns > b->ns) - (a->ns < b->ns);
}

/* One or more digits, at most nine, their value within [low, high]. */
static bool number_within(str text, int low, int high)
{
    int n;
    size_t len = text.len;

    return len >= 1 && len <= 9 && take_digits(&text, len, &n) && n >= low && n <= high;
}

static bool storable_seconds(str text)
{
    str seconds = text, fraction, zone = STR_NONE, hours;
    size_t at;

    if (str_find_char(text, '+', &at)) {
        zone = str_skip(text, at + 1);
        seconds = str_slice(text, 0, at);
        hours = zone;
        if (take_until(&zone, ':', &hours) && !(zone.len == 2 && number_within(zone, 0, 59))) {
            return false;
        }
        if (hours.len != 2 || !number_within(hours, 0, 23)) {
            return false;
        }
    } else if (text.len > 0 && ascii_lower(text.ptr[text.len - 1]) == 'z') {
        seconds = str_slice(text, 0, text.len - 1);
    }
    text = seconds;
    if (take_until(&text, '.', &seconds)) {
        fraction = text;
        if (!number_within(fraction, 0, 999999999)) {
            return false;
        }
    }
    return number_within(seconds, 0, 59);
}

static bool storable_time(str time)
{
    str hour = time, minute, seconds = STR_NONE;

    if (time.len == 0) {
        return true;
    }
    if (!take_until(&time, ':', &hour)) {
        return number_within(hour, 0, 23);
    }
    minute = time;
    if (take_until(&time, ':', &minute)) {
        seconds = time;
    } else if (minute.len > 0 && ascii_lower(minute.ptr[minute.len - 1]) == 'z') {
        minute.len--; /* hh:mmZ */
    } else if (minute.len == 8 && (minute.ptr[2] == '+' || minute.ptr[2] == '-')) {
        minute.len = 2;
    }
    return number_within(hour, 0, 23) && number_within(minute, 0, 59) &&
           (seconds.ptr == NULL || storable_seconds(seconds));
}

static bool storable_day(str date)
{
    str year, month;

    (void)take_char(&date, '-'); /* before our era */
    year = date;
    if (!take_until(&date, '-', &year)) {
        return number_within(year, 0, 292278993);
    }
    month = date;
    if (!take_until(&date, '-', &month)) {
        return number_within(year, 0, 292278993) && number_within(month, 1, 12);
    }
    return number_within(year, 0, 292278993) && number_within(month, 1, 12) &&
           number_within(date, 1, 31);
}

bool instant_is_storable(str text)
{
    struct instant instant;
    size_t at = 0;
    bool dash = str_find_char(text, '-', &at), time = false;

    if (instant_parse(text, &instant)) {
        return true;
    }
    for (at = 0; at < text.len && !time; at += time ? 0 : 1) {
        time = ascii_lower(text.ptr[at]) == 't';
    }
    if (!time && !dash) {
        return false; /* neither a date nor epoch seconds */
    }
    return storable_day(str_slice(text, 0, time ? at : text.len)) &&
           storable_time(time ? str_skip(text, at + 1) : STR_NONE);
}

bool cidr_parse(str text, bool range, struct cidr *ret)
{
    struct cidr out = { .length = 4 };
    str address = text, prefix = STR_NONE;
    char copy[INET6_ADDRSTRLEN + 1];
    size_t at;
    uint64_t bits;

    if (range && take_until(&text, '/', &address)) {
        prefix = text;
    }
    if (address.len == 0 || address.len > INET6_ADDRSTRLEN ||
        str_find_char(address, '\0', &at)) { /* inet_pton would stop at a NUL */
        return false;
    }
    memcpy(copy, address.ptr, address.len);
    copy[address.len] = '\0';
    if (str_find_char(address, ':', &at)) {
        out.length = 16;
    }
    if (inet_pton(out.length == 4 ? AF_INET : AF_INET6, copy, out.bytes) != 1) {
        return false;
    }
    out.bits = (uint8_t)(out.length * 8);
    if (prefix.ptr != NULL) {
        if (prefix.len > 3 || str_to_u64(prefix, &bits) != RC_OK || bits > out.bits) {
            return false;
        }
        out.bits = (uint8_t)bits;
    }
    *ret = out;
    return true;
}

/* I-3: families are disjoint. I-4: bits behind the prefix do not count. */
bool cidr_contains(const struct cidr *range, const struct cidr *address)
{
    size_t whole = range->bits / 8u, rest = range->bits % 8u;

    if (range->length != address->length || memcmp(range->bytes, address->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || ((range->bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

bool boolean_parse(str text, bool *ret)
{
    if (str_eq_nocase(text, STR("true"))) {
        *ret = true;
        return true;
    }
    if (str_eq_nocase(text, STR("false"))) {
        *ret = false;
        return true;
    }
    return false;
}
