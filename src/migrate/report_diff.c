/* What a role changes: each permission of today beside what is left of it. */
#include "migrate/report_diff.h"
#include "migrate/estate_read.h"
#include "migrate/html.h"
#include "migrate/report.h"
#include "policy/text.h"

enum { SHOWN_MAX = 6, FOLD_MAX = 256 };

/* The one value, or the values of the list. */
static const struct json *first_of(const struct json *statement, str name)
{
    const struct json *value = json_member(statement, name);

    return value == NULL ? NULL : value->type == JSON_ARRAY ? value->first : value;
}
static const struct json *next_of(const struct json *value)
{
    return value->parent != NULL && value->parent->type == JSON_ARRAY ? value->next : NULL;
}

/* Actions do not know upper from lower case. */
static bool action_in(str pattern, str action)
{
    char a[FOLD_MAX], b[FOLD_MAX];

    if (pattern.len > FOLD_MAX || action.len > FOLD_MAX) {
        return false;
    }
    for (size_t i = 0; i < pattern.len; i++) {
        a[i] = ascii_lower(pattern.ptr[i]);
    }
    for (size_t i = 0; i < action.len; i++) {
        b[i] = ascii_lower(action.ptr[i]);
    }
    return glob_match(str_from(a, pattern.len), str_from(b, action.len));
}

static size_t plain_len(str pattern)
{
    size_t n = 0;

    while (n < pattern.len && pattern.ptr[n] != '*' && pattern.ptr[n] != '?' &&
           pattern.ptr[n] != '$') {
        n++;
    }
    return n;
}

/* Whether two patterns may have a name in common. What stands before the first wildcard is compared and no
 * more: "gone" is never said of what may be left. */
static bool may_meet(str a, str b)
{
    size_t x = plain_len(a), y = plain_len(b), n = x < y ? x : y;

    return (n == 0 || memcmp(a.ptr, b.ptr, n) == 0) && !(x == a.len && y > x) &&
           !(y == b.len && x > y);
}

static bool resources_meet(const struct json *statement, str resource)
{
    const struct json *r = first_of(statement, STR("Resource"));

    if (r == NULL) { /* NotResource */
        return true;
    }
    for (; r != NULL; r = next_of(r)) {
        if (may_meet(r->text, resource)) {
            return true;
        }
    }
    return false;
}

static bool kept(const struct report_today *today, const struct json *grant)
{
    str action = estate_text(grant, STR("action"));
    bool hit = false;

    if (today->action != NULL) {
        hit = action_in(today->action->text, action);
    } else {
        hit = true;
        for (const struct json *n = first_of(today->statement, STR("NotAction")); n != NULL;
             n = next_of(n)) {
            hit = hit && !action_in(n->text, action);
        }
    }
    return hit && resources_meet(today->statement, estate_text(grant, STR("resource")));
}

size_t report_kept(const struct report_today *today, const struct json *evidence,
                   const struct json **ret, size_t room)
{
    size_t count = 0;

    for (const struct json *g = report_first(evidence, STR("grants")); g != NULL; g = g->next) {
        if (kept(today, g)) {
            if (count < room) {
                ret[count] = g;
            }
            count++;
        }
    }
    return count;
}

/* -- today, permission by permission ---------------------------------------------------------------------- */

static void each_statement(const struct estate_policy *policy, const struct json *statement,
                           report_today_visitor *visit, void *context)
{
    struct report_today today = { .policy = policy, .statement = statement };
    const struct json *action = first_of(statement, STR("Action"));

    today.deny = !str_eq(estate_text(statement, STR("Effect")), STR("Allow"));
    if (action == NULL) {
        visit(context, &today);
    }
    for (; action != NULL; action = next_of(action)) {
        today.action = action;
        visit(context, &today);
    }
}

enum rc report_each_today(const struct estate_user *user, struct arena *arena,
                          report_today_visitor *visit, void *context)
{
    static const struct json_limits limits = { 64, 1000000, .repeats = true };

    for (size_t i = 0; i < user->policies.count; i++) {
        const struct estate_policy *policy = &user->policies.items[i];
        struct json_error error;
        struct json *doc = NULL;
        enum rc rc = policy->doc == NULL || policy->text.ptr == NULL
                         ? RC_SYNTAX
                         : json_parse(policy->text, &limits, arena, &doc, &error);
        if (rc == RC_NOMEM) {
            return rc;
        }
        for (const struct json *s = rc == RC_OK ? first_of(doc, STR("Statement")) : NULL; s != NULL;
             s = next_of(s)) {
            each_statement(policy, s, visit, context);
        }
    }
    return RC_OK;
}

/* -- the table -------------------------------------------------------------------------------------------- */

struct putting {
    const struct report_role *role;
    struct html_table *table;
};

static void put_resources(const struct json *statement, buf *out)
{
    const struct json *r = first_of(statement, STR("Resource"));
    size_t count = 0;

    if (r == NULL) {
        BUF_LIT(out, " on all but some");
        return;
    }
    for (const struct json *more = r; more != NULL; more = next_of(more)) {
        count++;
    }
    BUF_LIT(out, " on ");
    html_element(out, "code", NULL, r->text);
    if (count > 1) {
        html_say(out, " and %zu more", count - 1);
    }
}

static void put_today(void *context, const struct report_today *today)
{
    struct putting *p = context;
    buf *out = p->table->out;
    const struct json *grants[SHOWN_MAX];
    size_t count;

    if (today->deny) {
        return;
    }
    count = report_kept(today, p->role->evidence, grants, SHOWN_MAX);
    html_row(p->table);
    html_cell(p->table);
    html_element(out, "code", NULL,
                 today->action == NULL ? STR("all but some actions") : today->action->text);
    put_resources(today->statement, out);
    html_cell_end(p->table);
    html_cell_text(p->table, today->policy->name);
    html_cell(p->table);
    if (count == 0) {
        BUF_LIT(out, "<span class=\"good\">gone</span>: no need of it was seen");
    }
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
        buf_add(out, i == 0 ? STR("") : STR("<br>"));
        html_element(out, "code", NULL, estate_text(grants[i], STR("action")));
        BUF_LIT(out, " on ");
        html_element(out, "code", NULL, estate_text(grants[i], STR("resource")));
    }
    if (count > SHOWN_MAX) {
        BUF_LIT(out, "<br>");
        html_say(out, "and %zu more", count - SHOWN_MAX);
    }
    html_cell_end(p->table);
    html_row_end(p->table);
}

void report_put_diff(const struct report *r, const struct report_role *role, buf *out)
{
    static const struct html_column columns[] = { { "Allowed today", COLUMN_TEXT },
                                                  { "By", COLUMN_TEXT },
                                                  { "Left of it in the role", COLUMN_TEXT } };
    struct arena arena;
    struct html_table t;
    struct putting p = { role, &t };

    arena_init(&arena, r->arena->backing, 1 << 16, (size_t)1 << 30);
    html_table(out, STR("Today's permissions, and what is left of each"), columns,
               COUNT_OF(columns), &t);
    if (report_each_today(role->user, &arena, put_today, &p) != RC_OK) {
        out->err = out->err != RC_OK ? out->err : RC_NOMEM;
    }
    html_table_end(&t);
    if (role->user->policies.unknown > 0) {
        BUF_LIT(out, "<p class=\"warn\">");
        html_say(out,
                 "%zu of today's documents are not in the exports: what they allow is not known",
                 role->user->policies.unknown);
        BUF_LIT(out, "</p>\n");
    }
    arena_done(&arena);
}
