#include "sign/canonical.h"

#include <stdint.h>

#include "base/buf.h"
#include "codec/form.h"

/* A writer into room measured beforehand; the check is the second wall, not the measure. */
struct out {
    char *at, *end;
    bool full;
};

static inline void put(struct out *out, str s)
{
    if (UNLIKELY(s.len > (size_t)(out->end - out->at))) {
        out->full = true;
        return;
    }
    if (s.len <= 16) { /* as names are: without a call */
        copy_up_to_16(out->at, s.ptr, s.len);
    } else {
        memcpy(out->at, s.ptr, s.len);
    }
    out->at += s.len;
}

static inline void put_char(struct out *out, char c)
{
    if (UNLIKELY(out->at == out->end)) {
        out->full = true;
        return;
    }
    *out->at++ = c;
}

/* str_cmp(a, b) < 0; most often the first byte tells. */
static bool is_before(str a, str b)
{
    if (a.len > 0 && b.len > 0 && a.ptr[0] != b.ptr[0]) {
        return (uint8_t)a.ptr[0] < (uint8_t)b.ptr[0];
    }
    return str_cmp(a, b) < 0;
}

/* What a byte of the list is: no space or control, no capital, nothing past ASCII. */
enum { BAD = 0, NAME = 1, SEPARATOR = 2 };
static const uint8_t list_byte[256] = {
    ['!' ... ':'] = NAME,
    [';'] = SEPARATOR,
    ['<' ... '@'] = NAME,
    ['[' ... 0x7f] = NAME,
};

enum rc signed_headers_split(str list, struct arena *arena, const str **ret_names,
                             size_t *ret_count)
{
    size_t most = list.len / 2 + 1, count = 0;
    const char *at = list.ptr, *end = at + list.len;
    str *names, before = STR("");

    most = most < SIGV4_HEADERS_MAX ? most : SIGV4_HEADERS_MAX;
    names = NEW_ARRAY(arena, most, str);
    if (names == NULL) {
        return RC_NOMEM;
    }
    for (;; at++) {
        const char *from = at;

        while (at < end && list_byte[(uint8_t)*at] == NAME) {
            at++;
        }
        if (count == SIGV4_HEADERS_MAX) {
            return RC_LIMIT;
        }
        names[count] = str_from(from, (size_t)(at - from));
        /* Also an empty name, so that there are never more than `most`. */
        if ((at < end && list_byte[(uint8_t)*at] == BAD) || !is_before(before, names[count])) {
            return RC_SYNTAX;
        }
        before = names[count++];
        if (at == end) {
            *ret_names = names;
            *ret_count = count;
            return RC_OK;
        }
    }
}

static bool must_be_signed(str name, bool require_x_amz)
{
    const str prefix = STR("x-amz-");
    char first = name.len == 0 ? '\0' : (char)(name.ptr[0] | 0x20);

    if (first == 'h') {
        return name_is(name, STR("host"));
    }
    return first == 'x' && require_x_amz && name.len >= prefix.len &&
           name_is(str_from(name.ptr, prefix.len), prefix);
}

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/* What folding would change: a control byte (a tab), a space behind a space. */
static inline words2 unfolded(bytes16 bytes, bytes16 before)
{
    return (words2)((bytes < ' ') | ((bytes == ' ') & (before == ' ')));
}

static inline words2 unfolded16(const char *at)
{
    bytes16 bytes, before;

    memcpy(&bytes, at, sizeof(bytes));
    memcpy(&before, at - 1, sizeof(before));
    return unfolded(bytes, before);
}

static bool is_folded(str value)
{
    const char *at = value.ptr + 1, *end = value.ptr + value.len;
    words2 found = { 0, 0 };

    if (value.len == 0 || ascii_is_space(value.ptr[0]) || ascii_is_space(end[-1])) {
        return value.len == 0;
    }
    if (value.len < 9) {
        for (; at < end; at++) {
            found[0] |= *at < ' ' || (at[0] == ' ' && at[-1] == ' ');
        }
    } else if (value.len < 17) { /* the first and the last eight of those that have one before */
        found = unfolded((bytes16)(words2){ load8(at), load8(end - 8) },
                         (bytes16)(words2){ load8(at - 1), load8(end - 9) });
    } else {
        for (; end - at >= 16; at += 16) {
            found |= unfolded16(at);
        }
        found |= unfolded16(end - 16); /* may overlap the ones before */
    }
    return (found[0] | found[1]) == 0;
}

