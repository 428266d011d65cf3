#include "migrate/naming.h"

#include "migrate/tokens.h"

/* "everything of the type" and "a front of the name". */
static bool to_pattern(const struct naming *p, struct planned *names, size_t count, size_t front,
                       const char *why)
{
    str pattern = ARENA_JOIN(p->arena, str_slice(names[0].name, 0, front), STR("*"));

    for (size_t i = 0; i < count; i++) {
        names[i].pattern = pattern;
        names[i].why = why;
        names[i].of = count;
    }
    return pattern.ptr != NULL;
}

static bool to_itself(struct planned *name, const char *why)
{
    name->pattern = name->name;
    name->why = why;
    name->of = 1;
    return true;
}

static bool all_steady(const struct planned *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].count < STEADY_COUNT || names[i].days < STEADY_COUNT) {
            return false;
        }
    }
    return true;
}

/* Words that name a stage of a deployment tell whose it is no better than nothing. */
static bool is_stage(str token)
{
    static const str words[] = {
        STR_INIT("prod"),        STR_INIT("production"), STR_INIT("prd"),     STR_INIT("live"),
        STR_INIT("stg"),         STR_INIT("stage"),      STR_INIT("staging"), STR_INIT("test"),
        STR_INIT("tst"),         STR_INIT("qa"),         STR_INIT("uat"),     STR_INIT("dev"),
        STR_INIT("development"), STR_INIT("sandbox"),    STR_INIT("aws"),     STR_INIT("service"),
        STR_INIT("role"),        STR_INIT("app"),
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq_nocase(token, words[i])) {
            return true;
        }
    }
    return token.len < 2;
}

/* A front says enough when it has a token that is no stage, and takes in nobody else's names. */
static bool is_front(const struct naming *p, str name, size_t front)
{
    str rest = str_slice(name, 0, front), whole;
    bool says = false;

    while (rest.len > 0) {
        says = says || !is_stage(token_front(rest));
        rest = str_skip(rest, token_span(rest));
    }
    whole = ARENA_JOIN(p->arena, p->front, str_slice(name, 0, front));
    return says && whole.ptr != NULL && !landscape_foreign(p->landscape, whole, p->who);
}

/* "job-2026-03-" says no more than "job-", and next month less: numbers and dates at the end go. */
static size_t lasting(str name, size_t front)
{
    size_t at = front;

    while (at > 0) {
        size_t before = tokens_before_last(str_slice(name, 0, at - 1));
        if (!token_varies(str_slice(name, before, at - 1 - before))) {
            break;
        }
        at = before;
    }
    return at > 0 ? at : front;
}

static bool is_word(const struct naming *p, str token)
{
    const struct tally *word = token.len == 0 ? NULL : table_get(&p->landscape->words, token);

    return word != NULL && word->count >= VOCABULARY;
}

static bool plan_one(const struct naming *p, struct planned *name)
{
    size_t last = tokens_before_last(name->name), front = lasting(name->name, last);
    bool stem = p->stem.ptr != NULL && str_eq(token_front(name->name), p->stem);

    if (p->profile == PROFILE_EXACT || name->days >= STEADY_DAYS ||
        str_ends(name->name, STR("*"))) {
        return to_itself(name, "named in the calls");
    }
    if (front > 0 && name->name.ptr[last - 1] != '.' && is_front(p, name->name, front) &&
        (stem || is_word(p, str_skip(name->name, last)) ||
         token_varies(str_skip(name->name, last)))) {
        return to_pattern(
            p, name, 1, front,
            stem ? "the front all names of this principal share"
                 : "the last part of the name is a word that stands behind many fronts");
    }
    return to_itself(name, "named in the calls");
}

/* The token at `front` with what divides it from the next: "app-" and "app/" are two families. */
static str token_at(str name, size_t front)
{
    str rest = str_skip(name, front);

    return str_slice(rest, 0, token_span(rest));
}

