/* Reading what the steps left. */
#include "migrate/report.h"

#include "migrate/estate_read.h"
#include "system/system.h"

enum { FILE_BYTES_MAX = 1 << 30, TROUBLES_MAX = 1000 };

const struct report_step_words report_steps[REPORT_STEPS] = {
    [REPORT_INVENTORY] = { "Who uses each key", "mantle migrate inventory" },
    [REPORT_CLASSIFY] = { "People or programs", "mantle migrate classify" },
    [REPORT_ROLES] = { "Roles in their place", "mantle migrate roles" },
    [REPORT_SCAN] = { "Where keys are written down", "mantle migrate scan" },
    [REPORT_PLAN] = { "The plan", "mantle migrate plan" },
    [REPORT_MOVE] = { "The move itself", "mantle migrate apply" },
};

void report_trouble(struct report *r, const char *format, ...)
{
    va_list args;
    str what;

    if (r->troubles == NULL) {
        r->troubles = NEW_ARRAY(r->arena, TROUBLES_MAX, str);
    }
    va_start(args, format);
    what = arena_vprintf(r->arena, format, args);
    va_end(args);
    if (r->troubles != NULL && what.ptr != NULL && r->trouble_count < TROUBLES_MAX) {
        r->troubles[r->trouble_count++] = what;
    }
}

const struct json *report_first(const struct json *object, str name)
{
    const struct json *list = json_member(object, name);

    return list != NULL && list->type == JSON_ARRAY ? list->first : NULL;
}

uint64_t report_number(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);
    uint64_t n;

    return value != NULL && value->type == JSON_NUMBER && str_to_u64(value->text, &n) == RC_OK ? n
                                                                                               : 0;
}

enum rc report_read(struct report *r, str path, const struct json **ret)
{
    static const struct json_limits limits = { 64, 50000000, .repeats = false };
    struct json_error error = { .reason = "" };
    struct json *json = NULL;
    str text = STR_NONE;
    enum rc rc = path.ptr == NULL ? RC_NOMEM : file_read(path.ptr, FILE_BYTES_MAX, r->arena, &text);

    *ret = NULL;
    if (rc == RC_NOENT || rc == RC_NOMEM) {
        return rc;
    }
    if (rc != RC_OK) {
        report_trouble(r, "%.*s cannot be read (%s)", FMT(path), rc_name(rc));
        return RC_SYNTAX;
    }
    rc = json_parse(text, &limits, r->arena, &json, &error);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        report_trouble(r, "%.*s:%u:%u: %s", FMT(path), error.line, error.column, error.reason);
        return RC_SYNTAX;
    }
    TRY(rc);
    *ret = json;
    return RC_OK;
}

static void step(struct report *r, enum report_step which, enum report_state state, str what)
{
    r->steps[which] = (struct report_step_row){ state, what };
}

/* What RC_NOENT and everything else but RC_OK mean for a step. */
static void step_missing(struct report *r, enum report_step which, enum rc rc)
{
    if (rc == RC_NOENT) {
        step(r, which, STEP_MISSING,
             arena_printf(r->arena, "not done yet: %s", report_steps[which].command));
    } else {
        step(
            r, which, STEP_UNREADABLE,
            arena_printf(r->arena, "cannot be read; do it again: %s", report_steps[which].command));
    }
}

static enum rc read_inventory(struct report *r)
{
    const char *why = "";
    enum rc rc = inventory_load(r->estate, r->arena, &r->inventory, &why);

    if (rc == RC_NOMEM) {
        return rc;
    }
    if (rc != RC_OK) {
        r->inventory = (struct inventory){ .arena = r->arena };
        step_missing(r, REPORT_INVENTORY, rc);
        if (rc != RC_NOENT) {
            report_trouble(r, INVENTORY_FILE ": %s", rc == RC_SYNTAX ? why : rc_name(rc));
        }
        return RC_OK;
    }
    step(r, REPORT_INVENTORY, STEP_DONE,
         arena_printf(r->arena, "%llu record%s on %u of %u day%s",
                      (unsigned long long)r->inventory.trail.records,
                      PLURAL(r->inventory.trail.records), r->inventory.days_seen, r->inventory.days,
                      PLURAL(r->inventory.days)));
    return RC_OK;
}

/* A file of the estate that says its format. */
static enum rc read_named(struct report *r, enum report_step which, str file, str format,
                          const struct json **ret)
{
    enum rc rc = report_read(r, estate_path(r->estate, file), ret);

    if (rc == RC_OK && !str_eq(estate_text(*ret, STR("format")), format)) {
        report_trouble(r, "%.*s: its format is not %.*s", FMT(file), FMT(format));
        *ret = NULL;
        rc = RC_SYNTAX;
    }
    if (rc == RC_NOENT || rc == RC_SYNTAX) {
        step_missing(r, which, rc);
        return RC_OK;
    }
    return rc;
}

static enum rc read_classes(struct report *r)
{
    static const char *const words[] = { "mixed", "unknown", "system", "human" };
    size_t counts[COUNT_OF(words)] = { 0 };

