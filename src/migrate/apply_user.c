/* What is left of a user when his keys are gone, in the order IAM lets it be taken away. */
#include "migrate/apply.h"
#include "system/system.h"

static void add(struct calls *calls, struct call call)
{
    calls->items[calls->count++] = call;
}

/* One call for each name of a list. */
static const struct {
    str action, param, inverse;
    size_t list;
} per_name[] = {
    { STR_INIT("DeactivateMFADevice"), STR_INIT("SerialNumber"), STR_INIT(""),
      offsetof(struct live_user, mfa) },
    { STR_INIT("DeleteSigningCertificate"), STR_INIT("CertificateId"), STR_INIT(""),
      offsetof(struct live_user, certificates) },
    { STR_INIT("DeleteSSHPublicKey"), STR_INIT("SSHPublicKeyId"), STR_INIT(""),
      offsetof(struct live_user, ssh_keys) },
    { STR_INIT("DeleteServiceSpecificCredential"), STR_INIT("ServiceSpecificCredentialId"),
      STR_INIT(""), offsetof(struct live_user, credentials) },
    { STR_INIT("RemoveUserFromGroup"), STR_INIT("GroupName"), STR_INIT("AddUserToGroup"),
      offsetof(struct live_user, groups) },
    { STR_INIT("DetachUserPolicy"), STR_INIT("PolicyArn"), STR_INIT("AttachUserPolicy"),
      offsetof(struct live_user, attached) },
};

static const struct live_list *list_of(const struct live_user *live, size_t at)
{
    return (const struct live_list *)(const void *)((const char *)live + at);
}

static size_t room_for(const struct live_user *live)
{
    size_t room = 8 + live->policies.count + live->mfa.count;

    for (size_t i = 0; i < COUNT_OF(per_name); i++) {
        room += list_of(live, per_name[i].list)->count;
    }
    return room;
}

static void take_lists(const struct live_user *live, struct calls *calls, struct calls *back)
{
    for (size_t i = 0; i < COUNT_OF(per_name); i++) {
        const struct live_list *list = list_of(live, per_name[i].list);
        for (size_t k = 0; k < list->count; k++) {
            str name = list->items[k].name;
            add(calls, call_of(per_name[i].action, STR("UserName"), live->name, per_name[i].param,
                               name, STR_NONE));
            if (per_name[i].inverse.len > 0) {
                add(back, call_of(per_name[i].inverse, STR("UserName"), live->name,
                                  per_name[i].param, name, STR_NONE));
            }
            /* Virtual devices have an ARN of ours; keys of hardware belong to nobody afterwards. */
            if (per_name[i].list == offsetof(struct live_user, mfa) &&
                str_starts(name, STR("arn:"))) {
                add(calls, CALL("DeleteVirtualMFADevice", STR("SerialNumber"), name));
            }
        }
    }
}

enum rc apply_user_calls(const struct live_user *live, struct arena *arena, struct calls *ret,
                         struct calls *ret_inverse)
{
    size_t room = room_for(live);
    struct calls calls = { NEW_ARRAY(arena, room, struct call), 0 };
    struct calls back = { NEW_ARRAY(arena, room, struct call), 0 };

    if (calls.items == NULL || back.items == NULL) {
        return RC_NOMEM;
    }
    add(&back, CALL("CreateUser", STR("UserName"), live->name, STR("Path"),
                    live->path.len > 0 ? live->path : STR("/")));
    take_lists(live, &calls, &back);
    for (size_t i = 0; i < live->policies.count; i++) {
        const struct live_named *p = &live->policies.items[i];
        add(&calls,
            CALL("DeleteUserPolicy", STR("UserName"), live->name, STR("PolicyName"), p->name));
        add(&back, CALL("PutUserPolicy", STR("UserName"), live->name, STR("PolicyName"), p->name,
                        STR("PolicyDocument"), p->value));
    }
    if (live->boundary.ptr != NULL) {
        add(&calls, CALL("DeleteUserPermissionsBoundary", STR("UserName"), live->name));
        add(&back, CALL("PutUserPermissionsBoundary", STR("UserName"), live->name,
                        STR("PermissionsBoundary"), live->boundary));
    }
    add(&calls, CALL("DeleteUser", STR("UserName"), live->name));
    *ret = calls;
    *ret_inverse = back;
    return RC_OK;
}

static bool is_plain(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alnum(name.ptr[i]) && memchr("+=,.@-_", name.ptr[i], 7) == NULL) {
            return false;
        }
    }
    return name.len > 0 && name.ptr[0] != '.';
}

enum rc apply_save_recipe(struct apply *a, str name, const struct live_user *live)
{
    str dir = arena_printf(a->arena, "%s/move/restore", a->estate_dir), path;
    buf out = buf_arena(a->arena, 8 << 20);
    struct json_out o = { .out = &out };
    struct calls calls, inverse;

    if (!is_plain(name)) {
        return RC_SYNTAX;
    }
    path = ARENA_JOIN(a->arena, dir, STR("/"), name, STR(".json"));
    TRY(apply_user_calls(live, a->arena, &calls, &inverse));
    if (dir.ptr == NULL || path.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(dir_make(dir.ptr));
    json_open(&o, '{');
    json_put_str(&o, STR("note"),
                 STR("What was there before it was deleted. A secret cannot be restored: a new key "
                     "takes the place of a deleted one."));
    json_own_key(&o, STR("live"));
    live_json(live, &o);
    json_own_key(&o, STR("restore"));
    calls_json(inverse.items, inverse.count, &o);
    json_close(&o, '}');
    TRY(out.err);
    return file_replace(path.ptr, buf_str(&out), 0600);
}
