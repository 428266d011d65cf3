#include "cli/policy_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/policy_input.h"
#include "codec/json.h"
#include "lint/lint.h"

static const struct {
    const char *name;
    enum policy_kind kind;
} kinds[] = {
    { "identity", POLICY_IDENTITY }, { "boundary", POLICY_IDENTITY },
    { "session", POLICY_IDENTITY },  { "resource", POLICY_RESOURCE },
    { "trust", POLICY_TRUST },       { "endpoint", POLICY_ENDPOINT },
    { "scp", POLICY_SCP },           { "rcp", POLICY_RCP },
};

static bool kind_named(const struct command *command, const char *type, enum policy_kind *ret)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(type, kinds[i].name) == 0) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    complain(command,
             "--type: '%s' is none of identity, boundary, session, resource, trust, endpoint, scp, "
             "rcp",
             type);
    return false;
}

/* Documents that cannot be read as JSON are refused later, with the place. */
static bool kind_guess(const struct command *command, char *const *paths, const str *texts,
                       size_t count, struct arena *arena, enum policy_kind *ret)
{
    static const struct json_limits limits = { 64, 1 << 20, true };
    size_t identity = count, other = count;

    *ret = POLICY_TRUST;
    for (size_t i = 0; i < count; i++) {
        struct json_error at;
        struct json *root;
        enum policy_kind one = POLICY_IDENTITY;
        if (json_parse(texts[i], &limits, arena, &root, &at) != RC_OK) {
            continue;
        }
        one = lint_guess_kind(root);
        *(one == POLICY_IDENTITY ? &identity : &other) = i;
        *ret = one == POLICY_RESOURCE ? one : *ret;
    }
    if (other == count) {
        *ret = POLICY_IDENTITY;
    } else if (identity < count) {
        complain(command, "%s has principals and %s has none: say with --type what they are",
                 paths[other], paths[identity]);
        return false;
    }
    return true;
}

bool analysis_files_read(const struct command *command, const char *type, char *const *paths,
                         size_t count, struct arena *arena, struct analysis_set *sets,
                         enum policy_kind *ret)
{
    str *texts = NEW_ARRAY(arena, count, str);
    struct policy_source *sources = NEW_ARRAY(arena, count, struct policy_source);

    if (texts == NULL || sources == NULL) {
        complain(command, "not enough memory");
        return false;
    }
    if (type != NULL && !kind_named(command, type, ret)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!policy_text_read(command, paths[i], arena, &texts[i])) {
            return false;
        }
    }
    if (type == NULL && !kind_guess(command, paths, texts, count, arena, ret)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!policy_text_parse(command, *ret, paths[i], texts[i], arena, &sources[i])) {
            return false;
        }
        sets[i] = (struct analysis_set){ &sources[i], 1 };
    }
    return true;
}

/* -- the request ------------------------------------------------------------------------------- */

static const char *type_name(const struct principal *p)
{
    switch (p->type) {
    case PRINCIPAL_ANONYMOUS:
        return "anonymous";
    case PRINCIPAL_ROOT:
        return "root";
    case PRINCIPAL_USER:
        return "user";
    case PRINCIPAL_ROLE_SESSION:
        return "role-session";
    case PRINCIPAL_FEDERATED_USER:
        return "federated-user";
    case PRINCIPAL_SERVICE:
        return "service";
    case PRINCIPAL_WEB_IDENTITY:
        return "web-identity";
    case PRINCIPAL_SAML:
        return "saml";
    }
    return "anonymous";
}

static void put(struct json_out *o, const char *key, str value)
{
    if (value.ptr != NULL) {
        json_put_str(o, str_cstr(key), value);
    }
}

static void context_json(struct json_out *o, const struct policy_request *rq)
{
    json_key(o, STR("context"));
    json_open(o, '{');
    for (size_t i = 0; i < rq->context_count; i++) {
        const struct context_entry *entry = &rq->context[i];
        json_key(o, entry->key);
        if (entry->many) {
            json_open(o, '[');
        }
        for (uint32_t j = 0; j < entry->count; j++) {
            json_str(o, entry->values[j]);
        }
        if (entry->many) {
            json_close(o, ']');
        }
    }
    json_close(o, '}');
}

