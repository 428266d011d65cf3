#include "service/protocol/patterns.h"

/* "alnum" here is [A-Za-z0-9]; Java's \w adds the underscore. */
static bool is_lower_or_digit(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'z');
}

/* ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$ : 3 to 63, no hyphen at an end, no two in a row. */
bool pattern_iam_alias(str value)
{
    if (value.len < 3 || value.len > 63 || value.ptr[0] == '-' || value.ptr[value.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        bool twice = value.ptr[i] == '-' && value.ptr[i - 1] == '-';
        if (twice || (value.ptr[i] != '-' && !is_lower_or_digit(value.ptr[i]))) {
            return false;
        }
    }
    return true;
}

/* Takes at least `least` and at most `most` characters the test accepts. */
static bool take_some(str *rest, bool (*test)(char c), size_t least, size_t most)
{
    size_t n = 0;
    while (n < rest->len && n < most && test(rest->ptr[n])) {
        n++;
    }
    *rest = str_skip(*rest, n);
    return n >= least;
}

/* ^o-[a-z0-9]{10,32}$ */
bool pattern_iam_organizationId(str value)
{
    return take_prefix(&value, STR("o-")) && take_some(&value, is_lower_or_digit, 10, 32) &&
           value.len == 0;
}

static bool is_path_end(char c)
{
    return is_lower_or_digit(c) || c == '-' || c == '/';
}

/* ^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]* */
bool pattern_iam_organizationPath(str value)
{
    return take_prefix(&value, STR("o-")) && take_some(&value, is_lower_or_digit, 10, 32) &&
           take_prefix(&value, STR("/r-")) && take_some(&value, is_lower_or_digit, 4, 32) &&
           take_some(&value, is_path_end, 0, SIZE_MAX) && value.len == 0;
}

static bool is_word(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

/* ^p-[0-9a-zA-Z_]{8,128}$ */
bool pattern_iam_organizationPolicy(str value)
{
    return take_prefix(&value, STR("p-")) && take_some(&value, is_word, 8, 128) && value.len == 0;
}

static bool is_graphic(char c) /* U+0021..U+007E */
{
    return c > ' ' && c < 0x7F;
}

/* (\u002F)|(\u002F[\u0021-\u007E]+\u002F) */
bool pattern_iam_path(str value)
{
    if (str_eq(value, STR("/"))) {
        return true;
    }
    if (value.len < 3 || value.ptr[0] != '/' || value.ptr[value.len - 1] != '/') {
        return false;
    }
    return take_some(&value, is_graphic, value.len, value.len);
}

static bool is_graphic_or_delete(char c) /* U+0021..U+007F */
{
    return c > ' ';
}

/* \u002F[\u0021-\u007F]* */
bool pattern_iam_pathPrefix(str value)
{
    return take_prefix(&value, STR("/")) &&
           take_some(&value, is_graphic_or_delete, value.len, value.len);
}

static bool is_policy_path(char c)
{
    return ascii_is_alnum(c) || (c != '\0' && strchr(".,+@=_-", c) != NULL);
}

/* ((/[A-Za-z0-9\.,\+@=_-]+)*)/ : segments are never empty. */
bool pattern_iam_policyPath(str value)
{
    if (!take_prefix(&value, STR("/"))) {
        return false;
    }
    while (value.len > 0) {
        if (!take_some(&value, is_policy_path, 1, SIZE_MAX) || !take_prefix(&value, STR("/"))) {
            return false;
        }
    }
    return true;
}

static bool is_url_path(char c)
{
    return ascii_is_alnum(c) || (c != '\0' && strchr("._/-", c) != NULL);
}

static bool is_url_query(char c)
{
    return ascii_is_alnum(c) || (c != '\0' && strchr("._=&-", c) != NULL);
}

/* ^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$ */
bool pattern_iam_url(str value)
{
    if (!take_prefix(&value, STR("http://")) && !take_prefix(&value, STR("https://"))) {
        return false;
    }
    (void)take_some(&value, is_url_path, 0, SIZE_MAX);
    if (take_prefix(&value, STR("?"))) {
        (void)take_some(&value, is_url_query, 0, SIZE_MAX);
    }
    if (take_prefix(&value, STR("#"))) {
        (void)take_some(&value, is_url_path, 0, SIZE_MAX);
    }
    return value.len == 0;
}

static bool is_digit(char c)
{
    return ascii_is_digit(c);
}

static bool is_label(char c)
{
    return ascii_is_alnum(c) || c == '-';
}

/* v[1-9][0-9]*(\.[A-Za-z0-9-]*)? */
bool pattern_iam_version(str value)
{
    if (!take_prefix(&value, STR("v")) || str_starts(value, STR("0")) ||
        !take_some(&value, is_digit, 1, SIZE_MAX)) {
        return false;
    }
    if (take_prefix(&value, STR("."))) {
        (void)take_some(&value, is_label, 0, SIZE_MAX);
    }
    return value.len == 0;
}

static bool in_ranges(const struct api_pattern *pattern, uint32_t point)
{
    size_t low = 0, high = pattern->range_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct api_range *range = &pattern->ranges[middle];
        if (point < range->first) {
            high = middle;
        } else if (point > range->last) {
            low = middle + 1;
        } else {
            return true;
        }
    }
    return false;
}

bool pattern_matches(const struct api_pattern *pattern, str value)
{
    int64_t count = 0;

    if (pattern->matches != NULL) {
        return pattern->matches(value);
    }
    for (str rest = value; rest.len > 0; count++) {
        uint32_t point = (unsigned char)rest.ptr[0];
        if (point < 128) {
            rest = str_from(rest.ptr + 1, rest.len - 1);
            if ((pattern->ascii[point / 64] >> (point % 64) & 1) == 0) {
                return false;
            }
        } else if (!take_utf8(&rest, &point) || !in_ranges(pattern, point)) {
            return false;
        }
    }
    return count >= pattern->min && (pattern->max < 0 || count <= pattern->max);
}