static size_t group_span(const struct planned *names, size_t count, size_t front)
{
    str token = token_at(names[0].name, front);
    size_t n = 1;

    while (n < count && str_eq(token_at(names[n].name, front), token)) {
        n++;
    }
    return n;
}

static size_t group_count(const struct planned *names, size_t count, size_t front)
{
    size_t groups = 0;

    for (size_t at = 0; at < count; at += group_span(names + at, count - at, front)) {
        groups++;
    }
    return groups;
}

static bool plan_group(const struct naming *p, struct planned *names, size_t count);

static bool plan_groups(const struct naming *p, struct planned *names, size_t count, size_t front)
{
    size_t groups = group_count(names, count, front), span;

    if (groups == count && count > NAMES_MAX) {
        return to_pattern(p, names, count, front, "too many names to list");
    }
    for (size_t at = 0; at < count; at += span) {
        span = group_span(names + at, count - at, front);
        if (groups == 1 && span == count) { /* the same token everywhere: nothing to divide by */
            for (size_t i = 0; i < count; i++) {
                (void)to_itself(&names[i], "named in the calls");
            }
            return true;
        }
        if (!plan_group(p, names + at, span)) {
            return false;
        }
    }
    return true;
}

/* Sorted names: what the first and the last share, all share. */
static bool plan_group(const struct naming *p, struct planned *names, size_t count)
{
    size_t front, groups, lasts;
    bool steady;

    if (count == 1) {
        return plan_one(p, names);
    }
    front = tokens_common(names[0].name, names[count - 1].name);
    lasts = lasting(names[0].name, front);
    groups = group_count(names, count, front);
    steady = p->profile == PROFILE_EXACT || (count <= NAMES_LISTED && all_steady(names, count));
    if (!steady && front > 0 && groups > 1 && (groups > 2 || count <= 3) &&
        (groups * 3 > count || groups > NAMES_LISTED) && is_front(p, names[0].name, lasts)) {
        return to_pattern(p, names, count, lasts, "the front these names share");
    }
    if (steady) {
        for (size_t i = 0; i < count; i++) {
            (void)to_itself(&names[i], "named in the calls");
        }
        return true;
    }
    return plan_groups(p, names, count, front);
}

static bool plan_ids(const struct naming *p, struct planned *names, size_t count)
{
    size_t listed = p->short_lived ? NAMES_LISTED - 1 : IDS_LISTED;
    bool keep = count <= listed && (!p->short_lived || all_steady(names, count));

    if (p->profile != PROFILE_EXACT && !keep) {
        return to_pattern(p, names, count, 0,
                          p->short_lived ? "ids of this type do not last" : "too many ids to list");
    }
    for (size_t i = 0; i < count; i++) {
        (void)to_itself(&names[i], "named in the calls");
    }
    return true;
}

/* Ids apart from names: the ids first, keeping the order of both. */
static bool divide(struct arena *arena, struct planned *names, size_t count, size_t *ret_ids)
{
    struct planned *copy = NEW_ARRAY(arena, count, struct planned);
    size_t ids = 0, at = 0;

    if (copy == NULL) {
        return false;
    }
    memcpy(copy, names, count * sizeof(*names));
    for (size_t i = 0; i < count; i++) {
        ids += text_is_id(copy[i].name);
    }
    *ret_ids = ids;
    for (size_t i = 0; i < count; i++) {
        names[text_is_id(copy[i].name) ? at++ : ids + (i - at)] = copy[i];
    }
    return true;
}

enum rc plan_names(const struct naming *plan, struct planned *names, size_t count)
{
    size_t ids = 0;

    if (count == 0) {
        return RC_OK;
    }
    if (!divide(plan->arena, names, count, &ids) || (ids > 0 && !plan_ids(plan, names, ids)) ||
        (count > ids && !plan_group(plan, names + ids, count - ids))) {
        return RC_NOMEM;
    }
    return RC_OK;
}
