/* The page's second half: consumers, roles with their evidence, places, and what nobody could see. */
#include <inttypes.h>

#include "migrate/estate_read.h"
#include "migrate/html.h"
#include "migrate/report_diff.h"

enum { PROBLEMS_SHOWN = 100, SERVICES_SHOWN = 5, PLACES_SHOWN = 2000, SPOTS_MAX = 300 };

/* -- consumers ------------------------------------------------------------------------------------------ */

static void put_services(const struct inventory_use *use, struct html_table *t)
{
    html_cell(t);
    for (size_t i = 0; i < use->services.count && i < SERVICES_SHOWN; i++) {
        str name = use->services.items[i].name;
        if (str_ends(name, STR(".amazonaws.com"))) {
            name.len -= STR(".amazonaws.com").len;
        }
        buf_add(t->out, i == 0 ? STR("") : STR(", "));
        html_theirs(t->out, name);
    }
    if (use->services.count > SERVICES_SHOWN) {
        html_say(t->out, " and %zu more", use->services.count - SERVICES_SHOWN);
    }
    html_cell_end(t);
}

static void put_consumer(const struct report_key *key, const struct inventory_consumer *c,
                         struct html_table *t)
{
    html_row(t);
    html_cell_text(t, c->name);
    html_cell(t);
    html_element(t->out, "code", NULL, key->id);
    html_cell_end(t);
    html_cell_text(t, key->user);
    html_cell_number(t, c->use.calls);
    html_cell_number(t, c->use.active_days);
    put_services(&c->use, t);
    html_cell_day(t, c->use.last_s);
    html_cell_number(t, c->use.denied);
    html_row_end(t);
}

void report_put_consumers(const struct report *r, buf *out)
{
    static const struct html_column columns[] = {
        { "Consumer", COLUMN_TEXT },  { "Key", COLUMN_WHOLE },     { "User", COLUMN_TEXT },
        { "Calls", COLUMN_NUMBER },   { "Days", COLUMN_NUMBER },   { "Services", COLUMN_TEXT },
        { "Last use", COLUMN_WHOLE }, { "Refused", COLUMN_NUMBER }
    };
    struct html_table t;

    html_section(out, "consumers", "Consumers: who really uses each key");
    if (!report_put_missing(r, REPORT_INVENTORY, out)) {
        BUF_LIT(out, "<p class=\"soft\">A consumer is one program at work behind a key. Two on one "
                     "key are two programs that need two roles, and often a service nobody wrote "
                     "down.</p>\n");
        html_table(out, STR("Consumers of each key"), columns, COUNT_OF(columns), &t);
        for (size_t i = 0; i < r->key_count; i++) {
            const struct report_key *key = &r->keys[i];
            for (size_t c = 0; key->seen != NULL && c < key->seen->consumer_count; c++) {
                put_consumer(key, &key->seen->consumers[c], &t);
            }
        }
        html_table_end(&t);
    }
    html_section_end(out);
}

/* -- roles ------------------------------------------------------------------------------------------------ */

static void put_grant(const struct json *grant, struct html_table *t)
{
    str last = estate_text(grant, STR("last")), condition = STR_NONE;
    const struct json *members = json_member(grant, STR("condition"));

    if (members != NULL && members->type == JSON_OBJECT && members->first != NULL) {
        condition = members->first->text;
    }
    html_row(t);
    html_cell(t);
    html_element(t->out, "code", NULL, estate_text(grant, STR("action")));
    html_cell_end(t);
    html_cell(t);
    html_element(t->out, "code", NULL, estate_text(grant, STR("resource")));
    if (condition.ptr != NULL) {
        BUF_LIT(t->out, " if ");
        html_element(t->out, "code", NULL, members->first->key);
        BUF_LIT(t->out, " is ");
        html_element(t->out, "code", NULL, condition);
    }
    html_cell_end(t);
    html_cell_number(t, report_number(grant, STR("calls")));
    html_cell_number(t, report_number(grant, STR("days")));
    html_cell_text(t, str_slice(last, 0, 10));
    html_cell_text(t, estate_text(grant, STR("confidence")));
    html_cell(t);
    html_theirs(t->out, estate_text(grant, STR("why")));
    for (const struct json *n = report_first(grant, STR("notes")); n != NULL; n = n->next) {
        BUF_LIT(t->out, "; ");
        html_theirs(t->out, n->text);
    }
    html_cell_end(t);
    html_row_end(t);
}

