/* mantle policy check: lints policy documents. What IAM itself would refuse comes first. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/policy.h"
#include "cli/policy_report.h"
#include "lint/lint.h"
#include "system/system.h"

enum {
    ARENA_MAX = 256 << 20,
    DEPTH_MAX = 32, /* directories inside directories */
};

struct checker {
    struct lint_options options;
    struct report_style style;
    enum lint_severity fail_on;
    bool failed;   /* something at or above fail_on */
    bool unusable; /* a file could not be read */
    struct arena *arena;
};

static const struct {
    const char *name;
    enum policy_kind kind;
} types[] = {
    { "identity", POLICY_IDENTITY }, { "resource", POLICY_RESOURCE },
    { "trust", POLICY_TRUST },       { "scp", POLICY_SCP },
    { "rcp", POLICY_RCP },           { "endpoint", POLICY_ENDPOINT },
};

static const struct {
    const char *name;
    enum lint_severity severity;
} thresholds[] = {
    { "error", LINT_ERROR },
    { "security", LINT_SECURITY_WARNING },
    { "warning", LINT_WARNING },
    { "suggestion", LINT_SUGGESTION },
};

const char *policy_kind_word(enum policy_kind kind)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (types[i].kind == kind) {
            return types[i].name;
        }
    }
    return "identity";
}

/* -- files ------------------------------------------------------------------------------------- */

static void check_text(struct checker *run, const char *name, str text)
{
    struct lint_report report;
    enum rc rc = lint_check(text, &run->options, run->arena, &report);

    if (rc != RC_OK) {
        complain(&command_policy_check, "%s: %s", name,
                 rc == RC_LIMIT ? "longer than 1 MiB, which no policy is" : "memory ran out");
        run->unusable = true;
        return;
    }
    for (size_t i = 0; i < report.count; i++) {
        run->failed = run->failed ||
                      lint_check_of(report.findings[i].code)->severity <= run->fail_on;
    }
    report_write(&run->style, name, &report);
}

static enum rc read_stdin(struct arena *arena, str *ret)
{
    buf text = buf_arena(arena, LINT_TEXT_MAX + 4096);
    ssize_t got = 1;

    while (got > 0) {
        char *room = buf_reserve(&text, 4096);
        if (room == NULL) {
            return text.err;
        }
        got = read(STDIN_FILENO, room, 4096);
        if (got < 0) {
            return RC_IO;
        }
        text.len += (size_t)got;
    }
    *ret = buf_str(&text);
    return RC_OK;
}

static void check_file(struct checker *run, const char *path)
{
    bool from_stdin = str_eq(str_cstr(path), STR("-"));
    str text;
    enum rc rc;

    arena_reset(run->arena);
    errno = 0;
    rc = from_stdin ? read_stdin(run->arena, &text)
                    : file_read(path, LINT_TEXT_MAX, run->arena, &text);
    if (rc != RC_OK) {
        complain(&command_policy_check, "cannot read %s: %s", path,
                 rc == RC_LIMIT ? "longer than 1 MiB, which no policy is"
                 : errno != 0   ? strerror(errno)
                                : rc_name(rc));
        run->unusable = true;
        return;
    }
    check_text(run, from_stdin ? "stdin" : path, text);
}

static int wanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Every *.json below, in the order of names; links to directories are not followed. */
static void check_directory(struct checker *run, const char *path, int depth)
{
    struct dirent **entries = NULL;
    int count = depth > DEPTH_MAX ? -1 : scandir(path, &entries, wanted, alphasort);

    if (count < 0) {
        complain(&command_policy_check, "cannot list %s: %s", path,
                 depth > DEPTH_MAX ? "too many directories inside each other" : strerror(errno));
        run->unusable = true;
        return;
    }
    for (int i = 0; i < count; i++) {
        char below[4096];
        struct stat st;
        int len = snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof(below) && lstat(below, &st) == 0) {
            if (S_ISDIR(st.st_mode)) {
                check_directory(run, below, depth + 1);
            } else if (str_ends(str_cstr(below), STR(".json"))) {
                check_file(run, below);
            }
        }
        free(entries[i]);
    }
    free(entries);
}

static void check_operand(struct checker *run, const char *path)
{
    struct stat st;

    if (!str_eq(str_cstr(path), STR("-")) && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        check_directory(run, path, 0);
    } else {
        check_file(run, path);
    }
}

/* -- options ----------------------------------------------------------------------------------- */

static bool take_type(struct checker *run, const char *text)
{
    run->options.guess = text == NULL;
    if (text == NULL) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_eq(str_cstr(text), str_cstr(types[i].name))) {
            run->options.kind = types[i].kind;
            return true;
        }
    }
    complain(&command_policy_check,
             "--type %s: say identity, resource, trust, scp, rcp or endpoint", text);
    return false;
}

