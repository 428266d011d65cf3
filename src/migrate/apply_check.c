/* What must hold before anything is changed: the account as planned, and room under the caps. */
#include "migrate/apply.h"

/* -- what must be as planned --------------------------------------------------------------------------- */

static str wanted_status(enum stage at)
{
    return at == STAGE_INACTIVE      ? STR("Inactive")
           : at >= STAGE_KEY_DELETED ? STR_NONE
                                     : STR("Active");
}

static str key_difference(struct apply *a, const struct apply_key *k, const struct live_user *live)
{
    str want = wanted_status(k->facts.at), is = live_key(live, k->plan->id);

    for (size_t i = 0; i < live->keys.count; i++) {
        if (live_key(&k->plan->live, live->keys.items[i].name).ptr == NULL) {
            return arena_printf(a->arena, "access key %.*s is new", FMT(live->keys.items[i].name));
        }
    }
    if (str_eq(want, is)) {
        return STR_NONE;
    }
    return arena_printf(a->arena, "the key is %.*s, not %.*s",
                        FMT(is.ptr == NULL ? STR("gone") : is),
                        FMT(want.ptr == NULL ? STR("gone") : want));
}

/* True: as planned, *ret is the before-image. */
enum rc apply_check(struct apply *a, const struct apply_key *k, bool whole, struct live_user *ret,
                    bool *ret_good)
{
    struct remote_answer answer = { 0 };
    str difference;
    enum rc rc = live_read(a->remote, k->plan->user, whole, a->arena, ret, &answer);

    *ret_good = false;
    if (rc != RC_OK) {
        apply_say(a, APPLY_FAILED, k, NULL, NULL,
                  arena_printf(a->arena, "user %.*s cannot be read: %.*s: %.*s", FMT(k->plan->user),
                               FMT(answer.code), FMT(answer.message)));
        return rc == RC_API ? RC_OK : rc;
    }
    difference = live_difference(&k->plan->live, ret, a->arena);
    if (difference.ptr == NULL) {
        difference = key_difference(a, k, ret);
    }
    if (difference.ptr != NULL) {
        apply_say(
            a, APPLY_REFUSED, k, NULL, NULL,
            arena_printf(a->arena,
                         "changed since the plan was made: %.*s. Collect again and make a new "
                         "plan",
                         FMT(difference)));
        return RC_OK;
    }
    *ret_good = true;
    return RC_OK;
}

/* -- caps -------------------------------------------------------------------------------------------------- */

static const struct plan_key *plan_key_of(const struct apply *a, str id)
{
    for (size_t i = 0; i < a->plan->key_count; i++) {
        if (str_eq(a->plan->keys[i].id, id)) {
            return &a->plan->keys[i];
        }
    }
    return NULL;
}

static bool is_denied_now(const struct apply *a, const struct journal_move *move)
{
    size_t at;

    if (move->stage == STAGE_PROBED) {
        return str_find(move->detail, STR("window_until"), &at);
    }
    return move->stage == STAGE_INACTIVE && env_now_s(a->env) - move->at_s < APPLY_JUST_OFF_S;
}

static bool share_service(const struct plan_key *x, const struct plan_key *y, str *ret)
{
    for (size_t i = 0; i < x->service_count; i++) {
        for (size_t k = 0; k < y->service_count; k++) {
            /* Everybody asks STS who he is: that alone is no common fate. */
            if (str_eq(x->services[i], y->services[k]) &&
                !str_eq(x->services[i], STR("sts.amazonaws.com"))) {
                *ret = x->services[i];
                return true;
            }
        }
    }
    return false;
}

/* Absent: there is room for one more. */
enum rc apply_cap(struct apply *a, const struct apply_key *k, str *ret)
{
    struct journal_move *moves = NULL;
    size_t count = 0, all = 0, of_owner = 0, of_service = 0;
    str service = STR_NONE;

    TRY(journal_moves(a->journal, STR_NONE, a->arena, &moves, &count));
    for (size_t i = 0; i < count; i++) {
        const struct plan_key *other = plan_key_of(a, moves[i].key);
        if (!is_denied_now(a, &moves[i]) || str_eq(moves[i].key, k->plan->id)) {
            continue;
        }
        all++;
        of_owner += other != NULL && str_eq(other->owner, k->plan->owner);
        of_service += other != NULL && share_service(other, k->plan, &service);
    }
    *ret = STR_NONE;
    if (all >= a->plan->at_once) {
        *ret = arena_printf(a->arena, "%zu key%s denied or just off: that is the limit", all,
                            all == 1 ? " is" : "s are");
    } else if (of_owner >= a->plan->per_owner) {
        *ret = arena_printf(a->arena, "%zu key%s of %.*s %s denied or just off: that is the limit",
                            of_owner, PLURAL(of_owner), FMT(k->plan->owner),
                            of_owner == 1 ? "is" : "are");
    } else if (of_service >= a->plan->per_service) {
        *ret = arena_printf(a->arena, "%zu key%s %.*s too %s denied or just off: that is the limit",
                            of_service, of_service == 1 ? " that uses" : "s that use", FMT(service),
                            of_service == 1 ? "is" : "are");
    }
    return RC_OK;
}
