/* The page: what a manager reads first, what needs somebody, the board, the keys. */
#include <inttypes.h>

#include "codec/date.h"
#include "migrate/estate_read.h"
#include "migrate/html.h"
#include "migrate/report.h"

bool report_put_missing(const struct report *r, enum report_step step, buf *out)
{
    if (r->steps[step].state == STEP_DONE) {
        return false;
    }
    html_element(out, "p", "warn", r->steps[step].what);
    buf_add_char(out, '\n');
    return true;
}

/* -- the top ----------------------------------------------------------------------------------------- */

static void put_tile(buf *out, uint64_t number, const char *what)
{
    BUF_LIT(out, "<div><dt>");
    html_text(out, str_cstr(what));
    BUF_LIT(out, "</dt><dd>");
    buf_add_u64(out, number);
    BUF_LIT(out, "</dd></div>\n");
}

static void put_tiles(const struct report *r, buf *out)
{
    const struct report_sum *s = &r->sum;

    BUF_LIT(out, "<dl class=\"tiles\">\n");
    put_tile(out, s->users, "users in the exports");
    put_tile(out, s->active, "active keys");
    put_tile(out, s->old, "active keys of 180 days and more");
    put_tile(out, s->unused, "active keys never seen in use");
    if (r->steps[REPORT_INVENTORY].state == STEP_DONE) {
        put_tile(out, s->consumers, "consumers behind keys");
        put_tile(out, s->shared, "keys with more than one consumer");
    }
    if (r->steps[REPORT_MOVE].state == STEP_DONE) {
        put_tile(out, s->alerts, "keys with an alert");
        put_tile(out, s->by_stage[STAGE_INACTIVE], "keys switched off");
        put_tile(out, s->by_stage[STAGE_KEY_DELETED] + s->by_stage[STAGE_USER_DELETED],
                 "keys deleted");
    }
    BUF_LIT(out, "</dl>\n");
}

static void put_lead(const struct report *r, buf *out)
{
    const struct report_sum *s = &r->sum;
    size_t gone = s->by_stage[STAGE_KEY_DELETED] + s->by_stage[STAGE_USER_DELETED];

    BUF_LIT(out, "<p class=\"lead\">");
    html_say(out, "%zu of %zu keys %s gone; %zu %s active", gone, r->key_count,
             gone == 1 ? "is" : "are", s->active, s->active == 1 ? "is" : "are");
    if (s->active > 0 && s->oldest_days > 0) {
        html_say(out, ", the oldest for %" PRId64 " day%s", s->oldest_days, PLURAL(s->oldest_days));
    }
    BUF_LIT(out, ".</p>\n");
}

static void put_steps(const struct report *r, buf *out)
{
    static const struct html_column columns[] = { { "Step", COLUMN_TEXT },
                                                  { "Where it stands", COLUMN_TEXT } };
    struct html_table t;

    html_table(out, STR("The steps of the move"), columns, COUNT_OF(columns), &t);
    for (size_t i = 0; i < REPORT_STEPS; i++) {
        html_row(&t);
        html_cell_text(&t, str_cstr(report_steps[i].name));
        html_cell(&t);
        html_element(out, "span", r->steps[i].state == STEP_DONE ? NULL : "warn", r->steps[i].what);
        html_cell_end(&t);
        html_row_end(&t);
    }
    html_table_end(&t);
}

