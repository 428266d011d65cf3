#include "migrate/live.h"

#include <stdlib.h>

#include "codec/date.h"
#include "codec/form.h"

static const struct json_limits limits = { .depth_max = 32, .values_max = 100000 };

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct live_named *)a)->name, ((const struct live_named *)b)->name);
}

static enum rc add(struct live_list *list, str name, str value, struct arena *arena)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 8 : list->room * 2;
        struct live_named *items = NEW_ARRAY(arena, room, struct live_named);
        if (items == NULL) {
            return RC_NOMEM;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = (struct live_named){ name, value };
    return RC_OK;
}

static void sort(struct live_list *list)
{
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof(*list->items), by_name);
    }
}

/* Compact, so that white space is no difference; as it is when it cannot be read. */
static str compact(str document, struct arena *arena)
{
    buf out = buf_arena(arena, document.len * 6 + 64);
    struct json_error error;
    struct json *doc = NULL;

    if (json_parse(document, &limits, arena, &doc, &error) != RC_OK) {
        return document;
    }
    json_print(doc, false, &out);
    return out.err == RC_OK ? buf_str(&out) : document;
}

/* -- from the account ----------------------------------------------------------------------------- */

struct reading {
    struct remote *remote;
    struct arena *arena;
    struct remote_param user;
    struct live_list *into;
    str field, value_field;
    struct remote_answer *answer;
};

static enum rc take_members(void *context, const struct answer_node *result)
{
    struct reading *r = context;

    for (const struct answer_node *list = result == NULL ? NULL : result->first; list != NULL;
         list = list->next) {
        for (const struct answer_node *item = list->first; item != NULL; item = item->next) {
            str name = r->field.len == 0 ? item->text : answer_text(item, r->field);
            str value = r->value_field.len == 0 ? STR_NONE : answer_text(item, r->value_field);
            if (name.ptr != NULL && str_eq(item->name, STR("member"))) {
                TRY(add(r->into, name, value, r->arena));
            }
        }
    }
    return RC_OK;
}

static enum rc read_list(struct reading *r, str action, str field, str value_field,
                         struct live_list *into)
{
    r->field = field;
    r->value_field = value_field;
    r->into = into;
    TRY(remote_pages(r->remote, STR("iam"), action, &r->user, 1, r->arena, take_members, r,
                     r->answer));
    sort(into);
    return RC_OK;
}

static enum rc read_documents(struct reading *r, struct live_list *policies)
{
    for (size_t i = 0; i < policies->count; i++) {
        struct remote_param params[2] = { r->user, { STR("PolicyName"), policies->items[i].name } };
        const struct answer_node *found;
        str text = STR_NONE;
        TRY(remote_call(r->remote, STR("iam"), STR("GetUserPolicy"), params, 2, r->arena,
                        r->answer));
        found = answer_find(r->answer->result, STR("PolicyDocument"));
        if (found == NULL || uri_decode(found->text, r->arena, &text) != RC_OK) {
            return RC_IO;
        }
        policies->items[i].value = compact(text, r->arena);
    }
    return RC_OK;
}

static enum rc read_rest(struct reading *r, struct live_user *ret)
{
    enum rc rc = remote_call(r->remote, STR("iam"), STR("GetLoginProfile"), &r->user, 1, r->arena,
                             r->answer);

    ret->has_password = rc == RC_OK;
    if (rc != RC_OK && !(rc == RC_API && str_eq(r->answer->code, STR("NoSuchEntity")))) {
        return rc;
    }
    TRY(read_list(r, STR("ListMFADevices"), STR("SerialNumber"), STR_NONE, &ret->mfa));
    TRY(read_list(r, STR("ListSigningCertificates"), STR("CertificateId"), STR_NONE,
                  &ret->certificates));
    TRY(read_list(r, STR("ListSSHPublicKeys"), STR("SSHPublicKeyId"), STR_NONE, &ret->ssh_keys));
    TRY(read_list(r, STR("ListServiceSpecificCredentials"), STR("ServiceSpecificCredentialId"),
                  STR_NONE, &ret->credentials));
    ret->whole = true;
    return RC_OK;
}

enum rc live_read(struct remote *remote, str user, bool whole, struct arena *arena,
                  struct live_user *ret, struct remote_answer *ret_answer)
{
    struct reading r = {
        .remote = remote, .arena = arena, .user = { STR("UserName"), user }, .answer = ret_answer
    };
    const struct answer_node *found, *boundary;
    struct live_user live = { .name = user, .password_used_s = INT64_MIN };
    struct instant used;
    enum rc rc = remote_call(remote, STR("iam"), STR("GetUser"), &r.user, 1, arena, ret_answer);

