/* What was seen to patterns: names completed, taken apart, and joined where they go together. */
#include "migrate/generalise.h"

#include <stdlib.h>

#include "migrate/tokens.h"

/* -- IAM entities that calls name without their path ---------------------------------------------------- */

static str behind_slash(str arn)
{
    size_t at = arn.len;

    while (at > 0 && arn.ptr[at - 1] != '/') {
        at--;
    }
    return str_skip(arn, at);
}

static str by_inventory(const struct job *job, const struct use *use)
{
    str name = behind_slash(use->arn), key;
    const str *known;

    for (size_t i = 0; job->g->estate != NULL && i < job->g->estate->role_count; i++) {
        const struct estate_role *role = &job->g->estate->roles[i];
        if (str_eq(use->type, STR("role")) && str_eq_nocase(role->name, name)) {
            return role->arn;
        }
    }
    for (size_t i = 0; job->g->estate != NULL && i < job->g->estate->user_count; i++) {
        const struct estate_user *user = &job->g->estate->users[i];
        if (str_eq(use->type, STR("user")) && str_eq_nocase(user->name, name)) {
            return user->arn;
        }
    }
    key = ARENA_JOIN(job->g->arena, job->who->account, STR(":"), use->type, STR("/"), name);
    known = key.ptr == NULL ? NULL : table_get(&job->g->evidence->names, key);
    return known == NULL || known->len == 0 ? STR_NONE : *known;
}

/* The export lists no role at all: then no path is known, and the principal's names have to tell. */
static bool paths_unknown(const struct job *job)
{
    return job->g->estate == NULL || job->g->estate->role_count == 0;
}

/* A role that was handed over in an instance profile. */
static bool from_profile(struct job *job, struct item *item)
{
    str name = behind_slash(item->arn);
    size_t at = 0;

    for (size_t i = 0; job->g->estate != NULL && i < job->g->estate->role_count; i++) {
        const struct estate_role *role = &job->g->estate->roles[i];
        for (size_t j = 0; j < role->instance_profile_count; j++) {
            if (str_eq(behind_slash(role->instance_profiles[j]), name)) {
                item->arn = role->arn;
                return true;
            }
        }
    }
    (void)str_find(item->arn, STR(":instance-profile/"), &at);
    item->arn = ARENA_JOIN(job->g->arena, str_slice(item->arn, 0, at), STR(":role/"), name);
    item->assumed = "the call names an instance profile that the export does not have: its role is "
                    "taken to have the same name";
    return item->arn.ptr != NULL;
}

static bool complete(struct job *job, struct item *item)
{
    str known, name = behind_slash(item->use->arn);

    item->arn = item->use->arn;
    if (str_eq(item->use->type, STR("role")) &&
        str_find(item->arn, STR(":instance-profile/"), &(size_t){ 0 })) {
        return from_profile(job, item);
    }
    if (!item->use->no_path) {
        return true;
    }
    known = by_inventory(job, item->use);
    if (known.len > 0) {
        item->arn = known;
    } else if (paths_unknown(job) && job->stem.len > 0 && str_eq(item->use->type, STR("role")) &&
               !str_eq(token_front(name), job->stem)) {
        item->arn = ARENA_JOIN(job->g->arena, str_slice(item->arn, 0, item->arn.len - name.len),
                               job->stem, STR("/"), name);
        item->assumed = "the call gives the name without its path; the export lists no roles, so "
                        "the path is taken to be the front of this principal's other names";
    }
    return item->arn.ptr != NULL;
}

/* -- apart into what is given and what varies ------------------------------------------------------------- */

static size_t given_span(str template, str arn)
{
    str rest = template;
    size_t at, literals;

    while (str_find(rest, STR("${"), &at)) {
        str front = str_slice(template, 0, (size_t)(rest.ptr - template.ptr) + at);
        str name = str_skip(rest, at + 2);
        if (!str_starts(name, STR("Partition}")) && !str_starts(name, STR("Region}")) &&
            !str_starts(name, STR("Account}"))) {
            for (size_t i = 8; i <= arn.len; i++) {
                if (is_boundary(arn.ptr[i - 1]) &&
                    arn_is_of(front, str_slice(arn, 0, i), &literals)) {
                    return i;
                }
            }
            return 0;
        }
        rest = str_skip(rest, at + 2);
    }
    return 0;
}

