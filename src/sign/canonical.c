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

/* ---- path ---- */

/* RFC 3986 section 5.2.4, and empty segments fall out as well. */
static str path_normalize(str path, struct arena *arena)
{
    char *text = arena_bytes(arena, path.len + 2);
    size_t len = 0;
    str rest = path, segment;
    bool directory = true; /* does the path end in a slash? */

    if (text == NULL) {
        return STR_NONE;
    }
    text[len++] = '/';
    while (take_item(&rest, '/', &segment)) {
        directory = segment.len == 0 || str_eq(segment, STR("."));
        if (directory) {
            continue;
        }
        if (str_eq(segment, STR(".."))) {
            while (len > 1 && text[len - 2] != '/') {
                len--;
            }
            len = len > 1 ? len - 1 : 1;
            directory = true;
            continue;
        }
        /* Always a slash before; never longer than what was read. */
        memcpy(text + len, segment.ptr, segment.len);
        len += segment.len;
        text[len++] = '/';
    }
    if (path.len > 0 && path.ptr[path.len - 1] == '/') {
        directory = true;
    }
    if (!directory && len > 1) {
        len--;
    }
    return str_from(text, len);
}

static enum rc canonical_path(str path, bool double_encode, struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, SIZE_MAX);

    if (path.len == 0 || (path.len == 1 && path.ptr[0] == '/')) {
        *ret = STR("/");
        return RC_OK;
    }
    if (double_encode) { /* the wire's encoding is the first of two */
        path = path_normalize(path, arena);
        if (path.ptr == NULL) {
            return RC_NOMEM;
        }
    } else { /* s3: a key is a key, also with "//" and ".." in it */
        TRY(uri_decode(path, arena, &path));
    }
    uri_encode(path, true, &out);
    *ret = buf_str(&out);
    return out.err;
}

/* ---- query ---- */

struct param { /* both encoded */
    str name, value;
};

static int param_cmp(const struct param *a, const struct param *b)
{
    int order = str_cmp(a->name, b->name);

    return order != 0 ? order : str_cmp(a->value, b->value);
}

static void sift_down(struct param *params, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;
        struct param swap;

        if (child >= count) {
            return;
        }
        if (child + 1 < count && param_cmp(&params[child], &params[child + 1]) < 0) {
            child++;
        }
        if (param_cmp(&params[root], &params[child]) >= 0) {
            return;
        }
        swap = params[root];
        params[root] = params[child];
        params[child] = swap;
        root = child;
    }
}

/* Heapsort: n log n whatever a stranger sends, in place, without an allocation. */
static void params_sort(struct param *params, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        sift_down(params, i - 1, count);
    }
    for (size_t i = count; i > 1; i--) {
        struct param largest = params[0];
        params[0] = params[i - 1];
        params[i - 1] = largest;
        sift_down(params, 0, i - 1);
    }
}

static enum rc plus_to_space(str text, struct arena *arena, str *ret)
{
    size_t at;
    char *copy;

    *ret = text;
    if (!str_find_char(text, '+', &at)) {
        return RC_OK;
    }
    copy = arena_bytes(arena, text.len);
    if (copy == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i] == '+' ? ' ' : text.ptr[i];
    }
    *ret = str_from(copy, text.len);
    return RC_OK;
}

static enum rc param_decode(str text, struct arena *arena, str *ret)
{
    TRY(plus_to_space(text, arena, &text));
    return uri_decode(text, arena, ret);
}

bool take_param(str *rest, struct arena *arena, str *ret_name, str *ret_value, enum rc *reterr)
{
    str pair, name;

    do {
        if (!take_item(rest, '&', &pair)) {
            return false;
        }
    } while (pair.len == 0);
    if (!take_until(&pair, '=', &name)) { /* "a" means "a=" */
        name = pair;
        pair = STR("");
    }
    *reterr = param_decode(name, arena, ret_name);
    if (*reterr == RC_OK) {
        *reterr = param_decode(pair, arena, ret_value);
    }
    return *reterr == RC_OK;
}

static bool left_out(const struct canonical_form *form, str name)
{
    if (!form->is_query_form) {
        return false;
    }
    return str_eq(name, STR("X-Amz-Signature")) ||
           (form->leave_out_token && str_eq(name, STR("X-Amz-Security-Token")));
}

static enum rc param_encode(str text, struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, SIZE_MAX);

    uri_encode(text, false, &out);
    *ret = buf_str(&out);
    return out.err;
}

static size_t params_most(str query)
{
    size_t most = 1;

    for (size_t i = 0; i < query.len; i++) {
        most += query.ptr[i] == '&';
    }
    return most;
}