    if (rc == RC_API && str_eq(ret_answer->code, STR("NoSuchEntity"))) {
        *ret = live;
        return RC_OK;
    }
    TRY(rc);
    found = answer_child(ret_answer->result, STR("User"));
    boundary = answer_find(found, STR("PermissionsBoundaryArn"));
    live.exists = true;
    live.path = answer_text(found, STR("Path"));
    live.id = answer_text(found, STR("UserId"));
    live.arn = answer_text(found, STR("Arn"));
    live.boundary = boundary == NULL ? STR_NONE : boundary->text;
    if (date_parse_instant(answer_text(found, STR("PasswordLastUsed")), &used) == RC_OK) {
        live.password_used_s = used.unix_s;
    }
    TRY(read_list(&r, STR("ListGroupsForUser"), STR("GroupName"), STR_NONE, &live.groups));
    TRY(read_list(&r, STR("ListAttachedUserPolicies"), STR("PolicyArn"), STR_NONE, &live.attached));
    TRY(read_list(&r, STR("ListUserPolicies"), STR_NONE, STR_NONE, &live.policies));
    TRY(read_documents(&r, &live.policies));
    TRY(read_list(&r, STR("ListAccessKeys"), STR("AccessKeyId"), STR("Status"), &live.keys));
    if (whole) {
        TRY(read_rest(&r, &live));
    }
    *ret = live;
    return RC_OK;
}

/* -- from the exports ------------------------------------------------------------------------------ */

enum rc live_from_estate(const struct estate_user *user, struct arena *arena, struct live_user *ret)
{
    struct live_user live = {
        .exists = true, .name = user->name, .path = user->path, .id = user->id, .arn = user->arn
    };

    for (size_t i = 0; i < user->group_count; i++) {
        TRY(add(&live.groups, user->groups[i], STR_NONE, arena));
    }
    for (size_t i = 0; i < user->policies.count; i++) {
        const struct estate_policy *p = &user->policies.items[i];
        str name = p->name;
        if (p->group.ptr != NULL) {
            continue;
        }
        if (take_prefix(&name, STR("inline:"))) {
            TRY(add(&live.policies, name, compact(p->text, arena), arena));
        } else {
            TRY(add(&live.attached, name, STR_NONE, arena));
        }
    }
    if (user->boundary.count > 0) {
        live.boundary = user->boundary.items[0].name;
    }
    for (size_t i = 0; i < user->key_count; i++) {
        TRY(add(&live.keys, user->keys[i]->id,
                user->keys[i]->active ? STR("Active") : STR("Inactive"), arena));
    }
    sort(&live.groups);
    sort(&live.attached);
    sort(&live.policies);
    sort(&live.keys);
    *ret = live;
    return RC_OK;
}

/* -- as JSON --------------------------------------------------------------------------------------- */

static const struct {
    str key;
    size_t at;
    bool valued;
} lists[] = {
    { STR_INIT("groups"), offsetof(struct live_user, groups), false },
    { STR_INIT("attached"), offsetof(struct live_user, attached), false },
    { STR_INIT("policies"), offsetof(struct live_user, policies), true },
    { STR_INIT("keys"), offsetof(struct live_user, keys), true },
    { STR_INIT("mfa"), offsetof(struct live_user, mfa), false },
    { STR_INIT("certificates"), offsetof(struct live_user, certificates), false },
    { STR_INIT("ssh_keys"), offsetof(struct live_user, ssh_keys), false },
    { STR_INIT("credentials"), offsetof(struct live_user, credentials), false },
};
static const struct {
    str key;
    size_t at;
} texts[] = {
    { STR_INIT("name"), offsetof(struct live_user, name) },
    { STR_INIT("path"), offsetof(struct live_user, path) },
    { STR_INIT("id"), offsetof(struct live_user, id) },
    { STR_INIT("arn"), offsetof(struct live_user, arn) },
    { STR_INIT("boundary"), offsetof(struct live_user, boundary) },
};