static void divide(struct item *item)
{
    const struct use *use = item->use;
    size_t at, star;

    item->pattern = item->arn;
    item->why = use->type.len == 0 ? "the action is about no resource"
                : use->partial     ? "the call does not name it"
                                   : "named in the calls";
    if (use->type.len == 0 || use->template.len == 0) {
        return;
    }
    at = child_at(use->template, item->arn);
    if (use->partial && (at == 0 || str_find_char(str_skip(item->arn, at), '*', &star))) {
        return;
    }
    at = at > 0 ? at : given_span(use->template, item->arn);
    if (at > 0 && at < item->arn.len) {
        item->front = str_slice(item->arn, 0, at);
        item->name = str_skip(item->arn, at);
    }
}

static int by_front(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = str_cmp(x->use->type, y->use->type);

    order = order != 0 ? order : str_cmp(x->front, y->front);
    return order != 0 ? order : str_cmp(x->name, y->name);
}

/* -- one kind after the other ---------------------------------------------------------------------------- */

static const struct planned *planned_of(const struct planned *names, size_t count, str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(names[i].name, name)) {
            return &names[i];
        }
    }
    return NULL;
}

/* Patterns that lie inside another one of the same kind say nothing more. */
static void widen(struct planned *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            str big = names[j].pattern;
            if (big.len > 0 && big.ptr[big.len - 1] == '*' && big.len <= names[i].pattern.len &&
                str_starts(names[i].pattern, str_slice(big, 0, big.len - 1))) {
                names[i].pattern = big;
                names[i].why = names[j].why;
            }
        }
    }
}

static enum rc plan_kind(struct job *job, struct item *items, size_t count)
{
    struct planned *names = NEW_ARRAY(job->g->arena, count, struct planned);
    struct naming plan = { .landscape = job->g->landscape,
                           .arena = job->g->arena,
                           .profile = job->g->profile,
                           .front = items[0].front,
                           .who = job->who->arn,
                           .stem = job->stem };
    size_t n = 0;

