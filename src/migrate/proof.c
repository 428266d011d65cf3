#include "migrate/proof.h"

#include "codec/json.h"

enum { STATEMENTS_MAX = 4096, CONDITIONS_MAX = 32 };

/* -- asking the analysis --------------------------------------------------------------------------------- */

static enum rc set_of(const str *texts, size_t count, struct arena *arena, struct analysis_set *ret)
{
    struct policy_source *sources = NEW_ARRAY(arena, count + 1, struct policy_source);

    if (sources == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct policy_refusal refusal;
        sources[i].name = STR("new");
        sources[i].text = texts[i];
        TRY(policy_parse_loosely(POLICY_IDENTITY, texts[i], arena, &sources[i].doc, &refusal));
    }
    *ret = (struct analysis_set){ sources, count };
    return RC_OK;
}

/* Keys and roles are nobody's to use without a policy of their own: one stands beside every stack that
 * leaves the decision to the account, or nothing would ever be allowed on them, and all be proved. */
static enum rc delegating(const struct principal *principal, struct arena *arena,
                          const struct analysis_set **ret)
{
    struct policy_source *source = NEW(arena, struct policy_source);
    struct analysis_set *set = NEW(arena, struct analysis_set);
    struct policy_refusal refusal;

    if (source == NULL || set == NULL) {
        return RC_NOMEM;
    }
    source->name = STR(ANALYSIS_ASSUMED);
    source->text = ARENA_JOIN(arena,
                              STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                                  "\"Principal\":{\"AWS\":\""),
                              principal->account, STR("\"},\"Action\":\"*\",\"Resource\":\"*\"}}"));
    if (source->text.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(policy_parse_loosely(POLICY_RESOURCE, source->text, arena, &source->doc, &refusal));
    *set = (struct analysis_set){ source, 1 };
    *ret = set;
    return RC_OK;
}

/* Does `new` allow nothing that `old` does not, for this principal? */
static enum rc ask(const struct analysis_stack *old, const struct analysis_stack *new,
                   const struct principal *principal, struct arena *arena, struct proof *ret)
{
    struct analysis_options options = { .principal = principal };
    struct analysis_result result = { .verdict = ANALYSIS_UNKNOWN };
    struct analysis_stack before = *old, after = *new;
    enum rc rc;

    TRY(delegating(principal, arena, &before.resource));
    after.resource = before.resource;
    rc = analysis_compare(&before, &after, &options, arena, &result);

    *ret = (struct proof){ .verdict = result.verdict };
    if (rc == RC_LIMIT) {
        ret->verdict = ANALYSIS_UNKNOWN;
        ret->reason = "a document has too many variables";
        return RC_OK;
    }
    TRY(rc);
    if (result.verdict == ANALYSIS_UNKNOWN) {
        ret->reason = analysis_reason_text(result.reason);
    } else if (result.verdict == ANALYSIS_COUNTEREXAMPLE) {
        ret->action = result.request.action;
        ret->resource = result.request.resource;
    }
    return RC_OK;
}

/* `alone`: the documents by themselves, not within the boundary and the service control policies that
 * will stand above the role as they stand above the user. */
static enum rc inside_today(const struct documents *documents, const struct today *today,
                            bool alone, struct arena *arena, struct proof *ret)
{
    struct analysis_set *set = NEW(arena, struct analysis_set);
    struct analysis_stack new = { .identity = NULL };

    if (set == NULL) {
        return RC_NOMEM;
    }
    TRY(set_of(documents->texts, documents->count, arena, set));
    if (!alone) {
        new = today->stack;
    }
    new.identity = set;
    return ask(&today->stack, &new, &today->principal, arena, ret);
}

/* Whether the documents allow anything at all under what stands above them. */
static enum rc is_empty(const struct documents *documents, const struct today *today,
                        struct arena *arena, bool *ret_empty)
{
    const struct analysis_set none = { NULL, 0 };
    struct analysis_stack nothing = { .identity = &none }, new = today->stack;
    struct analysis_set set;
    struct proof proof;

    TRY(set_of(documents->texts, documents->count, arena, &set));
    new.identity = &set;
    TRY(ask(&nothing, &new, &today->principal, arena, &proof));
    *ret_empty = proof.verdict == ANALYSIS_PROVED;
    return RC_OK;
}