void live_json(const struct live_user *user, struct json_out *out)
{
    json_open(out, '{');
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        str text = *(const str *)(const void *)((const char *)user + texts[i].at);
        if (text.ptr != NULL) {
            json_put_str(out, texts[i].key, text);
        }
    }
    if (user->whole) {
        json_put_bool(out, STR("password"), user->has_password);
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct live_list *list = (const struct live_list *)(const void *)((const char *)user +
                                                                                lists[i].at);
        json_key(out, lists[i].key);
        json_open(out, lists[i].valued ? '{' : '[');
        for (size_t k = 0; k < list->count; k++) {
            if (lists[i].valued) {
                json_key(out, list->items[k].name);
            }
            json_str(out, lists[i].valued ? list->items[k].value : list->items[k].name);
        }
        json_close(out, lists[i].valued ? '}' : ']');
    }
    json_close(out, '}');
}

enum rc live_parse(const struct json *object, struct arena *arena, struct live_user *ret)
{
    struct live_user live = { .exists = true, .password_used_s = INT64_MIN };
    const struct json *password = json_member(object, STR("password"));

    live.whole = password != NULL;
    live.has_password = password != NULL && password->type == JSON_TRUE;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct json *text = json_member(object, texts[i].key);
        if (text != NULL && text->type == JSON_STRING) {
            *(str *)(void *)((char *)&live + texts[i].at) = text->text;
        }
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct live_list *into = (struct live_list *)(void *)((char *)&live + lists[i].at);
        const struct json *list = json_member(object, lists[i].key);
        for (const struct json *item = list == NULL ? NULL : list->first; item != NULL;
             item = item->next) {
            TRY(add(into, lists[i].valued ? item->key : item->text,
                    lists[i].valued ? item->text : STR_NONE, arena));
        }
    }
    if (live.id.ptr == NULL || live.name.ptr == NULL) {
        return RC_SYNTAX;
    }
    *ret = live;
    return RC_OK;
}

/* -- what changed ---------------------------------------------------------------------------------- */

static const struct live_named *next_of(const struct live_list *list, size_t *at)
{
    while (*at < list->count && str_starts(list->items[*at].name, STR(LIVE_PROBE_PREFIX))) {
        ++*at;
    }
    return *at < list->count ? &list->items[*at] : NULL;
}

static bool is_probe_arn(str arn)
{
    size_t at;

    return str_find(arn, STR(":policy/" LIVE_PROBE_PREFIX), &at);
}

static str list_difference(const char *what, const struct live_list *planned,
                           const struct live_list *now, struct arena *arena)
{
    size_t p = 0, n = 0;

    for (;;) {
        const struct live_named *a = next_of(planned, &p), *b = next_of(now, &n);
        int order = a == NULL ? 1 : b == NULL ? -1 : str_cmp(a->name, b->name);
        if (a == NULL && b == NULL) {
            return STR_NONE;
        }
        if (order < 0 && !is_probe_arn(a->name)) {
            return arena_printf(arena, "%s %.*s is gone", what, FMT(a->name));
        }
        if (order > 0 && !is_probe_arn(b->name)) {
            return arena_printf(arena, "%s %.*s is new", what, FMT(b->name));
        }
        if (order == 0 && !str_eq(a->value, b->value)) {
            return arena_printf(arena, "%s %.*s was changed", what, FMT(a->name));
        }
        p += order <= 0;
        n += order >= 0;
    }
}

str live_difference(const struct live_user *planned, const struct live_user *now,
                    struct arena *arena)
{
    str found;

    if (!now->exists) {
        return arena_printf(arena, "user %.*s is gone", FMT(planned->name));
    }
    if (!str_eq(planned->id, now->id)) {
        return arena_printf(arena, "user %.*s is another one by now: %.*s, not %.*s",
                            FMT(planned->name), FMT(now->id), FMT(planned->id));
    }
    if (!str_eq(planned->boundary, now->boundary)) {
        return arena_printf(arena, "the permissions boundary is '%.*s', not '%.*s'",
                            FMT(now->boundary), FMT(planned->boundary));
    }
    found = list_difference("group", &planned->groups, &now->groups, arena);
    if (found.ptr == NULL) {
        found = list_difference("attached policy", &planned->attached, &now->attached, arena);
    }
    if (found.ptr == NULL) {
        found = list_difference("inline policy", &planned->policies, &now->policies, arena);
    }
    return found;
}

str live_key(const struct live_user *user, str id)
{
    for (size_t i = 0; i < user->keys.count; i++) {
        if (str_eq(user->keys.items[i].name, id)) {
            return user->keys.items[i].value;
        }
    }
    return STR_NONE;
}
