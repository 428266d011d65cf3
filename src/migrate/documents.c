/* Grants as policy documents. */
#include <stdlib.h>

#include "codec/json.h"
#include "migrate/proof.h"

enum { STATEMENT_BYTES_MAX = 1 << 20 };

/* A condition that is written: one the use was seen under, and one of the statement of today. */
static bool same_condition(const struct grant *a, const struct grant *b)
{
    return str_eq(a->key, b->key) && str_eq(a->value, b->value) &&
           str_eq(a->old_condition, b->old_condition);
}

static int by_condition(const struct grant *a, const struct grant *b)
{
    int order = str_cmp(a->key, b->key);

    order = order != 0 ? order : str_cmp(a->value, b->value);
    return order != 0 ? order : str_cmp(a->old_condition, b->old_condition);
}

static int by_resource(const void *a, const void *b)
{
    const struct grant *x = *(const struct grant *const *)a, *y = *(const struct grant *const *)b;
    int order = by_condition(x, y);

    order = order != 0 ? order : str_cmp(x->resource, y->resource);
    return order != 0 ? order : str_cmp(x->action, y->action);
}

struct row { /* the actions on one resource */
    const struct grant *const *grants;
    size_t count;
};

static bool same_resource(const struct grant *a, const struct grant *b)
{
    return same_condition(a, b) && str_eq(a->resource, b->resource);
}

static int by_actions(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = by_condition(x->grants[0], y->grants[0]);

    for (size_t i = 0; order == 0 && i < x->count && i < y->count; i++) {
        order = str_cmp(x->grants[i]->action, y->grants[i]->action);
    }
    if (order == 0 && x->count != y->count) {
        return x->count < y->count ? -1 : 1;
    }
    return order != 0 ? order : str_cmp(x->grants[0]->resource, y->grants[0]->resource);
}

static bool same_actions(const struct row *x, const struct row *y)
{
    if (!same_condition(x->grants[0], y->grants[0]) || x->count != y->count) {
        return false;
    }
    for (size_t i = 0; i < x->count; i++) {
        if (!str_eq(x->grants[i]->action, y->grants[i]->action)) {
            return false;
        }
    }
    return true;
}

/* {"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}, with what today's statement asks. */
static void write_condition(struct json_out *o, const struct grant *grant)
{
    bool many = str_eq(grant->key, STR("aws:CalledVia"));
    str old = grant->old_condition;

    if (grant->key.len == 0 && old.len == 0) {
        return;
    }
    json_own_key(o, STR("Condition"));
    if (grant->key.len == 0) {
        json_raw(o, old);
        return;
    }
    json_open(o, '{');
    json_key(o, many ? STR("ForAnyValue:StringEquals") : STR("StringEquals"));
    json_open(o, '{');
    json_key(o, grant->key);
    json_str(o, grant->value);
    json_close(o, '}');
    json_close(o, '}');
}

static void write_statement(buf *out, const struct row *rows, size_t count)
{
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("Effect"), STR("Allow"));
    json_own_key(&o, STR("Action"));
    json_open(&o, '[');
    for (size_t i = 0; i < rows[0].count; i++) {
        json_str(&o, rows[0].grants[i]->action);
    }
    json_close(&o, ']');
    json_own_key(&o, STR("Resource"));
    json_open(&o, '[');
    for (size_t i = 0; i < count; i++) {
        json_str(&o, rows[i].grants[0]->resource);
    }
    json_close(&o, ']');
    write_condition(&o, rows[0].grants[0]);
    json_close(&o, '}');
}

struct packer {
    struct arena *arena;
    struct documents *out;
    buf text;    /* of the document being filled */
    size_t size; /* characters in it */
};

#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":["

static enum rc finish(struct packer *p)
{
    if (p->size == 0) {
        return RC_OK;
    }
    BUF_LIT(&p->text, "]}");
    p->out->texts[p->out->count++] = arena_str(p->arena, buf_str(&p->text));
    buf_clear(&p->text);
    p->size = 0;
    return p->text.err != RC_OK || p->out->texts[p->out->count - 1].ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc put(struct packer *p, str statement)
{
    size_t size = policy_size(statement) + 1;

    if (p->size > 0 && p->size + size > DOCUMENT_SIZE_MAX) {
        TRY(finish(p));
    }
    if (p->size == 0) {
        BUF_LIT(&p->text, HEAD);
        p->size = policy_size(STR(HEAD)) + 2;
    } else {
        buf_add_char(&p->text, ',');
    }
    buf_add(&p->text, statement);
    p->size += size;
    return p->text.err == RC_OK ? RC_OK : RC_NOMEM;
}

/* A statement too long for a document is divided by its resources. */
static enum rc put_rows(struct packer *p, const struct row *rows, size_t count)
{
    buf statement = buf_arena(p->arena, STATEMENT_BYTES_MAX);

    write_statement(&statement, rows, count);
    if (statement.err != RC_OK && count == 1) {
        return RC_NOMEM;
    }
    if (statement.err != RC_OK ||
        policy_size(buf_str(&statement)) + strlen(HEAD) + 4 > DOCUMENT_SIZE_MAX) {
        if (count == 1) {
            p->out->too_long++;
            return RC_OK;
        }
        TRY(put_rows(p, rows, count / 2));
        return put_rows(p, rows + count / 2, count - count / 2);
    }
    p->out->pairs += count * rows[0].count;
    return put(p, buf_str(&statement));
}

enum rc documents_make(const struct grant *grants, size_t count, const str *denies,
                       size_t deny_count, struct arena *arena, struct documents *ret)
{
    const struct grant **sorted = NEW_ARRAY(arena, count + 1, const struct grant *);
    struct row *rows = NEW_ARRAY(arena, count + 1, struct row);
    struct packer p = { .arena = arena, .out = ret, .text = buf_arena(arena, 1 << 20) };
    size_t row_count = 0, span;

    *ret = (struct documents){ .texts = NEW_ARRAY(arena, count + deny_count + 1, str) };
    if (sorted == NULL || rows == NULL || ret->texts == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &grants[i];
    }
    qsort(sorted, count, sizeof(*sorted), by_resource);
    for (size_t at = 0; at < count; at += span) {
        for (span = 1; at + span < count && same_resource(sorted[at], sorted[at + span]);) {
            span++;
        }
        rows[row_count++] = (struct row){ sorted + at, span };
    }
    qsort(rows, row_count, sizeof(*rows), by_actions);
    for (size_t i = 0; i < deny_count; i++) {
        TRY(put(&p, denies[i]));
    }
    for (size_t at = 0; at < row_count; at += span) {
        for (span = 1; at + span < row_count && same_actions(&rows[at], &rows[at + span]);) {
            span++;
        }
        TRY(put_rows(&p, rows + at, span));
    }
    return finish(&p);
}
