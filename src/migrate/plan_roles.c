/* The roles that take a user's place: documents from the folder `mantle migrate roles` wrote. */
#include <stdlib.h>
#include <string.h>

#include "migrate/plan.h"
#include "system/system.h"

enum { DOCUMENT_BYTES_MAX = 1 << 20, ROLE_NAME_MAX = 64, FILES_MAX = 64 };

static const struct json_limits limits = { .depth_max = 32, .values_max = 100000 };

struct names {
    str *items;
    size_t count;
};

static enum rc list_dir(str dir, struct arena *arena, struct names *ret, str *ret_why)
{
    enum rc rc = dir_list(dir.ptr, FILES_MAX, arena, &ret->items, &ret->count);

    if (rc == RC_LIMIT) {
        *ret_why = arena_printf(arena, "%.*s: more than %d files and folders", FMT(dir), FILES_MAX);
    }
    return rc;
}

static str join(str dir, str name, struct arena *arena)
{
    return ARENA_JOIN(arena, dir, STR("/"), name);
}

/* A document, compact. */
static enum rc read_document(str path, struct arena *arena, str *ret, str *ret_why)
{
    struct json_error error = { 0 };
    struct json *doc = NULL;
    str text = STR_NONE;
    buf out;
    enum rc rc = path.ptr == NULL ? RC_NOMEM
                                  : file_read(path.ptr, DOCUMENT_BYTES_MAX, arena, &text);

    if (rc == RC_OK) {
        rc = json_parse(text, &limits, arena, &doc, &error);
    }
    if (rc != RC_OK) {
        *ret_why = rc == RC_SYNTAX ? arena_printf(arena, "%.*s:%u:%u: %s", FMT(path), error.line,
                                                  error.column, error.reason)
                                   : arena_printf(arena, "%.*s: %s", FMT(path), rc_name(rc));
        return rc;
    }
    out = buf_arena(arena, text.len * 6 + 64);
    json_print(doc, false, &out);
    *ret = buf_str(&out);
    return out.err;
}

static str role_name(str user, str consumer, struct arena *arena)
{
    str name = consumer.len == 0 ? arena_str(arena, user)
                                 : ARENA_JOIN(arena, user, STR("-"), consumer);
    char *at = (char *)(uintptr_t)name.ptr;

    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alnum(at[i]) && memchr("+=,.@-_", at[i], 7) == NULL) {
            at[i] = '-';
        }
    }
    return str_slice(name, 0, ROLE_NAME_MAX);
}

/* A role without permissions has no policy: IAM takes none without statements. */
static bool is_empty(str document)
{
    size_t at;

    return str_find(document, STR("\"Statement\":[]"), &at);
}

static bool is_policy_file(str name)
{
    return str_starts(name, STR("policy")) && str_ends(name, STR(".json"));
}

/* Undoing goes backwards: what was attached last goes first, the role last. */
static void reverse(struct calls *calls)
{
    for (size_t i = 0; i < calls->count / 2; i++) {
        struct call other = calls->items[i];
        calls->items[i] = calls->items[calls->count - 1 - i];
        calls->items[calls->count - 1 - i] = other;
    }
}

struct making {
    const struct estate *estate;
    str partition, folder;
    struct arena *arena;
    const struct plan_key *key;
    struct plan_role *role;
    str *why;
};

static enum rc add_policy(struct making *m, str file, str document, bool managed)
{
    str base = str_slice(file, 0, file.len - 5), name, arn; /* without ".json" */
    struct plan_role *role = m->role;

