/* Documents to a compiled set. Everything is copied: a set outlives its documents. */
#include "policy/engine.h"

static enum rc actions_compile(const struct doc_statement *doc, struct arena *arena,
                               struct statement *ret)
{
    str *actions = NEW_ARRAY(arena, list_count(doc->action), str);

    if (actions == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *a = list_first(doc->action); a != NULL; a = list_next(doc->action, a)) {
        str pattern;
        TRY(action_fold(a->text, arena, &pattern));
        if (pattern.ptr != NULL) {
            actions[ret->action_count++] = pattern;
        }
    }
    ret->actions = actions;
    ret->not_action = doc->not_action;
    return RC_OK;
}

static enum rc resources_compile(const struct policy_document *doc, const struct doc_statement *in,
                                 struct arena *arena, struct statement *ret)
{
    struct resource_pattern *resources = NEW_ARRAY(arena, list_count(in->resource),
                                                   struct resource_pattern);

    if (resources == NULL) {
        return RC_NOMEM;
    }
    ret->any_resource = in->resource == NULL; /* */
    ret->not_resource = in->not_resource;
    for (const struct json *r = list_first(in->resource); r != NULL;
         r = list_next(in->resource, r)) {
        struct resource_pattern *pattern = &resources[ret->resource_count++];
        TRY(resource_compile(r->text, doc, arena, pattern));
        ret->any_resource = ret->any_resource || pattern->kind == RESOURCE_ANY;
    }
    ret->resources = resources;
    return RC_OK;
}

static uint32_t principal_count(const struct json *principal)
{
    uint32_t count = 0;

    for (const struct json *m = principal->first; m != NULL; m = m->next) {
        count += list_count(m);
    }
    return count;
}

static enum rc whos_compile(const struct json *principal, const struct policy_source *source,
                            struct arena *arena, struct statement *ret)
{
    struct who *whos;

    if (principal->type != JSON_OBJECT) { /* "*", or a text that names nobody */
        ret->whos = whos = NEW(arena, struct who);
        ret->who_count = 1;
        return whos == NULL ? RC_NOMEM
                            : who_compile(STR("AWS"), principal->text, source, arena, whos);
    }
    whos = NEW_ARRAY(arena, principal_count(principal), struct who);
    if (whos == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *m = principal->first; m != NULL; m = m->next) {
        for (const struct json *v = list_first(m); v != NULL; v = list_next(m, v)) {
            TRY(who_compile(m->key, v->text, source, arena, &whos[ret->who_count++]));
        }
    }
    ret->whos = whos;
    return RC_OK;
}

static enum rc who_part_compile(const struct doc_statement *in, const struct policy_source *source,
                                struct arena *arena, struct statement *ret)
{
    switch (source->doc->kind) {
    case POLICY_IDENTITY:
    case POLICY_SCP:
        ret->who_part = WHO_EVERYONE;
        return RC_OK;
    case POLICY_ENDPOINT:
        ret->who_part = WHO_EVERYONE; /* P-12 */
        break;
    case POLICY_RESOURCE:
        ret->resource_policy = true;
        ret->who_part = WHO_NEVER;
        break;
    case POLICY_TRUST:
    case POLICY_RCP:
        ret->who_part = WHO_NEVER;
        break;
    }
    if (in->principal == NULL) {
        return RC_OK;
    }
    ret->who_part = in->not_principal ? WHO_NOT_LISTED : WHO_LISTED;
    return whos_compile(in->principal, source, arena, ret);
}

static enum rc conditions_compile(const struct json *block, bool variables, struct arena *arena,
                                  struct statement *ret)
{
    struct condition *conditions;
    size_t count = 0;

    if (block == NULL) {
        return RC_OK;
    }
    for (const struct json *op = block->first; op != NULL; op = op->next) {
        count += op->count;
    }
    conditions = NEW_ARRAY(arena, count, struct condition);
    if (conditions == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *op = block->first; op != NULL; op = op->next) {
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            TRY(condition_compile(op->key, key, variables, arena,
                                  &conditions[ret->condition_count++]));
        }
    }
    ret->conditions = conditions;
    return RC_OK;
}

static enum rc statement_compile(const struct policy_source *source, const struct doc_statement *in,
                                 struct arena *arena, struct statement *ret)
{
    ret->effect = in->effect;
    TRY(actions_compile(in, arena, ret));
    TRY(resources_compile(source->doc, in, arena, ret));
    TRY(who_part_compile(in, source, arena, ret));
    return conditions_compile(in->condition, source->doc->variables, arena, ret);
}

static enum rc origin_compile(const struct policy_source *source, str name,
                              const struct doc_statement *in, uint32_t index, struct arena *arena,
                              struct origin *ret)
{
    const struct json_span *span = &in->node->span;
    str text = source->text.ptr == NULL
                   ? STR_NONE
                   : str_slice(source->text, span->offset, span->end - span->offset);

    *ret = (struct origin){
        .policy_name = name,
        .sid = in->sid.ptr == NULL ? STR_NONE : arena_str(arena, in->sid),
        .text = arena_str(arena, text),
        .index = index,
        .line = span->line,
        .column = span->column,
        .end_line = span->end_line,
        .end_column = span->end_column,
    };
    return (in->sid.ptr != NULL && ret->sid.ptr == NULL) ||
                   (text.ptr != NULL && ret->text.ptr == NULL)
               ? RC_NOMEM
               : RC_OK;
}

static enum rc source_compile(const struct policy_source *source, struct arena *arena,
                              struct policy_set *set, struct statement *statements,
                              struct origin *origins)
{
    str name = source->name.ptr == NULL ? STR("") : source->name;

    name = arena_str(arena, name);
    if (name.ptr == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < source->doc->count; i++) {
        const struct doc_statement *in = &source->doc->statements[i];
        TRY(statement_compile(source, in, arena, &statements[set->count]));
        TRY(origin_compile(source, name, in, i, arena, &origins[set->count]));
        set->count++;
    }
    return RC_OK;
}

enum rc policy_compile(const struct policy_source *sources, size_t count, struct arena *arena,
                       const struct policy_set **ret)
{
    struct policy_set *set = NEW(arena, struct policy_set);
    struct statement *statements;
    struct origin *origins;
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        total += sources[i].doc->count;
    }
    if (total > UINT32_MAX / 2) {
        return RC_LIMIT;
    }
    statements = NEW_ARRAY(arena, total, struct statement);
    origins = NEW_ARRAY(arena, total, struct origin);
    if (set == NULL || statements == NULL || origins == NULL) {
        return RC_NOMEM;
    }
    set->statements = statements;
    set->origins = origins;
    for (size_t i = 0; i < count; i++) {
        TRY(source_compile(&sources[i], arena, set, statements, origins));
    }
    TRY(index_build(arena, set));
    *ret = set;
    return RC_OK;
}

void policy_set_own(const struct policy_set *set, void *owner)
{
    ((struct policy_set *)(uintptr_t)set)->owner = owner; /* made above, where it is not const */
}

void *policy_set_owner(const struct policy_set *set)
{
    return set->owner;
}
