/* mantle why REQUEST-ID: explains one call of the trail. First what was decided then, from the
 * record; then the same decision from the policies as they stand now; then the changes between. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print.h"
#include "cli/why.h"
#include "trail/trail.h"

enum { WHY_ARENA_MAX = 256 << 20, RECORD_ARENA_MAX = 64 << 20, CHANGES_MAX = 100 };

static const struct json_limits limits = { .depth_max = 64, .values_max = 100000 };

struct why {
    const char *data;
    str request_id;
    bool json, colour;
    struct arena *arena;
    struct json *record;
    struct why_now now;
    bool now_known;
    struct json *changes[CHANGES_MAX];
    size_t change_count, changes_more;
};

/* -- finding ----------------------------------------------------------------------------------- */

static enum rc trail_of(const struct why *w, struct trail_reader **ret, str *ret_why)
{
    str dir = arena_printf(w->arena, "%s/trail", w->data);

    return dir.ptr == NULL ? RC_NOMEM : trail_reader_open(dir.ptr, w->arena, ret, ret_why);
}

/* The record of the request, kept. RC_NOENT. */
static enum rc record_find(struct why *w, struct trail_reader *reader)
{
    struct json_error at;
    str line;
    size_t hit;

    for (;;) {
        TRY(trail_reader_next(reader, &line));
        if (!str_find(line, w->request_id, &hit)) {
            continue;
        }
        line = arena_str(w->arena, line);
        if (line.ptr == NULL) {
            return RC_NOMEM;
        }
        if (json_parse(line, &limits, w->arena, &w->record, &at) == RC_OK &&
            str_eq(why_text(w->record, "requestID"), w->request_id)) {
            return RC_OK;
        }
    }
}

static const struct json *evaluated_of(const struct json *record)
{
    return json_member(json_member(record, STR("mantle")), STR("evaluated"));
}

/* Records of changes and of refusals reach the trail on two ways: the order of lines says little. */
static int64_t at_us(const struct json *record)
{
    const struct json *at = json_member(json_member(record, STR("mantle")), STR("at_us"));
    int64_t us;

    return at != NULL && str_to_i64(at->text, &us) == RC_OK ? us : 0;
}

static bool touches(const struct why *w, const struct json *record)
{
    const struct json *read_only = json_member(record, STR("readOnly"));
    const struct json *list = evaluated_of(record);

    if (read_only == NULL || read_only->type != JSON_FALSE || list == NULL ||
        why_text(record, "errorCode").ptr != NULL || at_us(record) <= at_us(w->record) ||
        !str_eq(why_text(record, "eventSource"), STR("iam.amazonaws.com"))) {
        return false;
    }
    for (const struct json *e = list->first; e != NULL; e = e->next) {
        for (size_t i = 0; i < w->now.arn_count; i++) {
            if (str_eq(why_text(e, "resource"), w->now.arns[i])) {
                return true;
            }
        }
    }
    return false;
}

/* Later changes to the caller, its groups, the policies named and what was asked for. */
static enum rc changes_find(struct why *w)
{
    struct trail_reader *reader = NULL;
    struct arena scratch;
    str line, why;
    enum rc rc;

    TRY(trail_of(w, &reader, &why));
    arena_init(&scratch, &heap, 65536, RECORD_ARENA_MAX);
    while ((rc = trail_reader_next(reader, &line)) == RC_OK) {
        struct json *record;
        struct json_error at;
        arena_reset(&scratch);
        if (json_parse(line, &limits, &scratch, &record, &at) != RC_OK || !touches(w, record)) {
            continue;
        }
        if (w->change_count == CHANGES_MAX) {
            w->changes_more++;
            continue;
        }
        line = arena_str(w->arena, line);
        rc = line.ptr == NULL
                 ? RC_NOMEM
                 : json_parse(line, &limits, w->arena, &w->changes[w->change_count++], &at);
        if (rc != RC_OK) {
            break;
        }
    }
    arena_done(&scratch);
    trail_reader_close(reader);
    return rc == RC_NOENT ? RC_OK : rc;
}