    if (!managed) {
        TRY(calls_add(&role->make,
                      CALL("PutRolePolicy", STR("RoleName"), role->name, STR("PolicyName"), base,
                           STR("PolicyDocument"), document),
                      m->arena));
        return calls_add(
            &role->unmake,
            CALL("DeleteRolePolicy", STR("RoleName"), role->name, STR("PolicyName"), base),
            m->arena);
    }
    name = ARENA_JOIN(m->arena, role->name, STR("-"), base);
    arn = ARENA_JOIN(m->arena, STR("arn:"), m->partition, STR(":iam::"), m->estate->account,
                     STR(":policy/"), name);
    TRY(calls_add(&role->make,
                  CALL("CreatePolicy", STR("PolicyName"), name, STR("PolicyDocument"), document,
                       STR("@PolicyArn"), arn),
                  m->arena));
    TRY(calls_add(&role->unmake, CALL("DeletePolicy", STR("PolicyArn"), arn), m->arena));
    TRY(calls_add(&role->make,
                  CALL("AttachRolePolicy", STR("RoleName"), role->name, STR("PolicyArn"), arn),
                  m->arena));
    return calls_add(&role->unmake,
                     CALL("DetachRolePolicy", STR("RoleName"), role->name, STR("PolicyArn"), arn),
                     m->arena);
}

/* proofs.json, or proof.json: no member anywhere in it may say false for "holds", "proved" or "ok", or
 * anything but PROVED for "verdict" or "result". Without one nothing is proved. */
static bool proof_holds(const struct json *value)
{
    static const str flags[] = { STR_INIT("holds"), STR_INIT("proved"), STR_INIT("ok") };
    static const str words[] = { STR_INIT("verdict"), STR_INIT("result") };

    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (str_eq_nocase(value->key, flags[i]) && value->type == JSON_FALSE) {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq_nocase(value->key, words[i]) && value->type == JSON_STRING &&
            !str_eq_nocase(value->text, STR("PROVED"))) {
            return false;
        }
    }
    for (const struct json *child = value->first; child != NULL; child = child->next) {
        if (!proof_holds(child)) {
            return false;
        }
    }
    return true;
}

static bool proofs_hold(str folder, struct arena *arena)
{
    static const str files[] = { STR_INIT("proofs.json"), STR_INIT("proof.json") };
    struct json_error error;
    struct json *doc = NULL;
    str text = STR_NONE;

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        str path = join(folder, files[i], arena);
        if (path.ptr != NULL && file_read(path.ptr, 64 << 20, arena, &text) == RC_OK) {
            return json_parse(text, &limits, arena, &doc, &error) == RC_OK && proof_holds(doc);
        }
    }
    return false;
}

/* The user's boundary goes over: the proof that nothing is added counts on it. */
static struct call create_role(const struct making *m, str trust)
{
    static const str note = STR_INIT("Takes the place of access keys (mantle migrate)");
    str boundary = m->key->live.boundary;

    return boundary.ptr == NULL
               ? CALL("CreateRole", STR("RoleName"), m->role->name, STR("AssumeRolePolicyDocument"),
                      trust, STR("Description"), note)
               : CALL("CreateRole", STR("RoleName"), m->role->name, STR("AssumeRolePolicyDocument"),
                      trust, STR("Description"), note, STR("PermissionsBoundary"), boundary);
}

static enum rc make_role(struct making *m, str user, str consumer)
{
    struct plan_role *role = m->role;
    str documents[FILES_MAX], trust = STR_NONE;
    struct names names;
    size_t chars = 0;

    TRY(list_dir(m->folder, m->arena, &names, m->why));
    TRY(read_document(join(m->folder, STR("trust.json"), m->arena), m->arena, &trust, m->why));
    role->name = role_name(user, consumer, m->arena);
    role->arn = ARENA_JOIN(m->arena, STR("arn:"), m->partition, STR(":iam::"), m->estate->account,
                           STR(":role/"), role->name);
    role->folder = m->folder;
    TRY(calls_add(&role->make, create_role(m, trust), m->arena));
    TRY(calls_add(&role->unmake, CALL("DeleteRole", STR("RoleName"), role->name), m->arena));
    for (size_t i = 0; i < names.count; i++) {
        if (is_policy_file(names.items[i])) {
            TRY(read_document(join(m->folder, names.items[i], m->arena), m->arena, &documents[i],
                              m->why));
            chars += plan_chars(documents[i]);
        }
    }
    for (size_t i = 0; i < names.count; i++) {
        if (is_policy_file(names.items[i]) && !is_empty(documents[i])) {
            TRY(add_policy(m, names.items[i], documents[i], chars > PLAN_ROLE_CHARS_MAX));
        }
    }
    reverse(&role->unmake);
    role->proofs = proofs_hold(m->folder, m->arena);
    return RC_OK;
}

