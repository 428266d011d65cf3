/* The documents of a role. */
#include <inttypes.h>

#include "codec/date.h"
#include "codec/json.h"
#include "migrate/roles.h"

/* -- evidence.json ------------------------------------------------------------------------------------------ */

static void put_time(struct json_out *o, str key, int64_t at_s)
{
    char text[20];

    json_own_key(o, key);
    if (at_s == INT64_MIN) {
        json_null(o);
        return;
    }
    date_print_iso(at_s, text);
    json_str(o, str_from(text, sizeof(text)));
}

static const char *recurrence(const struct grant *grant, const struct evidence *e)
{
    int64_t window = (e->last_s - e->first_s) / 86400 + 1, days = days_count(&grant->days);

    return days <= 1                 ? "once" /* also where nothing older is known */
           : days == 2               ? "twice"
           : days * 10 >= window * 6 ? "daily"
           : days * 10 >= window     ? "weekly"
                                     : "monthly";
}

static void put_observed(struct json_out *o, const struct grant *grant)
{
    enum { SHOWN = 20 };

    json_own_key(o, STR("observed"));
    json_open(o, '[');
    for (size_t i = 0; i < grant->use_count && i < SHOWN; i++) {
        json_str(o, grant->observed[i]);
    }
    json_close(o, ']');
    json_put_i64(o, STR("observed_resources"), (int64_t)grant->use_count);
}

static void put_grant(struct json_out *o, const struct grant *grant, const struct evidence *e)
{
    json_open(o, '{');
    json_put_str(o, STR("action"), grant->action);
    json_put_str(o, STR("resource"), grant->resource);
    if (grant->key.len > 0) {
        json_own_key(o, STR("condition"));
        json_open(o, '{');
        json_key(o, grant->key);
        json_str(o, grant->value);
        json_close(o, '}');
    }
    json_put_i64(o, STR("calls"), (int64_t)grant->count);
    json_put_i64(o, STR("days"), days_count(&grant->days));
    put_time(o, STR("first"), grant->first_s);
    put_time(o, STR("last"), grant->last_s);
    json_put_str(o, STR("recurrence"), str_cstr(recurrence(grant, e)));
    json_put_str(o, STR("confidence"), confidence_word(grant->confidence));
    json_put_str(o, STR("certainty"), map_certainty_word(grant->certainty));
    json_put_str(o, STR("event"), grant->event);
    json_put_bool(o, STR("companion"), grant->companion);
    json_put_str(o, STR("why"), str_cstr(grant->why));
    json_own_key(o, STR("notes"));
    json_open(o, '[');
    for (size_t i = 0; i < grant->note_count; i++) {
        json_str(o, str_cstr(grant->notes[i]));
    }
    json_close(o, ']');
    put_observed(o, grant);
    json_close(o, '}');
}

static void put_tallies(struct json_out *o, str key, const struct table *table, struct arena *arena)
{
    size_t count = 0;
    struct tally **rows = table == NULL ? NULL : tallies(arena, table, &count);

    json_own_key(o, key);
    json_open(o, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(o, '{');
        json_put_str(o, STR("name"), rows[i]->name);
        if (rows[i]->more.len > 0) {
            json_put_str(o, STR("why"), rows[i]->more);
        }
        json_put_i64(o, STR("calls"), (int64_t)rows[i]->count);
        put_time(o, STR("first"), rows[i]->first_s);
        put_time(o, STR("last"), rows[i]->last_s);
        json_close(o, '}');
    }
    json_close(o, ']');
}

void role_print_evidence(const struct role_of *role, const struct evidence *e, buf *out)
{
    struct json_out o = { .out = out };
    const struct who *who = role->who;
    struct arena arena;

    arena_init(&arena, &heap, 64 << 10, 1 << 28);
    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR("mantle-role-evidence/1"));
    json_put_str(&o, STR("principal"), role->arn);
    json_put_str(&o, STR("consumer"), role->consumer);
    put_time(&o, STR("trail_from"), e->first_s);
    put_time(&o, STR("trail_to"), e->last_s);
    json_put_i64(&o, STR("calls"), who == NULL ? 0 : (int64_t)who->calls);
    json_put_i64(&o, STR("denied_calls"), who == NULL ? 0 : (int64_t)who->denied_calls);
    json_put_i64(&o, STR("failed_calls"), who == NULL ? 0 : (int64_t)who->failed_calls);
    json_own_key(&o, STR("grants"));
    json_open(&o, '[');
    for (size_t i = 0; i < role->grants.count; i++) {
        put_grant(&o, &role->grants.items[i], e);
    }
    json_close(&o, ']');
    json_own_key(&o, STR("left_out"));
    json_open(&o, '[');
    for (size_t i = 0; i < role->grants.left_out_count; i++) {
        put_grant(&o, &role->grants.left_out[i], e);
    }
    json_close(&o, ']');
    put_tallies(&o, STR("denied"), who == NULL ? NULL : &who->denied, &arena);
    put_tallies(&o, STR("unknown_events"), who == NULL ? NULL : &who->unknown, &arena);
    put_tallies(&o, STR("agents"), who == NULL ? NULL : &who->agents, &arena);
    put_tallies(&o, STR("addresses"), who == NULL ? NULL : &who->addresses, &arena);
    json_own_key(&o, STR("blind_spots"));
    json_open(&o, '[');
    for (size_t i = 0; i < role->blind_count; i++) {
        json_str(&o, str_cstr(role->blind[i]));
    }
    json_close(&o, ']');
    json_close(&o, '}');
    arena_done(&arena);
}

