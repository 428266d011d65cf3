/* Pipelines: GitHub Actions, GitLab CI, Bitbucket. */
#include "scan/patch_inside.h"

#define ARN FMT(p->change->role_arn)

static bool starts_with_dash(const struct patching *p, size_t line)
{
    return str_starts(str_trim(sheet_text(p->sheet, line)), STR("-"));
}

static size_t first_item(const struct patching *p, size_t list)
{
    size_t end = yaml_end(p, list);

    for (size_t i = list + 1; i < end; i++) {
        if (yaml_column(p, i) != SIZE_MAX) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* --- GitHub Actions ------------------------------------------------------------------------------ */

static str github_region(const struct patching *p)
{
    static const str names[] = { STR_INIT("AWS_REGION"), STR_INIT("AWS_DEFAULT_REGION"),
                                 STR_INIT("aws-region") };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t line = yaml_find(p, 0, p->sheet->count, names[i]);
        if (line != SIZE_MAX && yaml_value(p, line).len > 0) {
            return yaml_value(p, line);
        }
    }
    return STR_NONE;
}

static void github_permissions(struct patching *p, size_t job)
{
    size_t own = job == SIZE_MAX ? SIZE_MAX : yaml_child(p, job, STR("permissions"));
    size_t line = own != SIZE_MAX ? own : yaml_child(p, SIZE_MAX, STR("permissions"));
    str value = line == SIZE_MAX ? STR_NONE : yaml_value(p, line);

    if (line != SIZE_MAX &&
        (str_eq(value, STR("write-all")) ||
         yaml_find(p, line, yaml_end(p, line), STR("id-token")) != SIZE_MAX ||
         str_find(value, STR("id-token"), &(size_t){ 0 }) || p->sheet->lines[line].after.len > 0)) {
        return;
    }
    if (line != SIZE_MAX && value.len == 0) {
        sheet_add_after(p->sheet, line, yaml_child_column(p, line), "id-token: write");
    } else if (line != SIZE_MAX && str_starts(value, STR("{")) && value.len > 2) {
        str text = sheet_text(p->sheet, line);
        size_t at;
        if (str_find_char(text, '{', &at)) {
            sheet_replace(p->sheet, line,
                          ARENA_JOIN(p->arena, str_slice(text, 0, at + 1), STR("id-token: write, "),
                                     str_trim(str_skip(text, at + 1))));
        }
    } else if (job != SIZE_MAX && p->sheet->lines[job].after.len == 0) {
        size_t column = yaml_child_column(p, job);
        if (own != SIZE_MAX) {
            sheet_drop(p->sheet, own);
        }
        sheet_add_after(p->sheet, job, column, "permissions:");
        sheet_add_after(p->sheet, job, column + 2, "id-token: write");
        sheet_add_after(p->sheet, job, column + 2, "contents: read");
    }
}

/* A step that already configures credentials gets the role instead of the key. */
static bool github_step(struct patching *p, size_t from, size_t end)
{
    bool any = false;

    for (size_t i = from; i < end; i++) {
        size_t item = i, with;
        if (!str_eq(yaml_key(p, i), STR("uses")) ||
            !str_starts(yaml_value(p, i), STR("aws-actions/configure-aws-credentials"))) {
            continue;
        }
        while (item > from && !starts_with_dash(p, item)) {
            item--;
        }
        with = yaml_child(p, item, STR("with"));
        any = true;
        if (with == SIZE_MAX || !patch_key_in(p, with, yaml_end(p, with)) ||
            yaml_find(p, with, yaml_end(p, with), STR("role-to-assume")) != SIZE_MAX) {
            continue;
        }
        sheet_add_after(p->sheet, with, yaml_child_column(p, with), "role-to-assume: %.*s", ARN);
    }
    return any;
}

static void github_new_step(struct patching *p, size_t job)
{
    size_t steps = yaml_child(p, job, STR("steps"));
    size_t first = steps == SIZE_MAX ? SIZE_MAX : first_item(p, steps);
    str region = github_region(p);
    size_t column;

    if (first == SIZE_MAX) {
        patch_trap(p, job + 1,
                   "this job has no steps of its own: the workflow it calls needs the role");
        return;
    }
    column = text_indent(sheet_text(p->sheet, first));
    sheet_add_before(p->sheet, first, column, "- uses: aws-actions/configure-aws-credentials@v4");
    sheet_add_before(p->sheet, first, column + 2, "with:");
    sheet_add_before(p->sheet, first, column + 4, "role-to-assume: %.*s", ARN);
    sheet_add_before(p->sheet, first, column + 4, "aws-region: %.*s",
                     FMT(region.len > 0 ? region : STR("us-east-1")));
    if (region.len == 0) {
        patch_trap(p, first + 1, "no region stood in the workflow: us-east-1 was put in, check it");
    }
}

void change_github(struct patching *p)
{
    size_t jobs = yaml_child(p, SIZE_MAX, STR("jobs")), end = p->sheet->count;
    size_t column, jobs_end;
    bool everywhere = jobs != SIZE_MAX && patch_key_in(p, 0, jobs);

    if (jobs == SIZE_MAX) { /* an action: its caller's job gets the permission */
        (void)github_step(p, 0, end);
        patch_trap(p, 0, "the workflow that uses this action needs permissions: id-token: write");
        patch_drop(p);
        return;
    }
    column = yaml_child_column(p, jobs);
    jobs_end = yaml_end(p, jobs);
    for (size_t i = jobs + 1; i < jobs_end; i++) {
        size_t job_end;
        if (yaml_column(p, i) != column) {
            continue;
        }
        job_end = yaml_end(p, i);
        if (!everywhere && !patch_key_in(p, i, job_end)) {
            continue;
        }
        if (!github_step(p, i, job_end)) {
            github_new_step(p, i);
        }
        github_permissions(p, i);
    }
    patch_drop(p);
}

/* --- GitLab CI ----------------------------------------------------------------------------------- */

static bool gitlab_is_job(const struct patching *p, size_t line)
{
    static const str others[] = { STR_INIT("variables"),    STR_INIT("stages"),
                                  STR_INIT("include"),      STR_INIT("workflow"),
                                  STR_INIT("default"),      STR_INIT("image"),
                                  STR_INIT("cache"),        STR_INIT("before_script"),
                                  STR_INIT("after_script"), STR_INIT("services") };

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (str_eq(yaml_key(p, line), others[i])) {
            return false;
        }
    }
    return yaml_child(p, line, STR("script")) != SIZE_MAX ||
           yaml_child(p, line, STR("before_script")) != SIZE_MAX;
}

