/* An example is for reading: where another request serves as well, it has an action there is and a
 * resource the action can have. */
#include "analysis/compare.h"
#include "catalogue/catalogue.h"
#include "codec/arn.h"

enum { ACTIONS_TRIED = 512, TYPES_TRIED = 8 };

struct polishing {
    struct comparison *c;
    struct catalogue catalogue;
    struct policy_request *rq;
};

/* Keeps the request when it is an example as well. */
static bool serves(struct polishing *p, const struct policy_request *rq)
{
    struct decision old, new;

    policy_decide(&p->c->new.compiled, rq, &new);
    policy_decide(&p->c->old.compiled, rq, &old);
    if (new.result != DECIDED_ALLOW || old.result == DECIDED_ALLOW) {
        return false;
    }
    *p->rq = *rq;
    p->c->result->new_decision = new;
    p->c->result->old_decision = old;
    return true;
}

static bool action_known(const struct polishing *p, str action, struct catalogue_action *ret)
{
    struct catalogue_service service;
    str prefix;

    return take_until(&action, ':', &prefix) &&
           catalogue_service_find(&p->catalogue, prefix, &service) &&
           catalogue_action_find(&p->catalogue, &service, action, ret);
}

static enum rc action_polish(struct polishing *p, str pattern)
{
    struct policy_request rq = *p->rq;
    struct catalogue_walk walk;
    struct catalogue_action action;
    int tried = 0;

    if (action_known(p, rq.action, &action)) {
        return RC_OK;
    }
    catalogue_walk_init(&walk, pattern);
    while (tried++ < ACTIONS_TRIED && catalogue_walk_next(&p->catalogue, &walk, &action)) {
        struct catalogue_service service;
        if (walk.everything) { /* one of each service */
            catalogue_walk_next_service(&walk);
        }
        if (!catalogue_service_at(&p->catalogue, action.service, &service)) {
            continue;
        }
        rq.action = arena_printf(p->c->arena, "%.*s:%.*s", FMT(service.prefix), FMT(action.name));
        if (rq.action.ptr == NULL) {
            return RC_NOMEM;
        }
        /* X-23: counts between stacks only, and is found there without this. */
        if (!str_eq(rq.action, STR("sts:GetSessionToken")) && serves(p, &rq)) {
            return RC_OK;
        }
    }
    return RC_OK;
}

static str filling(const struct polishing *p, str name)
{
    str account = p->rq->resource_account.ptr == NULL ? STR(CALLER_ACCOUNT)
                                                      : p->rq->resource_account;

    return str_eq(name, STR("Partition")) ? STR("aws")
           : str_eq(name, STR("Region"))  ? STR("us-east-1")
           : str_eq(name, STR("Account")) ? account
                                          : STR("x");
}

/* "arn:${Partition}:s3:::${BucketName}" with its parts filled in. */
static enum rc arn_fill(const struct polishing *p, str format, str *ret)
{
    buf out = buf_arena(p->c->arena, 1024);
    str name;
    size_t at;

    while (str_find(format, STR("${"), &at)) {
        buf_add(&out, str_slice(format, 0, at));
        format = str_skip(format, at + 2);
        if (!take_until(&format, '}', &name)) {
            break;
        }
        buf_add(&out, filling(p, name));
    }
    buf_add(&out, format);
    *ret = buf_str(&out);
    return out.err == RC_NOMEM ? RC_NOMEM : RC_OK;
}

static bool is_of_service(str resource, str action)
{
    struct arn arn;
    str prefix;

    return arn_parse(resource, &arn) == RC_OK && take_until(&action, ':', &prefix) &&
           str_eq_nocase(arn.service, prefix);
}

static enum rc resource_polish(struct polishing *p)
{
    struct policy_request rq = *p->rq;
    struct catalogue_action action;
    struct catalogue_type type;
    uint32_t i = 0;

    if (is_of_service(rq.resource, rq.action) || !action_known(p, rq.action, &action)) {
        return RC_OK;
    }
    for (; i < TYPES_TRIED && catalogue_type_of(&p->catalogue, &action, i, &type); i++) {
        TRY(arn_fill(p, type.arn, &rq.resource));
        if (serves(p, &rq)) {
            return RC_OK;
        }
    }
    rq.resource = STR("*");
    if (i == 0) {
        (void)serves(p, &rq);
    }
    return RC_OK;
}

enum rc example_polish(struct comparison *c, str action_pattern, struct policy_request *rq)
{
    struct polishing p = { .c = c, .rq = rq };

    if (catalogue_shipped(&p.catalogue) != RC_OK) {
        return RC_OK;
    }
    TRY(action_polish(&p, action_pattern.ptr == NULL ? STR("*") : action_pattern));
    return resource_polish(&p);
}
