/* mantle trail: reads, filters and follows the audit trail of a data directory, also beside a
 * running server. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/trail_window.h"
#include "codec/date.h"
#include "codec/json.h"
#include "policy/explain.h"
#include "system/system.h"
#include "trail/trail.h"

enum {
    RECORD_ARENA_MAX = 64 << 20,
    FOLLOW_MS = 100,
    LATE_US = 200000, /* --follow waits this long for records still on their way */
};

static const struct json_limits limits = { .depth_max = 64, .values_max = 100000 };

struct filter {
    const char *event, *who, *error, *account, *request_id;
    bool denied, changes;
    int64_t since_ns, until_ns;
};

struct view {
    struct filter filter;
    bool json, colour;
    uint64_t broken;
    struct arena arena; /* of one record */
    struct trail_window window;
};

static str text_of(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

static bool contains(str text, const char *part)
{
    size_t at;

    return part == NULL || str_find(text, str_cstr(part), &at);
}

static bool is_denied(const struct json *record)
{
    static const str codes[] = {
        STR_INIT("AccessDenied"),          STR_INIT("InvalidClientTokenId"),
        STR_INIT("SignatureDoesNotMatch"), STR_INIT("ExpiredToken"),
        STR_INIT("IncompleteSignature"),   STR_INIT("MissingAuthenticationToken")
    };
    str code = text_of(record, "errorCode");

    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (str_eq(code, codes[i])) {
            return true;
        }
    }
    return false;
}

/* Who: the ARN; a service or an unverified caller by what is known of it. */
static str who_of(const struct json *record)
{
    const struct json *identity = json_member(record, STR("userIdentity"));
    static const char *const keys[] = { "arn",         "invokedBy",   "userName",
                                        "accessKeyId", "principalId", "type" };

    for (size_t i = 0; identity != NULL && i < COUNT_OF(keys); i++) {
        str found = text_of(identity, keys[i]);
        if (found.len > 0) {
            return found;
        }
    }
    return STR("-");
}

static bool in_time(const struct filter *f, const struct json *record)
{
    int64_t ns;

    if (f->since_ns == 0 && f->until_ns == 0) {
        return true;
    }
    return date_parse_iso(text_of(record, "eventTime"), &ns) == RC_OK && ns >= f->since_ns &&
           (f->until_ns == 0 || ns < f->until_ns);
}

static bool passes(const struct filter *f, const struct json *record)
{
    const struct json *read_only = json_member(record, STR("readOnly"));

    return (f->event == NULL || str_eq_nocase(text_of(record, "eventName"), str_cstr(f->event))) &&
           contains(who_of(record), f->who) &&
           (f->error == NULL || str_eq(text_of(record, "errorCode"), str_cstr(f->error))) &&
           (f->account == NULL ||
            str_eq(text_of(record, "recipientAccountId"), str_cstr(f->account))) &&
           (f->request_id == NULL ||
            str_eq(text_of(record, "requestID"), str_cstr(f->request_id))) &&
           (!f->denied || is_denied(record)) &&
           (!f->changes || (read_only != NULL && read_only->type == JSON_FALSE)) &&
           in_time(f, record);
}

static const struct json *last_evaluated(const struct json *record)
{
    const struct json *ours = json_member(record, STR("mantle"));
    const struct json *list = ours == NULL ? NULL : json_member(ours, STR("evaluated"));
    const struct json *last = NULL;

    for (const struct json *e = list == NULL ? NULL : list->first; e != NULL; e = e->next) {
        last = e;
    }
    return last;
}

static void put(str text)
{
    print_plain(stdout, text);
}

static void put_statement(const struct json *statement)
{
    const struct json *index = json_member(statement, STR("statement"));

    index = index == NULL ? json_member(statement, STR("index")) : index;
    put(text_of(statement, "policy"));
    if (index != NULL && index->type == JSON_NUMBER) {
        (void)printf(" statement %ld", strtol(index->text.ptr, NULL, 10) + 1);
    }
    if (text_of(statement, "sid").len > 0) {
        (void)fputs(" \"", stdout);
        put(text_of(statement, "sid"));
        (void)fputc('"', stdout);
    }
}

static bool lacks_action(const struct json *lacks)
{
    for (const struct json *l = lacks == NULL ? NULL : lacks->first; l != NULL; l = l->next) {
        if (str_eq(text_of(l, "what"), STR("action"))) {
            return true;
        }
    }
    return false;
}

/* What the layer would have needed: from the statement that comes nearest. */
static void put_missing(const struct json *missing)
{
    const struct json *nearest = json_member(missing, STR("nearest"));
    const struct json *lacks = json_member(missing, STR("lacks"));

    if (nearest == NULL || lacks == NULL || lacks->first == NULL) {
        (void)fputs(": there is no statement that could allow it", stdout);
    } else if (lacks_action(lacks)) {
        (void)fputs(": no statement allows the action", stdout);
    } else {
        (void)fputs(": ", stdout);
        put_statement(nearest);
        (void)fputs(" lacks ", stdout);
        put(text_of(lacks->first, "text"));
        if (lacks->first->next != NULL) {
            (void)fputs(", and more", stdout);
        }
    }
}