/* The commands that run first in a job: its own before_script, else what it inherits runs before. */
static void gitlab_first_command(struct patching *p, size_t job, const char *command)
{
    size_t list = yaml_child(p, job, STR("before_script")), first;

    list = list != SIZE_MAX ? list : yaml_child(p, job, STR("script"));
    first = list == SIZE_MAX ? SIZE_MAX : first_item(p, list);
    if (first != SIZE_MAX && starts_with_dash(p, first)) {
        sheet_add_before(p->sheet, first, text_indent(sheet_text(p->sheet, first)), "- %s",
                         command);
    } else {
        patch_trap(p, job + 1, "put this first into the job's script: %s", command);
    }
}

static void gitlab_job(struct patching *p, size_t job)
{
    size_t variables = yaml_child(p, job, STR("variables")), column = yaml_child_column(p, job);

    sheet_add_after(p->sheet, job, column, "id_tokens:");
    sheet_add_after(p->sheet, job, column + 2, "AWS_ID_TOKEN:");
    sheet_add_after(p->sheet, job, column + 4, "aud: sts.amazonaws.com");
    if (variables == SIZE_MAX) {
        sheet_add_after(p->sheet, job, column, "variables:");
        variables = job;
        column += 2;
    } else {
        column = yaml_child_column(p, variables);
    }
    sheet_add_after(p->sheet, variables, column, "AWS_ROLE_ARN: %.*s", ARN);
    sheet_add_after(p->sheet, variables, column,
                    "AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/aws_web_identity_token");
    gitlab_first_command(p, job, "echo \"$AWS_ID_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"");
}

void change_gitlab(struct patching *p)
{
    bool everywhere = false;

    for (size_t i = 0; i < p->sheet->count; i++) {
        if (yaml_column(p, i) == 0 && !gitlab_is_job(p, i) && patch_key_in(p, i, yaml_end(p, i))) {
            everywhere = true;
        }
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (yaml_column(p, i) == 0 && gitlab_is_job(p, i) &&
            (everywhere || patch_key_in(p, i, yaml_end(p, i)))) {
            gitlab_job(p, i);
        }
    }
    patch_trap(
        p, 0,
        "AWS_ACCESS_KEY_ID as a variable of the project, its groups or the instance still wins "
        "over the role: delete it there");
    patch_drop(p);
}

/* --- Bitbucket ----------------------------------------------------------------------------------- */

static void bitbucket_step(struct patching *p, size_t step)
{
    size_t script = yaml_child(p, step, STR("script"));
    size_t first = script == SIZE_MAX ? SIZE_MAX : first_item(p, script);
    size_t column = yaml_child_column(p, step), end = yaml_end(p, step);

    if (yaml_child(p, step, STR("oidc")) == SIZE_MAX) {
        sheet_add_after(p->sheet, step, column, "oidc: true");
    }
    for (size_t i = step; i < end; i++) { /* a pipe takes the role as a variable of its own */
        if (str_eq(yaml_key(p, i), STR("variables")) && patch_key_in(p, i, yaml_end(p, i))) {
            sheet_add_after(p->sheet, i, yaml_child_column(p, i), "AWS_OIDC_ROLE_ARN: %.*s", ARN);
        }
    }
    if (first != SIZE_MAX) {
        column = text_indent(sheet_text(p->sheet, first));
        sheet_add_before(p->sheet, first, column, "- export AWS_ROLE_ARN=%.*s", ARN);
        sheet_add_before(p->sheet, first, column,
                         "- export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token");
        sheet_add_before(
            p->sheet, first, column,
            "- echo \"$BITBUCKET_STEP_OIDC_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"");
    }
}

void change_bitbucket(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (yaml_column(p, i) != SIZE_MAX && str_eq(yaml_key(p, i), STR("step")) &&
            patch_key_in(p, i, yaml_end(p, i))) {
            bitbucket_step(p, i);
        }
    }
    patch_drop(p);
}

/* --- CircleCI, Buildkite ------------------------------------------------------------------------- */

static void circle_step(struct patching *p, size_t steps, size_t column)
{
    sheet_add_after(p->sheet, steps, column, "- run:");
    sheet_add_after(p->sheet, steps, column + 4, "name: Identity for AWS");
    sheet_add_after(p->sheet, steps, column + 4, "command: |");
    sheet_add_after(p->sheet, steps, column + 6,
                    "echo \"$CIRCLE_OIDC_TOKEN_V2\" > /tmp/web_identity_token");
    sheet_add_after(p->sheet, steps, column + 6, "echo 'export AWS_ROLE_ARN=%.*s' >> \"$BASH_ENV\"",
                    ARN);
    sheet_add_after(
        p->sheet, steps, column + 6,
        "echo 'export AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/web_identity_token' >> \"$BASH_ENV\"");
}

/* "steps: [a, b]" becomes a list of lines. */
static void circle_steps(struct patching *p, size_t steps)
{
    str text = sheet_text(p->sheet, steps), value = yaml_value(p, steps), item;
    size_t column = yaml_column(p, steps) + 2, colon;

    if (value.len == 0) {
        size_t first = first_item(p, steps);
        circle_step(p, steps,
                    first == SIZE_MAX ? column : text_indent(sheet_text(p->sheet, first)));
        return;
    }
    if (!str_starts(value, STR("[")) || !str_ends(value, STR("]")) ||
        !str_find_char(text, ':', &colon)) {
        return;
    }
    sheet_replace(p->sheet, steps, str_slice(text, 0, colon + 1));
    circle_step(p, steps, column);
    value = str_slice(value, 1, value.len - 2);
    while (take_item(&value, ',', &item)) {
        sheet_add_after(p->sheet, steps, column, "- %.*s", FMT(str_trim(item)));
    }
}

void change_circleci(struct patching *p)
{
    size_t jobs = yaml_child(p, SIZE_MAX, STR("jobs"));
    size_t end = jobs == SIZE_MAX ? 0 : yaml_end(p, jobs);
    size_t column = jobs == SIZE_MAX ? 0 : yaml_child_column(p, jobs);

    for (size_t i = jobs == SIZE_MAX ? end : jobs + 1; i < end; i++) {
        size_t steps;
        if (yaml_column(p, i) != column || !patch_key_in(p, i, yaml_end(p, i))) {
            continue;
        }
        steps = yaml_child(p, i, STR("steps"));
        if (steps != SIZE_MAX) {
            circle_steps(p, steps);
        }
    }
    patch_trap(
        p, 0,
        "a context or project variable AWS_ACCESS_KEY_ID still wins over the role: delete it");
    patch_drop(p);
}

void change_buildkite(struct patching *p)
{
    size_t steps = yaml_child(p, SIZE_MAX, STR("steps"));
    size_t end = steps == SIZE_MAX ? 0 : yaml_end(p, steps);
    size_t dash = steps == SIZE_MAX ? 0 : yaml_child_column(p, steps);

    for (size_t i = steps == SIZE_MAX ? end : steps + 1; i < end; i++) {
        size_t column = yaml_column(p, i);
        if (column == SIZE_MAX || !starts_with_dash(p, i) ||
            text_indent(sheet_text(p->sheet, i)) != dash ||
            (yaml_child(p, i, STR("command")) == SIZE_MAX &&
             yaml_child(p, i, STR("commands")) == SIZE_MAX &&
             !str_eq(yaml_key(p, i), STR("command")))) {
            continue;
        }
        if (yaml_child(p, i, STR("plugins")) != SIZE_MAX) {
            patch_trap(p, i + 1, "add aws-assume-role-with-web-identity to this step's plugins");
            continue;
        }
        sheet_add_after(p->sheet, i, column, "plugins:");
        sheet_add_after(p->sheet, i, column + 2, "- aws-assume-role-with-web-identity#v1.2.0:");
        sheet_add_after(p->sheet, i, column + 6, "role-arn: %.*s", ARN);
    }
    patch_drop(p);
}