/* As in case files, so that it can be kept as a test (mantle policy test). */
static void request_json(struct json_out *o, const struct policy_request *rq)
{
    json_key(o, STR("request"));
    json_open(o, '{');
    json_key(o, STR("principal"));
    json_open(o, '{');
    put(o, "type", str_cstr(type_name(&rq->principal)));
    put(o, "account", rq->principal.account);
    put(o, "arn", rq->principal.arn);
    put(o, "role_arn", rq->principal.role_arn);
    put(o, "user_arn", rq->principal.user_arn);
    if (rq->principal.service_linked) {
        json_put_bool(o, STR("service_linked"), true);
    }
    json_close(o, '}');
    put(o, "action", rq->action);
    put(o, "resource", rq->resource);
    put(o, "resource_account", rq->resource_account);
    context_json(o, rq);
    json_close(o, '}');
}

static void request_text(buf *out, const struct policy_request *rq)
{
    buf_printf(out, "  principal  %s", type_name(&rq->principal));
    if (rq->principal.arn.ptr != NULL) {
        buf_printf(out, " %.*s", FMT(rq->principal.arn));
    }
    if (rq->principal.role_arn.ptr != NULL) {
        buf_printf(out, " (%.*s)", FMT(rq->principal.role_arn));
    }
    if (rq->principal.user_arn.ptr != NULL) {
        buf_printf(out, " (of %.*s)", FMT(rq->principal.user_arn));
    }
    buf_printf(out, "\n  action     %.*s\n  resource   %.*s", FMT(rq->action), FMT(rq->resource));
    if (rq->resource_account.ptr != NULL) {
        buf_printf(out, " (of account %.*s)", FMT(rq->resource_account));
    }
    buf_add_char(out, '\n');
    for (size_t i = 0; i < rq->context_count; i++) {
        const struct context_entry *entry = &rq->context[i];
        struct json_out o = { .out = out };
        buf_printf(out, "  %s%.*s = ", i == 0 ? "context    " : "           ", FMT(entry->key));
        if (entry->many) {
            json_open(&o, '[');
        }
        for (uint32_t j = 0; j < entry->count; j++) {
            json_str(&o, entry->values[j]);
        }
        if (entry->many) {
            json_close(&o, ']');
        }
        buf_add_char(out, '\n');
    }
}

/* -- the decisions ----------------------------------------------------------------------------- */

static const char *result_name(enum decision_result result)
{
    switch (result) {
    case DECIDED_ALLOW:
        return "allow";
    case DECIDED_EXPLICIT_DENY:
        return "explicit_deny";
    case DECIDED_IMPLICIT_DENY:
        return "implicit_deny";
    }
    return "implicit_deny";
}

enum { MATCHES_MAX = 16 }; /* statements shown for each side */

struct side {
    const char *name;
    const struct decision *decision;
    const struct policy_stack *stack;
    const struct policy_request *request;
};

/* The statements that apply, but for those of policies that are only assumed. */
static size_t side_matches(const struct side *side, struct policy_match *room,
                           struct statement_info *infos)
{
    struct policy_match all[4 * MATCHES_MAX];
    size_t count = policy_matches(side->stack, side->request, all, COUNT_OF(all)), kept = 0;

    for (size_t i = 0; i < count && i < COUNT_OF(all) && kept < MATCHES_MAX; i++) {
        if (policy_statement_info(all[i].set, all[i].statement, &infos[kept]) &&
            !str_eq(infos[kept].policy_name, STR(ANALYSIS_ASSUMED))) {
            room[kept++] = all[i];
        }
    }
    return kept;
}

static void side_text(buf *out, const struct side *side)
{
    struct policy_match matches[MATCHES_MAX];
    struct statement_info infos[MATCHES_MAX];
    size_t count = side_matches(side, matches, infos);

    buf_printf(out, "  %-9s  %s (rule %s)\n", side->name, result_name(side->decision->result),
               side->decision->rule);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "             %s: %.*s:%u:%u: statement %u",
                   matches[i].deny ? "Deny" : "Allow", FMT(infos[i].policy_name), infos[i].line,
                   infos[i].column, infos[i].index + 1);
        if (infos[i].sid.len > 0) {
            buf_printf(out, ", Sid %.*s", FMT(infos[i].sid));
        }
        buf_add_char(out, '\n');
    }
}

