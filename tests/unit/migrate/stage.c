/* The states of a key as a table: what is known, and what follows. */
#include "migrate/stage.h"

#include "unit.h"

enum { NOW = 100 * 86400, DAY = 86400 };

/* Everything in order: owned, roles made and seen, silent for 20 days, in working hours. */
static struct stage_facts good(enum stage at)
{
    return (struct stage_facts){ .at = at,
                                 .since_s = NOW - 5 * DAY,
                                 .silent_since_s = NOW - 5 * DAY,
                                 .owned = true,
                                 .deletable_user = true,
                                 .roles = 1,
                                 .proofs = true,
                                 .silent_s = 14 * DAY,
                                 .roles_made = true,
                                 .roles_seen = true,
                                 .last_use_s = NOW - 20 * DAY,
                                 .working_hours = true };
}

#define CASE(name, at, change, what, to)                                                           \
    static void set_##name(struct stage_facts *f)                                                  \
    {                                                                                              \
        (void)f;                                                                                   \
        change;                                                                                    \
    }                                                                                              \
    enum { at_##name = (at), what_##name = (what), to_##name = (to) };
#define CASES(X)                                                                                   \
    X(no_owner, STAGE_INVENTORIED, f->owned = false, DO_NOTHING, STAGE_INVENTORIED)                \
    X(owner, STAGE_INVENTORIED, , DO_NOTE, STAGE_OWNED)                                            \
    X(held_first, STAGE_INVENTORIED, f->held = "emergency", DO_NOTHING, STAGE_INVENTORIED)         \
    X(roles_missing, STAGE_OWNED, f->roles_made = false, DO_MAKE_ROLE, STAGE_ROLE)                 \
    X(roles_there, STAGE_OWNED, , DO_NOTE, STAGE_ROLE)                                             \
    X(no_proofs, STAGE_OWNED, f->proofs = false, DO_NOTHING, STAGE_OWNED)                          \
    X(used_without_role, STAGE_OWNED, (f->roles = 0, f->last_use_s = NOW - DAY), DO_NOTHING,       \
      STAGE_OWNED)                                                                                 \
    X(unused_needs_none, STAGE_OWNED, (f->roles = 0, f->last_use_s = STAGE_NEVER), DO_NOTE,        \
      STAGE_ROLE)                                                                                  \
    X(not_seen, STAGE_ROLE, f->roles_seen = false, DO_NOTHING, STAGE_ROLE)                         \
    X(role_deleted, STAGE_ROLE, f->roles_made = false, DO_NOTHING, STAGE_ROLE)                     \
    X(seen, STAGE_ROLE, , DO_NOTE, STAGE_SEEN)                                                     \
    X(not_silent, STAGE_SEEN, f->last_use_s = NOW - 14 * DAY + 1, DO_NOTHING, STAGE_SEEN)          \
    X(silent, STAGE_SEEN, f->last_use_s = NOW - 14 * DAY, DO_NOTE, STAGE_SILENT)                   \
    X(alerted, STAGE_SEEN, f->alert = true, DO_NOTHING, STAGE_SEEN)                                \
    X(looked_at, STAGE_SEEN, (f->alert = true, f->since_s = NOW - 50 * DAY), DO_NOTE,              \
      STAGE_SILENT)                                                                                \
    X(used_in_s4, STAGE_SILENT, f->last_use_s = NOW - 5 * DAY, DO_ALERT, STAGE_SEEN)               \
    X(alert_beats_hold, STAGE_SILENT, (f->held = "x", f->last_use_s = NOW), DO_ALERT, STAGE_SEEN)  \
    X(held_in_s4, STAGE_SILENT, f->held = "x", DO_NOTHING, STAGE_SILENT)                           \
    X(other_key, STAGE_SILENT, f->user_in_use = true, DO_NOTHING, STAGE_SILENT)                    \
    X(night, STAGE_SILENT, f->working_hours = false, DO_NOTHING, STAGE_SILENT)                     \
    X(freeze, STAGE_SILENT, f->frozen = true, DO_NOTHING, STAGE_SILENT)                            \
    X(first_window, STAGE_SILENT, , DO_OPEN_WINDOW, STAGE_PROBED)                                  \
    X(hit, STAGE_PROBED, (f->window_until_s = NOW + 60, f->last_use_s = NOW), DO_ALERT,            \
      STAGE_SEEN)                                                                                  \
    X(hit_found_late, STAGE_PROBED, (f->since_s = NOW, f->last_use_s = NOW - DAY), DO_ALERT,       \
      STAGE_SEEN)                                                                                  \
    X(window_open, STAGE_PROBED, f->window_until_s = NOW + 1, DO_NOTHING, STAGE_PROBED)            \
    X(window_over, STAGE_PROBED, f->window_until_s = NOW, DO_CLOSE_WINDOW, STAGE_PROBED)           \
    X(over_at_night, STAGE_PROBED, (f->window_until_s = NOW, f->working_hours = false),            \
      DO_CLOSE_WINDOW, STAGE_PROBED)                                                               \
    X(next_window, STAGE_PROBED, f->windows_done = 3, DO_OPEN_WINDOW, STAGE_PROBED)                \
    X(all_windows, STAGE_PROBED, f->windows_done = 4, DO_DEACTIVATE, STAGE_INACTIVE)               \
    X(deactivate_at_night, STAGE_PROBED, (f->windows_done = 4, f->working_hours = false),          \
      DO_NOTHING, STAGE_PROBED)                                                                    \
    X(tried_inactive, STAGE_INACTIVE, f->last_use_s = NOW - DAY, DO_ALERT, STAGE_SEEN)             \
    X(too_soon, STAGE_INACTIVE, f->since_s = NOW - 30 * DAY + 1, DO_NOTHING, STAGE_INACTIVE)       \
    X(long_enough, STAGE_INACTIVE,                                                                 \
      (f->since_s = NOW - 30 * DAY, f->silent_since_s = NOW - 40 * DAY,                            \
       f->last_use_s = NOW - 60 * DAY),                                                            \
      DO_DELETE_KEY, STAGE_KEY_DELETED)                                                            \
    X(proofs_went, STAGE_INACTIVE,                                                                 \
      (f->since_s = NOW - 40 * DAY, f->silent_since_s = NOW - 50 * DAY,                            \
       f->last_use_s = NOW - 60 * DAY, f->proofs = false),                                         \
      DO_NOTHING, STAGE_INACTIVE)                                                                  \
    X(user_stays, STAGE_KEY_DELETED, f->deletable_user = false, DO_NOTHING, STAGE_KEY_DELETED)     \
    X(user_goes, STAGE_KEY_DELETED, , DO_DELETE_USER, STAGE_USER_DELETED)                          \
    X(done, STAGE_USER_DELETED, , DO_NOTHING, STAGE_USER_DELETED)
CASES(CASE)

static const struct {
    const char *name;
    void (*set)(struct stage_facts *f);
    enum stage at;
    enum stage_do what;
    enum stage to;
} cases[] = {
#define ROW(name, at, change, what, to)                                                            \
    { #name, set_##name, (enum stage)at_##name, (enum stage_do)what_##name, (enum stage)to_##name },
    CASES(ROW)
};

static struct stage_rules rules(void)
{
    struct stage_rules r = stage_rules_default();

    r.plan_made_s = NOW - 10 * DAY;
    return r;
}

static void what_follows_from_what_is_known(void **state UNUSED)
{
    struct stage_rules r = rules();

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stage_facts facts = good(cases[i].at);
        struct stage_verdict verdict;
        cases[i].set(&facts);
        stage_decide(&facts, &r, STAGE_USER_DELETED, NOW, &verdict);
        if (verdict.what != cases[i].what || verdict.to != cases[i].to || verdict.why == NULL) {
            fail_msg("%s: %.*s to S%d, not %.*s to S%d (%s)", cases[i].name,
                     FMT(stage_do_word(verdict.what)), (int)verdict.to,
                     FMT(stage_do_word(cases[i].what)), (int)cases[i].to, verdict.why);
        }
    }
}

/* Nothing that belongs to a stage behind the one named; alerts and ends of windows always. */
static void the_stage_named_is_the_last(void **state UNUSED)
{
    struct stage_rules r = rules();

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (unsigned until = 0; until < STAGES; until++) {
            struct stage_facts facts = good(cases[i].at);
            struct stage_verdict verdict;
            cases[i].set(&facts);
            stage_decide(&facts, &r, (enum stage)until, NOW, &verdict);
            assert_true(stage_of(verdict.what) <= (enum stage)until);
            if (cases[i].what == DO_ALERT || cases[i].what == DO_CLOSE_WINDOW) {
                assert_int_equal(verdict.what, cases[i].what);
            }
        }
    }
}