/* -- for people -------------------------------------------------------------------------------- */

static void put(str text)
{
    print_plain(stdout, text);
}

static void put_headline(const struct why *w)
{
    str code = why_text(w->record, "errorCode");
    const struct json *identity = json_member(w->record, STR("userIdentity"));
    const char *mark = code.ptr == NULL ? "ALLOWED" : "REFUSED";

    (void)printf("%s%s%s  ",
                 !w->colour         ? ""
                 : code.ptr == NULL ? "\033[1;32m"
                                    : "\033[1;31m",
                 mark, w->colour ? "\033[0m" : "");
    put(why_text(w->record, "eventName"));
    (void)fputs(" at ", stdout);
    put(why_text(w->record, "eventTime"));
    (void)fputs("\n  by ", stdout);
    put(why_text(identity, "arn").ptr != NULL ? why_text(identity, "arn")
                                              : why_text(identity, "type"));
    (void)fputs(" from ", stdout);
    put(why_text(w->record, "sourceIPAddress"));
    if (code.ptr != NULL) {
        (void)fputs("\n  ", stdout);
        put(code);
        (void)fputs(": ", stdout);
        put(why_text(w->record, "errorMessage"));
    }
    (void)fputc('\n', stdout);
}

static void put_statement_name(const struct json *object)
{
    const struct json *index = json_member(object, STR("statement"));

    if (index == NULL) {
        index = json_member(object, STR("index"));
    }
    if (why_text(object, "policy").len > 0) {
        (void)fputs(", ", stdout);
        put(why_text(object, "policy"));
    }
    if (index != NULL && index->type == JSON_NUMBER) {
        (void)printf(" statement %ld", strtol(index->text.ptr, NULL, 10) + 1);
    }
    if (why_text(object, "sid").len > 0) {
        (void)fputs(" \"", stdout);
        put(why_text(object, "sid"));
        (void)fputc('"', stdout);
    }
}

static void put_missing(const struct json *missing)
{
    for (const struct json *m = missing == NULL ? NULL : missing->first; m != NULL; m = m->next) {
        const struct json *lacks = json_member(m, STR("lacks"));
        (void)fputs("    missing in ", stdout);
        put(why_text(m, "layer"));
        put_statement_name(json_member(m, STR("nearest")));
        (void)fputc('\n', stdout);
        for (const struct json *l = lacks == NULL ? NULL : lacks->first; l != NULL; l = l->next) {
            (void)fputs("      ", stdout);
            put(why_text(l, "text"));
            (void)fputc('\n', stdout);
        }
    }
}

static void put_evaluated(const struct json *e)
{
    char rule[16] = "";
    str name = why_text(e, "rule");

    if (name.len < sizeof(rule)) {
        memcpy(rule, name.ptr == NULL ? "" : name.ptr, name.len);
    }
    (void)fputs("\nThen: ", stdout);
    put(why_text(e, "action"));
    (void)fputs(" on ", stdout);
    put(why_text(e, "resource"));
    (void)fputs("\n  ", stdout);
    put(why_text(e, "decision"));
    (void)fputs(" by ", stdout);
    put(why_text(e, "layer"));
    put_statement_name(e);
    (void)printf("\n  rule %s: %s\n", rule, policy_rule_text(rule));
    put_missing(json_member(e, STR("missing")));
}

static enum rc put_now(const struct why *w, const struct json *e)
{
    const struct explain_style style = { .colour = w->colour };
    struct explanation now;
    buf out = buf_arena(w->arena, (size_t)16 << 20);
    enum rc rc = why_now_explain(&w->now, w->record, e, w->arena, &now);
    str text;

