#include "cli/policy_input.h"

#include <errno.h>

#include "codec/arn.h"
#include "system/system.h"

bool policy_text_read(const struct command *command, const char *path, struct arena *arena,
                      str *ret)
{
    enum rc rc;

    errno = 0;
    rc = file_read(path, POLICY_FILE_MAX, arena, ret);
    if (rc != RC_OK) {
        complain(command, "%s: %s", path,
                 rc == RC_NOENT   ? "no such file"
                 : rc == RC_LIMIT ? "larger than 1 MiB, the most a policy file may have"
                 : errno != 0     ? strerror(errno)
                                  : rc_name(rc));
        return false;
    }
    return true;
}

bool policy_text_parse(const struct command *command, enum policy_kind kind, const char *path,
                       str text, struct arena *arena, struct policy_source *ret)
{
    struct policy_refusal why;
    enum rc rc;

    *ret = (struct policy_source){ .name = str_cstr(path), .text = text };
    rc = policy_parse_loosely(kind, text, arena, &ret->doc, &why);
    if (rc == RC_NOMEM) {
        complain(command, "%s: not enough memory", path);
        return false;
    }
    if (rc != RC_OK) {
        complain(command, "%s:%u:%u: %.*s (%.*s)", path, why.line, why.column, FMT(why.message),
                 FMT(why.detail));
        return false;
    }
    return true;
}

bool policy_sources_read(const struct command *command, enum policy_kind kind,
                         const char *const *paths, size_t count, struct arena *arena,
                         struct policy_source **ret)
{
    struct policy_source *sources = NEW_ARRAY(arena, count, struct policy_source);

    if (sources == NULL) {
        complain(command, "not enough memory");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        str text;
        if (!policy_text_read(command, paths[i], arena, &text) ||
            !policy_text_parse(command, kind, paths[i], text, arena, &sources[i])) {
            return false;
        }
    }
    *ret = sources;
    return true;
}

bool policy_files_read(const struct command *command, enum policy_kind kind,
                       const char *const *paths, size_t count, struct arena *arena,
                       const struct policy_set **ret)
{
    struct policy_source *sources;

    *ret = NULL;
    if (count == 0) {
        return true;
    }
    if (!policy_sources_read(command, kind, paths, count, arena, &sources)) {
        return false;
    }
    if (policy_compile(sources, count, arena, ret) != RC_OK) {
        complain(command,
                 "%s: cannot be compiled: a value has too many variables, or memory ran out",
                 paths[0]);
        return false;
    }
    return true;
}

/* -- context ----------------------------------------------------------------------------------- */

static struct context_entry *entry_find(struct context_entry *entries, size_t count, str key)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(entries[i].key, key)) {
            return &entries[i];
        }
    }
    return NULL;
}

static bool entry_add(struct context_entry *entry, str value, struct arena *arena)
{
    str *values = NEW_ARRAY(arena, (size_t)entry->count + 1, str);

    if (values == NULL) {
        return false;
    }
    if (entry->count > 0) {
        memcpy(values, entry->values, entry->count * sizeof(*values));
    }
    values[entry->count++] = value;
    entry->values = values;
    return true;
}

bool context_read(const struct command *command, const struct option_list *texts,
                  struct arena *arena, struct policy_request *ret)
{
    struct context_entry *entries = NEW_ARRAY(arena, texts->count, struct context_entry);
    size_t count = 0;

    for (size_t i = 0; entries != NULL && i < texts->count; i++) {
        str rest = str_cstr(texts->items[i]), key;
        struct context_entry *entry;
        bool list, again;
        if (!take_until(&rest, '=', &key) || key.len == 0) {
            complain(command, "--context: '%s' is not KEY=VALUE", texts->items[i]);
            return false;
        }
        list = str_ends(key, STR("[]"));
        key.len -= list ? 2 : 0;
        entry = entry_find(entries, count, key);
        again = entry != NULL;
        if (!again) {
            entry = &entries[count++];
            *entry = (struct context_entry){ .key = key };
        }
        entry->many = entry->many || list || again;
        if ((rest.len > 0 || !list) && !entry_add(entry, rest, arena)) {
            entries = NULL;
        }
    }
    if (entries == NULL) {
        complain(command, "not enough memory");
        return false;
    }
    ret->context = entries;
    ret->context_count = count;
    return true;
}

/* -- principal --------------------------------------------------------------------------------- */

