#include "codec/date.h"

#include <string.h>

#include "base/env.h"
#include "base/words.h"

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

/* 9999-12-31T23:59:59Z, the last second four year digits can say. */
#define UNIX_S_MAX INT64_C(253402300799)

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char weekdays[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its
 * year and month lengths repeat in the pattern 153 days per five months. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
    int64_t month_from_march = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

struct date date_from_unix(int64_t unix_s)
{
    int64_t at = unix_s < 0 ? 0 : unix_s > UNIX_S_MAX ? UNIX_S_MAX : unix_s;
    int64_t days = at / DAY_S + 719468, second = at % DAY_S;
    int64_t era = days / 146097, of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month_from_march = (5 * of_year + 2) / 153;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    return (struct date){
        .year = (int)(era * 400 + year + (month <= 2)),
        .month = (int)month,
        .day = (int)(of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (int)(second / HOUR_S),
        .minute = (int)(second % HOUR_S / MINUTE_S),
        .second = (int)(second % MINUTE_S),
    };
}

int64_t date_to_unix(const struct date *date)
{
    return days_from_civil(date->year, date->month, date->day) * DAY_S + date->hour * HOUR_S +
           date->minute * MINUTE_S + date->second;
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

static bool date_is_real(const struct date *date)
{
    return date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->day <= month_days(date->year, date->month) && date->hour <= 23 &&
           date->minute <= 59 && date->second <= 59;
}

/* Exactly `count` digits. */
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

static bool take_char(str *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != c) {
        return false;
    }
    *rest = str_skip(*rest, 1);
    return true;
}

/* One digit or more; nanoseconds, the rest is cut. */
static bool take_fraction(str *rest, int32_t *ret_ns)
{
    int32_t ns = 0, weight = 100000000;
    size_t len = 0;

    for (; len < rest->len && ascii_is_digit(rest->ptr[len]); len++) {
        ns += (rest->ptr[len] - '0') * weight;
        weight /= 10;
    }
    *rest = str_skip(*rest, len);
    *ret_ns = ns;
    return len > 0;
}

/* "Z", "+hh:mm" or "-hh:mm", and nothing behind it. */
static bool take_zone(str *rest, int *ret_ahead_s)
{
    int hour, minute, sign = 1;

    if (take_char(rest, 'Z')) {
        *ret_ahead_s = 0;
        return rest->len == 0;
    }
    if (!take_char(rest, '+')) {
        if (!take_char(rest, '-')) {
            return false;
        }
        sign = -1;
    }
    if (!take_digits(rest, 2, &hour) || !take_char(rest, ':') || !take_digits(rest, 2, &minute) ||
        rest->len != 0 || hour > 23 || minute > 59) {
        return false;
    }
    *ret_ahead_s = sign * (hour * HOUR_S + minute * MINUTE_S);
    return true;
}

/* What stands behind "YYYY-MM-DDT". */
static bool take_time(str *rest, struct date *date, int32_t *ret_ns, int *ret_ahead_s)
{
    if (!take_digits(rest, 2, &date->hour) || !take_char(rest, ':') ||
        !take_digits(rest, 2, &date->minute)) {
        return false;
    }
    if (take_char(rest, ':')) {
        if (!take_digits(rest, 2, &date->second) ||
            (take_char(rest, '.') && !take_fraction(rest, ret_ns))) {
            return false;
        }
    }
    return take_zone(rest, ret_ahead_s);
}

enum rc date_parse_instant(str text, struct instant *ret)
{
    struct date date = { .month = 1, .day = 1 };
    struct instant at = { 0 };
    str rest = text;
    int ahead_s = 0;

    /* Each part may be the last one: a less precise date means its first instant (T-2). */
    if (!take_digits(&rest, 4, &date.year)) {
        return RC_SYNTAX;
    }
    if (rest.len > 0 && (!take_char(&rest, '-') || !take_digits(&rest, 2, &date.month))) {
        return RC_SYNTAX;
    }
    if (rest.len > 0 && (!take_char(&rest, '-') || !take_digits(&rest, 2, &date.day))) {
        return RC_SYNTAX;
    }
    if (rest.len > 0 && (!take_char(&rest, 'T') || !take_time(&rest, &date, &at.ns, &ahead_s))) {
        return RC_SYNTAX;
    }
    if (!date_is_real(&date)) {
        return RC_SYNTAX;
    }
    at.unix_s = date_to_unix(&date) - ahead_s;
    *ret = at;
    return RC_OK;
}

enum rc date_parse_iso(str text, int64_t *ret_ns)
{
    struct instant at;
    int64_t ns;

    TRY(date_parse_instant(text, &at));
    if (__builtin_mul_overflow(at.unix_s, NS_PER_S, &ns) ||
        __builtin_add_overflow(ns, at.ns, &ns)) {
        ns = at.unix_s < 0 ? INT64_MIN : INT64_MAX;
    }
    *ret_ns = ns;
    return RC_OK;
}

/* "20261123T182557Z": read on every signed request, hence eight bytes at a time. */
enum rc date_parse_basic(str text, int64_t *ret_unix_s)
{
    uint64_t day, time;
    struct date date;

    if (text.len != 16 || text.ptr[8] != 'T' || text.ptr[15] != 'Z') {
        return RC_SYNTAX;
    }
    /* The six digits between 'T' and 'Z', and two more in the place of those. */
    time = load8_in_order(text.ptr + 8) << 8 >> 16 | (uint64_t)'0' << 48 | (uint64_t)'0' << 56;
    if (!two_digits_four_times(load8_in_order(text.ptr), &day) ||
        !two_digits_four_times(time, &time)) {
        return RC_SYNTAX;
    }
    date = (struct date){
        .year = (int)(100 * (day & 0xff) + (day >> 16 & 0xff)),
        .month = (int)(day >> 32 & 0xff),
        .day = (int)(day >> 48),
        .hour = (int)(time & 0xff),
        .minute = (int)(time >> 16 & 0xff),
        .second = (int)(time >> 32 & 0xff),
    };
    if (date.year < 1970 || !date_is_real(&date)) {
        return RC_SYNTAX;
    }
    *ret_unix_s = date_to_unix(&date);
    return RC_OK;
}

static const char *weekday_of(int64_t unix_s)
{
    return weekdays[unix_s / DAY_S % 7];
}

static bool take_month(str *rest, int *ret_month)
{
    for (int i = 0; i < 12; i++) {
        if (take_prefix(rest, str_from(months[i], 3))) {
            *ret_month = i + 1;
            return true;
        }
    }
    return false;
}

enum rc date_parse_http(str text, int64_t *ret_unix_s)
{
    struct date date = { 0 };
    str weekday = str_slice(text, 0, 3), rest = str_skip(text, 3);
    int64_t unix_s;

    if (!take_prefix(&rest, STR(", ")) || !take_digits(&rest, 2, &date.day) ||
        !take_char(&rest, ' ') || !take_month(&rest, &date.month) || !take_char(&rest, ' ') ||
        !take_digits(&rest, 4, &date.year) || !take_char(&rest, ' ') ||
        !take_digits(&rest, 2, &date.hour) || !take_char(&rest, ':') ||
        !take_digits(&rest, 2, &date.minute) || !take_char(&rest, ':') ||
        !take_digits(&rest, 2, &date.second) || !str_eq(rest, STR(" GMT")) || date.year < 1970 ||
        !date_is_real(&date)) {
        return RC_SYNTAX;
    }
    unix_s = date_to_unix(&date);
    if (!str_eq(weekday, str_from(weekday_of(unix_s), 3))) {
        return RC_SYNTAX;
    }
    *ret_unix_s = unix_s;
    return RC_OK;
}

static char *put_digits(char *at, int n, size_t count)
{
    for (size_t i = count; i-- > 0; n /= 10) {
        at[i] = (char)('0' + n % 10);
    }
    return at + count;
}

static char *put_text(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

void date_print_iso(int64_t unix_s, char out[20])
{
    struct date date = date_from_unix(unix_s);

    out = put_digits(out, date.year, 4);
    *out++ = '-';
    out = put_digits(out, date.month, 2);
    *out++ = '-';
    out = put_digits(out, date.day, 2);
    *out++ = 'T';
    out = put_digits(out, date.hour, 2);
    *out++ = ':';
    out = put_digits(out, date.minute, 2);
    *out++ = ':';
    out = put_digits(out, date.second, 2);
    *out = 'Z';
}

void date_print_basic(int64_t unix_s, char out[16])
{
    struct date date = date_from_unix(unix_s);

    out = put_digits(out, date.year, 4);
    out = put_digits(out, date.month, 2);
    out = put_digits(out, date.day, 2);
    *out++ = 'T';
    out = put_digits(out, date.hour, 2);
    out = put_digits(out, date.minute, 2);
    out = put_digits(out, date.second, 2);
    *out = 'Z';
}

void date_print_http(int64_t unix_s, char out[29])
{
    struct date date = date_from_unix(unix_s);

    out = put_text(out, weekday_of(date_to_unix(&date)), 3);
    out = put_text(out, ", ", 2);
    out = put_digits(out, date.day, 2);
    *out++ = ' ';
    out = put_text(out, months[date.month - 1], 3);
    *out++ = ' ';
    out = put_digits(out, date.year, 4);
    *out++ = ' ';
    out = put_digits(out, date.hour, 2);
    *out++ = ':';
    out = put_digits(out, date.minute, 2);
    *out++ = ':';
    out = put_digits(out, date.second, 2);
    (void)put_text(out, " GMT", 4);
}
