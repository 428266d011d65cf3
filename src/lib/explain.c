/* Saying why: names, AWS's words for a denial, explanations. */
#include "lib/policy.h"

#include "base/buf.h"
#include "policy/explain.h"

enum { CHUNK_BYTES = 16 * 1024, TEXT_BYTES_MAX = 4 << 20 };

const char *mantle_decision_name(mantle_decision_result result)
{
    switch (result) {
    case MANTLE_IMPLICIT_DENY:
    case MANTLE_EXPLICIT_DENY:
    case MANTLE_ALLOW:
        return policy_result_name((enum decision_result)result).ptr;
    }
    return "unknown"; /* the host's enum may hold any number */
}

const char *mantle_layer_name(mantle_policy_layer layer)
{
    return (unsigned)layer < MANTLE_LAYER_COUNT ? policy_layer_name((enum policy_layer)layer).ptr
                                                : "unknown";
}

const char *mantle_rule_text(const char *rule)
{
    return policy_rule_text(rule == NULL ? "" : rule);
}

size_t mantle_denial_message(const mantle_decision *decision, const mantle_policy_request *request,
                             char *room, size_t room_size)
{
    buf out = { .ptr = room, .cap = room_size, .max = room_size, .alloc = &heap }; /* never grows */

    if (room == NULL || room_size == 0) {
        return 0;
    }
    room[0] = '\0';
    if (decision == NULL || request == NULL) {
        return 0;
    }
    out.cap = out.max = room_size - 1;
    policy_denial_message((const struct decision *)(const void *)decision, request_of(request),
                          &out);
    room[out.len] = '\0';
    return out.len;
}

struct mantle_explanation {
    struct object object;
    mantle_decision decision;
    str text, json;
};

static enum rc explain(mantle_explanation *explanation, const struct policy_stack *stack,
                       const struct policy_request *request)
{
    struct arena *arena = &explanation->object.arena;
    struct explain_style style = { .colour = false };
    buf text = buf_arena(arena, TEXT_BYTES_MAX), json = buf_arena(arena, TEXT_BYTES_MAX);
    struct json_out out = { .out = &json };
    struct explanation e;

    TRY(policy_explain(stack, request, arena, &e));
    TRY(explanation_text(&e, &style, &text));
    json_open(&out, '{');
    explanation_json(&e, &style, &out);
    json_close(&out, '}');
    TRY(text.err);
    TRY(json.err);
    memcpy(&explanation->decision, &e.decision, sizeof(e.decision));
    explanation->text = buf_str(&text);
    explanation->json = buf_str(&json);
    return RC_OK;
}

mantle_rc mantle_policy_explain(const mantle_allocator *allocator, const mantle_policy_stack *stack,
                                const mantle_policy_request *request, mantle_explanation **ret)
{
    mantle_explanation *explanation;
    enum rc rc;

    if (stack == NULL || request == NULL || ret == NULL) {
        return MANTLE_INVALID;
    }
    explanation = object_new(allocator, sizeof(*explanation), CHUNK_BYTES,
                             MANTLE_POLICY_MEMORY_MAX);
    if (explanation == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = explain(explanation, stack_of(stack), request_of(request));
    if (rc != RC_OK) {
        mantle_explanation_free(explanation);
        return public_rc(rc);
    }
    *ret = explanation;
    return MANTLE_OK;
}

void mantle_explanation_free(mantle_explanation *explanation)
{
    if (explanation != NULL) {
        object_free(&explanation->object, sizeof(*explanation));
    }
}

mantle_decision mantle_explanation_decision(const mantle_explanation *explanation)
{
    mantle_decision none = { .result = MANTLE_IMPLICIT_DENY };

    return explanation == NULL ? none : explanation->decision;
}

mantle_str mantle_explanation_text(const mantle_explanation *explanation)
{
    return public_str(explanation == NULL ? STR_NONE : explanation->text);
}

mantle_str mantle_explanation_json(const mantle_explanation *explanation)
{
    return public_str(explanation == NULL ? STR_NONE : explanation->json);
}