static void put_rule(const struct json *e)
{
    char rule[16] = "";
    str name = text_of(e, "rule");

    if (name.len > 0 && name.len < sizeof(rule)) {
        memcpy(rule, name.ptr, name.len);
        (void)printf(": %s", policy_rule_text(rule));
    }
}

static void put_denial(const struct json *e)
{
    const struct json *missing = json_member(e, STR("missing"));

    (void)fputs("  ", stdout);
    put(text_of(e, "action"));
    (void)fputs(" on ", stdout);
    put(text_of(e, "resource"));
    if (text_of(e, "policy").len > 0) {
        (void)fputs(": denied by ", stdout);
        put_statement(e);
        (void)fputs(", ", stdout);
        put(text_of(e, "layer"));
        return;
    }
    (void)fputs(": ", stdout);
    put(text_of(e, "layer"));
    if (missing != NULL && missing->first != NULL) {
        put_missing(missing->first);
    } else {
        put_rule(e);
    }
}

/* "why": the statement that decided, what was missing, or the error. */
static void put_why(const struct json *record)
{
    const struct json *e = last_evaluated(record);
    str message = text_of(record, "errorMessage");
    str detail = text_of(json_member(record, STR("mantle")), "detail");

    if (str_eq(text_of(record, "errorCode"), STR("AccessDenied")) && e != NULL &&
        !str_eq(text_of(e, "decision"), STR("allow"))) {
        put_denial(e);
    } else if (message.len > 0) {
        (void)fputs("  ", stdout);
        put(message);
    } else if (e != NULL && text_of(e, "policy").len > 0) {
        (void)fputs("  by ", stdout);
        put_statement(e);
    }
    if (detail.len > 0) {
        (void)fputs(" (", stdout);
        put(detail);
        (void)fputc(')', stdout);
    }
}

static void put_row(const struct view *view, const struct json *record)
{
    str code = text_of(record, "errorCode");
    const char *mark = code.len == 0 ? "allowed" : is_denied(record) ? "DENIED" : "failed";
    const char *on = !view->colour ? "" : code.len == 0 ? "\033[32m" : "\033[31m";
    const char *off = view->colour ? "\033[0m" : "";

    print_plain(stdout, text_of(record, "eventTime"));
    (void)printf("  %s%-7s%s  ", on, mark, off);
    print_plain(stdout, text_of(record, "eventName"));
    (void)fputs("  ", stdout);
    print_plain(stdout, who_of(record));
    (void)fputs("  from ", stdout);
    print_plain(stdout, text_of(record, "sourceIPAddress"));
    if (code.len > 0) {
        (void)fputs("  ", stdout);
        print_plain(stdout, code);
    }
    put_why(record);
    (void)fputs("  [", stdout);
    print_plain(stdout, text_of(record, "requestID"));
    (void)fputs("]\n", stdout);
}

static int64_t at_us(const struct json *record)
{
    const struct json *at = json_member(json_member(record, STR("mantle")), STR("at_us"));
    int64_t us;

    return at != NULL && str_to_i64(at->text, &us) == RC_OK ? us : 0;
}

static struct json *parse(struct view *view, str line)
{
    struct json_error at;
    struct json *record;

    arena_reset(&view->arena);
    return json_parse(line, &limits, &view->arena, &record, &at) == RC_OK ? record : NULL;
}

/* For the window: in order of time. */
static void show(void *ctx, str line)
{
    struct view *view = ctx;
    const struct json *record;

    if (view->json) {
        (void)fwrite(line.ptr, 1, line.len, stdout);
        (void)fputc('\n', stdout);
        return;
    }
    record = parse(view, line);
    if (record != NULL) {
        put_row(view, record);
    }
}

static enum rc take(struct view *view, str line)
{
    const struct json *record = parse(view, line);

    if (record == NULL) {
        view->broken++;
        return RC_OK;
    }
    return passes(&view->filter, record) ? trail_window_add(&view->window, at_us(record), line)
                                         : RC_OK;
}

static enum rc read_on(struct view *view, struct trail_reader *reader, bool follow)
{
    const struct timespec pause = { .tv_nsec = FOLLOW_MS * 1000000L };
    const struct env *env = system_env();
    enum rc rc;
    str line;

    for (;;) {
        rc = trail_reader_next(reader, &line);
        if (rc == RC_OK) {
            TRY(take(view, line));
            continue;
        }
        if (rc != RC_NOENT || !follow || ferror(stdout)) {
            break;
        }
        trail_window_release(&view->window, env->now_ns(env) / 1000 - LATE_US);
        (void)fflush(stdout);
        (void)nanosleep(&pause, NULL);
    }
    trail_window_release(&view->window, INT64_MAX);
    return rc == RC_NOENT ? RC_OK : rc;
}