static void put_grants(const struct json *evidence, str list, str caption, buf *out)
{
    static const struct html_column columns[] = {
        { "Action", COLUMN_WHOLE }, { "Resource", COLUMN_TEXT },   { "Calls", COLUMN_NUMBER },
        { "Days", COLUMN_NUMBER },  { "Last seen", COLUMN_WHOLE }, { "Confidence", COLUMN_WHOLE },
        { "Why", COLUMN_TEXT }
    };
    struct html_table t;

    html_table(out, caption, columns, COUNT_OF(columns), &t);
    for (const struct json *g = report_first(evidence, list); g != NULL; g = g->next) {
        put_grant(g, &t);
    }
    html_table_end(&t);
}

static void put_claim(enum report_claim claim, const char *what, buf *out)
{
    static const struct {
        const char *class, *word;
    } words[] = { [CLAIM_UNKNOWN] = { "warn", "no proof" },
                  [CLAIM_PROVED] = { "good", "proved" },
                  [CLAIM_OPEN] = { "bad", "not proved" } };

    html_text(out, str_cstr(what));
    BUF_LIT(out, ": ");
    html_element(out, "span", words[claim].class, str_cstr(words[claim].word));
}

static uint64_t list_count(const struct json *object, str name)
{
    const struct json *list = json_member(object, name);

    return list != NULL && list->type == JSON_ARRAY ? list->count : 0;
}

static void put_role(const struct report *r, const struct report_role *role, buf *out)
{
    uint64_t grants = list_count(role->evidence, STR("grants"));
    uint64_t calls = report_number(role->evidence, STR("calls"));

    BUF_LIT(out, "<details><summary><strong>");
    html_theirs(out, role->name);
    BUF_LIT(out, "</strong>");
    if (role->consumer.len > 0) {
        BUF_LIT(out, ", consumer ");
        html_theirs(out, role->consumer);
    }
    html_say(out, ": %" PRIu64 " permission%s from %" PRIu64 " call%s. ", grants, PLURAL(grants),
             calls, PLURAL(calls));
    put_claim(role->new_in_old, "Nothing beyond today", out);
    BUF_LIT(out, "; ");
    put_claim(role->observed_in_new, "all that was observed", out);
    BUF_LIT(out, "</summary>\n");
    if (role->user != NULL && role->consumer.len == 0) {
        report_put_diff(r, role, out);
    }
    put_grants(role->evidence, STR("grants"), STR("What the role may do, and from what it follows"),
               out);
    if (list_count(role->evidence, STR("left_out")) > 0) {
        put_grants(role->evidence, STR("left_out"),
                   STR("Left out: whether it is needed does not show, or it is not held today"),
                   out);
    }
    BUF_LIT(out, "</details>\n");
}

void report_put_roles(const struct report *r, buf *out)
{
    html_section(out, "roles", "Roles: what changes, and why");
    if (!report_put_missing(r, REPORT_ROLES, out)) {
        BUF_LIT(out, "<p class=\"soft\">");
        html_say(out,
                 "Roles in the place of %zu user%s, and %zu for single consumers where a key has "
                 "several. %zu of the %zu have both proofs: they allow nothing that is not allowed "
                 "today, and everything that was observed and is held today.",
                 r->role_count - r->sum.of_consumers, PLURAL(r->role_count - r->sum.of_consumers),
                 r->sum.of_consumers, r->sum.proved, r->role_count);
        BUF_LIT(out, "</p>\n");
    }
    for (size_t i = 0; i < r->role_count; i++) {
        put_role(r, &r->roles[i], out);
    }
    html_section_end(out);
}

/* -- places ------------------------------------------------------------------------------------------------ */

static void put_place(const struct json *f, struct html_table *t)
{
    str key = estate_text(f, STR("keyId")), commit = estate_text(f, STR("commit"));

    html_row(t);
    html_cell(t);
    html_theirs(t->out, estate_text(f, STR("file")));
    html_say(t->out, ":%" PRIu64, report_number(f, STR("line")));
    if (commit.len > 0) {
        BUF_LIT(t->out, ", commit ");
        html_theirs(t->out, str_slice(commit, 0, 12));
        BUF_LIT(t->out, ": ");
        html_theirs(t->out, estate_text(f, STR("path")));
    }
    html_cell_end(t);
    html_cell_text(t, estate_text(f, STR("place")));
    html_cell(t);
    html_element(t->out, "code", NULL, key);
    html_cell_end(t);
    html_cell_text(t, estate_text(f, STR("user")));
    html_cell_text(t, estate_text(f, STR("todo")));
    html_row_end(t);
}

