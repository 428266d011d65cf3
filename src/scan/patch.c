#include "scan/patch.h"

#include "codec/json.h"
#include "scan/patch_inside.h"
#include "system/system.h"

static change_fn *const changes_of[PLACES] = {
    [PLACE_GITHUB] = change_github,
    [PLACE_GITLAB] = change_gitlab,
    [PLACE_BITBUCKET] = change_bitbucket,
    [PLACE_CIRCLECI] = change_circleci,
    [PLACE_BUILDKITE] = change_buildkite,
    [PLACE_TERRAFORM_CLOUD] = change_terraform_cloud,
    [PLACE_JENKINS] = change_jenkins,
    [PLACE_TERRAFORM] = change_terraform,
    [PLACE_CLOUDFORMATION] = change_cloudformation,
    [PLACE_SYSTEMD] = change_plain,
    [PLACE_USER_DATA] = change_plain,
    [PLACE_ECS] = change_ecs,
    [PLACE_LAMBDA] = change_lambda,
    [PLACE_KUBERNETES] = change_kubernetes,
    [PLACE_HELM] = change_helm,
    [PLACE_COMPOSE] = change_compose,
    [PLACE_DOCKERFILE] = change_dockerfile,
    [PLACE_PROFILE] = change_profile,
    [PLACE_APP] = change_plain,
    [PLACE_CODE] = change_plain,
    [PLACE_CONFIG_MANAGEMENT] = change_plain,
    [PLACE_ON_PREM] = change_on_prem,
};

enum { FINDINGS_MAX = 500 };

/* --- the role ------------------------------------------------------------------------------------ */

/* Words of a trust policy that say it is made for such a place. */
static const struct {
    enum place_trust trust;
    str word;
} made_for[] = {
    { TRUST_GITHUB, STR_INIT("token.actions.githubusercontent.com") },
    { TRUST_GITLAB, STR_INIT("project_path:") },
    { TRUST_BITBUCKET, STR_INIT("bitbucket") },
    { TRUST_CIRCLECI, STR_INIT("circleci") },
    { TRUST_BUILDKITE, STR_INIT("buildkite") },
    { TRUST_TERRAFORM_CLOUD, STR_INIT("app.terraform.io") },
    { TRUST_EC2, STR_INIT("ec2.amazonaws.com") },
    { TRUST_ECS, STR_INIT("ecs-tasks.amazonaws.com") },
    { TRUST_LAMBDA, STR_INIT("lambda.amazonaws.com") },
    { TRUST_EKS, STR_INIT("system:serviceaccount:") },
    { TRUST_EKS, STR_INIT("pods.eks.amazonaws.com") },
    { TRUST_X509, STR_INIT("rolesanywhere.amazonaws.com") },
};

bool patch_role_fits(const struct known_role *role, enum place_trust trust)
{
    for (size_t i = 0; i < COUNT_OF(made_for); i++) {
        if (made_for[i].trust == trust && role->trust.ptr != NULL &&
            str_find(role->trust, made_for[i].word, &(size_t){ 0 })) {
            return true;
        }
    }
    return false;
}

/* Of several roles the one whose trust policy is made for such a place; else the first. */
static const struct known_role *role_known(const struct scan_change *c)
{
    const struct known_role *roles = c->key == NULL ? NULL : c->key->roles, *fits = NULL;

    for (size_t i = 0; roles != NULL && i < c->key->role_count; i++) {
        if (patch_role_fits(&roles[i], c->place->trust)) {
            fits = fits == NULL ? &roles[i] : fits;
        }
    }
    return fits != NULL || roles == NULL || c->key->role_count == 0 ? fits : roles;
}

static str role_arn(const struct scan_change *c, const struct scan_roles *roles,
                    struct arena *arena)
{
    str account = roles->account, name = STR("ROLE_NAME");

    if (roles->role.ptr != NULL) {
        return roles->role;
    }
    if (c->role != NULL) {
        return c->role->arn;
    }
    if (c->key != NULL && c->key->user.ptr != NULL) {
        name = c->key->user;
    }
    if (account.ptr == NULL && c->key != NULL && c->key->account.ptr != NULL) {
        account = c->key->account;
    }
    if (account.ptr == NULL) {
        account = STR("ACCOUNT_ID");
    }
    return arena_printf(arena, "arn:aws:iam::%.*s:role/%.*s", FMT(account), FMT(name));
}

/* --- one file ------------------------------------------------------------------------------------ */

static void count_finding(struct scan_change *c, const struct scan_finding *f)
{
    c->keys += f->hit.what == FIND_KEY;
    c->secrets += f->hit.what == FIND_SECRET;
    c->references += f->hit.what == FIND_REFERENCE;
    if (c->key == NULL && f->hit.known != NULL) {
        c->key = f->hit.known;
    }
    /* what matters most decides how the file as a whole is called */
    if (c->place == NULL || (c->place->row == 0 && f->place->row != 0)) {
        c->place = f->place;
    }
}

