/* From the bytes of an export, as people's tools leave them, to UTF-8 text. */
#include "migrate/estate_read.h"
#include "scan/unpack.h"
#include "system/system.h"

enum { RATIO_MAX = 200, RATIO_FREE = 1 << 20, QUOTED_MAX = 100 };

static const struct {
    str magic;
    const char *what;
} packers[] = {
    { STR_INIT("PK\003\004"), "zip" },
    { STR_INIT("BZh"), "bzip2" },
    { STR_INIT("\x28\xB5\x2F\xFD"), "Zstandard" },
    { STR_INIT("\xFD"
               "7zXZ"),
      "xz" },
};

static enum rc unpack(struct estate *estate, str file, size_t max, str *text)
{
    size_t most = text->len * RATIO_MAX + RATIO_FREE;
    buf out = buf_arena(&estate->arena, most < max ? most : max);
    enum rc rc;

    for (size_t i = 0; i < COUNT_OF(packers); i++) {
        if (str_starts(*text, packers[i].magic)) {
            estate_problem(estate, file, 0, "is packed with %s: unpack it first", packers[i].what);
            return RC_SYNTAX;
        }
    }
    if (!str_starts(*text, STR("\x1F\x8B"))) {
        return RC_OK;
    }
    rc = unpack_gzip(*text, &out);
    if (rc == RC_SYNTAX) {
        estate_problem(estate, file, 0,
                       "is packed with gzip, and damaged or cut off after %zu unpacked bytes: "
                       "export it again",
                       out.len);
    } else if (rc == RC_LIMIT) {
        estate_problem(estate, file, 0, "is packed with gzip and unpacks to over %zu bytes",
                       out.max);
    }
    TRY(rc);
    *text = buf_str(&out);
    return RC_OK;
}

/* -- UTF-16 -------------------------------------------------------------------------------------- */

/* Which byte of a unit is the higher one: 0 or 1; -1: no UTF-16. What has no mark begins with two
 * characters of ASCII, or it is none of our exports. */
static int high_byte(str *text)
{
    const char *t = text->ptr;

    if (take_prefix(text, STR("\xFF\xFE"))) {
        return 1;
    }
    if (take_prefix(text, STR("\xFE\xFF"))) {
        return 0;
    }
    if (text->len < 4) {
        return -1;
    }
    if (t[0] != '\0' && t[1] == '\0' && t[2] != '\0' && t[3] == '\0') {
        return 1;
    }
    return t[0] == '\0' && t[1] != '\0' && t[2] == '\0' && t[3] != '\0' ? 0 : -1;
}

static uint32_t unit_at(str text, size_t at, int high)
{
    return (uint32_t)(unsigned char)text.ptr[at + (size_t)high] << 8 |
           (unsigned char)text.ptr[at + 1 - (size_t)high];
}

/* What PowerShell writes to a file. */
static enum rc from_wide(struct estate *estate, str file, str *text)
{
    enum { SURROGATE = 0xD800, LOW = 0xDC00, BEHIND = 0xE000, MORE = 0x10000 };
    int high = high_byte(text);
    buf out = buf_arena(&estate->arena, SIZE_MAX);

    if (high < 0) {
        return RC_OK;
    }
    for (size_t at = 0; at < text->len; at += 2) {
        uint32_t c = at + 1 < text->len ? unit_at(*text, at, high) : LOW, low;
        char bytes[4];
        if (c >= SURROGATE && c < LOW && at + 3 < text->len) {
            low = unit_at(*text, at + 2, high);
            if (low >= LOW && low < BEHIND) {
                c = MORE + ((c - SURROGATE) << 10) + (low - LOW);
                at += 2;
            }
        }
        if (c >= SURROGATE && c < BEHIND) {
            estate_problem(estate, file, 0, "is UTF-16 and damaged at byte %zu: export it again",
                           at);
            return RC_SYNTAX;
        }
        buf_add(&out, str_from(bytes, utf8_encode(c, bytes)));
    }
    *text = buf_str(&out);
    return out.err;
}

enum rc estate_file_text(struct estate *estate, str file, size_t max, str *ret)
{
    str path = estate_path(estate, file);
    enum rc rc = path.ptr == NULL ? RC_NOMEM : file_read(path.ptr, max, &estate->arena, ret);

    if (rc != RC_OK && rc != RC_NOENT && rc != RC_NOMEM) {
        estate_problem(estate, file, 0, "cannot be read (%s)",
                       rc == RC_LIMIT ? "it is over the limit" : rc_name(rc));
    }
    TRY(rc);
    TRY(unpack(estate, file, max, ret));
    TRY(from_wide(estate, file, ret));
    (void)take_prefix(ret, STR("\xEF\xBB\xBF"));
    if (str_trim(*ret).len == 0) {
        estate_problem(estate, file, 0, "is empty: export it again");
        return RC_SYNTAX;
    }
    return RC_OK;
}

/* -- the wrong file ------------------------------------------------------------------------------ */

static const struct {
    str holds;
    const char *is;
    str file; /* where it belongs */
} faces[] = {
    { STR_INIT("\"UserDetailList\""), "the answer of get-account-authorization-details",
      STR_INIT(ESTATE_DETAILS) },
    { STR_INIT("\"RoleDetailList\""), "the answer of get-account-authorization-details",
      STR_INIT(ESTATE_DETAILS) },
    { STR_INIT("\"AccessKeyMetadata\""), "the answer of list-access-keys", STR_INIT(ESTATE_KEYS) },
    { STR_INIT("\"ReportFormat\""), "the answer of get-credential-report",
      STR_INIT(ESTATE_REPORT) },
    { STR_INIT("password_last_changed"), "a credential report", STR_INIT(ESTATE_REPORT) },
    { STR_INIT("\"eventVersion\""), "a file of CloudTrail", { NULL, 0 } },
    { STR_INIT("An error occurred ("), "what the aws command says when it fails", { NULL, 0 } },
    { STR_INIT("<!DOCTYPE"), "a web page", { NULL, 0 } },
    { STR_INIT("<html"), "a web page", { NULL, 0 } },
    { STR_INIT("<?xml"), "XML", { NULL, 0 } },
};

str estate_face(struct estate *estate, str file, str text)
{
    enum { LOOK = 1 << 16 };
    str line, rest = str_trim(text), head = str_slice(text, 0, LOOK);
    size_t at;

    for (size_t i = 0; i < COUNT_OF(faces); i++) {
        if (str_find(head, faces[i].holds, &at)) {
            return str_eq(faces[i].file, file)
                       ? STR("")
                       : arena_printf(&estate->arena, "; it looks like %s", faces[i].is);
        }
    }
    if (!take_item(&rest, '\n', &line) || !str_is_utf8(line) || line.ptr[0] == '\0' ||
        str_starts(line, STR("{")) || str_starts(line, STR("["))) {
        return STR("");
    }
    return arena_printf(&estate->arena, "; it begins with \"%.*s\"%s",
                        FMT(str_slice(line, 0, line.len < QUOTED_MAX ? line.len : QUOTED_MAX)),
                        line.len > QUOTED_MAX ? "..." : "");
}
