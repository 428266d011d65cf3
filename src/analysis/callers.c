#include "analysis/callers.h"

#include "codec/arn.h"

struct names { /* what documents say of principals, each once */
    struct arena *arena;
    str *accounts, *arns, *ids, *services, *providers;
    size_t account_count, arn_count, id_count, service_count, provider_count;
};

static void name_add(str *list, size_t *count, str name)
{
    for (size_t i = 0; i < *count; i++) {
        if (str_eq(list[i], name)) {
            return;
        }
    }
    list[(*count)++] = name;
}

static void entry_add(struct names *n, const struct principal_entry *entry)
{
    struct arn arn;

    if (entry->kind == ENTRY_SERVICE) {
        name_add(n->services, &n->service_count, entry->value);
    } else if (entry->kind == ENTRY_FEDERATED) {
        name_add(n->providers, &n->provider_count, entry->value);
    } else if (entry->kind == ENTRY_AWS && account_id_is_valid(entry->value)) {
        name_add(n->accounts, &n->account_count, entry->value);
    } else if (entry->kind == ENTRY_AWS && arn_parse(entry->value, &arn) == RC_OK) {
        if (account_id_is_valid(arn.account)) {
            name_add(n->accounts, &n->account_count, arn.account);
            name_add(n->arns, &n->arn_count, entry->value);
        }
    } else if (entry->kind == ENTRY_AWS && entry->value.len >= 16) {
        name_add(n->ids, &n->id_count, entry->value);
    }
}

static enum rc set_visit(const struct analysis_set *set, struct arena *arena,
                         struct principal_entry *out, size_t *count)
{
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        const struct policy_source *source = &set->sources[i];
        const struct principal_entry *entries;
        size_t n = policy_principals(source->doc, arena, &entries);
        if (entries == NULL) {
            return RC_NOMEM;
        }
        for (size_t j = 0; j < n; j++, ++*count) {
            if (out != NULL) {
                out[*count] = entries[j];
            }
        }
        for (size_t j = 0; j < source->binding_count; j++, ++*count) { /* P-13 */
            if (out != NULL) {
                out[*count] = (struct principal_entry){ .kind = ENTRY_AWS,
                                                        .value = source->bindings[j].unique_id };
            }
        }
    }
    return RC_OK;
}

static enum rc stacks_visit(const struct analysis_stack *const *stacks, size_t stack_count,
                            struct arena *arena, struct principal_entry *out, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < stack_count; i++) {
        TRY(set_visit(stacks[i]->resource, arena, out, count));
        TRY(set_visit(stacks[i]->endpoint, arena, out, count));
        for (size_t j = 0; j < stacks[i]->rcp_count; j++) {
            TRY(set_visit(stacks[i]->rcp[j], arena, out, count));
        }
    }
    return RC_OK;
}

static enum rc names_find(const struct analysis_stack *const *stacks, size_t stack_count,
                          struct arena *arena, struct names *ret)
{
    struct principal_entry *entries;
    size_t count, room;

    TRY(stacks_visit(stacks, stack_count, arena, NULL, &count));
    room = count + 3;
    entries = NEW_ARRAY(arena, room, struct principal_entry);
    *ret = (struct names){ .arena = arena,
                           .accounts = NEW_ARRAY(arena, room, str),
                           .arns = NEW_ARRAY(arena, room, str),
                           .ids = NEW_ARRAY(arena, room, str),
                           .services = NEW_ARRAY(arena, room, str),
                           .providers = NEW_ARRAY(arena, room, str) };
    if (entries == NULL || ret->accounts == NULL || ret->arns == NULL || ret->ids == NULL ||
        ret->services == NULL || ret->providers == NULL) {
        return RC_NOMEM;
    }
    TRY(stacks_visit(stacks, stack_count, arena, entries, &count));
    for (size_t i = 0; i < count; i++) {
        entry_add(ret, &entries[i]);
    }
    return RC_OK;
}

