#include "remote/answer.h"

#include "codec/xml.h"

struct reading {
    str rest;
    struct arena *arena;
};

static bool is_name_char(char c)
{
    return ascii_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':';
}

static void skip_space(str *rest)
{
    while (rest->len > 0 && ascii_is_space(rest->ptr[0])) {
        *rest = str_skip(*rest, 1);
    }
}

static bool starts_name(str name)
{
    return name.len > 0 && (ascii_is_alpha(name.ptr[0]) || name.ptr[0] == '_');
}

/* NAME or PREFIX:NAME, of which the name is kept (Namespaces in XML, section 3). */
static bool take_name(str *rest, str *ret)
{
    size_t len = 0;
    str prefix = STR("_");

    while (len < rest->len && is_name_char(rest->ptr[len])) {
        len++;
    }
    *ret = str_slice(*rest, 0, len);
    *rest = str_skip(*rest, len);
    (void)take_until(ret, ':', &prefix);
    return starts_name(prefix) && starts_name(*ret) && !str_find_char(*ret, ':', &len);
}

/* name = "value" pairs are stepped over: answers say nothing in them but their namespace. */
static bool skip_attributes(str *rest)
{
    for (;;) {
        str name, value;
        char quote;
        skip_space(rest);
        if (rest->len == 0 || rest->ptr[0] == '>' || rest->ptr[0] == '/') {
            return rest->len > 0;
        }
        if (!take_name(rest, &name)) {
            return false;
        }
        skip_space(rest);
        if (!take_prefix(rest, STR("="))) {
            return false;
        }
        skip_space(rest);
        quote = rest->len > 0 ? rest->ptr[0] : 0;
        if (quote != '"' && quote != '\'') {
            return false;
        }
        *rest = str_skip(*rest, 1);
        if (!take_until(rest, quote, &value) || str_find(value, STR("<"), &(size_t){ 0 })) {
            return false;
        }
    }
}

static bool take_reference(str body, buf *out)
{
    static const struct {
        str name;
        char means;
    } known[] = { { STR_INIT("lt"), '<' },
                  { STR_INIT("gt"), '>' },
                  { STR_INIT("amp"), '&' },
                  { STR_INIT("quot"), '"' },
                  { STR_INIT("apos"), '\'' } };
    uint32_t code = 0;
    bool hex;
    char utf8[4];

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_eq(body, known[i].name)) {
            buf_add_char(out, known[i].means);
            return true;
        }
    }
    if (!take_prefix(&body, STR("#")) || body.len == 0) {
        return false;
    }
    hex = take_prefix(&body, STR("x"));
    if (body.len == 0 || body.len > 7) {
        return false;
    }
    for (size_t i = 0; i < body.len; i++) {
        unsigned digit = hex || ascii_is_digit(body.ptr[i]) ? ascii_hex_value(body.ptr[i]) : 16;
        if (digit > 15) {
            return false;
        }
        code = code * (hex ? 16 : 10) + digit;
    }
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        return false;
    }
    buf_add(out, str_from(utf8, utf8_encode(code, utf8)));
    return true;
}

static enum rc resolve(struct reading *r, str raw, str *ret)
{
    buf out = buf_arena(r->arena, raw.len + 1);
    str before, body;
    size_t at;

    if (!str_find_char(raw, '&', &at)) {
        *ret = raw;
        return RC_OK;
    }
    while (take_until(&raw, '&', &before)) {
        buf_add(&out, before);
        if (!take_until(&raw, ';', &body) || !take_reference(body, &out)) {
            return RC_SYNTAX;
        }
    }
    buf_add(&out, raw);
    *ret = buf_str(&out);
    return out.err;
}

static enum rc take_element(struct reading *r, unsigned depth, struct answer_node **ret);

/* Behind the opening tag. Text between children is white space; anything else is no answer of a
 * service. */
static enum rc take_content(struct reading *r, unsigned depth, struct answer_node *node)
{
    struct answer_node **tail = &node->first;
    str name, raw;
    size_t at;

    for (;;) {
        if (!str_find_char(r->rest, '<', &at)) {
            return RC_SYNTAX;
        }
        raw = str_slice(r->rest, 0, at);
        r->rest = str_skip(r->rest, at);
        if (take_prefix(&r->rest, STR("</"))) {
            break;
        }
        if (str_trim(raw).len > 0) {
            return RC_SYNTAX;
        }
        TRY(take_element(r, depth + 1, tail));
        tail = &(*tail)->next;
    }
    if (!take_name(&r->rest, &name) || !str_eq(name, node->name)) {
        return RC_SYNTAX;
    }
    skip_space(&r->rest);
    if (!take_prefix(&r->rest, STR(">"))) {
        return RC_SYNTAX;
    }
    if (node->first != NULL) {
        return str_trim(raw).len > 0 ? RC_SYNTAX : RC_OK;
    }
    return resolve(r, raw, &node->text);
}

static enum rc take_element(struct reading *r, unsigned depth, struct answer_node **ret)
{
    struct answer_node *node;

    if (depth > ANSWER_DEPTH_MAX) {
        return RC_LIMIT;
    }
    node = NEW(r->arena, struct answer_node);
    if (node == NULL) {
        return RC_NOMEM;
    }
    node->text = STR("");
    if (!take_prefix(&r->rest, STR("<")) || !take_name(&r->rest, &node->name) ||
        !skip_attributes(&r->rest)) {
        return RC_SYNTAX;
    }
    if (take_prefix(&r->rest, STR("/>"))) {
        *ret = node;
        return RC_OK;
    }
    if (!take_prefix(&r->rest, STR(">"))) {
        return RC_SYNTAX;
    }
    TRY(take_content(r, depth, node));
    *ret = node;
    return RC_OK;
}

enum rc answer_parse(str text, struct arena *arena, struct answer_node **ret)
{
    struct reading r = { .rest = text, .arena = arena };
    struct answer_node *node = NULL;
    size_t at;

    if (!str_is_utf8(text) || str_find_char(text, '\0', &at)) {
        return RC_SYNTAX;
    }
    skip_space(&r.rest);
    if (take_prefix(&r.rest, STR("<?xml"))) {
        if (!str_find(r.rest, STR("?>"), &at)) {
            return RC_SYNTAX;
        }
        r.rest = str_skip(r.rest, at + 2);
        skip_space(&r.rest);
    }
    TRY(take_element(&r, 1, &node));
    skip_space(&r.rest);
    if (r.rest.len > 0) {
        return RC_SYNTAX;
    }
    *ret = node;
    return RC_OK;
}

const struct answer_node *answer_child(const struct answer_node *node, str name)
{
    const struct answer_node *child = node == NULL ? NULL : node->first;

    while (child != NULL && !str_eq(child->name, name)) {
        child = child->next;
    }
    return child;
}

str answer_text(const struct answer_node *node, str name)
{
    const struct answer_node *child = answer_child(node, name);

    return child == NULL ? STR_NONE : child->text;
}

const struct answer_node *answer_find(const struct answer_node *node, str name)
{
    const struct answer_node *found = NULL;

    if (node == NULL || str_eq(node->name, name)) {
        return node;
    }
    for (const struct answer_node *child = node->first; child != NULL && found == NULL;
         child = child->next) {
        found = answer_find(child, name);
    }
    return found;
}

void answer_write(const struct answer_node *node, buf *out)
{
    xml_open(out, node->name);
    if (node->first == NULL) {
        xml_text(out, node->text);
    }
    for (const struct answer_node *child = node->first; child != NULL; child = child->next) {
        answer_write(child, out);
    }
    xml_close(out, node->name);
}