void report_put_places(const struct report *r, buf *out)
{
    static const struct html_column columns[] = { { "File and line", COLUMN_TEXT },
                                                  { "Kind of place", COLUMN_TEXT },
                                                  { "Key", COLUMN_WHOLE },
                                                  { "User", COLUMN_TEXT },
                                                  { "What to do", COLUMN_TEXT } };
    struct html_table t;
    size_t count = 0;

    html_section(out, "places", "Places: where keys are written down");
    if (!report_put_missing(r, REPORT_SCAN, out)) {
        html_table(out, STR("Where keys were found; no secret is shown"), columns,
                   COUNT_OF(columns), &t);
        for (const struct json *f = report_first(r->scan, STR("findings")); f != NULL;
             f = f->next) {
            if (count++ < PLACES_SHOWN) {
                put_place(f, &t);
            }
        }
        html_table_end(&t);
        if (count > PLACES_SHOWN) {
            BUF_LIT(out, "<p class=\"warn\">");
            html_say(out, "%zu more are in scan.json.", count - PLACES_SHOWN);
            BUF_LIT(out, "</p>\n");
        }
    }
    html_section_end(out);
}

/* -- what could not be seen --------------------------------------------------------------------------------- */

static void put_spot(buf *out, str subject, str what)
{
    BUF_LIT(out, "<li>");
    if (subject.len > 0) {
        html_element(out, "code", NULL, subject);
        BUF_LIT(out, ": ");
    }
    html_theirs(out, what);
    BUF_LIT(out, "</li>\n");
}

/* Those of roles repeat themselves: each is said once, with how many it holds for. */
static void put_role_spots(const struct report *r, buf *out)
{
    struct {
        str what;
        size_t roles;
    } spots[SPOTS_MAX];
    size_t count = 0, at;

    for (size_t i = 0; i < r->role_count; i++) {
        for (const struct json *b = report_first(r->roles[i].evidence, STR("blind_spots"));
             b != NULL; b = b->next) {
            for (at = 0; at < count && !str_eq(spots[at].what, b->text); at++) {
            }
            if (at == count && count < SPOTS_MAX) {
                spots[count].what = b->text;
                spots[count++].roles = 0;
            }
            if (at < count) {
                spots[at].roles++;
            }
        }
    }
    for (at = 0; at < count; at++) {
        BUF_LIT(out, "<li>");
        html_say(out, "%zu role%s: ", spots[at].roles, spots[at].roles == 1 ? "" : "s");
        html_theirs(out, spots[at].what);
        BUF_LIT(out, "</li>\n");
    }
    if (count == SPOTS_MAX) {
        BUF_LIT(out, "<li>and more, in the evidence.json of each role</li>\n");
    }
}

static void put_problems(const struct report *r, buf *out)
{
    for (size_t i = 0; i < r->estate->problem_count && i < PROBLEMS_SHOWN; i++) {
        put_spot(out, r->estate->problems[i].file, r->estate->problems[i].what);
    }
    for (size_t i = 0; i < r->inventory.problem_count && i < PROBLEMS_SHOWN; i++) {
        put_spot(out, r->inventory.problems[i].path, r->inventory.problems[i].what);
    }
    if (r->inventory.problems_seen > PROBLEMS_SHOWN) {
        BUF_LIT(out, "<li>");
        html_say(out, "%" PRIu64 " in trail files altogether: inventory.json lists them",
                 r->inventory.problems_seen);
        BUF_LIT(out, "</li>\n");
    }
}

void report_put_blind(const struct report *r, buf *out)
{
    size_t before, shown = 0;

    html_section(out, "blind", "Blind spots: what could not be seen");
    (void)report_put_missing(r, REPORT_INVENTORY, out);
    BUF_LIT(out, "<ul>\n");
    before = out->len;
    for (size_t i = 0; i < r->inventory.blind_count; i++) {
        put_spot(out, r->inventory.blind[i].subject, r->inventory.blind[i].what);
    }
    put_role_spots(r, out);
    for (const struct json *u = report_first(r->scan, STR("unseen"));
         u != NULL && shown < PROBLEMS_SHOWN; u = u->next, shown++) {
        put_spot(out, estate_text(u, STR("path")), estate_text(u, STR("why")));
    }
    if (report_number(r->scan, STR("unseenMore")) > 0) {
        BUF_LIT(out, "<li>");
        html_say(out, "%" PRIu64 " more files that scan could not read",
                 report_number(r->scan, STR("unseenMore")));
        BUF_LIT(out, "</li>\n");
    }
    for (size_t i = 0; i < r->trouble_count; i++) {
        put_spot(out, STR_NONE, r->troubles[i]);
    }
    put_problems(r, out);
    if (out->len == before && r->steps[REPORT_INVENTORY].state == STEP_DONE) {
        BUF_LIT(out, "<li>None is known.</li>\n");
    }
    BUF_LIT(out, "</ul>\n");
    html_section_end(out);
}
