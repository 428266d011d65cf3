/* Policy documents of every kind. What can be stored can be evaluated loosely and compiled, decides
 * without a crash, decides the same after being printed and read again, and is never allowed
 * anything once "Deny *" stands beside it. A refusal has a place in the text, a code and a text.
 * The first byte picks the kind of policy, the second the caller. */
#include "fuzz.h"

#include "base/buf.h"
#include "codec/json.h"
#include "policy/policy.h"

#define ACCOUNT "111122223333"

static const struct principal callers[] = {
    { .type = PRINCIPAL_USER,
      .account = STR_INIT(ACCOUNT),
      .arn = STR_INIT("arn:aws:iam::" ACCOUNT ":user/alice") },
    { .type = PRINCIPAL_ROLE_SESSION,
      .account = STR_INIT(ACCOUNT),
      .arn = STR_INIT("arn:aws:sts::" ACCOUNT ":assumed-role/worker/x"),
      .role_arn = STR_INIT("arn:aws:iam::" ACCOUNT ":role/worker") },
    { .type = PRINCIPAL_FEDERATED_USER,
      .account = STR_INIT(ACCOUNT),
      .arn = STR_INIT("arn:aws:sts::" ACCOUNT ":federated-user/f"),
      .user_arn = STR_INIT("arn:aws:iam::" ACCOUNT ":user/alice") },
    { .type = PRINCIPAL_USER,
      .account = STR_INIT("444455556666"),
      .arn = STR_INIT("arn:aws:iam::444455556666:user/eve") },
    { .type = PRINCIPAL_ROOT,
      .account = STR_INIT(ACCOUNT),
      .arn = STR_INIT("arn:aws:iam::" ACCOUNT ":root") },
};

static const struct {
    str action, resource;
} asks[] = {
    { STR_INIT("s3:GetObject"), STR_INIT("arn:aws:s3:::bucket/alice/x") },
    { STR_INIT("s3:ListAllMyBuckets"), STR_INIT("*") },
    { STR_INIT("sts:AssumeRole"), STR_INIT("arn:aws:iam::" ACCOUNT ":role/ops") },
    { STR_INIT("kms:Decrypt"), STR_INIT("arn:aws:kms:us-east-1:" ACCOUNT ":key/1") },
};

static const str alice = STR_INIT("alice"), address = STR_INIT("10.1.2.3"),
                 when = STR_INIT("2026-01-01T00:00:00Z"), yes = STR_INIT("true"),
                 seven = STR_INIT("7");
static const str tag_keys[] = { STR_INIT("a"), STR_INIT("b") };
static const struct context_entry context[] = {
    { STR_INIT("aws:username"), &alice, 1, false },
    { STR_INIT("aws:SourceIp"), &address, 1, false },
    { STR_INIT("aws:CurrentTime"), &when, 1, false },
    { STR_INIT("aws:SecureTransport"), &yes, 1, false },
    { STR_INIT("s3:max-keys"), &seven, 1, false },
    { STR_INIT("aws:TagKeys"), tag_keys, 2, true },
};

struct target {
    enum policy_kind kind;
    const struct principal *caller;
    const struct policy_set *set, *deny;
};

static void stack_fill(const struct target *t, const struct policy_set *const *level,
                       struct policy_stack *ret)
{
    switch (t->kind) {
    case POLICY_IDENTITY:
        ret->identity = ret->boundary = ret->session = t->set;
        break;
    case POLICY_TRUST:
    case POLICY_RESOURCE:
        ret->resource = t->set;
        break;
    case POLICY_ENDPOINT:
        ret->endpoint = t->set;
        break;
    case POLICY_SCP:
        ret->scp = level;
        ret->scp_count = 1;
        break;
    case POLICY_RCP:
        ret->rcp = level;
        ret->rcp_count = 1;
        break;
    }
}