void report_put_top(const struct report *r, buf *out)
{
    char now[20], from[20], to[20];

    date_print_iso(r->now_s, now);
    BUF_LIT(out, "<header>\n<h1>From keys to roles: account ");
    html_theirs(out, r->estate->account.ptr == NULL ? STR("unknown") : r->estate->account);
    BUF_LIT(out, "</h1>\n<p class=\"soft\">");
    html_say(out, "As of %.10s %.5s UTC.", now, now + 11);
    if (r->inventory.first_s != ESTATE_NEVER && r->steps[REPORT_INVENTORY].state == STEP_DONE) {
        date_print_iso(r->inventory.first_s, from);
        date_print_iso(r->inventory.last_s, to);
        html_say(out, " The trail read is of %.10s to %.10s.", from, to);
    }
    BUF_LIT(out, "</p>\n<nav aria-label=\"On this page\"><a href=\"#attention\">Attention</a> "
                 "<a href=\"#board\">Board</a> <a href=\"#keys\">Keys</a> "
                 "<a href=\"#consumers\">Consumers</a> <a href=\"#roles\">Roles</a> "
                 "<a href=\"#places\">Places</a> <a href=\"#blind\">Blind spots</a></nav>\n"
                 "</header>\n");
    put_lead(r, out);
    put_tiles(r, out);
    put_steps(r, out);
}

/* -- what needs somebody ------------------------------------------------------------------------------- */

/* Who it was, as apply wrote it down: apply_facts.c. */
static void put_detail(const struct report *r, str detail, buf *out)
{
    static const struct {
        str name;
        const char *before;
    } parts[] = { { STR_INIT("at"), ", at " },          { STR_INIT("source"), " from " },
                  { STR_INIT("agent"), ", program " },  { STR_INIT("event"), ", call " },
                  { STR_INIT("service"), " of " },      { STR_INIT("error"), ", answer " },
                  { STR_INIT("seen_in"), ", seen in " } };
    const struct json_limits limits = { 16, 1000, .repeats = true };
    struct json_error error;
    struct json *json = NULL;

    if (detail.ptr == NULL || json_parse(detail, &limits, r->arena, &json, &error) != RC_OK) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        str text = estate_text(json, parts[i].name);
        if (text.len > 0) {
            html_text(out, str_cstr(parts[i].before));
            html_element(out, "code", NULL, text);
        }
    }
}

static void put_alerts(const struct report *r, buf *out)
{
    char at[20];

    for (size_t i = 0; i < r->key_count; i++) {
        const struct report_key *key = &r->keys[i];
        if (key->move != NULL && key->move->alert) {
            date_print_iso(key->move->at_s, at);
            BUF_LIT(out, "<li><span class=\"bad\">ALERT</span> key ");
            html_element(out, "code", NULL, key->id);
            BUF_LIT(out, " of ");
            html_theirs(out, key->user);
            html_say(out, ", %.10s: ", at);
            html_theirs(out, key->move->why);
            put_detail(r, key->move->detail, out);
            BUF_LIT(out, "</li>\n");
        }
    }
    for (size_t i = 0; i < r->open_count; i++) {
        BUF_LIT(out, "<li><span class=\"bad\">Broken off</span> a step (");
        html_theirs(out, r->open[i].kind);
        BUF_LIT(out, ") of key ");
        html_element(out, "code", NULL, r->open[i].key);
        BUF_LIT(out, ": run apply, or revert</li>\n");
    }
}

static void put_mixed(const struct report *r, buf *out)
{
    for (const struct json *u = report_first(r->classes, STR("users")); u != NULL; u = u->next) {
        bool mixed = str_eq(estate_text(u, STR("class")), STR("mixed"));
        const struct json *glass = json_member(u, STR("break_glass"));
        if (mixed) {
            BUF_LIT(out, "<li><span class=\"warn\">Mixed</span> ");
            html_theirs(out, estate_text(u, STR("name")));
            BUF_LIT(out, ": used by a person and by a program. Talk first, move last.</li>\n");
        }
        if (glass != NULL && glass->type == JSON_TRUE) {
            BUF_LIT(out, "<li><span class=\"warn\">Break glass?</span> ");
            html_theirs(out, estate_text(u, STR("name")));
            BUF_LIT(out, ": ");
            html_theirs(out, estate_text(u, STR("break_glass_why")));
            BUF_LIT(out, ". It is left alone.</li>\n");
        }
    }
}

