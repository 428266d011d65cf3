/* What runs workloads: CloudFormation, ECS, Lambda, Compose, Dockerfiles. */
#include "scan/patch_inside.h"

#define ARN FMT(p->change->role_arn)

static bool has_text(const struct patching *p, str word)
{
    size_t at;

    return str_find(p->sheet->text, word, &at);
}

/* --- CloudFormation, ECS, Lambda ----------------------------------------------------------------- */

static bool refers_to(str text, str name)
{
    size_t at = 0, from;

    /* A line that is only a colon has a key without a name: nothing refers to that. */
    while (name.len > 0 && str_find(str_skip(text, at), name, &from)) {
        char before = at + from > 0 ? text.ptr[at + from - 1] : ' ';
        size_t end = at + from + name.len;
        char after = end < text.len ? text.ptr[end] : ' ';
        if (!ascii_is_alnum(before) && !ascii_is_alnum(after)) {
            return true;
        }
        at = end;
    }
    return false;
}

/* A parameter with a key as its default goes, and so do the settings that take their value from it. */
static void drop_parameters(struct patching *p)
{
    size_t parameters = yaml_child(p, SIZE_MAX, STR("Parameters"));
    size_t end = parameters == SIZE_MAX ? 0 : yaml_end(p, parameters);

    for (size_t i = parameters + 1; parameters != SIZE_MAX && i < end; i++) {
        size_t owner = p->sheet->lines[i].key ? yaml_parent(p, i) : SIZE_MAX;
        str name;
        if (owner == SIZE_MAX || owner == parameters || yaml_parent(p, owner) != parameters) {
            continue;
        }
        name = yaml_key(p, owner);
        for (size_t k = owner; k < yaml_end(p, owner); k++) {
            p->sheet->lines[k].key = true;
        }
        for (size_t k = 0; k < p->sheet->count; k++) {
            if ((k < parameters || k >= end) && refers_to(sheet_text(p->sheet, k), name)) {
                p->sheet->lines[k].key = true;
            }
        }
    }
}

void change_cloudformation(struct patching *p)
{
    if (p->syntax == SYNTAX_YAML) {
        drop_parameters(p);
    }
    patch_drop(p);
    if (has_text(p, STR("AWS::IAM::AccessKey"))) {
        patch_trap(p, 0,
                   "AWS::IAM::AccessKey in this template makes a key: replace the resource and its "
                   "outputs by the role of whatever uses it");
    }
}

static void ecs_role(struct patching *p, str key, str before)
{
    if (has_text(p, key)) {
        return;
    }
    if (p->syntax == SYNTAX_YAML) {
        size_t line = yaml_find(p, 0, p->sheet->count, before);
        if (line != SIZE_MAX) {
            sheet_add_before(p->sheet, line, yaml_column(p, line), "%.*s: %.*s", FMT(key), ARN);
        }
        return;
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        str text = sheet_now(p->sheet, i);
        size_t at;
        str quoted = ARENA_JOIN(p->arena, STR("\""), before, STR("\""));
        if (str_find(text, quoted, &at) && str_trim(str_slice(text, 0, at)).len == 0) {
            sheet_add_before(p->sheet, i, at, "\"%.*s\": \"%.*s\",", FMT(key), ARN);
            return;
        }
        if (str_find(text, quoted, &at)) {
            sheet_replace(p->sheet, i,
                          ARENA_JOIN(p->arena, str_slice(text, 0, at), STR("\""), key,
                                     STR("\": \""), p->change->role_arn, STR("\", "),
                                     str_skip(text, at)));
            return;
        }
    }
}

void change_ecs(struct patching *p)
{
    bool template = p->syntax == SYNTAX_YAML || has_text(p, STR("AWS::ECS"));

    patch_drop(p);
    ecs_role(p, template ? STR("TaskRoleArn") : STR("taskRoleArn"),
             template ? STR("ContainerDefinitions") : STR("containerDefinitions"));
    patch_trap(
        p, 0,
        "taskRoleArn is the one the application gets; executionRoleArn only pulls images and "
        "secrets");
}

void change_lambda(struct patching *p)
{
    if (p->syntax == SYNTAX_YAML) {
        drop_parameters(p);
    }
    patch_drop(p);
    patch_trap(
        p, 0,
        "the function has an execution role already: its policy needs what the key's user may");
}

/* --- Compose ------------------------------------------------------------------------------------- */

