/* Terraform, Terraform Cloud and Jenkins: blocks in braces. */
#include "scan/patch_inside.h"

#define ARN FMT(p->change->role_arn)

/* The line whose block `line` stands in; SIZE_MAX at the top. */
static size_t block_of(const struct patching *p, size_t line)
{
    int depth = 0;

    for (size_t i = line; i-- > 0;) {
        str s = sheet_text(p->sheet, i);
        for (size_t c = s.len; c-- > 0;) {
            depth += s.ptr[c] == '}';
            if (s.ptr[c] == '{' && depth-- == 0) {
                return i;
            }
        }
    }
    return SIZE_MAX;
}

/* The line with the brace that closes the block which `line` opens. */
static size_t block_close(const struct patching *p, size_t line)
{
    int depth = 0;

    for (size_t i = line; i < p->sheet->count; i++) {
        str s = sheet_text(p->sheet, i);
        for (size_t c = 0; c < s.len; c++) {
            depth += s.ptr[c] == '{';
            if (s.ptr[c] == '}' && --depth == 0) {
                return i;
            }
        }
    }
    return SIZE_MAX;
}

static bool block_has(const struct patching *p, size_t from, size_t end, str word)
{
    size_t at;

    for (size_t i = from; i < end && i < p->sheet->count; i++) {
        if (str_find(sheet_text(p->sheet, i), word, &at)) {
            return true;
        }
    }
    return false;
}

static bool opens(const struct patching *p, size_t line, str word)
{
    return line != SIZE_MAX && str_starts(str_trim(sheet_text(p->sheet, line)), word);
}

/* NAME = VALUE becomes NAME = other. */
static void set_value(struct patching *p, size_t line, str other)
{
    str text = sheet_now(p->sheet, line);
    size_t at;

    if (str_find_char(text, '=', &at)) {
        sheet_replace(p->sheet, line,
                      ARENA_JOIN(p->arena, str_slice(text, 0, at + 1), STR(" "), other));
    }
}

static str quoted_arn(const struct patching *p)
{
    return ARENA_JOIN(p->arena, STR("\""), p->change->role_arn, STR("\""));
}

/* --- Terraform ----------------------------------------------------------------------------------- */

static void terraform_role(struct patching *p, size_t block, bool backend)
{
    size_t close = block_close(p, block);
    size_t indent = text_indent(sheet_text(p->sheet, block)) + 2;

    if (close == SIZE_MAX || p->sheet->lines[close].before.len > 0 ||
        block_has(p, block, close, STR("assume_role"))) {
        return;
    }
    sheet_add_before(p->sheet, close, indent, backend ? "assume_role = {" : "assume_role {");
    sheet_add_before(p->sheet, close, indent + 2, "role_arn = \"%.*s\"", ARN);
    sheet_add_before(p->sheet, close, indent, "}");
}

static void terraform_line(struct patching *p, size_t line)
{
    size_t block = block_of(p, line), at;
    str text = str_trim(sheet_text(p->sheet, line));

    if (opens(p, block, STR("provider \"aws\"")) || opens(p, block, STR("backend \"s3\""))) {
        terraform_role(p, block, opens(p, block, STR("backend")));
        sheet_drop(p->sheet, line);
    } else if (opens(p, block, STR("variable \"")) && str_starts(text, STR("default"))) {
        set_value(p, line, STR("null")); /* an argument that is null counts as not given */
    } else if (opens(p, block, STR("variable \"")) || opens(p, line, STR("variable \""))) {
        return;
    } else if (block == SIZE_MAX && str_find_char(text, '=', &at) &&
               !str_ends(p->change->file, STR(".tfbackend"))) {
        set_value(p, line, STR("null"));
    } else if (text.len > 0 && !str_ends(text, STR("{"))) {
        sheet_drop(p->sheet, line);
    }
}

void change_terraform(struct patching *p)
{
    if (str_ends(p->change->file, STR(".json"))) {
        patch_drop_json(p);
        return;
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (p->sheet->lines[i].key) {
            terraform_line(p, i);
        }
        if (opens(p, i, STR("resource \"aws_iam_access_key\""))) {
            patch_trap(p, i + 1,
                       "this resource makes the key: remove it when the key is retired, and its "
                       "secret stays in the state until then");
        }
    }
    patch_trap(
        p, 0,
        "AWS_ACCESS_KEY_ID in the environment of the run is the caller that assumes the role: "
        "a key there only moves the problem");
}

