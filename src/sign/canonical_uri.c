/* The first half of a canonical request: path and query. */
#include "sign/canonical.h"

#include "base/buf.h"
#include "codec/form.h"

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

enum rc canonical_path(str path, bool double_encode, struct arena *arena, str *ret)
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

static enum rc params_read(const struct canonical_form *form, str query, struct arena *arena,
                           struct param **ret, size_t *ret_count)
{
    size_t most = str_count(query, '&') + 1, count = 0;
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

enum rc canonical_query(const struct canonical_form *form, str query, struct arena *arena, str *ret)
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
