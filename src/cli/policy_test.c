/* mantle policy test: runs case files, unit tests of policies. Decides as the server would. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/table.h"
#include "cli/policy.h"
#include "cli/print.h"
#include "codec/json.h"
#include "policy/case.h"
#include "policy/explain.h"
#include "system/system.h"

enum { CASE_FILE_MAX = 256 << 20, CASE_ARENA_MAX = 512 << 20, LACK_TEXT_MAX = 64 << 10 };

struct totals {
    uint64_t passed, failed, mistakes;
};

struct runner {
    bool json, verbose, colour;
    struct totals totals;
    buf out_text; /* --json: one report, written at the end */
    struct json_out out;
    buf mistakes_text; /* --json: the members of "mistakes" */
    struct json_out mistakes;
};

struct outcome {
    const char *path;
    const struct eval_case *c;
    struct decision decision;
    bool passed;
};

/* -- for people -------------------------------------------------------------------------------- */

static const char *paint(const struct runner *run, const char *code)
{
    return run->colour ? code : "";
}

/* Where a statement stands, in the case file. */
static bool statement_place(const struct outcome *o, struct statement_info *ret)
{
    const struct case_document *document;

    if (!policy_statement_info(o->decision.set, o->decision.statement, ret)) {
        return false;
    }
    document = case_document_find(o->c, ret->policy_name);
    if (document != NULL) {
        case_place(document, &ret->line, &ret->column);
        case_place(document, &ret->end_line, &ret->end_column);
    }
    return true;
}

static void print_statement(const struct outcome *o)
{
    struct statement_info info;

    if (!statement_place(o, &info)) {
        return;
    }
    (void)printf(", %.*s statement %u", FMT(info.policy_name), info.index + 1);
    if (info.sid.len > 0) {
        (void)fputs(" \"", stdout);
        print_plain(stdout, info.sid);
        (void)fputc('"', stdout);
    }
    (void)printf(" at %s:%u:%u", o->path, info.line, info.column);
}

static void print_decider(const struct outcome *o)
{
    if (o->decision.layer != LAYER_NONE) {
        (void)printf(" by %.*s", FMT(policy_layer_name(o->decision.layer)));
    }
    (void)printf(" (%s)", o->decision.rule);
    print_statement(o);
    (void)fputc('\n', stdout);
}

/* Where the refused part of a document stands; the document itself when it is meant as a whole. */
static void refusal_place(const struct case_document *d, uint32_t *ret_line, uint32_t *ret_column)
{
    bool whole = d->refusal.line == 0;

    *ret_line = whole ? 1 : d->refusal.line;
    *ret_column = whole ? 1 : d->refusal.column;
    case_place(d, ret_line, ret_column);
}

static void print_refusals(const struct outcome *o)
{
    for (const struct case_document *d = o->c->documents; d != NULL; d = d->next) {
        uint32_t line, column;
        if (!d->refused) {
            continue;
        }
        refusal_place(d, &line, &column);
        (void)printf("       %s:%u:%u: %.*s is not a policy, so nothing is allowed: ", o->path,
                     line, column, FMT(d->path));
        print_plain(stdout, d->refusal.detail);
        (void)fputc('\n', stdout);
    }
}

/* One line for each layer that should have allowed: its nearest statement and what that lacks. */
static void print_missing(const struct outcome *o, const struct explanation *e)
{
    for (size_t i = 0; i < e->shortfall_count; i++) {
        const struct shortfall *s = &e->shortfalls[i];
        for (size_t l = 0; l < s->nearest.lack_count; l++) {
            buf text = buf_heap(LACK_TEXT_MAX);
            struct outcome at = *o;
            at.decision.set = s->nearest.set;
            at.decision.statement = s->nearest.statement;
            lack_text(&s->nearest.lacks[l], &o->c->request, &text);
            (void)printf("       missing in %.*s: ", FMT(policy_layer_name(s->layer)));
            print_plain(stdout, buf_str(&text));
            print_statement(&at);
            (void)fputc('\n', stdout);
            buf_done(&text);
        }
        if (s->nearest.set == NULL) {
            (void)printf("       missing in %.*s: %s\n", FMT(policy_layer_name(s->layer)),
                         s->no_policy ? "there is no policy" : "no statement allows anything");
        }
    }
}

