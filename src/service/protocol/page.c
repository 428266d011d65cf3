/* A marker is base64 of: a version byte, four bytes binding it to operation and account, the key.
 * It holds nothing secret and grants nothing: a forged one can only name another place in the same
 * listing, so it needs no seal. The binding catches honest mistakes: a marker of one listing
 * handed to another is refused instead of silently skipping items. */
#include "service/protocol/page.h"

#include "base/buf.h"
#include "codec/base64.h"

enum { MARKER_VERSION = 1, HEAD_BYTES = 5, MAX_ITEMS_DEFAULT = 100, MAX_ITEMS_MAX = 1000 };

static void head_of(const struct rq *rq, unsigned char head[HEAD_BYTES])
{
    static const uint8_t no_key[16];
    uint64_t hash = str_hash(no_key, rq->op->name) ^ str_hash(no_key, rq->account_text);

    head[0] = MARKER_VERSION;
    for (int i = 1; i < HEAD_BYTES; i++, hash >>= 8) {
        head[i] = (unsigned char)(hash & 0xFF);
    }
}

static bool marker_key(struct rq *rq, str marker, str *ret_key)
{
    buf bytes = buf_arena(rq->arena, HEAD_BYTES + PAGE_KEY_BYTES_MAX);
    unsigned char head[HEAD_BYTES];

    head_of(rq, head);
    if (base64_decode(BASE64_URL, marker, &bytes) != RC_OK || bytes.err != RC_OK ||
        bytes.len < HEAD_BYTES || memcmp(bytes.ptr, head, HEAD_BYTES) != 0) {
        return false;
    }
    *ret_key = str_skip(buf_str(&bytes), HEAD_BYTES);
    return true;
}

enum rc page_begin(struct rq *rq, str marker, struct opt_int max_items, str *ret_key,
                   size_t *ret_max)
{
    str key = STR_NONE;
    int64_t max = max_items.present ? max_items.value : MAX_ITEMS_DEFAULT;

    if (marker.ptr != NULL && !marker_key(rq, marker, &key)) {
        return api_fail(rq, ERR_ValidationError, "Invalid Marker.");
    }
    *ret_key = key;
    *ret_max = (size_t)(max < 1 ? 1 : max > MAX_ITEMS_MAX ? MAX_ITEMS_MAX : max);
    return RC_OK;
}

str page_marker(struct rq *rq, str key)
{
    char plain[HEAD_BYTES + PAGE_KEY_BYTES_MAX];
    buf out = buf_arena(rq->arena, 4 * sizeof(plain));

    if (key.len > PAGE_KEY_BYTES_MAX) {
        return STR_NONE;
    }
    head_of(rq, (unsigned char *)plain);
    memcpy(plain + HEAD_BYTES, key.ptr, key.len);
    base64_encode(BASE64_URL, plain, HEAD_BYTES + key.len, &out);
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}