    if (rc == RC_OK) {
        TRY(explanation_text(&now, &style, &out));
        (void)printf("\nAs the policies stand now%s:\n%.*s",
                     w->now.session ? " (apart from a session policy, which records do not hold)"
                                    : "",
                     FMT(buf_str(&out)));
        return RC_OK;
    }
    TRY(rc == RC_NOENT ? RC_OK : rc);
    TRY(why_now_statement(&w->now, e, w->arena, &text));
    if (text.ptr != NULL) {
        (void)fputs("  the statement as it stands now: ", stdout);
        put(text);
        (void)fputc('\n', stdout);
    } else if (why_text(e, "policy").len > 0) {
        (void)puts("  the statement is not there any more");
    }
    return RC_OK;
}

static void put_changes(const struct why *w)
{
    if (w->change_count == 0) {
        (void)puts("\nNothing that bears on this has changed since.");
        return;
    }
    (void)puts("\nChanged since:");
    for (size_t i = 0; i < w->change_count; i++) {
        const struct json *c = w->changes[i], *first = evaluated_of(c)->first;
        (void)fputs("  ", stdout);
        put(why_text(c, "eventTime"));
        (void)fputs("  ", stdout);
        put(why_text(c, "eventName"));
        (void)fputs(" on ", stdout);
        put(why_text(first, "resource"));
        (void)fputs(" by ", stdout);
        put(why_text(json_member(c, STR("userIdentity")), "arn"));
        (void)fputs("  [", stdout);
        put(why_text(c, "requestID"));
        (void)fputs("]\n", stdout);
    }
    if (w->changes_more > 0) {
        (void)printf("  and %zu more\n", w->changes_more);
    }
}

static enum rc answer_text(const struct why *w)
{
    const struct json *list = evaluated_of(w->record);

    put_headline(w);
    if (list == NULL) {
        (void)puts("\nNo policy was asked: the call was answered before authorization, or needs "
                   "none.");
        return RC_OK;
    }
    for (const struct json *e = list->first; e != NULL; e = e->next) {
        put_evaluated(e);
        if (w->now_known) {
            TRY(put_now(w, e));
        }
    }
    if (!w->now_known) {
        return RC_OK;
    }
    if (w->now.gone) {
        (void)puts("\nWho called is not there any more.");
    }
    put_changes(w);
    return RC_OK;
}

/* -- for machines ------------------------------------------------------------------------------ */

static enum rc put_now_json(const struct why *w, const struct json *e, struct json_out *o)
{
    const struct explain_style style = { .colour = false };
    struct explanation now;
    enum rc rc = w->now_known ? why_now_explain(&w->now, w->record, e, w->arena, &now) : RC_NOENT;
    str text = STR_NONE;

    json_key(o, STR("now"));
    json_open(o, '{');
    if (rc == RC_OK) {
        explanation_json(&now, &style, o);
    } else if (w->now_known) {
        TRY(rc == RC_NOENT ? RC_OK : rc);
        TRY(why_now_statement(&w->now, e, w->arena, &text));
        json_key(o, STR("statement"));
        if (text.ptr != NULL) {
            json_raw(o, text);
        } else {
            json_null(o);
        }
    }
    json_close(o, '}');
    return RC_OK;
}

static void put_copy(struct json_out *o, const struct json *value, struct arena *arena)
{
    buf copy = buf_arena(arena, (size_t)4 << 20);

    json_print(value, false, &copy);
    json_raw(o, buf_str(&copy));
}

static enum rc answer_json(const struct why *w)
{
    const struct json *list = evaluated_of(w->record);
    buf text = buf_arena(w->arena, (size_t)64 << 20);
    struct json_out o = { .out = &text };

    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR("mantle-why/1"));
    json_key(&o, STR("record"));
    put_copy(&o, w->record, w->arena);
    json_key(&o, STR("evaluated"));
    json_open(&o, '[');
    for (const struct json *e = list == NULL ? NULL : list->first; e != NULL; e = e->next) {
        json_open(&o, '{');
        json_key(&o, STR("then"));
        put_copy(&o, e, w->arena);
        TRY(put_now_json(w, e, &o));
        json_close(&o, '}');
    }
    json_close(&o, ']');
    json_put_bool(&o, STR("caller_gone"), w->now.gone);
    json_key(&o, STR("changes"));
    json_open(&o, '[');
    for (size_t i = 0; i < w->change_count; i++) {
        put_copy(&o, w->changes[i], w->arena);
    }
    json_close(&o, ']');
    json_close(&o, '}');
    TRY(text.err);
    (void)fwrite(text.ptr, 1, text.len, stdout);
    (void)fputc('\n', stdout);
    return RC_OK;
}