static enum patch_syntax syntax_of(const struct scan_change *c)
{
    static const struct {
        str end;
        enum patch_syntax syntax;
    } ends[] = {
        { STR_INIT(".yml"), SYNTAX_YAML },  { STR_INIT(".yaml"), SYNTAX_YAML },
        { STR_INIT(".json"), SYNTAX_JSON }, { STR_INIT(".ipynb"), SYNTAX_JSON },
        { STR_INIT(".xml"), SYNTAX_XML },   { STR_INIT(".config"), SYNTAX_XML },
        { STR_INIT(".plist"), SYNTAX_XML }, { STR_INIT(".template"), SYNTAX_JSON },
        { STR_INIT(".sls"), SYNTAX_YAML },
    };

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (str_ends(c->file, ends[i].end)) {
            return ends[i].syntax == SYNTAX_JSON && !str_starts(str_trim(c->before), STR("{")) &&
                           !str_starts(str_trim(c->before), STR("["))
                       ? SYNTAX_YAML
                       : ends[i].syntax;
        }
    }
    if (c->place->kind == PLACE_TERRAFORM || c->place->kind == PLACE_TERRAFORM_CLOUD) {
        return SYNTAX_HCL;
    }
    if (c->place->kind == PLACE_CODE || c->place->kind == PLACE_CONFIG_MANAGEMENT ||
        c->place->kind == PLACE_CLOUDFORMATION) {
        return SYNTAX_CODE;
    }
    return SYNTAX_LINES;
}

static bool is_valid_json(str text, struct arena *arena)
{
    const struct json_limits limits = { .depth_max = 128, .values_max = 1000000 };
    struct json_error error;
    struct json *root;

    return json_parse(text, &limits, arena, &root, &error) == RC_OK;
}

static const char *reason(const struct patching *p)
{
    bool packed = true;

    for (size_t i = 0; i < p->finding_count; i++) {
        packed = packed && p->findings[i].hit.packed;
    }
    if (packed) {
        return "the key stands inside an encoded value: change the text that it was made from";
    }
    if (p->change->place->kind == PLACE_CODE) {
        return "the key is an argument of a call: take it out, so that the SDK's default chain is "
               "used";
    }
    return "there is no sound change of text here; see above what to do";
}

/* What was made is given only when it is sound. */
static enum rc finish(struct patching *p)
{
    struct scan_change *c = p->change;

    if (p->sheet->rc != RC_OK) {
        return RC_NOMEM;
    }
    if (p->sheet->changed && c->why_not.ptr == NULL) {
        c->after = sheet_result(p->sheet);
        if (c->after.ptr == NULL) {
            return RC_NOMEM;
        }
        if (p->syntax == SYNTAX_JSON && !is_valid_json(c->after, p->arena)) {
            c->after = STR_NONE;
            c->why_not = STR(
                "take the settings out by hand: the file is written in a way that is not "
                "changed by a program");
        }
    }
    if (c->after.ptr == NULL && c->why_not.ptr == NULL) {
        c->why_not = str_cstr(reason(p));
    }
    c->sheet = c->after.ptr == NULL ? NULL : p->sheet;
    patch_trust(p);
    patch_traps(p);
    return p->sheet->rc == RC_OK ? RC_OK : RC_NOMEM;
}

enum rc scan_change_text(const struct scan_finding *findings, size_t count,
                         const struct scan_roles *roles, struct arena *arena, struct scan_change *c)
{
    struct patching p = {
        .change = c, .arena = arena, .findings = findings, .finding_count = count
    };
    enum rc rc;

    for (size_t i = 0; i < count; i++) {
        count_finding(c, &findings[i]);
    }
    p.sheet = NEW(arena, struct sheet);
    c->role = roles->role.ptr != NULL ? NULL : role_known(c);
    c->role_arn = role_arn(c, roles, arena);
    if (p.sheet == NULL || c->role_arn.ptr == NULL) {
        return RC_NOMEM;
    }
    rc = c->before.ptr == NULL || count > FINDINGS_MAX ? RC_LIMIT
                                                       : sheet_open(p.sheet, c->before, arena);
    if (rc == RC_LIMIT) {
        c->why_not = STR(
            "by hand: the file has more than 4 MiB, 20000 lines or 500 findings, or cannot be "
            "read again");
        return RC_OK;
    }
    TRY(rc);
    p.syntax = syntax_of(c);
    patch_mark(&p);
    if (changes_of[c->place->kind] != NULL && memchr(c->before.ptr, 0, c->before.len) == NULL) {
        changes_of[c->place->kind](&p);
    }
    return finish(&p);
}

enum rc scan_changes(const struct scan_report *report, const struct scan_roles *roles,
                     struct arena *arena, struct scan_change **ret, size_t *ret_count)
{
    struct scan_change *changes = NEW_ARRAY(arena, report->count + 1, struct scan_change);
    size_t count = 0, end;

    if (changes == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < report->count; i = end) {
        const struct scan_finding *first = &report->findings[i];
        struct scan_change *c = &changes[count];
        end = i + 1;
        while (end < report->count && str_eq(report->findings[end].path, first->path)) {
            end++;
        }
        if (first->source != SCAN_FILE) {
            continue;
        }
        c->file = first->path;
        if (file_read(c->file.ptr, SHEET_BYTES_MAX, arena, &c->before) != RC_OK) {
            c->before = STR_NONE;
        }
        TRY(scan_change_text(first, end - i, roles, arena, c));
        count++;
    }
    *ret = changes;
    *ret_count = count;
    return patch_beside(changes, count, arena);
}
