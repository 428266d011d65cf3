/* The way back, by the journal alone. */
#include <inttypes.h>

#include "migrate/apply.h"

static bool stands_in_the_way(const struct journal_intent *intent, bool with_roles)
{
    static const str kinds[] = { STR_INIT("probe"), STR_INIT("inactive") };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (str_eq(intent->kind, kinds[i])) {
            return true;
        }
    }
    return with_roles && str_eq(intent->kind, STR("role"));
}

/* Whether an intent ended in a state that still stands; open ones may have. */
static bool may_stand(const struct journal_intent *intent)
{
    return intent->outcome.ptr == NULL || str_eq(intent->outcome, STR("finished"));
}

/* The newest first. What was undone since is found to be so, call by call, when it is carried out; here
 * only what a later intent of the journal took back is left out. */
enum rc revert_calls(struct journal *journal, const struct journal_move *now, bool with_roles,
                     struct arena *arena, struct calls *ret)
{
    struct journal_intent *intents = NULL;
    bool probe_over = false, active_again = false;
    size_t count = 0;

    *ret = (struct calls){ 0 };
    TRY(journal_intents(journal, now->key, false, arena, &intents, &count));
    for (size_t i = count; i-- > 0;) {
        const struct journal_intent *intent = &intents[i];
        bool finished = str_eq(intent->outcome, STR("finished"));
        struct calls inverse;
        if (finished &&
            (str_eq(intent->kind, STR("probe-end")) || str_eq(intent->kind, STR("alert")) ||
             str_eq(intent->kind, STR("revert")))) {
            probe_over = true;
            active_again = active_again || !str_eq(intent->kind, STR("probe-end"));
        }
        if (!may_stand(intent) || !stands_in_the_way(intent, with_roles) ||
            (str_eq(intent->kind, STR("probe")) && probe_over) ||
            (str_eq(intent->kind, STR("inactive")) &&
             (active_again || now->stage >= STAGE_KEY_DELETED))) {
            continue;
        }
        TRY(calls_parse(intent->inverse, arena, &inverse));
        TRY(calls_join(ret, &inverse, arena));
    }
    return RC_OK;
}

static enum rc revert_one(struct apply *a, const struct journal_move *now,
                          const struct calls *calls)
{
    struct journal_move move = { .key = now->key,
                                 .user = now->user,
                                 .stage = now->stage >= STAGE_SEEN ? STAGE_SEEN : now->stage,
                                 .alert = true,
                                 .why = STR("reverted by hand") };
    struct journal_intent intent = { .key = now->key,
                                     .user = now->user,
                                     .kind = STR("revert"),
                                     .from_stage = now->stage,
                                     .to_stage = move.stage };
    struct apply_key k = { .now = *now };
    bool done;

    k.facts.at = (enum stage)now->stage;
    if (a->dry) {
        apply_say(a, APPLY_DID, &k, NULL, calls, STR("would be brought back"));
        return RC_OK;
    }
    intent.before = apply_before(a, NULL, &move);
    TRY(apply_run(a, &intent, calls, &(struct calls){ 0 }, &move, &done));
    if (done) {
        apply_say(a, APPLY_DID, &k, NULL, calls, STR("brought back"));
    }
    return RC_OK;
}

enum rc revert_keys(struct apply *a, str key, bool with_roles, size_t *ret_count)
{
    struct journal_move *moves = NULL;
    size_t count = 0;

    *ret_count = 0;
    TRY(apply_recover(a));
    TRY(journal_moves(a->journal, STR_NONE, a->arena, &moves, &count));
    for (size_t i = 0; i < count; i++) {
        struct calls calls;
        if (key.ptr != NULL && !str_eq(moves[i].key, key)) {
            continue;
        }
        TRY(revert_calls(a->journal, &moves[i], with_roles, a->arena, &calls));
        if (calls.count > 0) {
            ++*ret_count;
            TRY(revert_one(a, &moves[i], &calls));
        }
    }
    return RC_OK;
}
