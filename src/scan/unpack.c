#include "scan/unpack.h"

#include <zlib.h>

enum { STEP = 65536 };

enum rc unpack_gzip(str packed, buf *out)
{
    z_stream z = { 0 };
    int rc = Z_OK;

    if (packed.len > UINT32_MAX || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) {
        return RC_NOMEM;
    }
    z.next_in = (Bytef *)(uintptr_t)packed.ptr;
    z.avail_in = (uInt)packed.len;
    while (rc == Z_OK) {
        size_t room = out->max - out->len < STEP ? out->max - out->len : STEP;
        char *at = room == 0 ? NULL : buf_reserve(out, room);
        if (at == NULL) {
            (void)inflateEnd(&z);
            return room == 0 ? RC_LIMIT : RC_NOMEM;
        }
        z.next_out = (Bytef *)at;
        z.avail_out = (uInt)room;
        rc = inflate(&z, Z_NO_FLUSH);
        out->len += room - z.avail_out;
        if (rc == Z_STREAM_END && z.avail_in >= 2 && z.next_in[0] == 0x1f && z.next_in[1] == 0x8b) {
            rc = inflateReset(&z);
        }
    }
    (void)inflateEnd(&z);
    return rc == Z_STREAM_END ? RC_OK : RC_SYNTAX;
}
