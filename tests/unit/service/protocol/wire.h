/* A request as text, decoded. */
#ifndef MANTLE_TESTS_WIRE_H
#define MANTLE_TESTS_WIRE_H

#include "service/iam/iam_api.h"
#include "service/protocol/query.h"
#include "service/sts/sts_api.h"
#include "unit.h"

#define IAM STR("2010-05-08")
#define STS STR("2011-06-15")

struct wire {
    struct arena arena;
    const struct api_operation *op;
    void *in;
    enum rc rc;
    struct api_fault fault;
};

static UNUSED void wire_init(struct wire *w)
{
    *w = (struct wire){ 0 };
    arena_init(&w->arena, &heap, 65536, 1 << 24);
}

static UNUSED void wire_done(struct wire *w)
{
    arena_done(&w->arena);
}

/* Decodes `text` as the parameters of an operation. */
static UNUSED enum rc wire_decode(struct wire *w, str version, str action, str text)
{
    struct form form;

    arena_reset(&w->arena);
    w->fault = (struct api_fault){ 0 };
    w->in = NULL;
    w->op = api_find(version, action);
    assert_non_null(w->op);
    assert_ok(form_parse(text, 10000, &w->arena, &form));
    w->rc = protocol_decode(w->op, &form, &w->arena, &w->in, &w->fault);
    return w->rc;
}

#endif