static void explain_failure(const struct outcome *o, struct arena *arena)
{
    struct explanation e;

    if (!o->passed && o->c->expect == DECIDED_ALLOW &&
        policy_explain(&o->c->stack, &o->c->request, arena, &e) == RC_OK) {
        print_missing(o, &e);
    }
}

static void print_outcome(const struct runner *run, const struct outcome *o, struct arena *arena)
{
    const char *mark = o->passed ? paint(run, "\033[32m") : paint(run, "\033[31m");

    if (o->passed && !run->verbose) {
        return;
    }
    (void)printf("%s%s%s %s:%u: ", mark, o->passed ? "ok  " : "FAIL", paint(run, "\033[0m"),
                 o->path, o->c->json->span.line);
    print_plain(stdout, o->c->id);
    if (o->c->title.len > 0) {
        (void)fputs(": ", stdout);
        print_plain(stdout, o->c->title);
    }
    if (o->passed) {
        (void)printf(": %.*s", FMT(policy_result_name(o->decision.result)));
    } else {
        (void)printf("\n       expected %.*s, got %.*s", FMT(policy_result_name(o->c->expect)),
                     FMT(policy_result_name(o->decision.result)));
    }
    print_decider(o);
    print_refusals(o);
    explain_failure(o, arena);
}

/* -- for machines ------------------------------------------------------------------------------ */

static void put_statement(struct json_out *out, const struct outcome *o)
{
    struct statement_info info;

    if (!statement_place(o, &info)) {
        return;
    }
    json_key(out, STR("statement"));
    json_open(out, '{');
    json_put_str(out, STR("policy"), info.policy_name);
    json_put_i64(out, STR("index"), info.index);
    if (info.sid.len > 0) {
        json_put_str(out, STR("sid"), info.sid);
    }
    json_put_i64(out, STR("line"), info.line);
    json_put_i64(out, STR("column"), info.column);
    json_put_i64(out, STR("end_line"), info.end_line);
    json_put_i64(out, STR("end_column"), info.end_column);
    json_close(out, '}');
}

