/* QR codes: libqrencode finds the modules; a picture of them is a few lines of PNG (ISO/IEC 15948)
 * around zlib: one bit a pixel, black and white. */
#include <errno.h>
#include <qrencode.h>
#include <zlib.h>

#include "service/iam/signin.h"

enum {
    MODULE_PIXELS = 4, /* a module's edge; phones read it from a screen */
    QUIET_MODULES = 4, /* white margin the standard of QR codes asks for */
    PNG_BYTES_MAX = 64 * 1024,
};

static void put_u32(buf *out, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        buf_add_char(out, (char)(n >> shift));
    }
}

static void put_chunk(buf *out, str type, str data)
{
    size_t from;

    put_u32(out, (uint32_t)data.len);
    from = out->len;
    buf_add(out, type);
    buf_add(out, data);
    if (out->err == RC_OK) { /* the sum is over type and data */
        put_u32(out, (uint32_t)crc32(0, (const Bytef *)out->ptr + from, (uInt)(out->len - from)));
    }
}

static bool is_black(const QRcode *code, size_t x, size_t y)
{
    size_t width = (size_t)code->width;
    size_t column = x / MODULE_PIXELS - QUIET_MODULES, row = y / MODULE_PIXELS - QUIET_MODULES;

    /* In the margin left and above these wrap around: past the width as well. */
    return column < width && row < width && (code->data[row * width + column] & 1) != 0;
}

/* Lines of pixels, each behind the number of its filter: 0, none. 1 is white. */
static enum rc draw(const QRcode *code, size_t edge, struct arena *arena, str *ret)
{
    size_t line = 1 + (edge + 7) / 8;
    uint8_t *lines = arena_alloc(arena, edge * line);

    if (lines == NULL) {
        return RC_NOMEM;
    }
    for (size_t y = 0; y < edge; y++) {
        for (size_t x = 0; x < edge; x++) {
            if (!is_black(code, x, y)) {
                lines[y * line + 1 + x / 8] |= (uint8_t)(0x80 >> (x & 7));
            }
        }
    }
    *ret = str_from((const char *)lines, edge * line);
    return RC_OK;
}

static enum rc pack(str plain, struct arena *arena, str *ret)
{
    uLongf len = compressBound((uLong)plain.len);
    char *packed = arena_bytes(arena, len);

    if (packed == NULL ||
        compress2((Bytef *)packed, &len, (const Bytef *)plain.ptr, (uLong)plain.len, 6) != Z_OK) {
        return RC_NOMEM;
    }
    *ret = str_from(packed, len);
    return RC_OK;
}

static enum rc encode(const QRcode *code, struct arena *arena, str *ret)
{
    static const str signature = STR_INIT("\x89PNG\r\n\x1a\n");
    /* One bit a pixel; greyscale; the one compression, filter and order there are. */
    static const str kind = STR_INIT("\x01\x00\x00\x00\x00");
    size_t edge = ((size_t)code->width + 2 * QUIET_MODULES) * MODULE_PIXELS;
    buf out = buf_arena(arena, PNG_BYTES_MAX), size = buf_arena(arena, 64);
    str lines = STR_NONE, packed = STR_NONE;

    TRY(draw(code, edge, arena, &lines));
    TRY(pack(lines, arena, &packed));
    put_u32(&size, (uint32_t)edge);
    put_u32(&size, (uint32_t)edge);
    buf_add(&size, kind);
    TRY(size.err);
    buf_add(&out, signature);
    put_chunk(&out, STR("IHDR"), buf_str(&size));
    put_chunk(&out, STR("IDAT"), packed);
    put_chunk(&out, STR("IEND"), STR(""));
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}

enum rc qr_png(str text, struct arena *arena, str *ret_png)
{
    QRcode *code = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0,
                                     QR_ECLEVEL_M);
    enum rc rc;

    if (code == NULL) {
        return errno == ERANGE ? RC_LIMIT : RC_NOMEM;
    }
    rc = encode(code, arena, ret_png);
    QRcode_free(code);
    return rc;
}