static bool has_role(str folder, struct arena *arena)
{
    str path = join(folder, STR("trust.json"), arena), text;

    return path.ptr != NULL && file_read(path.ptr, DOCUMENT_BYTES_MAX, arena, &text) == RC_OK;
}

/* A user's name is a name of a folder, but nothing may lead out of DIR. */
static bool is_file_name(str name)
{
    size_t at;

    return name.len > 0 && name.ptr[0] != '.' && !str_find_char(name, '/', &at);
}

static enum rc name_role(struct plan_role *role, str folder, str user, str consumer, str partition,
                         str account, struct arena *arena)
{
    role->folder = folder;
    role->name = role_name(user, consumer, arena);
    role->arn = ARENA_JOIN(arena, STR("arn:"), partition, STR(":iam::"), account, STR(":role/"),
                           role->name);
    return role->name.ptr == NULL || role->arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc plan_roles_named(const char *dir, str user, str account, str partition, struct arena *arena,
                         struct plan_role **ret, size_t *ret_count, str *ret_why)
{
    str folder = is_file_name(user) ? join(str_cstr(dir), user, arena) : STR_NONE, below;
    struct plan_role *roles = NEW_ARRAY(arena, FILES_MAX, struct plan_role);
    struct names names;
    enum rc rc;

    *ret_count = 0;
    *ret = roles;
    if (roles == NULL) {
        return RC_NOMEM;
    }
    rc = folder.ptr == NULL ? RC_NOENT : list_dir(folder, arena, &names, ret_why);
    if (rc != RC_OK) {
        return rc == RC_NOENT ? RC_OK : rc;
    }
    for (size_t i = 0; i < names.count; i++) {
        below = join(folder, names.items[i], arena);
        if (below.ptr != NULL && has_role(below, arena)) {
            TRY(name_role(&roles[(*ret_count)++], below, user, names.items[i], partition, account,
                          arena));
        }
    }
    if (*ret_count == 0 && has_role(folder, arena)) {
        return name_role(&roles[(*ret_count)++], folder, user, STR_NONE, partition, account, arena);
    }
    return RC_OK;
}

enum rc plan_roles(const char *dir, const struct estate *estate, str partition, struct arena *arena,
                   struct plan_key *key, str *ret_why)
{
    str folder = dir == NULL || !is_file_name(key->user) ? STR_NONE
                                                         : join(str_cstr(dir), key->user, arena);
    struct making m = { estate, partition, folder, arena, key, NULL, ret_why };
    struct names names;
    enum rc rc;

    if (folder.ptr == NULL) {
        return RC_OK;
    }
    rc = list_dir(folder, arena, &names, ret_why);
    if (rc != RC_OK) {
        return rc == RC_NOENT ? RC_OK : rc;
    }
    key->roles = NEW_ARRAY(arena, FILES_MAX, struct plan_role);
    if (key->roles == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < names.count; i++) {
        m.folder = join(folder, names.items[i], arena);
        if (m.folder.ptr != NULL && has_role(m.folder, arena)) {
            m.role = &key->roles[key->role_count++];
            TRY(make_role(&m, key->user, names.items[i]));
        }
    }
    if (key->role_count == 0 && has_role(folder, arena)) { /* one consumer: no folders below */
        m.folder = folder;
        m.role = &key->roles[key->role_count++];
        return make_role(&m, key->user, STR_NONE);
    }
    return RC_OK;
}
