#include "codec/xml.h"

#include "codec/escape.h"

enum { PLAIN, AMP, LT, GT, QUOT, APOS, CR, TAB, LF, BAD };

static const str rows[] = {
    [AMP] = STR_INIT("&amp;"),   [LT] = STR_INIT("&lt;"),     [GT] = STR_INIT("&gt;"),
    [QUOT] = STR_INIT("&quot;"), [APOS] = STR_INIT("&apos;"), [CR] = STR_INIT("&#xD;"),
    [TAB] = STR_INIT("&#x9;"),   [LF] = STR_INIT("&#xA;"),    [BAD] = STR_INIT(U_FFFD),
};

static const struct escape xml_escape = {
    .row_of = {
        BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, TAB, LF,  BAD, BAD, CR,  BAD, BAD,
        BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
        ['&'] = AMP, ['<'] = LT, ['>'] = GT, ['"'] = QUOT, ['\''] = APOS,
        ESCAPE_HIGH_ROWS,
    },
    .marks = { '&', '<', '>', '"', '\'' },
    .no_fffe = true,
    .rows = rows,
};

void xml_text(buf *out, str text)
{
    escape_add(&xml_escape, STR(""), text, STR(""), out);
}

void xml_open(buf *out, str name)
{
    char *at = buf_reserve(out, name.len + 2);

    if (at == NULL) {
        return;
    }
    at[0] = '<';
    memcpy(at + 1, name.ptr, name.len);
    at[name.len + 1] = '>';
    out->len += name.len + 2;
}

void xml_close(buf *out, str name)
{
    char *at = buf_reserve(out, name.len + 3);

    if (at == NULL) {
        return;
    }
    at[0] = '<';
    at[1] = '/';
    memcpy(at + 2, name.ptr, name.len);
    at[name.len + 2] = '>';
    out->len += name.len + 3;
}

void xml_element(buf *out, str name, str text)
{
    xml_open(out, name);
    xml_text(out, text);
    xml_close(out, name);
}