/* -- proofs.json ---------------------------------------------------------------------------------------------- */

static str verdict_word(enum analysis_verdict verdict)
{
    switch (verdict) {
    case ANALYSIS_UNKNOWN:
        return STR("UNKNOWN");
    case ANALYSIS_PROVED:
        return STR("PROVED");
    case ANALYSIS_COUNTEREXAMPLE:
        return STR("COUNTEREXAMPLE");
    }
    return STR("UNKNOWN");
}

static void put_proof(struct json_out *o, str key, const struct proof *proof, str claim)
{
    json_own_key(o, key);
    json_open(o, '{');
    json_put_str(o, STR("claim"), claim);
    json_put_str(o, STR("verdict"), verdict_word(proof->verdict));
    if (proof->reason != NULL) {
        json_put_str(o, STR("reason"), str_cstr(proof->reason));
    }
    if (proof->verdict == ANALYSIS_COUNTEREXAMPLE) {
        json_put_str(o, STR("action"), proof->action);
        json_put_str(o, STR("resource"), proof->resource);
    }
    json_close(o, '}');
}

void role_print_proofs(const struct role_of *role, buf *out)
{
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR("mantle-role-proofs/1"));
    json_put_str(&o, STR("principal"), role->arn);
    put_proof(&o, STR("new_in_old"), &role->cut.new_in_old,
              STR("the role's policies allow nothing that the principal is not allowed today"));
    put_proof(&o, STR("observed_in_new"), &role->cut.observed_in_new,
              STR("the role's policies allow everything that was observed and is held today"));
    json_put_i64(&o, STR("documents_missing_from_the_export"), (int64_t)role->today.unknown);
    json_put_i64(&o, STR("statements_too_long"), (int64_t)role->cut.documents.too_long);
    json_close(&o, '}');
}

/* -- main.tf ---------------------------------------------------------------------------------------------------- */

/* A name of Terraform's: letters, digits, '_' and '-', not beginning with a digit. */
static void put_label(buf *out, const struct role_of *role)
{
    const str parts[] = { role->name, role->consumer };

    BUF_LIT(out, "r_");
    for (size_t p = 0; p < COUNT_OF(parts); p++) {
        if (p > 0 && parts[p].len > 0) {
            buf_add_char(out, '_');
        }
        for (size_t i = 0; i < parts[p].len; i++) {
            char c = parts[p].ptr[i];
            buf_add_char(out, ascii_is_alnum(c) || c == '-' ? c : '_');
        }
    }
}

static void put_name(buf *out, const struct role_of *role)
{
    const str parts[] = { role->name, role->consumer };
    size_t len = 0;

    for (size_t p = 0; p < COUNT_OF(parts); p++) {
        if (p > 0 && parts[p].len > 0) {
            buf_add_char(out, '-');
        }
        for (size_t i = 0; i < parts[p].len && len < 62; i++, len++) {
            char c = parts[p].ptr[i];
            buf_add_char(out, ascii_is_alnum(c) || memchr("+=,.@-_", c, 7) != NULL ? c : '-');
        }
    }
}

