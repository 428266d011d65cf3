/* Case files: a mistake has a message; a case that is read is explained as it is decided; one with a
 * document that cannot be read is never allowed by a policy; explanations print as valid JSON and
 * without control characters. */
#include "fuzz.h"

#include "policy/case.h"
#include "policy/explain.h"

static void check_printed(const struct explanation *e, struct arena *arena)
{
    static const struct json_limits limits = { 64, 1u << 20, false };
    const struct explain_style style = { .colour = false };
    buf out = buf_arena(arena, 1u << 26);
    struct json_out o = { .out = &out };
    struct json_error at;
    struct json *json;

    REQUIRE(explanation_text(e, &style, &out) == RC_OK);
    for (size_t i = 0; i < out.len; i++) {
        REQUIRE(out.ptr[i] == '\n' || ((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7F));
    }
    buf_clear(&out);
    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR("x"));
    json_key(&o, STR("missing"));
    explanation_missing_json(e, &style, &o);
    json_close(&o, '}');
    REQUIRE(out.err == RC_OK);
    REQUIRE(json_parse(buf_str(&out), &limits, arena, &json, &at) == RC_OK);
}

static void check_case(const struct eval_case *c, struct arena *arena)
{
    struct decision own, decision;
    struct explanation e;

    policy_decide(&c->stack, &c->request, &decision);
    case_decide(c, &own);
    REQUIRE(own.result != DECIDED_ALLOW || c->refused_count == 0 ||
            own.layer == LAYER_SERVICE_RULE);
    REQUIRE(policy_explain(&c->stack, &c->request, arena, &e) == RC_OK);
    REQUIRE(e.decision.result == decision.result && e.decision.layer == decision.layer);
    REQUIRE(decision.result != DECIDED_ALLOW || e.shortfall_count == 0);
    check_printed(&e, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    struct case_mistake mistake = { .message = STR_NONE };
    struct case_file file;
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, 1 << 28);
    rc = case_file_read(text, &arena, &file, &mistake);
    REQUIRE(rc == RC_OK || ((rc == RC_SYNTAX || rc == RC_LIMIT) && mistake.message.len > 0));
    for (const struct json *j = rc == RC_OK ? file.cases->first : NULL; j != NULL; j = j->next) {
        struct eval_case c;
        rc = case_read(text, j, false, &arena, &c, &mistake);
        REQUIRE(rc == RC_OK || (rc == RC_SYNTAX && mistake.message.len > 0 && mistake.line > 0));
        if (rc == RC_OK) {
            check_case(&c, &arena);
        }
    }
    arena_done(&arena);
    return 0;
}
