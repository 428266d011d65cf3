#include "migrate/uses.h"

#include <stdlib.h>

#include "migrate/address.h"
#include "migrate/agent.h"
#include "system/system.h"

enum { ARENA_BYTES_MAX = 1 << 30, DAY_S = 86400, DEEDS_MAX = 4096, LATE_S = 7 * DAY_S };

/* -- one record ----------------------------------------------------------------------------------- */

static enum rc use_get(struct uses *uses, struct table *table, str name, struct use **ret)
{
    struct use *use = table_get(table, name);

    if (use == NULL) {
        use = NEW(&uses->arena, struct use);
        if (use == NULL) {
            return RC_NOMEM;
        }
        use->name = arena_str(&uses->arena, name);
        use->first_s = INT64_MAX;
        use->last_s = USE_NEVER;
        if (use->name.ptr == NULL) {
            return RC_NOMEM;
        }
        TRY(table_set(table, use->name, use, NULL));
    }
    *ret = use;
    return RC_OK;
}

/* CloudTrail puts some agents into brackets. */
static str product_of(str agent)
{
    size_t len = 0;

    (void)take_prefix(&agent, STR("["));
    while (len < agent.len && agent.ptr[len] != '/' && agent.ptr[len] != ' ') {
        len++;
    }
    return str_slice(agent, 0, len);
}

/* Past the limit the oldest known stand: whoever has that many has no place of his own anyway. */
static enum rc note_origin(struct uses *uses, struct use *use, const struct trail_event *event)
{
    struct agent agent = agent_parse(event->user_agent);
    str block = address_block(event->source_address, &uses->arena);
    struct use_origin *origin = use->origins;

    if (block.ptr == NULL && event->source_address.ptr != NULL) {
        return RC_NOMEM;
    }
    while (origin != NULL &&
           !(str_eq(origin->family, agent.family) && str_eq(origin->block, block))) {
        origin = origin->next;
    }
    if (origin == NULL) {
        if (use->origin_count == USE_ORIGINS_MAX) {
            return RC_OK;
        }
        origin = NEW(&uses->arena, struct use_origin);
        if (origin == NULL) {
            return RC_NOMEM;
        }
        *origin = (struct use_origin){ .family = arena_str(&uses->arena, agent.family),
                                       .block = arena_str(&uses->arena, block),
                                       .product = arena_str(&uses->arena,
                                                            product_of(event->user_agent)),
                                       .first_s = INT64_MAX,
                                       .last_s = USE_NEVER,
                                       .next = use->origins };
        use->origins = origin;
        use->origin_count++;
    }
    origin->calls++;
    origin->first_s = event->time_s < origin->first_s ? event->time_s : origin->first_s;
    origin->last_s = event->time_s > origin->last_s ? event->time_s : origin->last_s;
    return RC_OK;
}

static enum rc note_deed(struct uses *uses, struct use *use, const struct trail_event *event)
{
    unsigned day = (unsigned)(event->time_s / DAY_S % USE_DAYS);
    struct use_deed *deed = use->deeds;
    str name = ARENA_JOIN(&uses->arena, event->source, STR(" "), event->name);

    if (name.ptr == NULL) {
        return RC_NOMEM;
    }
    while (deed != NULL && !str_eq(deed->name, name)) {
        deed = deed->next;
    }
    if (deed == NULL) {
        if (use->deed_count == DEEDS_MAX) {
            return RC_OK;
        }
        deed = NEW(&uses->arena, struct use_deed);
        if (deed == NULL) {
            return RC_NOMEM;
        }
        deed->name = name;
        deed->next = use->deeds;
        use->deeds = deed;
        use->deed_count++;
    }
    deed->days[day / 64] |= UINT64_C(1) << (day % 64);
    return RC_OK;
}

static enum rc note(struct uses *uses, struct table *table, str name, bool claimed,
                    const struct trail_event *event)
{
    struct use *use;

    TRY(use_get(uses, table, name, &use));
    use->calls++;
    use->first_s = event->time_s < use->first_s ? event->time_s : use->first_s;
    if (event->time_s >= use->last_s) {
        use->last_s = event->time_s;
        use->last.source = arena_str(&uses->arena, event->source_address);
        use->last.agent = arena_str(&uses->arena, event->user_agent);
        use->last.service = arena_str(&uses->arena, event->source);
        use->last.event = arena_str(&uses->arena, event->name);
        use->last.error = arena_str(&uses->arena, event->error_code);
        use->last.claimed = claimed;
    }
    TRY(note_origin(uses, use, event));
    return note_deed(uses, use, event);
}

static bool is_long_lived(str key_id)
{
    return str_starts(key_id, STR("AKIA")) || str_starts(key_id, STR("ABIA"));
}

static enum rc visit(void *state, const struct trail_event *event)
{
    struct uses *uses = state;
    const struct trail_identity *who = &event->who;
    str claimed;