void role_print_terraform(const struct role_of *role, buf *out)
{
    BUF_LIT(out, "resource \"aws_iam_role\" \"");
    put_label(out, role);
    BUF_LIT(out, "\" {\n  name               = \"");
    put_name(out, role);
    BUF_LIT(out, "\"\n  assume_role_policy = file(\"${path.module}/trust.json\")\n");
    if (role->today.boundary.len > 0) {
        BUF_LIT(out, "  # The boundary of today: the proof that nothing is added counts on it.\n");
        buf_printf(out, "  permissions_boundary = \"%.*s\"\n", FMT(role->today.boundary));
    }
    BUF_LIT(out, "}\n");
    for (size_t i = 0; i < role->cut.documents.count; i++) {
        BUF_LIT(out, "\nresource \"aws_iam_policy\" \"");
        put_label(out, role);
        buf_printf(out, "_%zu\" {\n  name   = \"", i + 1);
        put_name(out, role);
        buf_printf(out, "-%zu\"\n  policy = file(\"${path.module}/policy", i + 1);
        if (i > 0) {
            buf_printf(out, "-%zu", i + 1);
        }
        BUF_LIT(out, ".json\")\n}\n\nresource \"aws_iam_role_policy_attachment\" \"");
        put_label(out, role);
        buf_printf(out, "_%zu\" {\n  role       = aws_iam_role.", i + 1);
        put_label(out, role);
        BUF_LIT(out, ".name\n  policy_arn = aws_iam_policy.");
        put_label(out, role);
        buf_printf(out, "_%zu.arn\n}\n", i + 1);
    }
}

/* -- README.md --------------------------------------------------------------------------------------------------- */

static void put_day(buf *out, int64_t at_s)
{
    char text[20];

    if (at_s == INT64_MIN) {
        BUF_LIT(out, "?");
        return;
    }
    date_print_iso(at_s, text);
    buf_add(out, str_from(text, 10));
}

static void put_rows(buf *out, const struct grant *grants, size_t count, const struct evidence *e)
{
    BUF_LIT(out, "\n| action | resource | calls | days | seen | last | confidence |\n"
                 "| --- | --- | ---: | ---: | --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        const struct grant *grant = &grants[i];
        buf_printf(out, "| %.*s | `%.*s` | %" PRIu64 " | %u | %s | ", FMT(grant->action),
                   FMT(grant->resource), grant->count, days_count(&grant->days),
                   recurrence(grant, e));
        put_day(out, grant->last_s);
        buf_printf(out, " | %.*s |\n", FMT(confidence_word(grant->confidence)));
    }
}

static void put_list(buf *out, const char *head, const struct table *table)
{
    struct arena arena;
    size_t count = 0;
    struct tally **rows;

    if (table == NULL || table->count == 0) {
        return;
    }
    arena_init(&arena, &heap, 64 << 10, 1 << 28);
    rows = tallies(&arena, table, &count);
    buf_printf(out, "\n## %s\n\n", head);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "- %.*s: %" PRIu64 " call%s, last ", FMT(rows[i]->name), rows[i]->count,
                   PLURAL(rows[i]->count));
        put_day(out, rows[i]->last_s);
        buf_add_char(out, '\n');
    }
    arena_done(&arena);
}

void role_print_readme(const struct role_of *role, const struct evidence *e, buf *out)
{
    uint64_t calls = role->who == NULL ? 0 : role->who->calls;

    buf_printf(out, "# A role for %.*s\n\nFrom the trail of ", FMT(role->name));
    put_day(out, e->first_s);
    BUF_LIT(out, " to ");
    put_day(out, e->last_s);
    buf_printf(out, ": %" PRIu64 " call%s, %" PRIu64 " of them refused.\n", calls, PLURAL(calls),
               role->who == NULL ? 0 : role->who->denied_calls);
    buf_printf(out, "Nothing beyond today's access: %.*s. Everything observed allowed: %.*s.\n",
               FMT(verdict_word(role->cut.new_in_old.verdict)),
               FMT(verdict_word(role->cut.observed_in_new.verdict)));
    buf_printf(out, "Trust: %s\n", trusted_note(&role->trusted));
    if (role->cut.documents.count > DOCUMENTS_MAX) {
        buf_printf(out, "%zu policies are more than the 10 a role may have by default.\n",
                   role->cut.documents.count);
    }
    BUF_LIT(out, "\n## Allowed\n");
    put_rows(out, role->grants.items, role->grants.count, e);
    if (role->grants.left_out_count > 0) {
        BUF_LIT(out,
                "\n## Not allowed: whether it is needed does not show, or it is not held today\n");
        put_rows(out, role->grants.left_out, role->grants.left_out_count, e);
    }
    put_list(out, "Refused calls, which stay refused",
             role->who == NULL ? NULL : &role->who->denied);
    put_list(out, "Events no permission is known for",
             role->who == NULL ? NULL : &role->who->unknown);
    if (role->blind_count > 0) {
        BUF_LIT(out, "\n## What could not be seen\n\n");
    }
    for (size_t i = 0; i < role->blind_count; i++) {
        buf_printf(out, "- %s\n", role->blind[i]);
    }
}
