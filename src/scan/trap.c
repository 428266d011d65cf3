/* What would keep a role from being used although everything looks right. */
#include "scan/patch_inside.h"

static bool has(const struct patching *p, str word)
{
    size_t at;

    return str_find(p->sheet->text, word, &at);
}

static size_t line_with(const struct patching *p, str word)
{
    size_t at;

    return str_find(p->sheet->text, word, &at) ? text_newlines(p->sheet->text, 0, at) + 1 : 0;
}

static void github_traps(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (yaml_column(p, i) != SIZE_MAX && str_eq(yaml_key(p, i), STR("environment")) &&
            yaml_column(p, i) > 0) {
            patch_trap(
                p, i + 1,
                "environment: changes the token's sub to repo:ORG/REPO:environment:NAME; a trust "
                "policy for the branch does not fit it");
        }
    }
    if (has(p, STR("pull_request:")) || has(p, STR("[pull_request")) ||
        has(p, STR("on: pull_request"))) {
        patch_trap(p, line_with(p, STR("pull_request")),
                   "for a pull request the token's sub is repo:ORG/REPO:pull_request, whoever "
                   "opened it; from "
                   "forks there is no token");
    }
    if (has(p, STR("pull_request_target"))) {
        patch_trap(p, line_with(p, STR("pull_request_target")),
                   "pull_request_target runs with this repository's identity: no role may be "
                   "within reach of "
                   "code from a fork");
    }
    if (has(p, STR("unset-current-credentials")) || has(p, STR("self-hosted"))) {
        patch_trap(p, line_with(p, STR("self-hosted")),
                   "a runner of one's own may have AWS_ACCESS_KEY_ID in its environment, which "
                   "wins over the "
                   "role");
    }
}

/* A trust policy in the file itself: a wildcard that StringEquals takes for a letter. */
static void wildcard_traps(struct patching *p)
{
    bool equals = false;

    for (size_t i = 0; i < p->sheet->count; i++) {
        str text = sheet_now(p->sheet, i);
        size_t at;
        if (str_find(text, STR("StringEquals"), &at)) {
            equals = true;
        } else if (str_find(text, STR("StringLike"), &at)) {
            equals = false;
        }
        if (equals && str_find(text, STR(":sub"), &at) && memchr(text.ptr, '*', text.len) != NULL) {
            patch_trap(p, i + 1,
                       "StringEquals compares * as a letter: this sub never matches; StringLike is "
                       "meant");
        }
    }
}

/* What is left in the changed text: a role beside a key is not used. */
static void left_over(struct patching *p)
{
    struct find_result found;
    size_t listed = 0;

    if (p->change->after.ptr == NULL ||
        find_text(p->change->after, NULL, p->arena, &found) != RC_OK) {
        return;
    }
    for (size_t i = 0; i < found.count && listed < 3; i++) {
        if (found.hits[i].what != FIND_REFERENCE) {
            patch_trap(p, found.hits[i].line,
                       "a key is left on this line of the changed file: take it out by hand");
            listed++;
        } else if (p->change->place->references && found.hits[i].name.ptr != NULL &&
                   patch_is_setting(found.hits[i].name)) {
            patch_trap(p, found.hits[i].line,
                       "%.*s is left in the changed file: it wins over the role, which is then "
                       "silently not "
                       "used",
                       FMT(found.hits[i].name));
            listed++;
        }
    }
}

/* The subject in a trust policy: "...:sub":"HERE". Absent: none, or one that is still to be filled in. */
static str subject_of(str trust)
{
    str sub;
    size_t at;

    if (!str_find(trust, STR(":sub\":\""), &at)) {
        return STR_NONE;
    }
    trust = str_skip(trust, at + strlen(":sub\":\""));
    return take_until(&trust, '"', &sub) && !str_find(sub, STR("ORG/REPO"), &at) &&
                   !str_find(sub, STR("GROUP/PROJECT"), &at)
               ? sub
               : STR_NONE;
}

/* The role stands in a folder already, with a trust policy: does it let this place in? */
static void role_traps(struct patching *p)
{
    const struct scan_change *c = p->change;
    str sub = c->trust.ptr == NULL ? STR_NONE : subject_of(c->trust);

    if (c->role == NULL) {
        return;
    }
    if (c->key->role_count > 1 && !patch_role_fits(c->role, c->place->trust)) {
        patch_trap(
            p, 0,
            "%zu programs use this key and each has a role; which of them this file is of is "
            "not known: the patch names %.*s",
            c->key->role_count, FMT(c->role_arn));
    }
    if (c->trust.ptr == NULL || c->role->trust.ptr == NULL) {
        return;
    }
    if (!patch_role_fits(c->role, c->place->trust)) {
        patch_trap(
            p, 0,
            "the trust policy of %.*s does not let this place in: put the one said here into "
            "its trust.json before the role is made",
            FMT(c->role_arn));
    } else if (sub.len > 0 && !str_find(c->role->trust, sub, &(size_t){ 0 })) {
        patch_trap(p, 0, "the trust policy of %.*s names another subject than %.*s",
                   FMT(c->role_arn), FMT(sub));
    }
}

void patch_traps(struct patching *p)
{
    if (p->change->place->kind == PLACE_GITHUB) {
        github_traps(p);
    }
    wildcard_traps(p);
    left_over(p);
    patch_shadows(p);
    role_traps(p);
}