static void side_json(struct json_out *o, const struct side *side)
{
    struct policy_match matches[MATCHES_MAX];
    struct statement_info infos[MATCHES_MAX];
    size_t count = side_matches(side, matches, infos);

    json_key(o, str_cstr(side->name));
    json_open(o, '{');
    json_put_str(o, STR("decision"), str_cstr(result_name(side->decision->result)));
    json_put_str(o, STR("rule"), str_cstr(side->decision->rule));
    json_key(o, STR("statements"));
    json_open(o, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(o, '{');
        json_put_str(o, STR("policy"), infos[i].policy_name);
        json_put_i64(o, STR("statement"), infos[i].index);
        put(o, "sid", infos[i].sid);
        json_put_str(o, STR("effect"), matches[i].deny ? STR("Deny") : STR("Allow"));
        json_put_i64(o, STR("line"), infos[i].line);
        json_put_i64(o, STR("column"), infos[i].column);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
}

static const char *verdict_name(enum analysis_verdict verdict)
{
    switch (verdict) {
    case ANALYSIS_PROVED:
        return "PROVED";
    case ANALYSIS_COUNTEREXAMPLE:
        return "COUNTEREXAMPLE";
    case ANALYSIS_UNKNOWN:
        return "UNKNOWN";
    }
    return "UNKNOWN";
}

static void text_make(buf *out, const struct analysis_result *r, const struct answer_words *words)
{
    const struct side old = { words->old, &r->old_decision, r->old_stack, &r->request };
    const struct side new = { words->new, &r->new_decision, r->new_stack, &r->request };

    buf_printf(out, "%s: ", verdict_name(r->verdict));
    if (r->verdict == ANALYSIS_PROVED) {
        buf_printf(out, "%s\n", words->proved);
    } else if (r->verdict == ANALYSIS_UNKNOWN) {
        buf_printf(out, "%s (after %" PRIu64 " steps)\n", analysis_reason_text(r->reason),
                   r->steps);
    } else {
        buf_printf(out, "%s\n", words->example);
        request_text(out, &r->request);
        if (words->old != NULL) {
            side_text(out, &old);
        }
        side_text(out, &new);
    }
}

static void json_make(buf *out, const struct analysis_result *r, const struct answer_words *words)
{
    const struct side old = { words->old, &r->old_decision, r->old_stack, &r->request };
    const struct side new = { words->new, &r->new_decision, r->new_stack, &r->request };
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR("mantle-analysis/1"));
    json_put_str(&o, STR("verdict"), str_cstr(verdict_name(r->verdict)));
    json_put_i64(&o, STR("steps"), (int64_t)r->steps);
    if (r->verdict == ANALYSIS_UNKNOWN) {
        json_put_str(&o, STR("reason"), str_cstr(analysis_reason_text(r->reason)));
    }
    if (r->verdict == ANALYSIS_COUNTEREXAMPLE) {
        request_json(&o, &r->request);
        if (words->old != NULL) {
            side_json(&o, &old);
        }
        side_json(&o, &new);
    }
    json_close(&o, '}');
    buf_add_char(out, '\n');
}

int answer_print(const struct command *command, const struct analysis_result *result,
                 const struct answer_words *words, bool json, struct arena *arena)
{
    buf out = buf_arena(arena, (size_t)16 << 20);

    if (json) {
        json_make(&out, result, words);
    } else {
        text_make(&out, result, words);
    }
    if (out.err != RC_OK || fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
        complain(command, "cannot write the answer");
        return EXIT_USAGE;
    }
    return result->verdict == ANALYSIS_PROVED           ? 0
           : result->verdict == ANALYSIS_COUNTEREXAMPLE ? EXIT_FAILURE
                                                        : EXIT_UNKNOWN;
}