/* -- the command ------------------------------------------------------------------------------- */

static int fail(const struct why *w, enum rc rc, str why)
{
    if (rc == RC_NOENT) {
        complain(
            &command_why,
            "the trail of %s has no record of the request %.*s (records of the last tenth of a "
            "second may still be on their way)",
            w->data, FMT(w->request_id));
        return EXIT_FAILURE;
    }
    complain(&command_why, "%s: %.*s", w->data, FMT(why.len > 0 ? why : str_cstr(rc_name(rc))));
    return EXIT_USAGE;
}

static int answer(struct why *w)
{
    struct trail_reader *reader = NULL;
    str why = STR_NONE;
    enum rc rc = trail_of(w, &reader, &why);

    if (rc != RC_OK) {
        return fail(w, rc == RC_NOENT ? RC_IO : rc,
                    why.len > 0 ? why
                                : STR("there is no trail (name the data directory with "
                                      "--data)"));
    }
    rc = record_find(w, reader);
    trail_reader_close(reader);
    if (rc != RC_OK) {
        return fail(w, rc, STR_NONE);
    }
    rc = why_now_open(w->data, w->record, w->arena, &w->now, &why);
    w->now_known = rc == RC_OK;
    if (rc != RC_OK) { /* the record alone still says much */
        complain(&command_why, "%s: the policies as they stand now cannot be read: %.*s", w->data,
                 FMT(why.len > 0 ? why : str_cstr(rc_name(rc))));
    } else {
        rc = changes_find(w);
    }
    if (w->now_known && rc != RC_OK) {
        return fail(w, rc == RC_NOENT ? RC_IO : rc, STR_NONE);
    }
    rc = w->json ? answer_json(w) : answer_text(w);
    return rc != RC_OK ? fail(w, rc == RC_NOENT ? RC_IO : rc, STR_NONE) : 0;
}

static int run(int argc, char **argv)
{
    struct why w = { .data = "./mantle-data" };
    const struct option_row rows[] = {
        { "data", 'd', OPTION_TEXT, &w.data, "DIR", "Data directory of the server (./mantle-data).",
          0, 0, false },
        { "json", 'j', OPTION_FLAG, &w.json, NULL,
          "One JSON object (mantle-why/1) instead of text.", 0, 0, false },
    };
    struct arena arena;
    int status, at;

    arena_init(&arena, &heap, 1 << 16, WHY_ARENA_MAX);
    w.arena = &arena;
    at = options_read(&command_why, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && at + 1 != argc) {
        complain(&command_why, "which request? One request id (see mantle why --help)");
    } else if (at >= 0) {
        w.request_id = str_cstr(argv[at]);
        w.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
        status = answer(&w);
        why_now_close(&w.now);
    }
    arena_done(&arena);
    return status;
}

const struct command command_why = {
    .name = "why",
    .summary = "Explains one call of the audit trail: why it was allowed or refused.",
    .usage = "mantle why [--data DIR] [--json] REQUEST-ID",
    .notes =
        "The id stands in every answer (x-amzn-RequestId) and in 'mantle trail'. Says what was\n"
        "decided then, by which statement, and what was missing; then what the policies as\n"
        "they stand now say; then what has changed since, and by whom. Works beside a running\n"
        "server.\n"
        "Exit status: 0 explained, 1 no such request, 2 wrong usage or an unreadable trail.\n",
    .run = run,
};