static void put_unproved(const struct report *r, buf *out)
{
    for (size_t i = 0; i < r->role_count; i++) {
        const struct report_role *role = &r->roles[i];
        if (role->new_in_old == CLAIM_OPEN || role->observed_in_new == CLAIM_OPEN) {
            BUF_LIT(out, "<li><span class=\"bad\">Not proved</span> for the role of ");
            html_theirs(out, role->name);
            BUF_LIT(out, ": ");
            html_theirs(out, role->failed);
            BUF_LIT(out, "</li>\n");
        }
    }
}

void report_put_attention(const struct report *r, buf *out)
{
    const struct report_sum *s = &r->sum;
    size_t before, ownerless = r->key_count - s->owned;

    html_section(out, "attention", "What needs somebody");
    BUF_LIT(out, "<ul>\n");
    before = out->len;
    put_alerts(r, out);
    put_unproved(r, out);
    put_mixed(r, out);
    if (ownerless > 0) {
        BUF_LIT(out, "<li><span class=\"warn\">No owner</span> ");
        html_say(out, "is known for %zu of %zu keys: write them into owners.json, or tag the users",
                 ownerless, r->key_count);
        BUF_LIT(out, "</li>\n");
    }
    if (out->len == before) {
        BUF_LIT(out, "<li>Nothing.</li>\n");
    }
    BUF_LIT(out, "</ul>\n");
    html_section_end(out);
}

/* -- the board ----------------------------------------------------------------------------------------- */

static const char *const stage_titles[STAGES] = {
    "S0 inventoried",  "S1 owned",    "S2 role made",   "S3 role seen",    "S4 silent",
    "S5 deny windows", "S6 inactive", "S7 key deleted", "S8 user deleted",
};

static bool has_moved(const struct report_key *key)
{
    return key->move != NULL || (key->plan != NULL && key->plan->held.ptr != NULL);
}

static void put_moved_key(const struct report_key *key, struct html_table *t)
{
    bool held = key->plan != NULL && key->plan->held.ptr != NULL;

    html_row(t);
    html_cell(t);
    html_element(t->out, "code", NULL, key->id);
    html_cell_end(t);
    html_cell_text(t, key->user);
    html_cell_text(t, str_cstr(stage_titles[key->stage]));
    html_cell_day(t, key->move == NULL ? ESTATE_NEVER : key->move->at_s);
    html_cell_text(t, key->owner);
    html_cell(t);
    if (key->move != NULL && key->move->alert) {
        BUF_LIT(t->out, "<span class=\"bad\">ALERT</span> ");
    }
    html_theirs(t->out, held ? key->plan->held : key->move->why);
    html_cell_end(t);
    html_row_end(t);
}

static void put_moved(const struct report *r, buf *out)
{
    static const struct html_column columns[] = {
        { "Key", COLUMN_WHOLE },   { "User", COLUMN_TEXT },  { "Stage", COLUMN_WHOLE },
        { "Since", COLUMN_WHOLE }, { "Owner", COLUMN_TEXT }, { "Why there", COLUMN_TEXT }
    };
    struct html_table t;
    size_t count = 0;

    for (size_t i = 0; i < r->key_count; i++) {
        count += has_moved(&r->keys[i]);
    }
    if (count == 0) {
        BUF_LIT(out, "<p>No key has moved yet, and none is held.</p>\n");
        return;
    }
    html_table(out, STR("Keys that have moved, or are held"), columns, COUNT_OF(columns), &t);
    for (size_t i = 0; i < r->key_count; i++) {
        if (has_moved(&r->keys[i])) {
            put_moved_key(&r->keys[i], &t);
        }
    }
    html_table_end(&t);
}

