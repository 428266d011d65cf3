/* Documents and compiled sets: parse, compile, decide. */
#include "lib/policy.h"

#include "base/buf.h"

enum { CHUNK_BYTES = 16 * 1024 };

/* ---- documents ---- */

bool kind_of(mantle_policy_kind kind, enum policy_kind *ret)
{
    static const enum policy_kind kinds[] = {
        [MANTLE_POLICY_IDENTITY] = POLICY_IDENTITY, [MANTLE_POLICY_TRUST] = POLICY_TRUST,
        [MANTLE_POLICY_RESOURCE] = POLICY_RESOURCE, [MANTLE_POLICY_ENDPOINT] = POLICY_ENDPOINT,
        [MANTLE_POLICY_SCP] = POLICY_SCP,           [MANTLE_POLICY_RCP] = POLICY_RCP,
    };

    if ((unsigned)kind >= COUNT_OF(kinds)) {
        return false;
    }
    *ret = kinds[kind];
    return true;
}

static void cut_to_fit(str text, char *room, size_t size)
{
    size_t len = text.len < size ? text.len : size - 1;

    while (len > 0 && len < text.len && (text.ptr[len] & 0xc0) == 0x80) {
        len--; /* not in the middle of a character */
    }
    if (len > 0) {
        memcpy(room, text.ptr, len);
    }
    room[len] = '\0';
}

static void refusal_publish(const struct policy_refusal *refusal, mantle_policy_refusal *reterr)
{
    if (reterr == NULL) {
        return;
    }
    reterr->offset = refusal->offset;
    reterr->line = refusal->line;
    reterr->column = refusal->column;
    cut_to_fit(refusal->code, reterr->code, sizeof(reterr->code));
    cut_to_fit(refusal->message, reterr->message, sizeof(reterr->message));
    cut_to_fit(refusal->detail, reterr->detail, sizeof(reterr->detail));
}

static enum rc parse(struct mantle_policy *policy, enum policy_kind kind, str text, bool loosely,
                     struct policy_refusal *reterr)
{
    policy->text = arena_str(&policy->object.arena, text);
    if (policy->text.ptr == NULL) {
        return RC_NOMEM;
    }
    return loosely
               ? policy_parse_loosely(kind, policy->text, &policy->object.arena, &policy->document,
                                      reterr)
               : policy_parse(kind, policy->text, &policy->object.arena, &policy->document, reterr);
}

