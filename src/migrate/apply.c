/* One pass over the keys of a plan. */
#include "migrate/apply.h"

enum { STEPS_MAX = 12 };

static enum rc one_key(struct apply *a, const struct plan_key *key)
{
    for (unsigned step = 0; step < STEPS_MAX; step++) {
        struct stage_verdict verdict;
        struct apply_key k;
        struct apply_deed d = { .a = a, .k = &k, .verdict = &verdict };
        TRY(apply_gather(a, key, &k));
        stage_decide(&k.facts, &a->plan->rules, a->until, env_now_s(a->env), &verdict);
        d.move = (struct journal_move){
            .key = key->id, .user = key->user, .stage = verdict.to, .why = str_cstr(verdict.why)
        };
        TRY(apply_do(&d));
        if (!d.done) {
            break;
        }
    }
    return RC_OK;
}

enum rc apply_pass(struct apply *a)
{
    TRY(apply_recover(a));
    for (size_t i = 0; i < a->plan->key_count; i++) {
        if (a->only.ptr == NULL || str_eq(a->only, a->plan->keys[i].id)) {
            if (!a->dry) {
                TRY(apply_renew(a));
            }
            TRY(one_key(a, &a->plan->keys[i]));
        }
    }
    return RC_OK;
}