void report_put_board(const struct report *r, buf *out)
{
    struct html_bar bars[STAGES];

    html_section(out, "board", "The board: where each key stands");
    (void)report_put_missing(r, REPORT_MOVE, out);
    for (size_t i = 0; i < STAGES; i++) {
        bars[i] = (struct html_bar){ stage_titles[i], r->sum.by_stage[i], r->sum.alerts_at[i] };
    }
    BUF_LIT(out, "<figure>\n");
    html_bars(out, "Keys by stage", bars, STAGES, true);
    BUF_LIT(out, "<figcaption>Keys by stage, from known to gone.<span class=\"k1\"></span>quiet"
                 "<span class=\"k3\"></span>with an alert</figcaption></figure>\n");
    put_moved(r, out);
    html_section_end(out);
}

/* -- keys ---------------------------------------------------------------------------------------------- */

static void put_key(const struct report *r, const struct report_key *key, struct html_table *t)
{
    int64_t age = report_age_days(r, key);

    html_row(t);
    html_cell(t);
    html_element(t->out, "code", NULL, key->id);
    html_cell_end(t);
    html_cell_text(t, key->user);
    html_cell_text(t, !key->in_exports ? STR("gone")
                      : key->active    ? STR("active")
                                       : STR("inactive"));
    if (age < 0) {
        html_cell_text(t, STR_NONE);
    } else {
        html_cell_number(t, (uint64_t)age);
    }
    html_cell_day(t, key->used_s);
    if (key->seen == NULL) {
        html_cell_text(t, STR_NONE);
        html_cell_text(t, STR_NONE);
    } else {
        html_cell_number(t, key->seen->use.calls);
        html_cell_number(t, key->seen->consumer_count);
    }
    html_cell_text(t, key->class_word);
    html_cell_text(t, key->owner);
    html_row_end(t);
}

void report_put_keys(const struct report *r, buf *out)
{
    static const struct html_column columns[] = {
        { "Key", COLUMN_WHOLE },        { "User", COLUMN_TEXT },      { "State", COLUMN_WHOLE },
        { "Age, days", COLUMN_NUMBER }, { "Last use", COLUMN_WHOLE }, { "Calls", COLUMN_NUMBER },
        { "Consumers", COLUMN_NUMBER }, { "Class", COLUMN_TEXT },     { "Owner", COLUMN_TEXT }
    };
    struct html_bar bars[REPORT_AGES];
    struct html_table t;

    html_section(out, "keys", "Keys and their ages");
    if (!r->estate->has_keys) {
        BUF_LIT(
            out,
            "<p class=\"warn\">access-keys.json is missing or not whole: keys are known from the "
            "credential report and the trail alone.</p>\n");
    }
    for (size_t i = 0; i < REPORT_AGES; i++) {
        bars[i] = (struct html_bar){ report_age_words[i], r->sum.ages[i], r->sum.ages_inactive[i] };
    }
    BUF_LIT(out, "<figure>\n");
    html_bars(out, "Keys by age", bars, REPORT_AGES, false);
    BUF_LIT(out, "<figcaption>Keys by age.<span class=\"k1\"></span>active"
                 "<span class=\"k2\"></span>inactive</figcaption></figure>\n");
    html_table(out, STR("All keys; a dash: not known, or never"), columns, COUNT_OF(columns), &t);
    for (size_t i = 0; i < r->key_count; i++) {
        put_key(r, &r->keys[i], &t);
    }
    html_table_end(&t);
    html_section_end(out);
}

/* -- the whole ----------------------------------------------------------------------------------------- */

void report_page(const struct report *report, buf *out)
{
    html_begin(out, STR("From keys to roles"));
    report_put_top(report, out);
    report_put_attention(report, out);
    report_put_board(report, out);
    report_put_keys(report, out);
    report_put_consumers(report, out);
    report_put_roles(report, out);
    report_put_places(report, out);
    report_put_blind(report, out);
    BUF_LIT(out, "<footer>Made by mantle migrate report from the files of the estate. User agents "
                 "and addresses are what callers say and where packets came from: they tell "
                 "programs apart and prove nothing.</footer>\n");
    html_end(out);
}