mantle_rc mantle_policy_parse(const mantle_allocator *allocator, mantle_policy_kind kind,
                              mantle_str text, unsigned flags, mantle_policy **ret,
                              mantle_policy_refusal *reterr)
{
    struct policy_refusal refusal = { .code = STR_INIT("MalformedPolicyDocument"),
                                      .message = STR_INIT("Syntax errors in policy."),
                                      .detail = STR_INIT("the text is longer than 1 MiB") };
    enum policy_kind ours;
    mantle_policy *policy;
    enum rc rc;

    if (ret == NULL || text.ptr == NULL || !kind_of(kind, &ours) ||
        (flags & ~(unsigned)MANTLE_POLICY_LOOSELY) != 0) {
        return MANTLE_INVALID;
    }
    if (text.len > MANTLE_POLICY_TEXT_MAX) {
        refusal_publish(&refusal, reterr);
        return MANTLE_LIMIT;
    }
    policy = object_new(allocator, sizeof(*policy), CHUNK_BYTES, MANTLE_POLICY_MEMORY_MAX);
    if (policy == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = parse(policy, ours, str_of(text), (flags & MANTLE_POLICY_LOOSELY) != 0, &refusal);
    if (rc != RC_OK) {
        if (rc != RC_NOMEM) {
            refusal_publish(&refusal, reterr);
        }
        mantle_policy_free(policy);
        return public_rc(rc);
    }
    *ret = policy;
    return MANTLE_OK;
}

void mantle_policy_free(mantle_policy *policy)
{
    if (policy != NULL) {
        object_free(&policy->object, sizeof(*policy));
    }
}

mantle_str mantle_policy_text(const mantle_policy *policy)
{
    return public_str(policy == NULL ? STR_NONE : policy->text);
}

size_t mantle_policy_size(mantle_str text)
{
    return is_view(text) ? policy_size(str_of(text)) : 0;
}

/* ---- context keys ---- */

struct mantle_keys {
    struct object object;
    const str *keys;
    size_t count;
};

mantle_rc mantle_policy_context_keys(const mantle_allocator *allocator, const mantle_policy *policy,
                                     mantle_str action, mantle_keys **ret_keys)
{
    mantle_keys *keys;
    enum rc rc;

    if (policy == NULL || ret_keys == NULL || !is_view(action)) {
        return MANTLE_INVALID;
    }
    keys = object_new(allocator, sizeof(*keys), CHUNK_BYTES, MANTLE_POLICY_MEMORY_MAX);
    if (keys == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = policy_context_keys(policy->document, str_of(action), &keys->object.arena, &keys->keys,
                             &keys->count);
    for (size_t i = 0; rc == RC_OK && i < keys->count; i++) {
        str copy = arena_str(&keys->object.arena, keys->keys[i]); /* may view the document */

        ((str *)(uintptr_t)keys->keys)[i] = copy;
        rc = copy.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    if (rc != RC_OK) {
        mantle_keys_free(keys);
        return public_rc(rc);
    }
    *ret_keys = keys;
    return MANTLE_OK;
}

size_t mantle_keys_count(const mantle_keys *keys)
{
    return keys == NULL ? 0 : keys->count;
}

mantle_str mantle_keys_at(const mantle_keys *keys, size_t i)
{
    return public_str(i < mantle_keys_count(keys) ? keys->keys[i] : STR_NONE);
}

void mantle_keys_free(mantle_keys *keys)
{
    if (keys != NULL) {
        object_free(&keys->object, sizeof(*keys));
    }
}

/* ---- sets ---- */

/* What the owner word of a compiled set leads to; the host's handle is the compiled set itself, so
 * that a stack of the host's is one of the engine's. */
struct set_owner {
    struct object object;
};

static bool source_is_valid(const mantle_policy_source *source)
{
    bool valid = source->policy != NULL && is_view(source->name) &&
                 (source->bindings != NULL || source->binding_count == 0);

    for (size_t i = 0; valid && i < source->binding_count; i++) {
        valid = is_view(source->bindings[i].arn) && is_view(source->bindings[i].unique_id);
    }
    return valid;
}

mantle_rc sources_convert(const mantle_policy_source *sources, size_t count, struct arena *arena,
                          struct policy_source **ret)
{
    struct policy_source *ours;

    if (sources == NULL && count > 0) {
        return MANTLE_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        if (!source_is_valid(&sources[i])) {
            return MANTLE_INVALID;
        }
    }
    ours = NEW_ARRAY(arena, count, struct policy_source);
    if (ours == NULL) {
        return MANTLE_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        ours[i] = (struct policy_source){
            .doc = sources[i].policy->document,
            .name = sources[i].name.ptr == NULL ? STR("") : str_of(sources[i].name),
            .text = sources[i].policy->text,
            .bindings = (const struct principal_binding *)(const void *)sources[i].bindings,
            .binding_count = sources[i].binding_count,
            .bound_only = sources[i].bound_only,
        };
    }
    *ret = ours;
    return MANTLE_OK;
}

mantle_rc mantle_policy_compile(const mantle_allocator *allocator,
                                const mantle_policy_source *sources, size_t count,
                                mantle_policy_set **ret)
{
    const struct policy_set *set = NULL;
    struct policy_source *ours = NULL;
    struct set_owner *owner;
    mantle_rc rc;

    if (ret == NULL) {
        return MANTLE_INVALID;
    }
    owner = object_new(allocator, sizeof(*owner), CHUNK_BYTES, MANTLE_POLICY_MEMORY_MAX);
    if (owner == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = sources_convert(sources, count, &owner->object.arena, &ours);
    if (rc == MANTLE_OK) {
        rc = public_rc(policy_compile(ours, count, &owner->object.arena, &set));
    }
    if (rc != MANTLE_OK) {
        object_free(&owner->object, sizeof(*owner));
        return rc;
    }
    policy_set_own(set, owner);
    *ret = (mantle_policy_set *)(uintptr_t)set;
    return MANTLE_OK;
}

static const struct policy_set *set_of(const mantle_policy_set *set)
{
    return (const struct policy_set *)(const void *)set;
}

void mantle_policy_set_free(mantle_policy_set *set)
{
    struct set_owner *owner = set == NULL ? NULL : policy_set_owner(set_of(set));

    if (owner != NULL) { /* else it belongs to a comparison */
        object_free(&owner->object, sizeof(*owner));
    }
}

/* ---- decisions ---- */

void mantle_policy_decide(const mantle_policy_stack *stack, const mantle_policy_request *request,
                          mantle_decision *ret)
{
    policy_decide(stack_of(stack), request_of(request), (struct decision *)(void *)ret);
}

void mantle_policy_ask(const mantle_policy_stack *stack, const mantle_policy_request *request,
                       mantle_policy_answers *ret)
{
    policy_ask(stack_of(stack), request_of(request), (struct policy_answers *)(void *)ret);
}

void mantle_policy_combine(const mantle_policy_answers *answers,
                           const mantle_policy_request *request, mantle_decision *ret)
{
    policy_combine((const struct policy_answers *)(const void *)answers, request_of(request),
                   (struct decision *)(void *)ret);
}

bool mantle_policy_statement(const mantle_policy_set *set, uint32_t statement,
                             mantle_statement *ret)
{
    return set != NULL && ret != NULL &&
           policy_statement_info(set_of(set), statement, (struct statement_info *)(void *)ret);
}
