/* A date accepted, printed and read again is the same second; the readers agree with each other. */
#include "fuzz.h"

#include "base/env.h"
#include "codec/date.h"

static void prints_back(int64_t unix_s)
{
    char iso[20], basic[16], http[29];
    struct instant instant;
    int64_t from_basic, from_http;

    date_print_iso(unix_s, iso);
    date_print_basic(unix_s, basic);
    date_print_http(unix_s, http);
    REQUIRE(date_parse_instant(str_from(iso, 20), &instant) == RC_OK);
    REQUIRE(date_parse_basic(str_from(basic, 16), &from_basic) == RC_OK);
    REQUIRE(date_parse_http(str_from(http, 29), &from_http) == RC_OK);
    REQUIRE(instant.unix_s == unix_s && instant.ns == 0);
    REQUIRE(from_basic == unix_s && from_http == unix_s);
}

static void check_iso(str text)
{
    struct instant instant;
    int64_t ns;
    enum rc rc = date_parse_instant(text, &instant);

    REQUIRE(date_parse_iso(text, &ns) == rc);
    if (rc != RC_OK) {
        return;
    }
    REQUIRE(instant.ns >= 0 && instant.ns < NS_PER_S);
    if (ns != INT64_MAX && ns != INT64_MIN) {
        REQUIRE(ns == instant.unix_s * NS_PER_S + instant.ns);
    }
    if (instant.unix_s >= 0 && instant.unix_s <= INT64_C(253402300799)) {
        prints_back(instant.unix_s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    char again[29];
    int64_t unix_s;

    check_iso(text);
    if (date_parse_basic(text, &unix_s) == RC_OK) {
        date_print_basic(unix_s, again);
        REQUIRE(str_eq(str_from(again, 16), text));
        prints_back(unix_s);
    }
    if (date_parse_http(text, &unix_s) == RC_OK) {
        date_print_http(unix_s, again);
        REQUIRE(str_eq(str_from(again, 29), text));
        prints_back(unix_s);
    }
    return 0;
}
