/* One function for each kind of message serves both directions, so that writing and reading cannot
 * disagree. */
#include "saml/message.h"

struct wire {
    buf *out; /* writing; NULL: reading */
    str in;
    struct arena *arena;
    enum rc rc; /* the first failure; afterwards nothing happens */
};

static void fail(struct wire *w, enum rc rc)
{
    if (w->rc == RC_OK) {
        w->rc = rc;
    }
}

static void put_i64(struct wire *w, int64_t *value)
{
    char bytes[sizeof(*value)];

    if (w->rc != RC_OK) {
        return;
    }
    if (w->out != NULL) {
        memcpy(bytes, value, sizeof(bytes));
        buf_add(w->out, str_from(bytes, sizeof(bytes)));
    } else if (w->in.len < sizeof(*value)) {
        fail(w, RC_CORRUPT);
    } else {
        memcpy(value, w->in.ptr, sizeof(*value));
        w->in = str_skip(w->in, sizeof(*value));
    }
}

static void put_size(struct wire *w, size_t *value, size_t max)
{
    int64_t n = (int64_t)*value;

    put_i64(w, &n);
    if (w->rc == RC_OK && (n < 0 || (uint64_t)n > max)) {
        fail(w, RC_CORRUPT);
    }
    if (w->out == NULL) {
        *value = w->rc == RC_OK ? (size_t)n : 0;
    }
}

static void put_bool(struct wire *w, bool *value)
{
    size_t n = *value ? 1 : 0;

    put_size(w, &n, 1);
    *value = n == 1;
}

/* Absent and empty are two things. */
static void put_str(struct wire *w, str *value)
{
    bool present = value->ptr != NULL;
    size_t len = value->len;

    put_bool(w, &present);
    put_size(w, &len, SAML_METADATA_BYTES_MAX);
    if (w->rc != RC_OK) {
        return;
    }
    if (w->out != NULL) {
        buf_add(w->out, *value);
    } else if (w->in.len < len || (!present && len > 0)) {
        fail(w, RC_CORRUPT);
    } else {
        *value = present ? str_slice(w->in, 0, len) : STR_NONE;
        w->in = str_skip(w->in, len);
    }
}

/* The length of a list; reading, its items are made. */
static void *put_list(struct wire *w, void *items, size_t *count, size_t max, size_t size)
{
    put_size(w, count, max);
    if (w->out != NULL) {
        return items;
    }
    items = w->rc == RC_OK ? arena_array(w->arena, *count, size) : NULL;
    if (items == NULL) {
        *count = 0;
        fail(w, RC_NOMEM);
    }
    return items;
}

static void put_strs(struct wire *w, str **items, size_t *count, size_t max)
{
    *items = put_list(w, *items, count, max, sizeof(str));
    for (size_t i = 0; i < *count; i++) {
        put_str(w, &(*items)[i]);
    }
}

/* --- the messages ------------------------------------------------------------------------------- */

static void put_claims(struct wire *w, struct saml_claims *c)
{
    put_str(w, &c->status);
    put_str(w, &c->issuer);
    put_str(w, &c->assertion_id);
    put_str(w, &c->name_id);
    put_str(w, &c->name_id_format);
    put_i64(w, &c->not_before_s);
    put_i64(w, &c->not_on_or_after_s);
    put_i64(w, &c->session_not_on_or_after_s);
    c->confirmations = put_list(w, c->confirmations, &c->confirmation_count, SAML_CONFIRMATIONS_MAX,
                                sizeof(*c->confirmations));
    for (size_t i = 0; i < c->confirmation_count; i++) {
        put_str(w, &c->confirmations[i].recipient);
        put_i64(w, &c->confirmations[i].not_before_s);
        put_i64(w, &c->confirmations[i].not_on_or_after_s);
    }
    c->restrictions = put_list(w, c->restrictions, &c->restriction_count, SAML_CONFIRMATIONS_MAX,
                               sizeof(*c->restrictions));
    for (size_t i = 0; i < c->restriction_count; i++) {
        put_strs(w, &c->restrictions[i].items, &c->restrictions[i].count, SAML_AUDIENCES_MAX);
    }
    c->attributes = put_list(w, c->attributes, &c->attribute_count, SAML_ATTRIBUTES_MAX,
                             sizeof(*c->attributes));
    for (size_t i = 0; i < c->attribute_count; i++) {
        put_str(w, &c->attributes[i].name);
        put_strs(w, &c->attributes[i].values, &c->attributes[i].count, SAML_VALUES_MAX);
    }
}

static void put_encrypted(struct wire *w, struct saml_encrypted *e)
{
    put_str(w, &e->algorithm);
    put_str(w, &e->bytes);
    e->keys = put_list(w, e->keys, &e->key_count, SAML_ENCRYPTED_KEYS_MAX, sizeof(*e->keys));
    for (size_t i = 0; i < e->key_count; i++) {
        put_str(w, &e->keys[i].algorithm);
        put_str(w, &e->keys[i].digest);
        put_str(w, &e->keys[i].mgf);
        put_str(w, &e->keys[i].label);
        put_str(w, &e->keys[i].bytes);
    }
}

static void put_response(struct wire *w, struct saml_response *r)
{
    size_t verdict = r->verdict;

    put_size(w, &verdict, SAML_ENCRYPTED);
    r->verdict = (enum saml_verdict)verdict;
    put_str(w, &r->why);
    put_bool(w, &r->was_encrypted);
    put_claims(w, &r->claims);
    put_encrypted(w, &r->encrypted);
}

static void put_metadata(struct wire *w, struct saml_metadata *m)
{
    put_bool(w, &m->valid);
    put_str(w, &m->why);
    put_str(w, &m->entity_id);
    put_i64(w, &m->valid_until_s);
    put_strs(w, &m->certificates, &m->certificate_count, SAML_CERTIFICATES_MAX);
}

static void put_message(struct wire *w, struct message *m)
{
    size_t kind = m->kind;
    str *certificates = (str *)(uintptr_t)m->response.certificates; /* written: only read */

    put_size(w, &kind, MESSAGE_METADATA);
    m->kind = (enum message_kind)kind;
    put_str(w, &m->metadata);
    put_str(w, &m->response.xml);
    put_str(w, &m->response.decrypted);
    put_strs(w, &certificates, &m->response.certificate_count, SAML_CERTIFICATES_MAX);
    m->response.certificates = certificates;
}

/* --- both directions ---------------------------------------------------------------------------- */

static enum rc written(const struct wire *w)
{
    TRY(w->rc);
    return w->out->err;
}

/* All of it, and nothing behind. */
static enum rc read_whole(const struct wire *w)
{
    TRY(w->rc);
    return w->in.len == 0 ? RC_OK : RC_CORRUPT;
}

#define BOTH_WAYS(name, type, put)                                                                 \
    enum rc name##_write(const struct type *value, buf *out)                                       \
    {                                                                                              \
        struct wire w = { .out = out };                                                            \
        struct type copy = *value;                                                                 \
        put(&w, &copy);                                                                            \
        return written(&w);                                                                        \
    }                                                                                              \
    enum rc name##_read(str in, struct arena *arena, struct type *ret)                             \
    {                                                                                              \
        struct wire w = { .in = in, .arena = arena };                                              \
        struct type value = { 0 };                                                                 \
        put(&w, &value);                                                                           \
        TRY(read_whole(&w));                                                                       \
        *ret = value;                                                                              \
        return RC_OK;                                                                              \
    }

BOTH_WAYS(message, message, put_message)
BOTH_WAYS(response, saml_response, put_response)
BOTH_WAYS(metadata, saml_metadata, put_metadata)