    if (names == NULL) {
        return RC_NOMEM;
    }
    plan.short_lived = map_is_short_lived(items[0].use->service, items[0].use->type);
    for (size_t i = 0; i < count;) {
        struct days days = { { 0 } };
        names[n].name = items[i].name;
        for (; i < count && str_eq(items[i].name, names[n].name); i++) {
            names[n].count += items[i].use->count;
            days_join(&days, &items[i].use->days);
        }
        names[n++].days = days_count(&days);
    }
    TRY(plan_names(&plan, names, n));
    widen(names, n);
    for (size_t i = 0; i < count; i++) {
        const struct planned *planned = planned_of(names, n, items[i].name);
        if (planned == NULL || planned->pattern.ptr == NULL) {
            return RC_NOMEM;
        }
        items[i].pattern = ARENA_JOIN(job->g->arena, items[i].front, planned->pattern);
        items[i].why = planned->why;
        if (items[i].pattern.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    return RC_OK;
}

static enum rc plan_all(struct job *job)
{
    size_t span;

    qsort(job->items, job->count, sizeof(*job->items), by_front);
    for (size_t at = 0; at < job->count; at += span) {
        span = 1;
        if (job->items[at].name.ptr == NULL) {
            continue;
        }
        while (at + span < job->count &&
               str_eq(job->items[at + span].front, job->items[at].front) &&
               str_eq(job->items[at + span].use->type, job->items[at].use->type)) {
            span++;
        }
        TRY(plan_kind(job, job->items + at, span));
    }
    return RC_OK;
}

/* -- parents: what stands before what varies --------------------------------------------------------------- */

static int by_parent(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = str_cmp(x->use->type, y->use->type);

    order = order != 0 ? order : str_cmp(x->front, y->front);
    order = order != 0 ? order : str_cmp(x->tail, y->tail);
    return order != 0 ? order : str_cmp(x->name, y->name);
}

/* Families of task definitions, stacks, log groups of streams... Names of buckets are everybody's: what
 * begins like ours may be a stranger's. */
static void divide_parent(struct item *item)
{
    size_t start, end = 0;

    item->front = item->name = item->tail = STR_NONE;
    start = arn_parent(item->use->template, item->pattern, &end);
    if (start == 0 ||
        str_find_char(str_slice(item->pattern, start, end - start), '*', &(size_t){ 0 }) ||
        str_find(item->use->template, STR(":::${BucketName}"), &(size_t){ 0 })) {
        return;
    }
    item->front = str_slice(item->pattern, 0, start);
    item->name = str_slice(item->pattern, start, end - start);
    item->tail = str_skip(item->pattern, end);
}

/* "family-*" says all that "family-*:*" does. */
static bool says_nothing(str tail)
{
    return tail.len == 2 && is_boundary(tail.ptr[0]) && tail.ptr[1] == '*';
}

static enum rc plan_parents(struct job *job)
{
    size_t span;

    for (size_t i = 0; i < job->count; i++) {
        divide_parent(&job->items[i]);
    }
    qsort(job->items, job->count, sizeof(*job->items), by_parent);
    for (size_t at = 0; at < job->count; at += span) {
        struct item *items = job->items + at;
        span = 1;
        if (items[0].name.ptr == NULL) {
            continue;
        }
        while (at + span < job->count && str_eq(items[span].front, items[0].front) &&
               str_eq(items[span].tail, items[0].tail) &&
               str_eq(items[span].use->type, items[0].use->type)) {
            span++;
        }
        TRY(plan_kind(job, items, span));
        for (size_t i = 0; i < span; i++) {
            bool same = str_eq(items[i].pattern,
                               ARENA_JOIN(job->g->arena, items[i].front, items[i].name));
            if (same || !str_ends(items[i].pattern, STR("*")) || !says_nothing(items[i].tail)) {
                items[i].pattern = ARENA_JOIN(job->g->arena, items[i].pattern, items[i].tail);
            }
            if (items[i].pattern.ptr == NULL) {
                return RC_NOMEM;
            }
        }
    }
    return RC_OK;
}

/* What is in a log group is asked about with ":*" behind its name (CloudWatch Logs user guide, "resources
 * and operations"); tags alone are the group's own. */
static bool add_streams(struct job *job, struct item *item)
{
    const struct use *use = item->use;

    if (!str_eq(use->service, STR("logs")) || !str_eq(use->type, STR("log-group")) ||
        str_find(use->action, STR("Tag"), &(size_t){ 0 }) || str_ends(item->arn, STR("*"))) {
        return true;
    }
    if (!str_ends(item->pattern, STR("*"))) {
        item->pattern = ARENA_JOIN(job->g->arena, item->pattern, STR(":*"));
    }
    item->arn = ARENA_JOIN(job->g->arena, item->arn, STR(":*"));
    return item->pattern.ptr != NULL && item->arn.ptr != NULL;
}

static str stem_of(struct job *job)
{
    str *names = NEW_ARRAY(job->g->arena, job->count + 1, str);
    size_t n = 0;

    for (size_t i = 0; names != NULL && i < job->count; i++) {
        const struct item *item = &job->items[i];
        if (item->name.ptr != NULL && !item->use->no_path && !text_is_id(item->name)) {
            names[n++] = item->name;
        }
    }
    return names == NULL ? STR_NONE : landscape_stem(job->g->landscape, job->who->arn, names, n);
}

enum rc generalise_items(struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        divide(&job->items[i]);
    }
    job->stem = stem_of(job);
    for (size_t i = 0; i < job->count; i++) {
        if (!complete(job, &job->items[i])) {
            return RC_NOMEM;
        }
        divide(&job->items[i]);
    }
    TRY(plan_all(job));
    TRY(plan_parents(job));
    for (size_t i = 0; i < job->count; i++) {
        if (!add_streams(job, &job->items[i])) {
            return RC_NOMEM;
        }
    }
    return RC_OK;
}
