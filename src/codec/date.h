/* Dates as AWS writes them. All times are UTC seconds since 1970; leap seconds do not exist. */
#ifndef MANTLE_CODEC_DATE_H
#define MANTLE_CODEC_DATE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

struct date {
    int year, month, day, hour, minute, second; /* 1970..9999, 1..12, 1..31, 0..23, 0..59, 0..59 */
};

/* A point in time over all of years 0000 to 9999; ns is 0..999999999 and counts forwards. */
struct instant {
    int64_t unix_s;
    int32_t ns;
};

static inline int instant_cmp(struct instant a, struct instant b)
{
    return a.unix_s != b.unix_s ? (a.unix_s > b.unix_s) - (a.unix_s < b.unix_s)
                                : (a.ns > b.ns) - (a.ns < b.ns);
}

/* Times outside 1970..9999 become the nearest time inside; so do those printed below. */
struct date date_from_unix(int64_t unix_s);
int64_t date_to_unix(const struct date *date);

/* W3C-NOTE-datetime: YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mmTZ, ...:ssTZ, ...:ss.fTZ with TZ
 * "Z" or +hh:mm; a date-time without TZ is RC_SYNTAX. Less precise forms mean the first instant
 * (evaluation rules T-1 to T-3). Years are 0000 to 9999; digits past nine of the fraction are cut. */
MUST_CHECK enum rc date_parse_instant(str text, struct instant *ret);
/* The same in nanoseconds since 1970. 64 bits reach from 1677 to 2262: what lies beyond becomes
 * INT64_MIN or INT64_MAX, so compare dates of policies with date_parse_instant. */
MUST_CHECK enum rc date_parse_iso(str text, int64_t *ret_ns);
/* "20261123T182557Z": SigV4. Exactly that form. */
MUST_CHECK enum rc date_parse_basic(str text, int64_t *ret_unix_s);
/* RFC 7231: "Mon, 23 Nov 2026 18:25:57 GMT"; the weekday must be the right one. */
MUST_CHECK enum rc date_parse_http(str text, int64_t *ret_unix_s);

void date_print_iso(int64_t unix_s, char out[20]);   /* "2026-11-23T18:25:57Z", no NUL */
void date_print_basic(int64_t unix_s, char out[16]); /* "20261123T182557Z", no NUL */
void date_print_http(int64_t unix_s, char out[29]);  /* "Mon, 23 Nov 2026 18:25:57 GMT" */

#endif