/* Inside by itself; or inside what stands above it, and not lost there. */
static enum rc grant_inside(const struct grant *grant, const struct today *today, const str *denies,
                            size_t deny_count, struct arena *arena, bool *ret_inside)
{
    bool above = today->stack.boundary != NULL || today->stack.scp_count > 0, empty = true;
    struct documents documents;
    struct proof proof;

    TRY(documents_make(grant, 1, denies, deny_count, arena, &documents));
    TRY(inside_today(&documents, today, true, arena, &proof));
    if (proof.verdict != ANALYSIS_PROVED && above) {
        TRY(inside_today(&documents, today, false, arena, &proof));
        TRY(is_empty(&documents, today, arena, &empty));
        *ret_inside = proof.verdict == ANALYSIS_PROVED && !empty;
        return RC_OK;
    }
    *ret_inside = proof.verdict == ANALYSIS_PROVED;
    return RC_OK;
}

/* -- statements of today ---------------------------------------------------------------------------------- */

struct statements {
    str denies[STATEMENTS_MAX];
    size_t deny_count;
    str conditions[CONDITIONS_MAX]; /* of those that allow, each once */
    size_t condition_count;
};

static void condition_add(struct statements *s, str condition)
{
    for (size_t i = 0; i < s->condition_count; i++) {
        if (str_eq(s->conditions[i], condition)) {
            return;
        }
    }
    if (s->condition_count < CONDITIONS_MAX) {
        s->conditions[s->condition_count++] = condition;
    }
}

static enum rc statement_read(struct statements *s, const struct json *statement,
                              struct arena *arena)
{
    const struct json *effect = json_member(statement, STR("Effect"));
    const struct json *condition = json_member(statement, STR("Condition"));
    bool deny = effect != NULL && str_eq(effect->text, STR("Deny"));
    const struct json *kept = deny ? statement : condition;
    buf text = buf_arena(arena, 1 << 20);

    if (kept == NULL) {
        return RC_OK;
    }
    json_print(kept, false, &text);
    TRY(text.err);
    if (!deny) {
        condition_add(s, buf_str(&text));
    } else if (s->deny_count < STATEMENTS_MAX) {
        s->denies[s->deny_count++] = buf_str(&text);
    }
    return RC_OK;
}

static enum rc statements_read(const struct today *today, struct arena *arena, struct statements *s)
{
    const struct json_limits limits = { 64, 1 << 20, true };

    for (size_t i = 0; today->policies != NULL && i < today->policies->count; i++) {
        str text = today->policies->items[i].text;
        const struct json *list;
        struct json *document;
        struct json_error error;
        if (text.ptr == NULL || today->policies->items[i].doc == NULL ||
            json_parse(text, &limits, arena, &document, &error) != RC_OK) {
            continue;
        }
        list = json_member(document, STR("Statement"));
        if (list != NULL && list->type == JSON_OBJECT) {
            TRY(statement_read(s, list, arena));
            continue;
        }
        for (const struct json *one = list == NULL ? NULL : list->first; one != NULL;
             one = one->next) {
            TRY(statement_read(s, one, arena));
        }
    }
    return RC_OK;
}

/* -- cutting ------------------------------------------------------------------------------------------------ */

struct cutting {
    struct grants *grants;
    struct grant *kept;
    size_t kept_count, kept_max;
    const struct today *today;
    struct statements *statements;
    bool with_denies;
    struct arena *arena;
};

static enum rc try_grant(struct cutting *c, const struct grant *grant, bool *ret_kept)
{
    size_t denies = c->with_denies ? c->statements->deny_count : 0;
    struct grant tried = *grant;

    TRY(grant_inside(&tried, c->today, c->statements->denies, denies, c->arena, ret_kept));
    for (size_t i = 0; !*ret_kept && grant->key.len == 0 && i < c->statements->condition_count;
         i++) {
        tried.old_condition = c->statements->conditions[i];
        TRY(grant_inside(&tried, c->today, c->statements->denies, denies, c->arena, ret_kept));
    }
    if (*ret_kept && c->kept_count < c->kept_max) {
        tried.held = true;
        if (tried.old_condition.len > 0 && tried.note_count < GRANT_NOTES) {
            tried.notes[tried.note_count++] = "under the condition of today's statement";
        }
        c->kept[c->kept_count++] = tried;
    }
    return RC_OK;
}

/* The resources that were seen, one by one, where the pattern reaches beyond what is held. */
static enum rc try_observed(struct cutting *c, const struct grant *grant, bool *ret_kept)
{
    *ret_kept = false;
    for (size_t i = 0; i < grant->use_count; i++) {
        struct grant one = *grant;
        bool kept, seen = false;
        for (size_t j = 0; j < i; j++) {
            seen = seen || str_eq(grant->observed[j], grant->observed[i]);
        }
        if (seen) {
            continue;
        }
        one.resource = grant->observed[i];
        one.why = "named in the calls; a wider pattern reaches beyond what is held today";
        TRY(try_grant(c, &one, &kept));
        *ret_kept = *ret_kept || kept;
    }
    return RC_OK;
}