    TRY(read_named(r, REPORT_CLASSIFY, STR("classify.json"), STR("mantle-classify/1"),
                   &r->classes));
    if (r->classes == NULL) {
        return RC_OK;
    }
    for (const struct json *u = report_first(r->classes, STR("users")); u != NULL; u = u->next) {
        for (size_t i = 0; i < COUNT_OF(words); i++) {
            counts[i] += str_eq(estate_text(u, STR("class")), str_cstr(words[i]));
        }
    }
    step(r, REPORT_CLASSIFY, STEP_DONE,
         arena_printf(r->arena, "%zu programs, %zu people, %zu mixed, %zu unknown", counts[2],
                      counts[3], counts[0], counts[1]));
    return RC_OK;
}

static enum rc read_scan(struct report *r)
{
    size_t found = 0, places = 0, patched = 0;

    TRY(read_named(r, REPORT_SCAN, STR("scan.json"), STR("mantle-scan/1"), &r->scan));
    if (r->scan == NULL) {
        return RC_OK;
    }
    for (const struct json *f = report_first(r->scan, STR("findings")); f != NULL; f = f->next) {
        found++;
    }
    for (const struct json *p = report_first(r->scan, STR("places")); p != NULL; p = p->next) {
        const struct json *patch = json_member(p, STR("patched"));
        places++;
        patched += patch != NULL && patch->type == JSON_TRUE;
    }
    step(r, REPORT_SCAN, STEP_DONE,
         arena_printf(
             r->arena, "%zu finding%s; files looked at: %llu; files to change: %zu, %zu by a patch",
             found, PLURAL(found),
             (unsigned long long)report_number(json_member(r->scan, STR("looked")), STR("files")),
             places, patched));
    return RC_OK;
}

static enum rc read_plan(struct report *r, const char *file)
{
    str why = STR_NONE;
    enum rc rc = file == NULL ? RC_NOENT
                              : plan_read(file, r->estate->folder.ptr, r->arena, &r->plan, &why);

    if (rc == RC_NOMEM) {
        return rc;
    }
    if (rc == RC_OK && r->estate->account.ptr != NULL &&
        !str_eq(r->plan.account, r->estate->account)) {
        why = STR("is of another account");
        rc = RC_SYNTAX;
    }
    if (rc != RC_OK) {
        r->plan = (struct plan){ .key_count = 0 };
        step_missing(r, REPORT_PLAN, rc);
        if (rc != RC_NOENT) {
            report_trouble(r, "%s: %.*s", file, FMT(why.ptr == NULL ? str_cstr(rc_name(rc)) : why));
        }
        return RC_OK;
    }
    step(r, REPORT_PLAN, STEP_DONE,
         arena_printf(r->arena, "%zu key%s%s", r->plan.key_count, PLURAL(r->plan.key_count),
                      r->plan.expires_s < r->now_s ? "; it has expired: make it again" : ""));
    return RC_OK;
}

static enum rc read_moves(struct report *r, const struct report_options *options)
{
    enum rc rc = options->journal_trouble.ptr != NULL ? RC_IO
                 : options->journal == NULL           ? RC_NOENT
                                                      : RC_OK;

    if (rc == RC_OK) {
        rc = journal_moves(options->journal, STR_NONE, r->arena, &r->moves, &r->move_count);
    }
    if (rc == RC_OK) {
        rc = journal_intents(options->journal, STR_NONE, true, r->arena, &r->open, &r->open_count);
    }
    if (rc == RC_NOMEM) {
        return rc;
    }
    if (rc != RC_OK) {
        r->move_count = r->open_count = 0;
        step_missing(r, REPORT_MOVE, rc);
        if (rc != RC_NOENT) {
            report_trouble(r, "move/journal.db: %s",
                           options->journal_trouble.ptr != NULL ? options->journal_trouble.ptr
                                                                : rc_name(rc));
        }
        return RC_OK;
    }
    step(r, REPORT_MOVE, STEP_DONE,
         arena_printf(r->arena, r->move_count == 1 ? "%zu key on its way" : "%zu keys on their way",
                      r->move_count));
    return RC_OK;
}

enum rc report_gather(const struct report_options *options, struct estate *estate,
                      struct arena *arena, struct report *ret)
{
    *ret = (struct report){ .estate = estate, .arena = arena, .now_s = options->now_s };
    TRY(read_inventory(ret));
    TRY(read_classes(ret));
    TRY(report_read_roles(ret, options->roles_dir));
    TRY(read_scan(ret));
    TRY(read_plan(ret, options->plan_file));
    TRY(read_moves(ret, options));
    TRY(report_join_keys(ret));
    report_count(ret);
    if (ret->role_count > 0) {
        step(ret, REPORT_ROLES, STEP_DONE,
             arena_printf(
                 arena, "%zu whole, %zu for one of several consumers; %zu with both proofs",
                 ret->role_count - ret->sum.of_consumers, ret->sum.of_consumers, ret->sum.proved));
    } else {
        step_missing(ret, REPORT_ROLES, RC_NOENT);
    }
    return RC_OK;
}
