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

struct date date_from_unix(int64_t unix_s);
int64_t date_to_unix(const struct date *date);

/* W3C-NOTE-datetime: YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mmTZ, ...:ssTZ, ...:ss.fTZ with TZ
 * "Z" or +hh:mm; a date-time without TZ is RC_SYNTAX. Less precise forms mean the first instant
 * (evaluation rules T-1 to T-3). *ret_ns gets nanoseconds since 1970; digits past nine are cut. */
MUST_CHECK enum rc date_parse_iso(str text, int64_t *ret_ns);
/* "20261123T182557Z": SigV4. Exactly that form. */
MUST_CHECK enum rc date_parse_basic(str text, int64_t *ret_unix_s);
/* RFC 7231: "Mon, 23 Nov 2026 18:25:57 GMT". */
MUST_CHECK enum rc date_parse_http(str text, int64_t *ret_unix_s);

void date_print_iso(int64_t unix_s, char out[20]);   /* "2026-11-23T18:25:57Z", no NUL */
void date_print_basic(int64_t unix_s, char out[16]); /* "20261123T182557Z", no NUL */
void date_print_http(int64_t unix_s, char out[29]);  /* "Mon, 23 Nov 2026 18:25:57 GMT" */

#endif