/* Runs of white space become one space, none at the ends. */
static void put_folded(struct out *out, str value)
{
    if (is_folded(value)) {
        put(out, value);
        return;
    }
    value = str_trim(value);
    for (size_t i = 0; i < value.len; i++) {
        if (!ascii_is_space(value.ptr[i])) {
            put_char(out, value.ptr[i]);
        } else if (!ascii_is_space(value.ptr[i - 1])) { /* trimmed: [0] is none */
            put_char(out, ' ');
        }
    }
}

/* Which headers were put, one bit each. */
struct header_set {
    uint64_t word[SIGV4_HEADERS_MAX / 64];
};

/* All headers of that name, values joined by ',' in the order received. */
static bool put_header(struct out *out, const struct sigv4_request *request, str name,
                       struct header_set *signed_set)
{
    const struct sigv4_header *first = request->headers, *end = first + request->header_count;
    bool found = false;

    put(out, name);
    put_char(out, ':');
    for (const struct sigv4_header *header = first; header < end; header++) {
        if (header->name.len != name.len || !name_is(header->name, name)) {
            continue;
        }
        if (found) {
            put_char(out, ',');
        }
        put_folded(out, header->value);
        signed_set->word[(header - first) / 64] |= UINT64_C(1) << (header - first) % 64;
        found = true;
    }
    put_char(out, '\n');
    return found;
}

static enum rc put_headers(struct out *out, const struct sigv4_request *request,
                           const struct canonical_form *form)
{
    struct header_set signed_set = { 0 };

    for (size_t i = 0; i < form->signed_count; i++) {
        if (!put_header(out, request, form->signed_names[i], &signed_set)) {
            return RC_NOENT;
        }
    }
    for (size_t i = 0; i < request->header_count; i++) {
        if (must_be_signed(request->headers[i].name, form->require_x_amz) &&
            (signed_set.word[i / 64] >> i % 64 & 1) == 0) {
            return RC_DENIED;
        }
    }
    return RC_OK;
}

static size_t headers_room(const struct sigv4_request *request)
{
    const struct sigv4_header *header = request->headers, *end = header + request->header_count;
    size_t room = 0;

    for (; header < end; header++) {
        room += header->name.len + header->value.len + 2;
    }
    return room;
}

static void put_line(struct out *out, str line)
{
    put(out, line);
    put_char(out, '\n');
}

/* The body is hashed when all else is written: the processor compresses it beside the first blocks of
 * the text, but only of a text that need not wait behind it to reach the cache. */
static void put_payload_hash(struct out *out, const struct sigv4_request *request,
                             const struct canonical_form *form)
{
    char hex[SIGNATURE_HEX_BYTES];

    if (form->payload_hash.ptr != NULL) {
        put(out, form->payload_hash);
        return;
    }
    sha256_hex(request->body, hex);
    put(out, str_from(hex, sizeof(hex)));
}

enum rc canonical_request(const struct sigv4_request *request, const struct canonical_form *form,
                          struct arena *arena, const char **ret_text, size_t *ret_blocks)
{
    str path = STR_NONE, query = STR_NONE;
    struct out out = { 0 };
    size_t room;
    char *text;

    if (request->header_count > SIGV4_HEADERS_MAX) {
        return RC_LIMIT;
    }
    TRY(canonical_path(request->path, form->double_encode_path, arena, &path));
    TRY(canonical_query(form, request->query, arena, &query));
    /* A listed name the request lacks ends the work, but its text is written first: hence the
     * signed list twice. */
    room = request->method.len + path.len + query.len + headers_room(request) +
           3 * form->signed_headers.len + form->payload_hash.len + SIGNATURE_HEX_BYTES + 16;
    text = arena_bytes(arena, room + SHA256_PADDING_MAX);
    if (text == NULL) {
        return RC_NOMEM;
    }
    out = (struct out){ .at = text, .end = text + room };
    put_line(&out, request->method);
    put_line(&out, path);
    put_line(&out, query);
    TRY(put_headers(&out, request, form));
    put_char(&out, '\n');
    put_line(&out, form->signed_headers);
    put_payload_hash(&out, request, form);
    *ret_text = text;
    *ret_blocks = sha256_pad(text, (size_t)(out.at - text), false);
    return out.full ? RC_NOMEM : RC_OK;
}