static struct decision decide(const struct target *t, size_t ask, bool denied)
{
    struct policy_stack stack = { .identity = NULL };
    struct policy_request rq = {
        .principal = *t->caller,
        .action = asks[ask].action,
        .resource = asks[ask].resource,
        .resource_account = STR(ACCOUNT),
        .context = context,
        .context_count = sizeof(context) / sizeof(context[0]),
    };
    struct decision decision = { .result = DECIDED_ALLOW };
    struct statement_info info;
    buf message = buf_heap(1 << 20);

    stack_fill(t, &t->set, &stack);
    if (denied) {
        stack.identity = t->deny;
    }
    policy_decide(&stack, &rq, &decision);
    REQUIRE(decision.rule != NULL);
    REQUIRE(decision.set == NULL || policy_statement_info(decision.set, decision.statement, &info));
    REQUIRE(decision.result != DECIDED_EXPLICIT_DENY || decision.set != NULL);
    policy_denial_message(&decision, &rq, &message);
    buf_done(&message);
    return decision;
}

static const struct policy_set *compile(const struct policy_document *doc, struct arena *arena)
{
    const struct policy_set *set = NULL;
    enum rc rc = policy_compile(&(struct policy_source){ .doc = doc, .name = STR("x") }, 1, arena,
                                &set);

    REQUIRE(rc == RC_OK || rc == RC_LIMIT);
    return set;
}

static const struct policy_set *deny_all(struct arena *arena)
{
    const struct policy_document *doc = NULL;
    struct policy_refusal why;

    REQUIRE(policy_parse(POLICY_IDENTITY,
                         STR("{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":"
                             "\"*\"}}"),
                         arena, &doc, &why) == RC_OK);
    return compile(doc, arena);
}

static const struct policy_document *printed_and_read(enum policy_kind kind, str text,
                                                      struct arena *arena)
{
    static const struct json_limits limits = { 32, 1u << 16 };
    const struct policy_document *doc = NULL;
    struct policy_refusal why;
    struct json *json;
    struct json_error at;
    buf out = buf_arena(arena, 1u << 22);

    REQUIRE(json_parse(text, &limits, arena, &json, &at) == RC_OK);
    json_print(json, true, &out);
    REQUIRE(out.err == RC_OK);
    REQUIRE(policy_parse_loosely(kind, buf_str(&out), arena, &doc, &why) == RC_OK);
    return doc;
}

static void check(enum policy_kind kind, const struct principal *caller, str text, bool stored,
                  struct arena *arena)
{
    const struct policy_document *doc = NULL;
    struct policy_refusal why = { .code = STR_NONE };
    enum rc rc = stored ? policy_parse(kind, text, arena, &doc, &why)
                        : policy_parse_loosely(kind, text, arena, &doc, &why);
    struct target t = { kind, caller, NULL, NULL }, again;
    const struct principal_entry *entries;

    if (rc != RC_OK) {
        REQUIRE(rc == RC_SYNTAX || rc == RC_LIMIT);
        REQUIRE(why.code.len > 0 && why.message.len > 0 && why.detail.len > 0);
        REQUIRE(why.offset <= text.len);
        return;
    }
    (void)policy_principals(doc, arena, &entries);
    REQUIRE(entries != NULL);
    t.set = compile(doc, arena);
    t.deny = deny_all(arena);
    REQUIRE(!stored || t.set != NULL);
    if (t.set == NULL) {
        return;
    }
    again = t;
    again.set = compile(printed_and_read(kind, text, arena), arena);
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        REQUIRE(decide(&t, i, false).result == decide(&again, i, false).result);
        REQUIRE(decide(&t, i, true).result != DECIDED_ALLOW);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    enum policy_kind kind;
    const struct principal *caller;
    str text;

    if (size < 2 || size > 20000) {
        return 0;
    }
    kind = (enum policy_kind)(data[0] % (POLICY_RCP + 1));
    caller = &callers[data[1] % (sizeof(callers) / sizeof(callers[0]))];
    text = fuzz_text(data + 2, size - 2);
    arena_init(&arena, &heap, 1u << 16, 1u << 27);
    REQUIRE(policy_size(text) <= text.len);
    check(kind, caller, text, true, &arena);
    arena_reset(&arena);
    check(kind, caller, text, false, &arena);
    arena_done(&arena);
    return 0;
}
