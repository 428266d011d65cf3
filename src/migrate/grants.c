/* Patterns of one action to grants, each with its reasons. */
#include <stdlib.h>

#include "migrate/generalise.h"

str confidence_word(enum confidence confidence)
{
    static const str words[] = { STR_INIT("low"), STR_INIT("medium"), STR_INIT("high") };

    return words[confidence];
}

static int by_grant(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = str_cmp(x->use->action, y->use->action);

    order = order != 0 ? order : str_cmp(x->pattern, y->pattern);
    order = order != 0 ? order : str_cmp(x->use->key, y->use->key);
    return order != 0 ? order : str_cmp(x->use->value, y->use->value);
}

static bool same_grant(const struct item *x, const struct item *y)
{
    return by_grant(x, y) == 0;
}

static void note(struct grant *grant, const char *what)
{
    if (what != NULL && grant->note_count < GRANT_NOTES) {
        grant->notes[grant->note_count++] = what;
    }
}

static enum rc grant_make(struct job *job, const struct item *items, size_t count,
                          struct grant *ret)
{
    const struct use **uses = NEW_ARRAY(job->g->arena, count, const struct use *);
    str *observed = NEW_ARRAY(job->g->arena, count, str);
    bool failed = true;

    if (uses == NULL || observed == NULL) {
        return RC_NOMEM;
    }
    *ret = (struct grant){ .action = items[0].use->action,
                           .resource = items[0].pattern,
                           .service = items[0].use->service,
                           .type = items[0].use->type,
                           .key = items[0].use->key,
                           .value = items[0].use->value,
                           .certainty = MAP_POSSIBLE,
                           .companion = true,
                           .sibling = true,
                           .partial = true,
                           .why = items[0].why,
                           .event = items[0].use->event,
                           .first_s = INT64_MIN,
                           .last_s = INT64_MIN,
                           .uses = uses,
                           .observed = observed,
                           .use_count = count };
    for (size_t i = 0; i < count; i++) {
        const struct use *use = items[i].use;
        uses[i] = use;
        observed[i] = items[i].arn;
        ret->count += use->count;
        ret->first_s = ret->first_s == INT64_MIN || use->first_s < ret->first_s ? use->first_s
                                                                                : ret->first_s;
        ret->last_s = use->last_s > ret->last_s ? use->last_s : ret->last_s;
        days_join(&ret->days, &use->days);
        ret->certainty = use->certainty < ret->certainty ? use->certainty : ret->certainty;
        ret->companion = ret->companion && use->companion;
        ret->sibling = ret->sibling && use->sibling;
        ret->partial = ret->partial && use->partial;
        failed = failed && use->failed;
        if (i == 0 || items[i].assumed != items[i - 1].assumed) {
            note(ret, items[i].assumed);
        }
    }
    if (failed) {
        ret->certainty = ret->certainty == MAP_CERTAIN ? MAP_LIKELY : ret->certainty;
        note(ret, "every such call failed, though not on access");
    }
    if (ret->sibling) {
        note(ret, "not seen itself: programs that make the call that was seen make this one, too");
    } else if (ret->companion) {
        note(ret, "not seen itself: a call that was seen needs it");
    }
    return RC_OK;
}

static enum map_certainty needed(enum profile profile)
{
    return profile == PROFILE_EXACT    ? MAP_CERTAIN
           : profile == PROFILE_STABLE ? MAP_LIKELY
                                       : MAP_POSSIBLE;
}

static enum rc collect(struct job *job, struct grants *ret)
{
    size_t span;

    ret->items = NEW_ARRAY(job->g->arena, job->count + 1, struct grant);
    ret->left_out = NEW_ARRAY(job->g->arena, job->count + 1, struct grant);
    if (ret->items == NULL || ret->left_out == NULL) {
        return RC_NOMEM;
    }
    qsort(job->items, job->count, sizeof(*job->items), by_grant);
    for (size_t at = 0; at < job->count; at += span) {
        struct grant grant;
        for (span = 1;
             at + span < job->count && same_grant(&job->items[at], &job->items[at + span]);) {
            span++;
        }
        TRY(grant_make(job, job->items + at, span, &grant));
        if (grant.certainty <= needed(job->g->profile)) {
            ret->items[ret->count++] = grant;
        } else {
            note(&grant, "whether the call needs it does not show in the event");
            ret->left_out[ret->left_out_count++] = grant;
        }
    }
    return RC_OK;
}

/* What a grant without a condition allows, the same one under a condition need not say again; neither
 * need what lies inside a wider one. */
static bool covers(const struct grant *big, const struct grant *small)
{
    str front = str_slice(big->resource, 0, big->resource.len - 1);

    return str_eq(big->action, small->action) &&
           (big->key.len == 0 ||
            (str_eq(big->key, small->key) && str_eq(big->value, small->value))) &&
           (str_eq(big->resource, small->resource) ||
            (str_ends(big->resource, STR("*")) && str_starts(small->resource, front)));
}

static void drop_covered(struct grants *grants)
{
    size_t kept = 0;

    for (size_t i = 0; i < grants->count; i++) {
        bool covered = false;
        for (size_t j = 0; j < grants->count && !covered; j++) {
            covered = i != j && covers(&grants->items[j], &grants->items[i]) &&
                      (!covers(&grants->items[i], &grants->items[j]) || j < i);
        }
        if (!covered) {
            grants->items[kept++] = grants->items[i];
        }
    }
    grants->count = kept;
}

enum rc grants_make(const struct generalise *g, const struct who *who, struct grants *ret)
{
    struct job job = { .g = g, .who = who };
    struct use **uses = who_uses(g->evidence, who, &job.count);

    *ret = (struct grants){ .count = 0 };
    job.items = NEW_ARRAY(g->arena, job.count + 1, struct item);
    if (uses == NULL || job.items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < job.count; i++) {
        job.items[i] = (struct item){ .use = uses[i], .arn = uses[i]->arn };
    }
    TRY(generalise_items(&job));
    TRY(collect(&job, ret));
    ret->all = NEW_ARRAY(g->arena, ret->count + 1, struct grant);
    if (ret->all == NULL) {
        return RC_NOMEM;
    }
    ret->all_count = ret->count;
    for (size_t i = 0; i < ret->count; i++) {
        ret->all[i] = ret->items[i];
    }
    drop_covered(ret);
    return RC_OK;
}