static void compose_service(struct patching *p, size_t service, size_t environment)
{
    size_t column = yaml_child_column(p, environment), secrets;
    bool list = false;

    for (size_t i = environment + 1; i < yaml_end(p, environment); i++) {
        list = list || str_starts(str_trim(sheet_text(p->sheet, i)), STR("- "));
    }
    sheet_add_after(p->sheet, environment, column,
                    list ? "- AWS_ROLE_ARN=%.*s" : "AWS_ROLE_ARN: %.*s", ARN);
    sheet_add_after(p->sheet, environment, column,
                    list ? "- AWS_WEB_IDENTITY_TOKEN_FILE=/run/secrets/aws_web_identity_token"
                         : "AWS_WEB_IDENTITY_TOKEN_FILE: /run/secrets/aws_web_identity_token");
    secrets = yaml_child(p, service, STR("secrets"));
    column = yaml_child_column(p, service);
    if (secrets == SIZE_MAX) {
        sheet_add_after(p->sheet, service, column, "secrets:");
        sheet_add_after(p->sheet, service, column + 2, "- aws_web_identity_token");
    } else if (yaml_value(p, secrets).len == 0) {
        sheet_add_after(p->sheet, secrets, yaml_child_column(p, secrets),
                        "- aws_web_identity_token");
    }
}

void change_compose(struct patching *p)
{
    size_t services = yaml_child(p, SIZE_MAX, STR("services"));
    size_t top = yaml_child(p, SIZE_MAX, STR("secrets"));
    size_t end = services == SIZE_MAX ? 0 : yaml_end(p, services);
    size_t column = services == SIZE_MAX ? 0 : yaml_child_column(p, services);
    bool any = false;

    for (size_t i = services == SIZE_MAX ? end : services + 1; i < end; i++) {
        size_t environment;
        if (yaml_column(p, i) != column) {
            continue;
        }
        environment = yaml_child(p, i, STR("environment"));
        if (environment != SIZE_MAX && yaml_value(p, environment).len == 0 &&
            patch_key_in(p, i, yaml_end(p, i))) {
            compose_service(p, i, environment);
            any = true;
        }
    }
    if (any && top != SIZE_MAX) {
        sheet_add_after(p->sheet, top, 2, "aws_web_identity_token:");
        sheet_add_after(p->sheet, top, 4, "file: ./aws_web_identity_token");
    } else if (any) {
        size_t last = p->sheet->count - 1;
        sheet_add_after(p->sheet, last, 0, "secrets:");
        sheet_add_after(p->sheet, last, 2, "aws_web_identity_token:");
        sheet_add_after(p->sheet, last, 4, "file: ./aws_web_identity_token");
    }
    patch_drop(p);
}

/* --- Dockerfile ---------------------------------------------------------------------------------- */

static bool continues(str line)
{
    return str_ends(str_trim(line), STR("\\"));
}

/* What a line holds besides its instruction's name and the sign that the next line belongs to it. */
static bool has_content(const struct patching *p, size_t line)
{
    str s = str_trim(sheet_now(p->sheet, line));

    if (p->sheet->lines[line].dropped) {
        return false;
    }
    if (str_ends(s, STR("\\"))) {
        s = str_trim(str_slice(s, 0, s.len - 1));
    }
    return s.len > 0 && !str_eq_nocase(s, STR("ENV")) && !str_eq_nocase(s, STR("ARG")) &&
           !str_eq_nocase(s, STR("LABEL"));
}

static void docker_instruction(struct patching *p, size_t from, size_t end)
{
    size_t last = SIZE_MAX;

    for (size_t i = from; i < end; i++) {
        if (!p->sheet->lines[i].key) {
            continue;
        }
        if (memchr(sheet_text(p->sheet, i).ptr, '=', sheet_text(p->sheet, i).len) == NULL ||
            !patch_cut_pairs(p, i)) {
            sheet_drop(p->sheet, i);
        }
    }
    for (size_t i = from; i < end; i++) {
        last = has_content(p, i) ? i : last;
    }
    for (size_t i = from; i < end; i++) {
        if (last == SIZE_MAX || (!has_content(p, i) && (i != from || i > last)) || i > last) {
            if (!p->sheet->lines[i].dropped) {
                sheet_drop(p->sheet, i);
            }
        }
    }
    if (last != SIZE_MAX && continues(sheet_now(p->sheet, last))) {
        str s = sheet_now(p->sheet, last);
        while (s.len > 0 && (s.ptr[s.len - 1] == '\\' || s.ptr[s.len - 1] == ' ')) {
            s.len--;
        }
        sheet_replace(p->sheet, last, s);
    }
}

void change_dockerfile(struct patching *p)
{
    size_t end;

    if (p->syntax == SYNTAX_JSON) {
        patch_instead(
            p, "this is an image: build it anew without the key, and delete this one from every "
               "registry");
        return;
    }
    for (size_t i = 0; i < p->sheet->count; i = end) {
        bool any = false;
        for (end = i; end < p->sheet->count; end++) {
            any = any || p->sheet->lines[end].key;
            if (!continues(sheet_text(p->sheet, end))) {
                break;
            }
        }
        end = end < p->sheet->count ? end + 1 : end;
        if (any) {
            docker_instruction(p, i, end);
        }
    }
    patch_trap(
        p, 0,
        "a --build-arg or -e AWS_ACCESS_KEY_ID where the image is built or run wins over any role");
}