/* --- Terraform Cloud ----------------------------------------------------------------------------- */

void change_terraform_cloud(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        str text = str_trim(sheet_text(p->sheet, i));
        size_t block = block_of(p, i), close, at;
        bool secret;
        if (!str_starts(text, STR("key")) || !opens(p, block, STR("resource \"tfe_variable\"")) ||
            !str_find(text, STR("\"AWS_"), &at) || !patch_is_setting(str_skip(text, at + 1))) {
            continue;
        }
        secret = !str_find(text, STR("ACCESS_KEY_ID"), &at);
        close = block_close(p, block);
        if (close == SIZE_MAX || str_find(text, STR("TOKEN"), &at)) {
            for (size_t k = block; close != SIZE_MAX && k <= close; k++) {
                sheet_drop(p->sheet, k);
            }
            continue;
        }
        set_value(p, i,
                  secret ? STR("\"TFC_AWS_PROVIDER_AUTH\"") : STR("\"TFC_AWS_RUN_ROLE_ARN\""));
        for (size_t k = block; k < close; k++) {
            if (str_starts(str_trim(sheet_text(p->sheet, k)), STR("value"))) {
                set_value(p, k, secret ? STR("\"true\"") : quoted_arn(p));
            }
        }
    }
    patch_trap(
        p, 0,
        "variable sets and workspace variables AWS_ACCESS_KEY_ID still win over the role: delete "
        "them");
}

/* --- Jenkins ------------------------------------------------------------------------------------- */

/* arn:aws:iam::ACCOUNT:role/NAME */
static bool arn_parts(str arn, str *ret_account, str *ret_name)
{
    str part;

    for (int i = 0; i < 4; i++) {
        if (!take_until(&arn, ':', &part)) {
            return false;
        }
    }
    return take_until(&arn, ':', ret_account) && take_until(&arn, '/', &part) &&
           (*ret_name = arn).len > 0;
}

static void jenkins_binding(struct patching *p, size_t line)
{
    str text = sheet_text(p->sheet, line), account = STR_NONE, name = STR_NONE;
    size_t at, end = text.len;

    if (!str_find(text, STR("withCredentials("), &at) || !str_ends(str_trim(text), STR("{")) ||
        !arn_parts(p->change->role_arn, &account, &name)) {
        patch_trap(p, line + 1,
                   "this binding hands out the key: use withAWS(role: ...) around the steps");
        return;
    }
    while (end > 0 && text.ptr[end - 1] != '{') {
        end--;
    }
    sheet_replace(p->sheet, line,
                  arena_printf(p->arena, "%.*swithAWS(role: '%.*s', roleAccount: '%.*s') %.*s",
                               (int)at, text.ptr, FMT(name), FMT(account),
                               FMT(str_skip(text, end - 1))));
}

void change_jenkins(struct patching *p)
{
    size_t at;

    if (p->syntax == SYNTAX_XML) {
        patch_instead(
            p, "Jenkins keeps its credentials encrypted in this file: give the agent a role, then "
               "delete the credential in Jenkins");
        return;
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        str text = sheet_text(p->sheet, i);
        if (!p->sheet->lines[i].key) {
            continue;
        }
        if (str_find(text, STR("withCredentials"), &at) ||
            str_find(text, STR("AmazonWebServicesCredentialsBinding"), &at)) {
            jenkins_binding(p, i);
        } else if (!patch_cut_pairs(p, i)) {
            sheet_drop(p->sheet, i);
        }
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        size_t close = str_starts(str_trim(sheet_text(p->sheet, i)), STR("environment"))
                           ? block_close(p, i)
                           : SIZE_MAX;
        bool empty = close != SIZE_MAX && close > i + 1;
        for (size_t k = i + 1; empty && k < close; k++) {
            empty = p->sheet->lines[k].dropped || str_trim(sheet_text(p->sheet, k)).len == 0;
        }
        for (size_t k = i; empty && k <= close; k++) {
            sheet_drop(p->sheet, k);
        }
    }
    patch_trap(p, 0, "the agent's own environment and ~/.aws/credentials come before its role");
}
