/* Machines and people: profiles, settings of applications, units, tools for backups. */
#include "scan/patch_inside.h"

static bool is_section(str line)
{
    str s = str_trim(line);

    return s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']';
}

/* The header of the section that `line` stands in; SIZE_MAX: none. */
static size_t section_of(const struct patching *p, size_t line)
{
    for (size_t i = line + 1; i-- > 0;) {
        if (is_section(sheet_text(p->sheet, i))) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void drop_marked(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (p->sheet->lines[i].key && !p->sheet->lines[i].dropped) {
            sheet_drop(p->sheet, i);
        }
    }
}

static bool has_finding(const struct patching *p, size_t section)
{
    for (size_t i = 0; i < p->finding_count; i++) {
        if (p->findings[i].hit.line > 0 && section_of(p, p->findings[i].hit.line - 1) == section) {
            return true;
        }
    }
    return false;
}

void change_profile(struct patching *p)
{
    size_t done = SIZE_MAX;

    for (size_t i = 0; i < p->sheet->count; i++) {
        size_t section = p->sheet->lines[i].key ? section_of(p, i) : SIZE_MAX;
        if (section == SIZE_MAX || section == i) {
            continue;
        }
        if (!has_finding(p, section)) {
            p->sheet->lines[i].key = false; /* documentation's example in it */
            continue;
        }
        if (section == done) {
            continue;
        }
        done = section;
        if (str_find(p->change->file, STR("boto"), &(size_t){ 0 })) {
            continue; /* boto 2 reads no credential_process */
        }
        sheet_add_after(p->sheet, section, 0,
                        "credential_process = aws_signing_helper credential-process --certificate "
                        "/etc/mantle/cert.pem --private-key /etc/mantle/key.pem --trust-anchor-arn "
                        "TRUST_ANCHOR_ARN --profile-arn PROFILE_ARN --role-arn %.*s",
                        FMT(p->change->role_arn));
    }
    drop_marked(p);
    patch_trap(
        p, 0,
        "a person's profile gets sso_session instead (aws configure sso); credential_process is "
        "for machines");
}

/* --- units --------------------------------------------------------------------------------------- */

static void systemd_line(struct patching *p, size_t line)
{
    str text = str_trim(sheet_text(p->sheet, line)), rest;

    if (!str_starts(text, STR("Environment="))) {
        sheet_drop(p->sheet, line);
        return;
    }
    if (!patch_cut_pairs(p, line)) {
        return;
    }
    rest = str_trim(sheet_now(p->sheet, line));
    (void)take_prefix(&rest, STR("Environment="));
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] != '"' && rest.ptr[i] != '\'' && rest.ptr[i] != ' ') {
            rest = str_trim(rest);
            while (str_starts(rest, STR("\"\"")) || str_starts(rest, STR("''"))) {
                rest = str_trim(str_skip(rest, 2));
            }
            sheet_replace(p->sheet, line, ARENA_JOIN(p->arena, STR("Environment="), rest));
            return;
        }
    }
    sheet_drop(p->sheet, line);
}

static void change_systemd(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (p->sheet->lines[i].key) {
            systemd_line(p, i);
        }
        if (str_starts(str_trim(sheet_text(p->sheet, i)), STR("EnvironmentFile="))) {
            patch_trap(
                p, i + 1,
                "the file named here may set AWS_ACCESS_KEY_ID too, which wins over the role");
        }
    }
}

/* --- tools on servers ---------------------------------------------------------------------------- */

static void change_rclone(struct patching *p)
{
    size_t done = SIZE_MAX;

    for (size_t i = 0; i < p->sheet->count; i++) {
        size_t section = p->sheet->lines[i].key ? section_of(p, i) : SIZE_MAX;
        if (section != SIZE_MAX && section != done) {
            done = section;
            sheet_add_after(p->sheet, section, 0, "env_auth = true");
        }
        if (str_starts(str_trim(sheet_text(p->sheet, i)), STR("env_auth"))) {
            p->sheet->lines[i].key = true;
        }
    }
    drop_marked(p);
}

void change_on_prem(struct patching *p)
{
    bool first = true;

    if (str_find(p->change->file, STR("rclone"), &(size_t){ 0 })) {
        change_rclone(p);
        return;
    }
    if (str_find(p->change->file, STR("passwd-s3fs"), &(size_t){ 0 })) {
        patch_instead(p, "delete this file and mount with -o iam_role=auto on EC2, or with "
                         "-o credlib=libs3fsawscred.so and a profile elsewhere");
        return;
    }
    if (p->syntax == SYNTAX_YAML) {
        patch_drop(p);
        return;
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        str text = str_trim(sheet_text(p->sheet, i));
        if (!p->sheet->lines[i].key) {
            continue;
        }
        if (first && (str_starts(text, STR("AWS_")) || str_starts(text, STR("export AWS_")))) {
            sheet_add_before(p->sheet, i, 0, "%sAWS_PROFILE=mantle",
                             str_starts(text, STR("export")) ? "export " : "");
            first = false;
        }
        sheet_drop(p->sheet, i);
    }
    patch_trap(p, 0,
               "the profile needs credential_process with a certificate (Roles Anywhere) in "
               "~/.aws/config of the user that runs this");
}

/* --- everything else ----------------------------------------------------------------------------- */

static bool xml_line_is_whole(str line)
{
    str s = str_trim(line);

    return str_starts(s, STR("<")) &&
           (str_ends(s, STR("/>")) ||
            (str_find(s, STR("</"), &(size_t){ 0 }) && str_ends(s, STR(">"))));
}

void change_plain(struct patching *p)
{
    if (p->change->place->kind == PLACE_SYSTEMD) {
        change_systemd(p);
        return;
    }
    for (size_t i = 0; p->syntax == SYNTAX_XML && i < p->sheet->count; i++) {
        if (p->sheet->lines[i].key && !xml_line_is_whole(sheet_text(p->sheet, i))) {
            patch_instead(p, "take the settings out by hand: their elements span several lines");
            return;
        }
    }
    patch_drop(p);
}