/* arn:P:iam::A:role/path/Name stands for a session of that role. */
static bool session_of_role(const struct arn *arn, struct arena *arena, struct principal *ret)
{
    str name = arn->resource, part;

    while (take_until(&name, '/', &part)) {
    }
    ret->role_arn = ret->arn;
    ret->arn = arena_printf(arena, "arn:%.*s:sts::%.*s:assumed-role/%.*s/session",
                            FMT(arn->partition), FMT(arn->account), FMT(name));
    return ret->arn.ptr != NULL;
}

/* A role with a path cannot be told from its session's ARN: --role-arn says it. */
static bool role_of_session(const struct arn *arn, struct arena *arena, struct principal *ret)
{
    str rest = arn->resource, prefix, name;

    if (!take_until(&rest, '/', &prefix) || !take_until(&rest, '/', &name)) {
        return false;
    }
    ret->role_arn = arena_printf(arena, "arn:%.*s:iam::%.*s:role/%.*s", FMT(arn->partition),
                                 FMT(arn->account), FMT(name));
    return ret->role_arn.ptr != NULL;
}

static bool type_by_arn(const struct arn *arn, struct arena *arena, struct principal *ret)
{
    static const struct {
        str service, prefix;
        enum principal_type type;
        bool (*complete)(const struct arn *arn, struct arena *arena, struct principal *ret);
    } rows[] = {
        { STR_INIT("iam"), STR_INIT("user/"), PRINCIPAL_USER, NULL },
        { STR_INIT("iam"), STR_INIT("root"), PRINCIPAL_ROOT, NULL },
        { STR_INIT("iam"), STR_INIT("role/"), PRINCIPAL_ROLE_SESSION, session_of_role },
        { STR_INIT("sts"), STR_INIT("assumed-role/"), PRINCIPAL_ROLE_SESSION, role_of_session },
        { STR_INIT("sts"), STR_INIT("federated-user/"), PRINCIPAL_FEDERATED_USER, NULL },
        { STR_INIT("iam"), STR_INIT("oidc-provider/"), PRINCIPAL_WEB_IDENTITY, NULL },
        { STR_INIT("iam"), STR_INIT("saml-provider/"), PRINCIPAL_SAML, NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(arn->service, rows[i].service) && str_starts(arn->resource, rows[i].prefix)) {
            ret->type = rows[i].type;
            return rows[i].complete == NULL || rows[i].complete(arn, arena, ret);
        }
    }
    return false;
}

static bool type_by_text(str text, struct arena *arena, struct principal *ret)
{
    struct arn arn;

    if (str_eq(text, STR("anonymous")) || str_eq(text, STR("*"))) {
        *ret = (struct principal){ .type = PRINCIPAL_ANONYMOUS };
        return true;
    }
    if (arn_parse(text, &arn) == RC_OK) {
        return type_by_arn(&arn, arena, ret);
    }
    if (str_ends(text, STR(".amazonaws.com"))) {
        ret->type = PRINCIPAL_SERVICE;
        return true;
    }
    return false;
}

static bool principal_complete(const struct command *command, const struct principal *p)
{
    if (p->type == PRINCIPAL_ROLE_SESSION && p->role_arn.ptr == NULL) {
        complain(command, "--role-arn: a session's role has to be named: arn:aws:iam::ACCOUNT:role/"
                          "PATH/NAME");
        return false;
    }
    if (p->type == PRINCIPAL_FEDERATED_USER && p->user_arn.ptr == NULL) {
        complain(command, "--user-arn: the user behind a federated user has to be named");
        return false;
    }
    return true;
}

bool principal_read(const struct command *command, const char *arn, const char *type,
                    const char *role_arn, const char *user_arn, struct arena *arena,
                    struct principal *ret)
{
    struct principal p = { .arn = str_cstr(arn) };
    struct arn parts;

    if (arn_parse(p.arn, &parts) == RC_OK) {
        p.account = parts.account;
    }
    if (!type_by_text(p.arn, arena, &p) && type == NULL) {
        complain(
            command,
            "--principal: '%s' is no ARN of a user, role, session or root user, no service like "
            "ec2.amazonaws.com, and not 'anonymous' (--principal-type says what else it is)",
            arn);
        return false;
    }
    if (type != NULL && !principal_type_parse(str_cstr(type), &p.type)) {
        complain(command,
                 "--principal-type: '%s' is none of anonymous, root, user, role-session, "
                 "federated-user, service, web-identity, saml",
                 type);
        return false;
    }
    p.role_arn = role_arn != NULL ? str_cstr(role_arn) : p.role_arn;
    p.user_arn = user_arn != NULL ? str_cstr(user_arn) : p.user_arn;
    *ret = p;
    return principal_complete(command, ret);
}