static enum rc params_read(const struct canonical_form *form, str query, struct arena *arena,
                           struct param **ret, size_t *ret_count)
{
    size_t most = params_most(query), count = 0;
    struct param *params;
    str rest = query, name, value;
    enum rc rc = RC_OK;

    if (most > SIGV4_PARAMS_MAX) {
        return RC_LIMIT;
    }
    params = NEW_ARRAY(arena, most, struct param);
    if (params == NULL) {
        return RC_NOMEM;
    }
    while (take_param(&rest, arena, &name, &value, &rc)) {
        if (left_out(form, name)) {
            continue;
        }
        TRY(param_encode(name, arena, &params[count].name));
        TRY(param_encode(value, arena, &params[count].value));
        count++;
    }
    *ret = params;
    *ret_count = count;
    return rc;
}

static enum rc canonical_query(const struct canonical_form *form, str query, struct arena *arena,
                               str *ret)
{
    buf out = buf_arena(arena, SIZE_MAX);
    struct param *params = NULL;
    size_t count = 0;

    if (query.len == 0) {
        *ret = STR("");
        return RC_OK;
    }
    TRY(params_read(form, query, arena, &params, &count));
    params_sort(params, count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buf_add_char(&out, '&');
        }
        buf_add(&out, params[i].name);
        buf_add_char(&out, '=');
        buf_add(&out, params[i].value);
    }
    *ret = buf_str(&out);
    return out.err;
}

/* ---- headers ---- */

static bool is_name_char(char c)
{
    /* RFC 9110 tchar, lower-case */
    return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '-' ||
           (c != '\0' && strchr("!#$%&'*+.^_`|~", c) != NULL);
}

bool signed_headers_valid(str list, bool *ret_has_host)
{
    str before = STR(""), name;
    bool has_host = false;
    size_t count = 0;

    if (list.len == 0 || list.ptr[list.len - 1] == ';') {
        return false;
    }
    while (take_item(&list, ';', &name)) {
        if (++count > SIGV4_HEADERS_MAX || str_cmp(before, name) >= 0) {
            return false;
        }
        for (size_t i = 0; i < name.len; i++) {
            if (!is_name_char(name.ptr[i])) {
                return false;
            }
        }
        has_host = has_host || str_eq(name, STR("host"));
        before = name;
    }
    *ret_has_host = has_host;
    return true;
}

static bool must_be_signed(str name, bool require_x_amz)
{
    return str_eq_nocase(name, STR("host")) ||
           (require_x_amz && str_starts_nocase(name, STR("x-amz-")));
}

/* Runs of white space become one space, none at the ends. */
static void put_folded(struct out *out, str value)
{
    value = str_trim(value);
    if (value.len == 0) {
        return;
    }
    if (memchr(value.ptr, '\t', value.len) == NULL &&
        memmem(value.ptr, value.len, "  ", 2) == NULL) {
        put(out, value);
        return;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!ascii_is_space(value.ptr[i])) {
            put_char(out, value.ptr[i]);
        } else if (!ascii_is_space(value.ptr[i - 1])) { /* trimmed: [0] is no space */
            put_char(out, ' ');
        }
    }
}

struct covered { /* one bit per header of the request */
    uint64_t bits[SIGV4_HEADERS_MAX / 64];
};

/* All headers of that name, values joined by ',' in the order received. */
static bool put_header(struct out *out, const struct sigv4_request *request, str name,
                       struct covered *covered)
{
    bool found = false;

    put(out, name);
    put_char(out, ':');
    for (size_t i = 0; i < request->header_count; i++) {
        const struct sigv4_header *header = &request->headers[i];

        if (header->name.len != name.len || ascii_lower(header->name.ptr[0]) != name.ptr[0] ||
            !str_eq_nocase(header->name, name)) {
            continue;
        }
        if (found) {
            put_char(out, ',');
        }
        put_folded(out, header->value);
        covered->bits[i / 64] |= UINT64_C(1) << (i % 64);
        found = true;
    }
    put_char(out, '\n');
    return found;
}

/* Names times headers, both at most SIGV4_HEADERS_MAX: the worst case costs less than hashing the
 * bytes such a request has. */
static enum rc put_headers(struct out *out, const struct sigv4_request *request,
                           const struct canonical_form *form)
{
    struct covered covered = { 0 };
    str rest = form->signed_headers, name;

    while (take_item(&rest, ';', &name)) {
        if (!put_header(out, request, name, &covered)) {
            return RC_NOENT;
        }
    }
    for (size_t i = 0; i < request->header_count; i++) {
        if ((covered.bits[i / 64] >> (i % 64) & 1) == 0 &&
            must_be_signed(request->headers[i].name, form->require_x_amz)) {
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
