#include "codec/arn.h"

enum { ACCOUNT_DIGITS = 12 };

enum rc arn_parse(str text, struct arn *ret_arn)
{
    struct arn arn = { 0 };
    str rest = text, scheme = { 0 };

    if (!take_until(&rest, ':', &scheme) || !str_eq(scheme, STR("arn"))) {
        return RC_SYNTAX;
    }
    if (!take_until(&rest, ':', &arn.partition) || !take_until(&rest, ':', &arn.service) ||
        !take_until(&rest, ':', &arn.region) || !take_until(&rest, ':', &arn.account)) {
        return RC_SYNTAX;
    }
    if (rest.len == 0) {
        return RC_SYNTAX;
    }
    arn.resource = rest; /* the resource part may hold colons of its own */
    *ret_arn = arn;
    return RC_OK;
}

void arn_print(const struct arn *arn, buf *out)
{
    const str segments[] = { arn->partition, arn->service, arn->region, arn->account };

    BUF_LIT(out, "arn:");
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        buf_add(out, segments[i]);
        buf_add_char(out, ':');
    }
    buf_add(out, arn->resource);
}

bool account_id_is_valid(str text)
{
    if (text.len != ACCOUNT_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < ACCOUNT_DIGITS; i++) {
        if (!ascii_is_digit(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

enum rc account_id_parse(str text, int64_t *ret_account)
{
    int64_t account = 0;

    if (!account_id_is_valid(text)) {
        return RC_SYNTAX;
    }
    for (size_t i = 0; i < ACCOUNT_DIGITS; i++) {
        account = account * 10 + (text.ptr[i] - '0');
    }
    *ret_account = account;
    return RC_OK;
}

void account_id_print(int64_t account, char out[12])
{
    for (size_t i = ACCOUNT_DIGITS; i-- > 0;) {
        out[i] = (char)('0' + account % 10);
        account /= 10;
    }
}
