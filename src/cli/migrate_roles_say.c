/* mantle migrate roles: what it came to. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/migrate_roles.h"
#include "cli/print.h"
#include "codec/json.h"

static void print_unknown(struct roles_work *w)
{
    size_t count = 0;
    struct tally **rows = tallies(&w->arena, &w->evidence.unknown, &count);

    for (size_t i = 0; i < count; i++) {
        (void)fputs("  ", stdout);
        print_plain(stdout, rows[i]->name);
        (void)printf(" (%" PRIu64 " call%s, unknown %.*s)\n", rows[i]->count,
                     PLURAL(rows[i]->count), FMT(rows[i]->more));
    }
}

void roles_print_text(struct roles_work *w)
{
    size_t grants = 0, low = 0, left_out = 0;

    for (size_t i = 0; i < w->made_count; i++) {
        const struct role_of *role = &w->made[i];
        grants += role->grants.count;
        left_out += role->grants.left_out_count;
        for (size_t j = 0; j < role->grants.count; j++) {
            low += role->grants.items[j].confidence == CONFIDENCE_LOW;
        }
    }
    (void)printf("roles    %zu in %s", w->made_count, w->wish->out);
    if (w->part_count > 0) {
        (void)printf(", and %zu of consumers that share a user", w->part_count);
    }
    if (w->people > 0) {
        (void)printf("; %zu %s left out (--all-users)", w->people,
                     w->people == 1 ? "person" : "people");
    }
    if (w->unseen > 0) {
        (void)printf("; %zu user%s made no call in the trail", w->unseen, PLURAL(w->unseen));
    }
    (void)printf("\ngrants   %zu, %zu of them of low confidence; %zu left out\n", grants, low,
                 left_out);
    (void)printf("proofs   nothing new: %zu of %zu; everything observed: %zu of %zu\n",
                 w->proved_new, w->made_count + w->part_count, w->proved_observed,
                 w->made_count + w->part_count);
    (void)printf("trail    %" PRIu64 " event%s, %" PRIu64 " duplicate%s, %" PRIu64
                 " of root, %zu problem%s\n",
                 w->counts.records, PLURAL(w->counts.records), w->counts.duplicates,
                 PLURAL(w->counts.duplicates), w->evidence.root, w->problems.count,
                 PLURAL(w->problems.count));
    if (w->evidence.unknown.count > 0) {
        (void)printf("unknown  %zu event%s that no permission is known for:\n",
                     w->evidence.unknown.count, PLURAL(w->evidence.unknown.count));
        print_unknown(w);
    }
}

static str word_of(enum analysis_verdict verdict)
{
    return verdict == ANALYSIS_PROVED           ? STR("PROVED")
           : verdict == ANALYSIS_COUNTEREXAMPLE ? STR("COUNTEREXAMPLE")
                                                : STR("UNKNOWN");
}

void roles_print_json(struct roles_work *w)
{
    buf text = buf_heap(SIZE_MAX);
    struct json_out out = { .out = &text };
    size_t count = 0;
    struct tally **unknown = tallies(&w->arena, &w->evidence.unknown, &count);

    json_open(&out, '{');
    json_put_str(&out, STR("format"), STR("mantle-migrate-roles/1"));
    json_put_i64(&out, STR("events"), (int64_t)w->counts.records);
    json_put_i64(&out, STR("problems"), (int64_t)w->problems.count);
    json_put_i64(&out, STR("people_left_out"), (int64_t)w->people);
    json_put_i64(&out, STR("users_not_seen"), (int64_t)w->unseen);
    json_own_key(&out, STR("roles"));
    json_open(&out, '[');
    for (size_t i = 0; i < w->made_count; i++) {
        const struct role_of *role = &w->made[i];
        json_open(&out, '{');
        json_put_str(&out, STR("name"), role->name);
        json_put_str(&out, STR("principal"), role->arn);
        json_put_i64(&out, STR("grants"), (int64_t)role->grants.count);
        json_put_i64(&out, STR("pairs"), (int64_t)role->cut.documents.pairs);
        json_put_i64(&out, STR("policies"), (int64_t)role->cut.documents.count);
        json_put_i64(&out, STR("left_out"), (int64_t)role->grants.left_out_count);
        json_put_str(&out, STR("new_in_old"), word_of(role->cut.new_in_old.verdict));
        json_put_str(&out, STR("observed_in_new"), word_of(role->cut.observed_in_new.verdict));
        json_close(&out, '}');
    }
    json_close(&out, ']');
    json_own_key(&out, STR("unknown_events"));
    json_open(&out, '[');
    for (size_t i = 0; i < count; i++) {
        json_str(&out, unknown[i]->name);
    }
    json_close(&out, ']');
    json_close(&out, '}');
    (void)printf("%.*s\n", FMT(buf_str(&text)));
    buf_done(&text);
}