static void put_refusals(struct json_out *out, const struct eval_case *c)
{
    if (c->refused_count == 0) {
        return;
    }
    json_key(out, STR("refused"));
    json_open(out, '[');
    for (const struct case_document *d = c->documents; d != NULL; d = d->next) {
        uint32_t line, column;
        if (!d->refused) {
            continue;
        }
        refusal_place(d, &line, &column);
        json_open(out, '{');
        json_put_str(out, STR("policy"), d->path);
        json_put_str(out, STR("message"), d->refusal.message);
        json_put_str(out, STR("detail"), d->refusal.detail);
        json_put_i64(out, STR("line"), line);
        json_put_i64(out, STR("column"), column);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void put_outcome(struct runner *run, const struct outcome *o)
{
    struct json_out *out = &run->out;

    json_open(out, '{');
    json_put_str(out, STR("file"), str_cstr(o->path));
    json_put_i64(out, STR("line"), o->c->json->span.line);
    json_put_str(out, STR("id"), o->c->id);
    if (o->c->title.len > 0) {
        json_put_str(out, STR("title"), o->c->title);
    }
    json_put_bool(out, STR("passed"), o->passed);
    json_put_str(out, STR("expect"), policy_result_name(o->c->expect));
    json_put_str(out, STR("got"), policy_result_name(o->decision.result));
    json_put_str(out, STR("layer"), policy_layer_name(o->decision.layer));
    json_put_str(out, STR("rule"), str_cstr(o->decision.rule));
    put_statement(out, o);
    put_refusals(out, o->c);
    json_close(out, '}');
}

/* -- mistakes ---------------------------------------------------------------------------------- */

static void put_mistake(struct runner *run, const char *path, str id, const struct case_mistake *m)
{
    struct json_out *out = &run->mistakes;

    json_open(out, '{');
    json_put_str(out, STR("file"), str_cstr(path));
    if (m->line > 0) {
        json_put_i64(out, STR("line"), m->line);
        json_put_i64(out, STR("column"), m->column);
    }
    if (id.len > 0) {
        json_put_str(out, STR("case"), id);
    }
    if (m->member.len > 0) {
        json_put_str(out, STR("member"), m->member);
    }
    json_put_str(out, STR("message"), m->message);
    json_close(out, '}');
}

static void tell_mistake(struct runner *run, const char *path, str id, const struct case_mistake *m)
{
    run->totals.mistakes++;
    if (run->json) {
        put_mistake(run, path, id, m);
    }
    (void)fprintf(stderr, "%s", path);
    if (m->line > 0) {
        (void)fprintf(stderr, ":%u:%u", m->line, m->column);
    }
    if (id.len > 0) {
        (void)fputs(": case \"", stderr);
        print_plain(stderr, id);
        (void)fputc('"', stderr);
    }
    if (m->member.len > 0) {
        (void)fputs(": ", stderr);
        print_plain(stderr, m->member);
    }
    (void)fputs(": ", stderr);
    print_plain(stderr, m->message);
    (void)fputc('\n', stderr);
}

/* -- running ----------------------------------------------------------------------------------- */

/* The id of a case that may be no case, for messages. */
static str id_of(const struct json *json, size_t number, struct arena *arena)
{
    const struct json *id = json_member(json, STR("id"));

    return id != NULL && id->type == JSON_STRING && id->text.len > 0
               ? id->text
               : arena_printf(arena, "#%zu", number);
}

static enum rc run_case(struct runner *run, const char *path, str text, const struct json *json,
                        struct table *ids, str id, struct arena *arena)
{
    struct eval_case c;
    struct case_mistake mistake;
    struct outcome o = { .path = path, .c = &c };
    const struct json *first = table_get(ids, id);
    enum rc rc = case_read(text, json, false, arena, &c, &mistake);

    if (rc == RC_OK && first != NULL) {
        mistake = (struct case_mistake){ json->span.line, json->span.column, STR("id"),
                                         arena_printf(arena, "stands in the case of line %u too",
                                                      first->span.line) };
        rc = RC_SYNTAX;
    }
    if (rc == RC_SYNTAX) {
        tell_mistake(run, path, id, &mistake);
        run->totals.failed++;
        return RC_OK;
    }
    TRY(rc);
    TRY(table_set(ids, c.id, (void *)(uintptr_t)json, NULL));
    case_decide(&c, &o.decision);
    o.passed = o.decision.result == c.expect;
    *(o.passed ? &run->totals.passed : &run->totals.failed) += 1;
    if (run->json) {
        put_outcome(run, &o);
    } else {
        print_outcome(run, &o, arena);
    }
    return RC_OK;
}

static enum rc run_cases(struct runner *run, const char *path, const struct case_file *file,
                         struct arena *scratch)
{
    static const uint8_t hash_key[16] = "case identifiers";
    struct table ids;
    size_t number = 0;
    enum rc rc = RC_OK;

    table_init(&ids, &heap, hash_key);
    for (const struct json *c = file->cases->first; c != NULL && rc == RC_OK; c = c->next) {
        str id = id_of(c, ++number, scratch);
        rc = id.ptr == NULL ? RC_NOMEM : run_case(run, path, file->text, c, &ids, id, scratch);
        arena_reset(scratch);
    }
    table_done(&ids);
    return rc;
}

static const char *reading_problem(enum rc rc)
{
    return rc == RC_NOENT              ? "no such file"
           : rc == RC_LIMIT            ? "larger than 256 MiB, the most a case file may have"
           : rc == RC_IO && errno != 0 ? strerror(errno)
                                       : rc_name(rc);
}

static void run_file(struct runner *run, const char *path)
{
    struct arena arena, scratch;
    struct case_file file;
    struct case_mistake mistake = { 0 };
    str text;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 20, (size_t)CASE_FILE_MAX * 8);
    arena_init(&scratch, &heap, 1 << 16, CASE_ARENA_MAX);
    errno = 0;
    rc = file_read(path, CASE_FILE_MAX, &arena, &text);
    if (rc != RC_OK) {
        mistake.message = str_cstr(reading_problem(rc));
    } else {
        rc = case_file_read(text, &arena, &file, &mistake);
        if (rc == RC_OK) {
            rc = run_cases(run, path, &file, &scratch);
        }
        if (rc == RC_NOMEM) {
            mistake = (struct case_mistake){ .message = STR("not enough memory") };
        }
    }
    if (rc != RC_OK) {
        tell_mistake(run, path, STR_NONE, &mistake);
    }
    arena_done(&scratch);
    arena_done(&arena);
}

static void open_report(struct runner *run)
{
    run->out_text = buf_heap((size_t)1 << 31);
    run->mistakes_text = buf_heap((size_t)1 << 28);
    run->out.out = &run->out_text;
    run->mistakes.out = &run->mistakes_text;
    json_open(&run->mistakes, '[');
    json_open(&run->out, '{');
    json_put_str(&run->out, STR("format"), STR("mantle-test-results/1"));
    json_key(&run->out, STR("cases"));
    json_open(&run->out, '[');
}

static int close_report(struct runner *run)
{
    int status = 0;

    json_close(&run->out, ']');
    json_close(&run->mistakes, ']');
    json_key(&run->out, STR("mistakes"));
    json_raw(&run->out, buf_str(&run->mistakes_text));
    json_put_i64(&run->out, STR("passed"), (int64_t)run->totals.passed);
    json_put_i64(&run->out, STR("failed"), (int64_t)run->totals.failed);
    json_close(&run->out, '}');
    if (run->out_text.err != RC_OK || run->mistakes_text.err != RC_OK) {
        complain(&command_policy_test, "the report is too large for memory");
        status = EXIT_USAGE;
    } else {
        (void)fwrite(run->out_text.ptr, 1, run->out_text.len, stdout);
        (void)fputc('\n', stdout);
    }
    buf_done(&run->out_text);
    buf_done(&run->mistakes_text);
    return status;
}

static int run_files(struct runner *run, int count, char **paths)
{
    int status = 0;

    if (run->json) {
        open_report(run);
    }
    for (int i = 0; i < count; i++) {
        run_file(run, paths[i]);
    }
    if (run->totals.passed + run->totals.failed + run->totals.mistakes == 0) {
        const struct case_mistake none = { .message = STR("no cases: nothing was tested") };
        tell_mistake(run, paths[0], STR_NONE, &none);
    }
    if (run->json) {
        status = close_report(run);
    } else {
        (void)printf("%llu passed, %llu failed\n", (unsigned long long)run->totals.passed,
                     (unsigned long long)run->totals.failed);
    }
    if (fflush(stdout) != 0) {
        complain(&command_policy_test, "cannot write: %s", strerror(errno));
        status = EXIT_USAGE;
    }
    return status != 0 || run->totals.mistakes > 0 ? EXIT_USAGE
           : run->totals.failed > 0                ? EXIT_FAILURE
                                                   : 0;
}

static int run(int argc, char **argv)
{
    struct runner runner = { .json = false };
    const struct option_row rows[] = {
        { "json", 'j', OPTION_FLAG, &runner.json, NULL, "One JSON report instead of text.", 0, 0,
          false },
        { "verbose", 'v', OPTION_FLAG, &runner.verbose, NULL, "Show the cases that pass, too.", 0,
          0, false },
    };
    struct arena arena;
    int status, at;

    arena_init(&arena, &heap, 4096, 1 << 20);
    at = options_read(&command_policy_test, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && at == argc) {
        complain(&command_policy_test, "which case files? (see mantle policy test --help)");
    } else if (at >= 0) {
        runner.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
        status = run_files(&runner, argc - at, argv + at);
    }
    arena_done(&arena);
    return status;
}

const struct command command_policy_test = {
    .name = "policy test",
    .summary = "Runs case files: unit tests of policies.",
    .usage = "mantle policy test [--verbose] [--json] FILE...",
    .notes =
        "A case file is JSON in the format mantle-eval-cases/1: requests, policies, and what is\n"
        "expected (docs/guides/policy-testing.md). Decisions are those of the server.\n"
        "A failed case says what decided; the last line is 'N passed, N failed'.\n"
        "Limits: 256 MiB a file, documents 16 levels deep.\n"
        "Exit status: 0 all passed, 1 some failed, 2 a file or a case could not be read (it is\n"
        "named with line and member, and counts as failed).\n",
    .run = run,
};
