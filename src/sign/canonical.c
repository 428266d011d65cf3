#include "sign/canonical.h"

#include <endian.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/form.h"

static const uint64_t ones = UINT64_C(0x0101010101010101);

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
    if (s.len == 0) { /* an absent view has no pointer to copy from */
        return;
    }
    memcpy(out->at, s.ptr, s.len);
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

/* Any byte that no lower-case header name has: capitals, spaces and controls, past ASCII. */
static bool has_bad_name_byte(str list)
{
    uint64_t bad = 0;

    for (size_t i = 0; i < list.len; i += 8) {
        size_t left = list.len - i;
        uint64_t word = 0x2d * ones, low; /* '-' fills up the last one */

        if (left >= 8) {
            memcpy(&word, list.ptr + i, 8);
        } else {
            memcpy(&word, list.ptr + i, left);
        }
        low = word & 0x7f * ones;
        bad |= word;                          /* bit 7: past ASCII */
        bad |= ~(low + (0x80 - 0x21) * ones); /* below '!' */
        bad |= (low + (0x80 - 'A') * ones) & ~(low + (0x7f - 'Z') * ones);
    }
    return (bad & 0x80 * ones) != 0;
}

enum rc signed_headers_split(str list, struct arena *arena, const str **ret_names,
                             size_t *ret_count)
{
    const char *at = list.ptr, *end = at + list.len, *stop = at;
    size_t most = list.len / 2 + 1, count = 0;
    str *names, before = STR("");

    if (list.len == 0 || has_bad_name_byte(list)) {
        return RC_SYNTAX;
    }
    names = NEW_ARRAY(arena, most < SIGV4_HEADERS_MAX ? most : SIGV4_HEADERS_MAX, str);
    if (names == NULL) {
        return RC_NOMEM;
    }
    for (; stop != end; at = stop + 1) {
        if (count == SIGV4_HEADERS_MAX) {
            return RC_LIMIT;
        }
        stop = at == end ? NULL : memchr(at, ';', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        names[count] = str_from(at, (size_t)(stop - at));
        if (str_cmp(before, names[count]) >= 0) { /* also an empty name */
            return RC_SYNTAX;
        }
        before = names[count++];
    }
    *ret_names = names;
    *ret_count = count;
    return RC_OK;
}

static bool must_be_signed(str name, bool require_x_amz)
{
    char first = name.len == 0 ? '\0' : (char)(name.ptr[0] | 0x20);

    if (first == 'h') {
        return name_is(name, STR("host"));
    }
    return first == 'x' && require_x_amz && str_starts_nocase(name, STR("x-amz-"));
}

/* What folding would change: a control byte (a tab), two spaces in a row. *carry: whether the byte
 * before this word was a space, in bit 7. Bytes stand in order of address, lowest first. */
static inline uint64_t unfolded(const char *at, uint64_t *carry)
{
    uint64_t word, spaces, controls;

    memcpy(&word, at, sizeof(word));
    word = le64toh(word);
    controls = (word - 0x20 * ones) & ~word;
    word ^= 0x20 * ones;
    spaces = ~(((word & 0x7f * ones) + 0x7f * ones) | word) & 0x80 * ones;
    controls |= spaces & (spaces << 8 | *carry);
    *carry = spaces >> 56;
    return controls & 0x80 * ones;
}

static bool is_folded(str value)
{
    uint64_t found = 0, carry = 0;
    size_t i = 0;

    if (value.len == 0 || ascii_is_space(value.ptr[0]) ||
        ascii_is_space(value.ptr[value.len - 1])) {
        return value.len == 0;
    }
    if (value.len < 8) {
        for (i = 1; i < value.len; i++) {
            found |= value.ptr[i] < ' ' || (value.ptr[i] == ' ' && value.ptr[i - 1] == ' ');
        }
        return found == 0;
    }
    for (; value.len - i >= 8; i += 8) {
        found |= unfolded(value.ptr + i, &carry);
    }
    carry = 0; /* the last eight overlap the ones before: pairs are seen whole */
    return (found | unfolded(value.ptr + value.len - 8, &carry)) == 0;
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

/* Which headers have a name of a given length (modulo LENGTHS), one bit per header: so each listed
 * name is compared with one or two headers and not with all. */
enum { LENGTHS = 8, WORDS = SIGV4_HEADERS_MAX / 64 };

struct header_bits {
    uint64_t word[WORDS];
};

struct header_index {
    struct header_bits by_length[LENGTHS];
    struct header_bits unsigned_yet; /* must be signed, and not seen in the list so far */
};

static void index_headers(struct header_index *index, const struct sigv4_request *request,
                          const struct canonical_form *form)
{
    for (size_t i = 0; i < request->header_count; i++) {
        str name = request->headers[i].name;
        uint64_t bit = UINT64_C(1) << i % 64;

        index->by_length[name.len % LENGTHS].word[i / 64] |= bit;
        if (must_be_signed(name, form->require_x_amz)) {
            index->unsigned_yet.word[i / 64] |= bit;
        }
    }
}

/* All headers of that name, values joined by ',' in the order received. */
static bool put_header(struct out *out, const struct sigv4_request *request, str name,
                       struct header_index *index)
{
    const struct header_bits *candidates = &index->by_length[name.len % LENGTHS];
    bool found = false;

    put(out, name);
    put_char(out, ':');
    for (size_t w = 0; w < WORDS; w++) {
        for (uint64_t bits = candidates->word[w]; bits != 0; bits &= bits - 1) {
            size_t i = 64 * w + (size_t)__builtin_ctzll(bits);

            if (!name_is(request->headers[i].name, name)) {
                continue;
            }
            if (found) {
                put_char(out, ',');
            }
            put_folded(out, request->headers[i].value);
            index->unsigned_yet.word[w] &= ~(bits & -bits);
            found = true;
        }
    }
    put_char(out, '\n');
    return found;
}

static enum rc put_headers(struct out *out, const struct sigv4_request *request,
                           const struct canonical_form *form)
{
    struct header_index index = { 0 };

    index_headers(&index, request, form);
    for (size_t i = 0; i < form->signed_count; i++) {
        if (!put_header(out, request, form->signed_names[i], &index)) {
            return RC_NOENT;
        }
    }
    for (size_t w = 0; w < WORDS; w++) {
        if (index.unsigned_yet.word[w] != 0) {
            return RC_DENIED;
        }
    }
    return RC_OK;
}

static size_t headers_room(const struct sigv4_request *request)
{
    size_t room = 0;

    for (size_t i = 0; i < request->header_count; i++) {
        room += request->headers[i].name.len + request->headers[i].value.len + 2;
    }
    return room;
}

enum rc canonical_request(const struct sigv4_request *request, const struct canonical_form *form,
                          struct arena *arena, str *ret_text)
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
           3 * form->signed_headers.len + form->payload_hash.len + 16;
    text = arena_bytes(arena, room);
    if (text == NULL) {
        return RC_NOMEM;
    }
    out = (struct out){ .at = text, .end = text + room };
    put(&out, request->method);
    put_char(&out, '\n');
    put(&out, path);
    put_char(&out, '\n');
    put(&out, query);
    put_char(&out, '\n');
    TRY(put_headers(&out, request, form));
    put_char(&out, '\n');
    put(&out, form->signed_headers);
    put_char(&out, '\n');
    put(&out, form->payload_hash);
    *ret_text = str_from(text, (size_t)(out.at - text));
    return out.full ? RC_NOMEM : RC_OK;
}
