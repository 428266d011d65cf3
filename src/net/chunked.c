#include "net/chunked.h"

#include "net/chars.h"

static int hex_value(char c)
{
    if (ascii_is_digit(c)) {
        return c - '0';
    }
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum rc take_size(struct chunked *chunked, char c)
{
    int digit = hex_value(c);

    if (digit >= 0 && chunked->digits < 16) {
        chunked->left = chunked->left << 4 | (uint64_t)digit;
        chunked->digits++;
        return RC_OK;
    }
    if (chunked->digits == 0 || (c != ';' && c != '\r')) {
        return RC_SYNTAX;
    }
    chunked->state = c == ';' ? CHUNKED_EXTENSION : CHUNKED_SIZE_LF;
    return RC_OK;
}

static enum rc expect(struct chunked *chunked, char c, char want, enum chunked_state next)
{
    chunked->state = next;
    return c == want ? RC_OK : RC_SYNTAX;
}

static enum rc take_extra(struct chunked *chunked, char c, enum chunked_state at_cr)
{
    if (c == '\r') {
        chunked->state = at_cr;
        return RC_OK;
    }
    if (++chunked->extra_bytes > CHUNKED_EXTRA_BYTES_MAX) {
        return RC_LIMIT;
    }
    return char_is(c, CHAR_FIELD) ? RC_OK : RC_SYNTAX;
}

static enum rc take_trailer_name(struct chunked *chunked, char c)
{
    if (c == ':' && chunked->state == CHUNKED_TRAILER_NAME) {
        chunked->state = CHUNKED_TRAILER_VALUE;
        return RC_OK;
    }
    chunked->state = CHUNKED_TRAILER_NAME;
    if (++chunked->extra_bytes > CHUNKED_EXTRA_BYTES_MAX) {
        return RC_LIMIT;
    }
    return char_is(c, CHAR_TOKEN) ? RC_OK : RC_SYNTAX;
}

static enum rc take_char(struct chunked *chunked, char c)
{
    switch (chunked->state) {
    case CHUNKED_SIZE:
        return take_size(chunked, c);
    case CHUNKED_EXTENSION:
        return take_extra(chunked, c, CHUNKED_SIZE_LF);
    case CHUNKED_SIZE_LF:
        return expect(chunked, c, '\n', chunked->left == 0 ? CHUNKED_LINE : CHUNKED_DATA);
    case CHUNKED_DATA_CR:
        return expect(chunked, c, '\r', CHUNKED_DATA_LF);
    case CHUNKED_DATA_LF:
        chunked->digits = 0;
        return expect(chunked, c, '\n', CHUNKED_SIZE);
    case CHUNKED_LINE:
        if (c == '\r') {
            chunked->state = CHUNKED_LAST_LF;
            return RC_OK;
        }
        return take_trailer_name(chunked, c);
    case CHUNKED_TRAILER_NAME:
        return take_trailer_name(chunked, c);
    case CHUNKED_TRAILER_VALUE:
        return take_extra(chunked, c, CHUNKED_TRAILER_LF);
    case CHUNKED_TRAILER_LF:
        return expect(chunked, c, '\n', CHUNKED_LINE);
    case CHUNKED_LAST_LF:
        return expect(chunked, c, '\n', CHUNKED_DONE);
    case CHUNKED_DATA:
    case CHUNKED_DONE:
        break;
    }
    return RC_SYNTAX;
}

enum rc chunked_take(struct chunked *chunked, str *in, str *ret_data)
{
    *ret_data = STR("");
    while (in->len > 0 && chunked->state != CHUNKED_DATA && chunked->state != CHUNKED_DONE) {
        TRY(take_char(chunked, in->ptr[0]));
        *in = str_skip(*in, 1);
    }
    if (chunked->state == CHUNKED_DATA && in->len > 0) {
        size_t len = in->len < chunked->left ? in->len : (size_t)chunked->left;

        *ret_data = str_slice(*in, 0, len);
        *in = str_skip(*in, len);
        chunked->left -= len;
        if (chunked->left == 0) {
            chunked->state = CHUNKED_DATA_CR;
        }
    }
    return RC_OK;
}