static int show_all(struct view *view, struct trail_reader *reader, bool follow)
{
    enum rc rc;

    arena_init(&view->arena, &heap, 65536, RECORD_ARENA_MAX);
    view->window = (struct trail_window){ .emit = show, .ctx = view };
    rc = read_on(view, reader, follow);
    trail_window_done(&view->window);
    arena_done(&view->arena);
    if (view->broken > 0) {
        complain(&command_trail, "%llu lines are not records and were skipped",
                 (unsigned long long)view->broken);
    }
    if (rc != RC_OK) {
        complain(&command_trail, "reading stopped: %s", rc_name(rc));
        return EXIT_FAILURE;
    }
    return 0;
}

static bool parse_when(const char *name, const char *text, int64_t *ret_ns)
{
    if (text == NULL || date_parse_iso(str_cstr(text), ret_ns) == RC_OK) {
        return true;
    }
    complain(&command_trail, "--%s: '%s' is not a date like 2026-11-23 or 2026-11-23T18:25:57Z",
             name, text);
    return false;
}

static int read_trail(struct view *view, const char *data, uint64_t last, bool follow,
                      struct arena *arena)
{
    str dir = arena_printf(arena, "%s/trail", data), why = STR_NONE;
    struct trail_reader *reader = NULL;
    enum rc rc = dir.ptr == NULL ? RC_NOMEM : trail_reader_open(dir.ptr, arena, &reader, &why);
    int status = EXIT_FAILURE;

    if (rc == RC_OK && last != UINT64_MAX) {
        rc = trail_reader_last(reader, last);
    }
    if (rc != RC_OK) {
        complain(&command_trail, "%.*s", FMT(why.len > 0 ? why : str_cstr(rc_name(rc))));
    } else {
        status = show_all(view, reader, follow);
    }
    trail_reader_close(reader);
    return status;
}

static int run(int argc, char **argv)
{
    const char *data = "./mantle-data", *since = NULL, *until = NULL, *config = NULL;
    struct view view = { .json = false };
    uint64_t last = UINT64_MAX;
    bool follow = false;
    const struct option_row rows[] = {
        { "data", 'd', OPTION_TEXT, &data, "DIR", "Data directory of the server (./mantle-data).",
          0, 0, false },
        { "last", 'n', OPTION_UINT, &last, "N", "Only the last N records written, before filters.",
          0, 1000000000, false },
        { "follow", 'f', OPTION_FLAG, &follow, NULL, "Go on with new records until stopped.", 0, 0,
          false },
        { "json", 'j', OPTION_FLAG, &view.json, NULL, "The records themselves, one JSON a line.", 0,
          0, false },
        { "event", 'e', OPTION_TEXT, &view.filter.event, "NAME",
          "Only this operation, e.g. AssumeRole.", 0, 0, false },
        { "who", 'w', OPTION_TEXT, &view.filter.who, "TEXT", "Only callers whose ARN holds TEXT.",
          0, 0, false },
        { "error", 0, OPTION_TEXT, &view.filter.error, "CODE",
          "Only this error code, e.g. AccessDenied.", 0, 0, false },
        { "account", 'a', OPTION_TEXT, &view.filter.account, "ID", "Only this account.", 0, 0,
          false },
        { "request-id", 'r', OPTION_TEXT, &view.filter.request_id, "ID", "Only this request.", 0, 0,
          false },
        { "denied", 0, OPTION_FLAG, &view.filter.denied, NULL,
          "Only calls refused for who called or what they may.", 0, 0, false },
        { "changes", 0, OPTION_FLAG, &view.filter.changes, NULL,
          "Only calls that change something.", 0, 0, false },
        { "since", 's', OPTION_TEXT, &since, "DATE", "From this time on (ISO 8601, UTC).", 0, 0,
          false },
        { "until", 'u', OPTION_TEXT, &until, "DATE", "Up to, not including, this time.", 0, 0,
          false },
        { "config", 'c', OPTION_TEXT, &config, "FILE", "Read settings from FILE.", 0, 0, false },
    };
    struct arena arena;
    int status, at;

    arena_init(&arena, &heap, 16384, 1 << 20);
    at = options_read(&command_trail, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && at < argc) {
        complain(&command_trail, "unexpected argument '%s'", argv[at]);
    } else if (at >= 0 && parse_when("since", since, &view.filter.since_ns) &&
               parse_when("until", until, &view.filter.until_ns)) {
        view.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
        (void)signal(SIGPIPE, SIG_DFL); /* `mantle trail | head` ends quietly */
        status = read_trail(&view, data, last, follow, &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_trail = {
    .name = "trail",
    .summary = "Reads, filters and follows the audit trail.",
    .usage = "mantle trail [--data DIR] [--last N] [--follow] [--json] [FILTER]...",
    .notes =
        "Each line: time, outcome, operation, who, from where, why, [request id]. With --json:\n"
        "CloudTrail's record format; \"mantle\".\"evaluated\" holds each decision made. What was\n"
        "missing in full, and what the policies say now: mantle why REQUEST-ID.\n"
        "Records come in order of time (\"mantle\".\"at_us\", microseconds) as far as they were "
        "written\n"
        "within a second of each other; in the files themselves those of reads and refusals may\n"
        "stand a tenth of a second behind those of changes. --follow shows them after 0.2 "
        "seconds.\n",
    .run = run,
};