/* A resource type makes a policy one of a resource, or a trust policy. */
static bool take_resource_type(struct checker *run, const char *text)
{
    str type = str_cstr(text);

    if (text == NULL) {
        return true;
    }
    for (size_t i = 0; lint_resource_type(i) != NULL; i++) {
        if (str_eq(type, str_cstr(lint_resource_type(i)))) {
            run->options.resource_type = type;
            run->options.kind = str_eq(type, STR("AWS::IAM::AssumeRolePolicyDocument"))
                                    ? POLICY_TRUST
                                    : POLICY_RESOURCE;
            run->options.guess = false;
            return true;
        }
    }
    complain(&command_policy_check, "--resource-type %s: unknown; see --help for the list", text);
    return false;
}

static bool take_threshold(struct checker *run, const char *text)
{
    for (size_t i = 0; i < COUNT_OF(thresholds); i++) {
        if (str_eq(str_cstr(text), str_cstr(thresholds[i].name))) {
            run->fail_on = thresholds[i].severity;
            return true;
        }
    }
    complain(&command_policy_check, "--fail-on %s: say error, security, warning or suggestion",
             text);
    return false;
}

static bool take_format(struct checker *run, const char *text, bool json)
{
    if (!report_format_find(json ? "json" : text, &run->style.format)) {
        complain(&command_policy_check, "--format %s: say text, json or github", text);
        return false;
    }
    run->style.colour = run->style.format == REPORT_TEXT && isatty(STDOUT_FILENO) == 1 &&
                        getenv("NO_COLOR") == NULL;
    return true;
}

static int check_all(struct checker *run, int first, int argc, char **argv)
{
    if (first >= argc) {
        complain(&command_policy_check, "no file given ('-' is standard input)");
        return EXIT_USAGE;
    }
    report_begin(&run->style);
    for (int i = first; i < argc; i++) {
        check_operand(run, argv[i]);
    }
    report_end(&run->style);
    if (fflush(stdout) != 0) {
        complain(&command_policy_check, "cannot write: %s", strerror(errno));
        return EXIT_USAGE;
    }
    return run->unusable ? EXIT_USAGE : run->failed ? 1 : 0;
}

static int run(int argc, char **argv)
{
    const char *type = NULL, *resource_type = NULL, *fail_on = "warning", *format = "text";
    bool json = false;
    struct catalogue catalogue;
    struct arena options_arena, arena;
    struct checker checker = { .arena = &arena };
    const struct option_row rows[] = {
        { .name = "type",
          .letter = 't',
          .type = OPTION_TEXT,
          .target = &type,
          .metavar = "TYPE",
          .help =
              "identity, resource, trust, scp, rcp or endpoint; default: told from the document" },
        { .name = "resource-type",
          .type = OPTION_TEXT,
          .target = &resource_type,
          .metavar = "NAME",
          .help = "what a resource policy is attached to, e.g. AWS::S3::Bucket" },
        { .name = "fail-on",
          .type = OPTION_TEXT,
          .target = &fail_on,
          .metavar = "LEVEL",
          .help = "exit with 1 from error, security, warning or suggestion on; default: warning" },
        { .name = "format",
          .letter = 'f',
          .type = OPTION_TEXT,
          .target = &format,
          .metavar = "FORMAT",
          .help = "text, json, or github (workflow annotations); default: text" },
        { .name = "json",
          .type = OPTION_FLAG,
          .target = &json,
          .help = "the same as --format json" },
    };
    int first, status = EXIT_USAGE;

    arena_init(&options_arena, &heap, 4096, 1u << 20);
    arena_init(&arena, &heap, 1u << 18, ARENA_MAX);
    first = options_read(&command_policy_check, rows, COUNT_OF(rows), argc, argv, &options_arena,
                         &status);
    if (first >= 0) {
        status = EXIT_USAGE;
        checker.options.catalogue = &catalogue;
        if (catalogue_shipped(&catalogue) == RC_OK && take_type(&checker, type) &&
            take_resource_type(&checker, resource_type) && take_threshold(&checker, fail_on) &&
            take_format(&checker, format, json)) {
            status = check_all(&checker, first, argc, argv);
        }
    }
    arena_done(&arena);
    arena_done(&options_arena);
    return status;
}

const struct command command_policy_check = {
    .name = "check",
    .summary = "Finds faults and dangers in policy documents.",
    .usage = "mantle policy check [OPTION]... FILE...",
    .notes =
        "A directory stands for every *.json file below it, '-' for standard input.\n"
        "Each finding is one line: FILE:LINE:COLUMN: SEVERITY CODE message; what to write "
        "instead.\n"
        "What IAM itself would refuse comes first, in its own words. Codes are those of AWS's\n"
        "ValidatePolicy; docs/lint-findings.md lists them. A file has at most 1 MiB.\n"
        "Resource types: AWS::S3::Bucket, AWS::S3::AccessPoint, AWS::S3::MultiRegionAccessPoint,\n"
        "AWS::S3ObjectLambda::AccessPoint, AWS::IAM::AssumeRolePolicyDocument,\n"
        "AWS::DynamoDB::Table, AWS::KMS::Key, AWS::SQS::Queue, AWS::SNS::Topic,\n"
        "AWS::SecretsManager::Secret, AWS::Lambda::Function, AWS::ECR::Repository,\n"
        "AWS::EFS::FileSystem.\n"
        "Exit status: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or unreadable\n"
        "input.\n",
    .run = run,
};