/* -- callers ----------------------------------------------------------------------------------- */

static enum rc caller_add(struct callers *c, struct arena *arena, struct principal p)
{
    if (c->count == c->cap) {
        size_t cap = c->cap == 0 ? 32 : c->cap * 2;
        struct principal *items = NEW_ARRAY(arena, cap, struct principal);
        if (items == NULL) {
            return RC_NOMEM;
        }
        if (c->count > 0) {
            memcpy(items, c->items, c->count * sizeof(*items));
        }
        c->items = items;
        c->cap = cap;
    }
    c->items[c->count++] = p;
    return RC_OK;
}

static enum rc arn_make(struct arena *arena, str *ret, const char *service, str account,
                        const char *prefix, str name)
{
    *ret = arena_printf(arena, "arn:aws:%s::%.*s:%s%.*s", service, FMT(account), prefix, FMT(name));
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

/* The user, and a session of GetFederationToken he made. */
static enum rc user_add(struct callers *c, struct arena *arena, str account, str arn, str id)
{
    struct principal user = {
        .type = PRINCIPAL_USER, .account = account, .arn = arn, .unique_id = id
    };
    struct principal federated = {
        .type = PRINCIPAL_FEDERATED_USER, .account = account, .user_arn = arn, .unique_id = id
    };

    TRY(caller_add(c, arena, user));
    TRY(arn_make(arena, &federated.arn, "sts", account, "federated-user/",
                 STR("example-federated")));
    return caller_add(c, arena, federated);
}

static str last_part(str resource)
{
    str part = resource;

    for (size_t i = 0; i < resource.len; i++) {
        if (resource.ptr[i] == '/') {
            part = str_skip(resource, i + 1);
        }
    }
    return part;
}

static enum rc role_add(struct callers *c, struct arena *arena, str account, str arn, str id)
{
    struct principal p = {
        .type = PRINCIPAL_ROLE_SESSION, .account = account, .role_arn = arn, .unique_id = id
    };
    str name = last_part(arn);

    p.arn = arena_printf(arena, "arn:aws:sts::%.*s:assumed-role/%.*s/example-session", FMT(account),
                         FMT(name));
    return p.arn.ptr == NULL ? RC_NOMEM : caller_add(c, arena, p);
}

/* A user, a role and root of the account whom nothing names, with this id or none. */
static enum rc unnamed_add(struct callers *c, struct arena *arena, str account, str id)
{
    struct principal root = { .type = PRINCIPAL_ROOT, .account = account };
    str user, role;

    TRY(arn_make(arena, &user, "iam", account, "user/", STR("example-user")));
    TRY(arn_make(arena, &role, "iam", account, "role/", STR("example-role")));
    TRY(user_add(c, arena, account, user, id));
    TRY(role_add(c, arena, account, role, id));
    if (id.ptr != NULL) {
        return RC_OK;
    }
    TRY(arn_make(arena, &root.arn, "iam", account, "root", STR("")));
    return caller_add(c, arena, root);
}

/* A session that is named belongs to a role of that name, whose path the session does not tell. */
static enum rc session_add(struct callers *c, const struct names *n, const struct arn *arn,
                           str text, str id)
{
    struct principal p = { .account = arn->account, .arn = text, .unique_id = id };
    str rest = arn->resource, kind, name = STR_NONE;
    bool role = str_starts(rest, STR("assumed-role/"));

    (void)take_until(&rest, '/', &kind);
    p.type = role ? PRINCIPAL_ROLE_SESSION : PRINCIPAL_FEDERATED_USER;
    if (role && !take_until(&rest, '/', &name)) {
        return RC_OK;
    }
    for (size_t i = 0; i < n->arn_count; i++) {
        struct arn other;
        bool same = arn_parse(n->arns[i], &other) == RC_OK && str_eq(other.account, arn->account);
        if (same && role && str_starts(other.resource, STR("role/")) &&
            str_eq(last_part(other.resource), name)) {
            p.role_arn = n->arns[i];
            TRY(caller_add(c, n->arena, p));
        } else if (same && !role && str_starts(other.resource, STR("user/"))) {
            p.user_arn = n->arns[i];
            TRY(caller_add(c, n->arena, p));
        }
    }
    if (role) {
        TRY(arn_make(n->arena, &p.role_arn, "iam", arn->account, "role/example-path/", name));
    } else {
        TRY(arn_make(n->arena, &p.user_arn, "iam", arn->account, "user/", STR("example-user")));
    }
    return caller_add(c, n->arena, p);
}

static enum rc named_add(struct callers *c, const struct names *n, str text, str id)
{
    struct arn arn;

    if (arn_parse(text, &arn) != RC_OK) {
        return RC_OK;
    }
    if (str_starts(arn.resource, STR("user/"))) {
        return user_add(c, n->arena, arn.account, text, id);
    }
    if (str_starts(arn.resource, STR("role/"))) {
        return role_add(c, n->arena, arn.account, text, id);
    }
    if (str_starts(arn.resource, STR("assumed-role/")) ||
        str_starts(arn.resource, STR("federated-user/"))) {
        return session_add(c, n, &arn, text, id);
    }
    return RC_OK;
}

static enum rc outsiders_add(struct callers *c, struct arena *arena, str service, str provider)
{
    if (service.ptr != NULL) {
        TRY(caller_add(c, arena, (struct principal){ .type = PRINCIPAL_SERVICE, .arn = service }));
    }
    if (provider.ptr != NULL) {
        bool saml;
        size_t at;
        saml = str_find(provider, STR(":saml-provider/"), &at);
        TRY(caller_add(c, arena,
                       (struct principal){ .type = saml ? PRINCIPAL_SAML : PRINCIPAL_WEB_IDENTITY,
                                           .arn = provider }));
    }
    return RC_OK;
}

enum rc callers_find(const struct analysis_stack *const *stacks, size_t count, bool strangers_only,
                     struct arena *arena, struct callers *ret)
{
    struct callers c = { NULL, 0, 0 };
    struct names n;

    TRY(names_find(stacks, count, arena, &n));
    TRY(unnamed_add(&c, arena, STR(STRANGER_ACCOUNT), STR_NONE));
    TRY(caller_add(&c, arena, (struct principal){ .type = PRINCIPAL_ANONYMOUS }));
    TRY(outsiders_add(&c, arena, STR("example.amazonaws.com"), STR("example.com")));
    TRY(outsiders_add(&c, arena, STR_NONE,
                      STR("arn:aws:iam::" STRANGER_ACCOUNT ":saml-provider/example")));
    for (size_t i = 0; !strangers_only && i < n.account_count; i++) {
        TRY(unnamed_add(&c, arena, n.accounts[i], STR_NONE));
    }
    for (size_t i = 0; !strangers_only && i < n.arn_count; i++) {
        TRY(named_add(&c, &n, n.arns[i], STR_NONE));
    }
    for (size_t i = 0; !strangers_only && i < n.service_count; i++) {
        TRY(outsiders_add(&c, arena, n.services[i], STR_NONE));
    }
    for (size_t i = 0; !strangers_only && i < n.provider_count; i++) {
        TRY(outsiders_add(&c, arena, STR_NONE, n.providers[i]));
    }
    /* Whoever has an id may have any name. */
    for (size_t i = 0; !strangers_only && i < n.id_count; i++) {
        TRY(unnamed_add(&c, arena, STR(STRANGER_ACCOUNT), n.ids[i]));
        for (size_t j = 0; j < n.account_count; j++) {
            TRY(unnamed_add(&c, arena, n.accounts[j], n.ids[i]));
        }
        for (size_t j = 0; j < n.arn_count; j++) {
            TRY(named_add(&c, &n, n.arns[j], n.ids[i]));
        }
    }
    *ret = c;
    return RC_OK;
}
