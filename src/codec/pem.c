#include "codec/pem.h"

#include "base/bytes.h"
#include "codec/base64.h"

enum { LINE_CHARS = 64, LABEL_CHARS_MAX = 64 };

static bool label_is_plain(str label)
{
    if (label.len == 0 || label.len > LABEL_CHARS_MAX) {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!(label.ptr[i] >= 'A' && label.ptr[i] <= 'Z') && label.ptr[i] != ' ') {
            return false;
        }
    }
    return true;
}

/* "LABEL-----" and the end of the line. */
static bool take_label(str *rest, str *ret)
{
    if (!take_until(rest, '-', ret) || !label_is_plain(*ret) || !take_prefix(rest, STR("----"))) {
        return false;
    }
    return rest->len == 0 || ascii_is_space(rest->ptr[0]);
}

enum rc pem_take(str *rest, struct pem_block *ret)
{
    struct pem_block block = { 0 };
    str text = str_trim(*rest), end_label = STR_NONE;

    if (text.len == 0) {
        return RC_NOENT;
    }
    if (!take_prefix(&text, STR("-----BEGIN ")) || !take_label(&text, &block.label) ||
        !take_until(&text, '-', &block.body) || !take_prefix(&text, STR("----END ")) ||
        !take_label(&text, &end_label) || !str_eq(block.label, end_label)) {
        return RC_SYNTAX;
    }
    *rest = text;
    *ret = block;
    return RC_OK;
}

enum rc pem_decode(const struct pem_block *block, buf *out)
{
    buf joined = buf_heap(block->body.len + 1);
    enum rc rc;

    /* It may be a private key: whole room at once, so that no copy is left behind, and wiped. */
    (void)buf_reserve(&joined, block->body.len);
    (void)buf_reserve(out, block->body.len / 4 * 3 > out->max ? 0 : block->body.len / 4 * 3);
    for (size_t i = 0; i < block->body.len; i++) {
        if (!ascii_is_space(block->body.ptr[i])) {
            buf_add_char(&joined, block->body.ptr[i]);
        }
    }
    rc = joined.err != RC_OK ? joined.err
         : joined.len == 0   ? RC_SYNTAX
                             : base64_decode(BASE64_STANDARD, buf_str(&joined), out);
    if (joined.ptr != NULL) {
        wipe(joined.ptr, joined.cap);
    }
    buf_done(&joined);
    return rc == RC_OK ? out->err : rc;
}

void pem_print(str label, str bytes, buf *out)
{
    enum { BYTES_A_LINE = LINE_CHARS / 4 * 3 };

    BUF_LIT(out, "-----BEGIN ");
    buf_add(out, label);
    BUF_LIT(out, "-----\n");
    for (size_t at = 0; at < bytes.len; at += BYTES_A_LINE) {
        str line = str_slice(bytes, at, BYTES_A_LINE);
        base64_encode(BASE64_STANDARD, line.ptr, line.len, out);
        buf_add_char(out, '\n');
    }
    BUF_LIT(out, "-----END ");
    buf_add(out, label);
    BUF_LIT(out, "-----\n");
}