/* Whatever is not known is zero: nothing is ever taken away then. */
static void from_zeroed_memory_nothing_is_taken_away(void **state UNUSED)
{
    struct stage_rules r = rules();

    for (unsigned at = 0; at < STAGE_KEY_DELETED; at++) {
        struct stage_facts facts = { .at = (enum stage)at };
        struct stage_verdict verdict;
        stage_decide(&facts, &r, STAGE_USER_DELETED, NOW, &verdict);
        assert_true(verdict.what != DO_OPEN_WINDOW && verdict.what != DO_DEACTIVATE &&
                    verdict.what != DO_DELETE_USER);
    }
}

static void waiting_that_ends_by_itself_says_when(void **state UNUSED)
{
    struct stage_facts facts = good(STAGE_SEEN);
    struct stage_rules r = rules();
    struct stage_verdict verdict;

    facts.last_use_s = NOW - DAY;
    stage_decide(&facts, &r, STAGE_PROBED, NOW, &verdict);
    assert_int_equal(verdict.not_before_s, NOW + 13 * DAY);
    facts = good(STAGE_INACTIVE);
    stage_decide(&facts, &r, STAGE_KEY_DELETED, NOW, &verdict);
    assert_int_equal(verdict.not_before_s, NOW + 25 * DAY);
}

static void silence_follows_the_longest_period(void **state UNUSED)
{
    static const struct {
        unsigned period, silent;
    } rows[] = { { 0, 14 },  { 1, 14 },  { 7, 14 },  { 8, 16 },   { 14, 28 },
                 { 20, 40 }, { 28, 35 }, { 31, 35 }, { 33, 35 },  { 34, 95 },
                 { 90, 95 }, { 93, 95 }, { 94, 99 }, { 365, 370 } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(stage_silent_days(rows[i].period), rows[i].silent);
    }
}

static void stages_are_read_by_code_and_word(void **state UNUSED)
{
    enum stage stage;

    for (unsigned i = 0; i < STAGES; i++) {
        assert_true(stage_parse(stage_code((enum stage)i), &stage) && stage == (enum stage)i);
        assert_true(stage_parse(stage_word((enum stage)i), &stage) && stage == (enum stage)i);
    }
    assert_false(stage_parse(STR("S9"), &stage));
    assert_false(stage_parse(STR(""), &stage));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_follows_from_what_is_known),
        cmocka_unit_test(the_stage_named_is_the_last),
        cmocka_unit_test(from_zeroed_memory_nothing_is_taken_away),
        cmocka_unit_test(waiting_that_ends_by_itself_says_when),
        cmocka_unit_test(silence_follows_the_longest_period),
        cmocka_unit_test(stages_are_read_by_code_and_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