    if (event->time_s == INT64_MIN || event->time_s < uses->from_s) {
        return RC_OK;
    }
    uses->oldest_s = uses->oldest_s == USE_NEVER || event->time_s < uses->oldest_s ? event->time_s
                                                                                   : uses->oldest_s;
    uses->newest_s = event->time_s > uses->newest_s ? event->time_s : uses->newest_s;
    if (!str_eq(event->type, STR("AwsApiCall")) && event->type.ptr != NULL) {
        return RC_OK;
    }
    if (str_eq(who->type, STR("AssumedRole")) && who->issuer_arn.ptr != NULL) {
        return note(uses, &uses->roles, who->issuer_arn, false, event);
    }
    if (is_long_lived(who->access_key_id)) {
        return note(uses, &uses->keys, who->access_key_id, false, event);
    }
    if (str_eq(who->type, STR("IAMUser")) && who->user_name.ptr != NULL &&
        event->from_console != FLAG_TRUE) {
        return note(uses, &uses->users, who->user_name, false, event);
    }
    if (str_eq(who->type, STR("FederatedUser")) && who->issuer_name.ptr != NULL) {
        return note(uses, &uses->users, who->issuer_name, false, event);
    }
    /* Mantle's own trail says which key somebody claimed to have who was turned away. */
    claimed = trail_text_at(event, event->raw, STR("userIdentity.claimedAccessKeyId"));
    return is_long_lived(claimed) ? note(uses, &uses->claims, claimed, true, event) : RC_OK;
}

static void *begin(void *context, unsigned thread UNUSED)
{
    return context;
}

static enum rc end(void *context UNUSED, void *state UNUSED)
{
    return RC_OK;
}

/* -- all of them ----------------------------------------------------------------------------------- */

static void leave_out_old(struct trail_list *list, int64_t from_s)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct trail_file *file = &list->files[i];
        /* Records come into files late, but not by days. */
        if (file->delivered_s == INT64_MIN || from_s < INT64_MIN + LATE_S ||
            file->delivered_s >= from_s - LATE_S) {
            list->files[kept++] = *file;
        }
    }
    list->count = kept;
}

enum rc uses_read(const char *const *paths, size_t count, int64_t from_s, struct uses *ret)
{
    const struct trail_visitor visitor = { begin, visit, end, ret };
    const struct trail_options options = { .threads = 1 };
    struct trail_list list = { 0 };
    uint8_t hash_key[16];

    *ret = (struct uses){ .from_s = from_s, .oldest_s = USE_NEVER, .newest_s = USE_NEVER };
    arena_init(&ret->arena, &heap, 1 << 16, ARENA_BYTES_MAX);
    ret->problems.arena = &ret->arena;
    TRY(system_env()->random(system_env(), hash_key, sizeof(hash_key)));
    table_init(&ret->keys, &heap, hash_key);
    table_init(&ret->claims, &heap, hash_key);
    table_init(&ret->users, &heap, hash_key);
    table_init(&ret->roles, &heap, hash_key);
    if (count == 0) {
        return RC_OK;
    }
    TRY(trail_list_make(paths, count, &ret->arena, &ret->problems, &list));
    leave_out_old(&list, from_s);
    return trail_read(&list, &options, &visitor, &ret->problems, &ret->counts);
}

void uses_done(struct uses *uses)
{
    table_done(&uses->keys);
    table_done(&uses->claims);
    table_done(&uses->users);
    table_done(&uses->roles);
    arena_done(&uses->arena);
}

const struct use *uses_key(const struct uses *uses, str id)
{
    return table_get(&uses->keys, id);
}

const struct use *uses_claim(const struct uses *uses, str id)
{
    return table_get(&uses->claims, id);
}

const struct use *uses_user(const struct uses *uses, str name)
{
    return table_get(&uses->users, name);
}

const struct use *uses_role(const struct uses *uses, str arn)
{
    return table_get(&uses->roles, arn);
}

bool uses_has_origin(const struct use *use, str family, str block)
{
    for (const struct use_origin *o = use == NULL ? NULL : use->origins; o != NULL; o = o->next) {
        if (str_eq(o->family, family) && str_eq(o->block, block)) {
            return true;
        }
    }
    return false;
}

/* -- how regularly ---------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

static bool has_day(const struct use_deed *deed, unsigned day)
{
    return (deed->days[day / 64] >> (day % 64) & 1) != 0;
}

/* The days are kept modulo USE_DAYS: read from the one behind the last, they are in order. */
static unsigned middle_gap(const struct use_deed *deed, unsigned after_last)
{
    unsigned gaps[USE_DAYS], count = 0, last = 0;
    bool any = false;

    for (unsigned i = 0; i < USE_DAYS; i++) {
        if (!has_day(deed, (after_last + i) % USE_DAYS)) {
            continue;
        }
        if (any) {
            gaps[count++] = i - last;
        }
        any = true;
        last = i;
    }
    if (count == 0) {
        return 0;
    }
    qsort(gaps, count, sizeof(gaps[0]), by_size);
    return gaps[count / 2];
}

static unsigned longest_gap(const struct use_deed *deed, unsigned after_last)
{
    unsigned longest = 0, last = 0;
    bool any = false;

    for (unsigned i = 0; i < USE_DAYS; i++) {
        if (has_day(deed, (after_last + i) % USE_DAYS)) {
            longest = any && i - last > longest ? i - last : longest;
            any = true;
            last = i;
        }
    }
    return longest;
}

unsigned uses_period_days(const struct use *use)
{
    struct use_deed all = { .name = STR_NONE };
    unsigned period = 0, after_last, gap;

    if (use == NULL || use->last_s == USE_NEVER) {
        return 0;
    }
    after_last = (unsigned)((use->last_s / DAY_S + 1) % USE_DAYS);
    for (const struct use_deed *deed = use->deeds; deed != NULL; deed = deed->next) {
        gap = middle_gap(deed, after_last);
        period = gap > period ? gap : period;
        for (size_t i = 0; i < COUNT_OF(all.days); i++) {
            all.days[i] |= deed->days[i];
        }
    }
    gap = longest_gap(&all, after_last);
    return gap > period ? gap : period;
}