static enum rc cut_grants(struct cutting *c)
{
    size_t observed = 0;

    for (size_t i = 0; i < c->grants->count; i++) {
        observed += c->grants->items[i].use_count;
    }
    c->kept_max = c->grants->count + observed;
    c->kept = NEW_ARRAY(c->arena, c->kept_max + 1, struct grant);
    if (c->kept == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < c->grants->count; i++) {
        struct grant *grant = &c->grants->items[i];
        bool kept;
        TRY(try_grant(c, grant, &kept));
        if (!kept) {
            TRY(try_observed(c, grant, &kept));
        }
        if (!kept) {
            if (grant->note_count < GRANT_NOTES) {
                grant->notes[grant->note_count++] =
                    "not held today by the policies of this principal: granted by a policy of the "
                    "resource, or taken away since";
            }
            c->grants->left_out[c->grants->left_out_count++] = *grant;
        }
    }
    c->grants->items = c->kept;
    c->grants->count = c->kept_count;
    return RC_OK;
}

/* -- both proofs --------------------------------------------------------------------------------------------- */

/* A grant of those kept that the observed one went into; NULL: it was left out. */
static const struct grant *kept_for(const struct grants *grants, const struct grant *observed,
                                    str arn)
{
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->items[i];
        str big = grant->resource;
        bool covers = str_eq(big, arn) || str_eq(big, observed->resource) ||
                      (str_ends(big, STR("*")) && str_starts(arn, str_slice(big, 0, big.len - 1)));
        if (str_eq(grant->action, observed->action) && covers) {
            return grant;
        }
    }
    return NULL;
}

static enum rc observed_inside(const struct grants *grants, const struct cut *cut,
                               const struct principal *principal, struct arena *arena,
                               struct proof *ret)
{
    size_t total = 0, count = 0;
    struct grant *observed;
    struct documents seen;
    struct analysis_set new_set, seen_set;
    struct analysis_stack new = { .identity = &new_set }, seen_stack = { .identity = &seen_set };

    for (size_t i = 0; i < grants->all_count; i++) {
        total += grants->all[i].use_count;
    }
    observed = NEW_ARRAY(arena, total + 1, struct grant);
    if (observed == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < grants->all_count; i++) {
        for (size_t j = 0; j < grants->all[i].use_count; j++) {
            const struct grant *kept = kept_for(grants, &grants->all[i],
                                                grants->all[i].observed[j]);
            if (kept == NULL) {
                continue; /* said beside what was left out */
            }
            observed[count] = grants->all[i];
            observed[count].old_condition = kept->old_condition;
            observed[count++].resource = grants->all[i].observed[j];
        }
    }
    TRY(documents_make(observed, count, cut->denies, cut->deny_count, arena, &seen));
    TRY(set_of(cut->documents.texts, cut->documents.count, arena, &new_set));
    TRY(set_of(seen.texts, seen.count, arena, &seen_set));
    return ask(&new, &seen_stack, principal, arena, ret);
}

enum rc cut_to_today(struct grants *grants, const struct today *today, struct arena *arena,
                     struct cut *ret)
{
    struct statements *statements = NEW(arena, struct statements);
    struct cutting c = {
        .grants = grants, .today = today, .statements = statements, .arena = arena
    };

    *ret = (struct cut){ .deny_count = 0 };
    if (statements == NULL) {
        return RC_NOMEM;
    }
    TRY(documents_make(grants->items, grants->count, NULL, 0, arena, &ret->documents));
    if (today->policies == NULL) {
        ret->new_in_old.reason = "what the principal may do today is not in the estate";
        return observed_inside(grants, ret, &today->principal, arena, &ret->observed_in_new);
    }
    TRY(inside_today(&ret->documents, today, true, arena, &ret->new_in_old));
    if (ret->new_in_old.verdict != ANALYSIS_PROVED) {
        TRY(statements_read(today, arena, statements));
        c.with_denies = statements->deny_count > 0;
        TRY(cut_grants(&c));
        TRY(documents_make(grants->items, grants->count, statements->denies,
                           c.with_denies ? statements->deny_count : 0, arena, &ret->documents));
        ret->denies = statements->denies;
        ret->deny_count = c.with_denies ? statements->deny_count : 0;
        TRY(inside_today(&ret->documents, today, false, arena, &ret->new_in_old));
    }
    return observed_inside(grants, ret, &today->principal, arena, &ret->observed_in_new);
}
