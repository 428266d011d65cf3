/* The documents of account-authorization-details.json, and who has them. */
#include "codec/form.h"
#include "migrate/estate_read.h"

static const str file = STR_INIT(ESTATE_DETAILS);

static uint64_t line_of(const struct details *d, const struct json *value)
{
    return d->line + value->span.line;
}

/* -- documents ----------------------------------------------------------------------------------- */

/* A document as an object, as a string of JSON or as such a string URL-encoded. Absent when it is
 * nothing of that. */
static enum rc document_text(struct details *d, const struct json *value, str *ret)
{
    struct arena *arena = &d->estate->arena;
    str text = STR_NONE;

    if (value != NULL && value->type == JSON_OBJECT) {
        buf out = buf_arena(arena, SIZE_MAX);
        json_print(value, false, &out);
        if (out.err != RC_OK) {
            return RC_NOMEM;
        }
        text = buf_str(&out);
    } else if (value != NULL && value->type == JSON_STRING) {
        text = str_trim(value->text);
        if (text.len > 0 && text.ptr[0] == '%') {
            enum rc rc = uri_decode(text, arena, &text);
            if (rc == RC_NOMEM) {
                return rc;
            }
            text = rc == RC_OK ? text : STR_NONE;
        }
    }
    *ret = text;
    return RC_OK;
}

enum rc details_document(struct details *d, enum policy_kind kind, const struct json *value,
                         const char *whose, str owner, struct estate_policy *policy)
{
    struct policy_refusal refusal = { 0 };
    enum rc rc;

    TRY(document_text(d, value, &policy->text));
    if (policy->text.ptr == NULL) {
        estate_problem(d->estate, file, policy->line, "%s of %.*s has no document that can be read",
                       whose, FMT(owner));
        return RC_OK;
    }
    rc = policy_parse_loosely(kind, policy->text, &d->estate->arena, &policy->doc, &refusal);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        policy->doc = NULL;
        estate_problem(d->estate, file, policy->line, "%s of %.*s is no policy: %.*s %.*s", whose,
                       FMT(owner), FMT(refusal.message), FMT(refusal.detail));
        return RC_OK;
    }
    return rc;
}

/* -- managed policies ---------------------------------------------------------------------------- */

static const struct json *default_version(const struct json *policy)
{
    const struct json *versions = json_member(policy, STR("PolicyVersionList"));
    const struct json *found = NULL;
    str wanted = estate_text(policy, STR("DefaultVersionId"));

    for (const struct json *v = versions == NULL ? NULL : versions->first; v != NULL; v = v->next) {
        const struct json *is_default = json_member(v, STR("IsDefaultVersion"));
        if ((is_default != NULL && is_default->type == JSON_TRUE) ||
            (found == NULL && wanted.len > 0 && str_eq(estate_text(v, STR("VersionId")), wanted))) {
            found = v;
        }
    }
    return found;
}

enum rc details_managed(struct details *d, const struct json *item)
{
    str arn = estate_text(item, STR("Arn"));
    const struct json *version = default_version(item);
    struct estate_policy *policy = NEW(&d->estate->arena, struct estate_policy);

    if (policy == NULL) {
        return RC_NOMEM;
    }
    if (arn.len == 0) {
        estate_problem(d->estate, file, line_of(d, item), "a managed policy without Arn");
        return RC_OK;
    }
    policy->name = arn;
    policy->line = line_of(d, item);
    TRY(details_document(d, POLICY_IDENTITY, json_member(version, STR("Document")),
                         "the default version", arn, policy));
    return table_set(&d->managed, arn, policy, NULL);
}

/* -- what a principal has ------------------------------------------------------------------------ */

enum rc details_add(struct estate *estate, struct estate_policies *to,
                    const struct estate_policy *policy)
{
    size_t n = to->count;

    if ((n & (n - 1)) == 0) {
        struct estate_policy *items = NEW_ARRAY(&estate->arena, n == 0 ? 1 : n * 2,
                                                struct estate_policy);
        if (items == NULL) {
            return RC_NOMEM;
        }
        if (n > 0) {
            memcpy(items, to->items, n * sizeof(*items));
        }
        to->items = items;
    }
    to->items[n] = *policy;
    to->count++;
    to->unknown += policy->doc == NULL;
    return RC_OK;
}

enum rc details_inline(struct details *d, const struct json *list, str owner, str group,
                       struct estate_policies *to)
{
    for (const struct json *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        str name = estate_text(item, STR("PolicyName"));
        struct estate_policy policy = {
            .name = ARENA_JOIN(&d->estate->arena, STR("inline:"), name),
            .group = group,
            .line = line_of(d, item),
        };
        if (policy.name.ptr == NULL) {
            return RC_NOMEM;
        }
        TRY(details_document(d, POLICY_IDENTITY, json_member(item, STR("PolicyDocument")),
                             "an inline policy", owner, &policy));
        TRY(details_add(d->estate, to, &policy));
    }
    return RC_OK;
}

static enum rc add_by_arn(struct details *d, str arn, uint64_t line, str owner, str group,
                          struct estate_policies *to)
{
    const struct estate_policy *known = table_get(&d->managed, arn);
    struct estate_policy policy = { .name = arn, .line = line };

    if (known != NULL) {
        policy = *known;
    } else {
        estate_problem(d->estate, file, line,
                       "%.*s of %.*s has no document in the export: what it allows is not known",
                       FMT(arn), FMT(owner));
    }
    policy.group = group;
    return details_add(d->estate, to, &policy);
}

enum rc details_attached(struct details *d, const struct json *list, str owner, str group,
                         struct estate_policies *to)
{
    for (const struct json *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        str arn = estate_text(item, STR("PolicyArn"));
        if (arn.len > 0) {
            TRY(add_by_arn(d, arn, line_of(d, item), owner, group, to));
        }
    }
    return RC_OK;
}

enum rc details_boundary(struct details *d, const struct json *principal, str owner,
                         struct estate_policies *to)
{
    const struct json *boundary = json_member(principal, STR("PermissionsBoundary"));
    str arn = estate_text(boundary, STR("PermissionsBoundaryArn"));

    return arn.len == 0 ? RC_OK : add_by_arn(d, arn, line_of(d, boundary), owner, STR_NONE, to);
}

/* The documents that are known as the engine wants them. */
enum rc details_set(struct estate *estate, struct estate_policies *policies)
{
    struct policy_source *sources = NEW_ARRAY(&estate->arena, policies->count,
                                              struct policy_source);
    size_t count = 0;

    if (sources == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < policies->count; i++) {
        const struct estate_policy *policy = &policies->items[i];
        if (policy->doc != NULL) {
            sources[count++] = (struct policy_source){ .doc = policy->doc,
                                                       .name = policy->name,
                                                       .text = policy->text };
        }
    }
    policies->set = (struct analysis_set){ sources, count };
    return RC_OK;
}
