#include "migrate/call.h"

#include <stdarg.h>

#include "codec/form.h"

static const struct json_limits limits = { .depth_max = 32, .values_max = 200000 };

struct call call_of(str action, ...)
{
    struct call call = { .action = action };
    va_list args;
    str name;

    va_start(args, action);
    while ((name = va_arg(args, str)).ptr != NULL && call.count < CALL_PARAMS_MAX) {
        call.params[call.count++] = (struct remote_param){ name, va_arg(args, str) };
    }
    va_end(args);
    return call;
}

str call_param(const struct call *call, str name)
{
    for (size_t i = 0; i < call->count; i++) {
        if (str_eq(call->params[i].name, name)) {
            return call->params[i].value;
        }
    }
    return STR_NONE;
}

enum rc calls_join(struct calls *to, const struct calls *more, struct arena *arena)
{
    struct call *items = NEW_ARRAY(arena, to->count + more->count + 1, struct call);

    if (items == NULL) {
        return RC_NOMEM;
    }
    if (to->count > 0) {
        memcpy(items, to->items, to->count * sizeof(*items));
    }
    if (more->count > 0) {
        memcpy(items + to->count, more->items, more->count * sizeof(*items));
    }
    to->items = items;
    to->count += more->count;
    return RC_OK;
}

enum rc calls_add(struct calls *calls, struct call call, struct arena *arena)
{
    return calls_join(calls, &(struct calls){ &call, 1 }, arena);
}

/* -- how an effect is found out ------------------------------------------------------------------- */

enum how {
    HOW_PRESENT,  /* the reading call finds it */
    HOW_ABSENT,   /* it does not */
    HOW_DOCUMENT, /* it finds it, with the document that was put */
    HOW_LISTED,   /* a member of the list has `field` = the parameter */
    HOW_UNLISTED,
    HOW_STATUS, /* and that member's Status is the parameter Status */
    HOW_TEXT,   /* an element of the answer is the parameter; absent: there is none */
};

static const struct finding {
    str action, read;
    enum how how;
    str pass[2];      /* parameters handed on */
    str field, param; /* of the answer; of the call */
} findings[] = {
#define ROW(action, read, how, pass0, pass1, field, param)                                         \
    {                                                                                              \
        STR_INIT(action), STR_INIT(read), how, { STR_INIT(pass0), STR_INIT(pass1) },               \
            STR_INIT(field), STR_INIT(param)                                                       \
    }
    ROW("PutUserPolicy", "GetUserPolicy", HOW_DOCUMENT, "UserName", "PolicyName", "PolicyDocument",
        "PolicyDocument"),
    ROW("DeleteUserPolicy", "GetUserPolicy", HOW_ABSENT, "UserName", "PolicyName", "", ""),
    ROW("CreatePolicy", "GetPolicy", HOW_PRESENT, "@PolicyArn", "", "", ""),
    ROW("DeletePolicy", "GetPolicy", HOW_ABSENT, "PolicyArn", "", "", ""),
    ROW("AttachUserPolicy", "ListAttachedUserPolicies", HOW_LISTED, "UserName", "", "PolicyArn",
        "PolicyArn"),
    ROW("DetachUserPolicy", "ListAttachedUserPolicies", HOW_UNLISTED, "UserName", "", "PolicyArn",
        "PolicyArn"),
    ROW("CreateRole", "GetRole", HOW_DOCUMENT, "RoleName", "", "AssumeRolePolicyDocument",
        "AssumeRolePolicyDocument"),
    ROW("DeleteRole", "GetRole", HOW_ABSENT, "RoleName", "", "", ""),
    ROW("PutRolePolicy", "GetRolePolicy", HOW_DOCUMENT, "RoleName", "PolicyName", "PolicyDocument",
        "PolicyDocument"),
    ROW("DeleteRolePolicy", "GetRolePolicy", HOW_ABSENT, "RoleName", "PolicyName", "", ""),
    ROW("AttachRolePolicy", "ListAttachedRolePolicies", HOW_LISTED, "RoleName", "", "PolicyArn",
        "PolicyArn"),
    ROW("DetachRolePolicy", "ListAttachedRolePolicies", HOW_UNLISTED, "RoleName", "", "PolicyArn",
        "PolicyArn"),
    ROW("UpdateAccessKey", "ListAccessKeys", HOW_STATUS, "UserName", "", "AccessKeyId",
        "AccessKeyId"),
    ROW("DeleteAccessKey", "ListAccessKeys", HOW_UNLISTED, "UserName", "", "AccessKeyId",
        "AccessKeyId"),
    ROW("AddUserToGroup", "ListGroupsForUser", HOW_LISTED, "UserName", "", "GroupName",
        "GroupName"),
    ROW("RemoveUserFromGroup", "ListGroupsForUser", HOW_UNLISTED, "UserName", "", "GroupName",
        "GroupName"),
    ROW("PutUserPermissionsBoundary", "GetUser", HOW_TEXT, "UserName", "", "PermissionsBoundaryArn",
        "PermissionsBoundary"),
    ROW("DeleteUserPermissionsBoundary", "GetUser", HOW_TEXT, "UserName", "",
        "PermissionsBoundaryArn", "PermissionsBoundary"),
    ROW("DeleteLoginProfile", "GetLoginProfile", HOW_ABSENT, "UserName", "", "", ""),
    ROW("DeactivateMFADevice", "ListMFADevices", HOW_UNLISTED, "UserName", "", "SerialNumber",
        "SerialNumber"),
    ROW("DeleteVirtualMFADevice", "ListVirtualMFADevices", HOW_UNLISTED, "", "", "SerialNumber",
        "SerialNumber"),
    ROW("DeleteSigningCertificate", "ListSigningCertificates", HOW_UNLISTED, "UserName", "",
        "CertificateId", "CertificateId"),
    ROW("DeleteSSHPublicKey", "ListSSHPublicKeys", HOW_UNLISTED, "UserName", "", "SSHPublicKeyId",
        "SSHPublicKeyId"),
    ROW("DeleteServiceSpecificCredential", "ListServiceSpecificCredentials", HOW_UNLISTED,
        "UserName", "", "ServiceSpecificCredentialId", "ServiceSpecificCredentialId"),
    ROW("CreateUser", "GetUser", HOW_PRESENT, "UserName", "", "", ""),
    ROW("DeleteUser", "GetUser", HOW_ABSENT, "UserName", "", "", ""),
};

static const struct finding *finding_of(str action)
{
    for (size_t i = 0; i < COUNT_OF(findings); i++) {
        if (str_eq(findings[i].action, action)) {
            return &findings[i];
        }
    }
    return NULL;
}

bool call_same_document(str a, str b)
{
    buf pa = buf_heap(1 << 20), pb = buf_heap(1 << 20);
    struct json *ja = NULL, *jb = NULL;
    struct json_error error;
    struct arena arena;
    bool same = false;

    arena_init(&arena, &heap, 16384, 16 << 20);
    if (json_parse(a, &limits, &arena, &ja, &error) == RC_OK &&
        json_parse(b, &limits, &arena, &jb, &error) == RC_OK) {
        json_print(ja, false, &pa);
        json_print(jb, false, &pb);
        same = pa.err == RC_OK && pb.err == RC_OK && str_eq(buf_str(&pa), buf_str(&pb));
    }
    arena_done(&arena);
    buf_done(&pa);
    buf_done(&pb);
    return same;
}

static bool same_encoded(str encoded, str document)
{
    struct arena arena;
    str decoded = STR_NONE;
    bool same;

    arena_init(&arena, &heap, 16384, 4 << 20);
    same = uri_decode(encoded, &arena, &decoded) == RC_OK && call_same_document(decoded, document);
    arena_done(&arena);
    return same;
}

struct looking {
    const struct finding *finding;
    const struct call *call;
    bool listed, status_same;
};

static enum rc look_at_page(void *context, const struct answer_node *result)
{
    struct looking *l = context;
    str wanted = call_param(l->call, l->finding->param);

    for (const struct answer_node *list = result == NULL ? NULL : result->first; list != NULL;
         list = list->next) {
        for (const struct answer_node *item = list->first; item != NULL; item = item->next) {
            if (str_eq(answer_text(item, l->finding->field), wanted)) {
                l->listed = true;
                l->status_same = str_eq(answer_text(item, STR("Status")),
                                        call_param(l->call, STR("Status")));
            }
        }
    }
    return RC_OK;
}

static enum call_state by_answer(const struct finding *f, const struct call *call,
                                 const struct answer_node *result, const struct looking *l)
{
    const struct answer_node *found;

    switch (f->how) {
    case HOW_PRESENT:
        return CALL_APPLIED;
    case HOW_ABSENT:
        return CALL_NOT_APPLIED;
    case HOW_DOCUMENT:
        found = answer_find(result, f->field);
        return found != NULL && same_encoded(found->text, call_param(call, f->param))
                   ? CALL_APPLIED
                   : CALL_DIFFERENT;
    case HOW_LISTED:
        return l->listed ? CALL_APPLIED : CALL_NOT_APPLIED;
    case HOW_UNLISTED:
        return l->listed ? CALL_NOT_APPLIED : CALL_APPLIED;
    case HOW_STATUS:
        return !l->listed ? CALL_DIFFERENT : l->status_same ? CALL_APPLIED : CALL_NOT_APPLIED;
    case HOW_TEXT:
        found = answer_find(result, f->field);
        return str_eq(found == NULL ? STR_NONE : found->text, call_param(call, f->param))
                   ? CALL_APPLIED
                   : CALL_NOT_APPLIED;
    }
    return CALL_DIFFERENT;
}

/* The thing, or the user or role it belongs to, is not there. */
static enum call_state by_absence(enum how how)
{
    switch (how) {
    case HOW_PRESENT:
    case HOW_DOCUMENT:
        return CALL_NOT_APPLIED;
    case HOW_ABSENT:
    case HOW_UNLISTED:
        return CALL_APPLIED;
    case HOW_LISTED:
    case HOW_STATUS:
    case HOW_TEXT:
        return CALL_DIFFERENT;
    }
    return CALL_DIFFERENT;
}

/* A name goes over without the '@' that keeps it from being sent with the call itself. */
static size_t reading_params(const struct finding *f, const struct call *call,
                             struct remote_param *params)
{
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(f->pass) && f->pass[i].len > 0; i++) {
        str name = f->pass[i];
        (void)take_prefix(&name, STR("@"));
        params[count++] = (struct remote_param){ name, call_param(call, f->pass[i]) };
    }
    return count;
}

enum rc call_find(struct remote *remote, const struct call *call, struct arena *arena,
                  enum call_state *ret, struct remote_answer *ret_answer)
{
    const struct finding *f = finding_of(call->action);
    struct looking looking = { .finding = f, .call = call };
    struct remote_param params[2];
    bool listing;
    size_t count;
    enum rc rc;

    *ret_answer = (struct remote_answer){ .code = STR("NotOurs") };
    if (f == NULL) {
        return RC_API;
    }
    listing = f->how == HOW_LISTED || f->how == HOW_UNLISTED || f->how == HOW_STATUS;
    count = reading_params(f, call, params);
    rc = listing ? remote_pages(remote, STR("iam"), f->read, params, count, arena, look_at_page,
                                &looking, ret_answer)
                 : remote_call(remote, STR("iam"), f->read, params, count, arena, ret_answer);
    if (rc == RC_API && str_eq(ret_answer->code, STR("NoSuchEntity"))) {
        *ret = by_absence(f->how);
        return RC_OK;
    }
    TRY(rc);
    *ret = by_answer(f, call, ret_answer->result, &looking);
    return RC_OK;
}

enum rc call_make(struct remote *remote, const struct call *call, struct arena *arena,
                  struct remote_answer *ret_answer)
{
    struct remote_param params[CALL_PARAMS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < call->count; i++) {
        if (!str_starts(call->params[i].name, STR("@"))) {
            params[count++] = call->params[i];
        }
    }
    return remote_call(remote, STR("iam"), call->action, params, count, arena, ret_answer);
}

/* -- as JSON and as words -------------------------------------------------------------------------- */

void calls_json(const struct call *calls, size_t count, struct json_out *out)
{
    json_open(out, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(out, '{');
        json_put_str(out, STR("action"), calls[i].action);
        json_own_key(out, STR("params"));
        json_open(out, '{');
        for (size_t p = 0; p < calls[i].count; p++) {
            json_key(out, calls[i].params[p].name);
            json_str(out, calls[i].params[p].value);
        }
        json_close(out, '}');
        json_close(out, '}');
    }
    json_close(out, ']');
}

static enum rc call_read(const struct json *item, struct call *ret)
{
    const struct json *action = json_member(item, STR("action"));
    const struct json *params = json_member(item, STR("params"));
    struct call call = { 0 };

    if (action == NULL || action->type != JSON_STRING || params == NULL ||
        params->type != JSON_OBJECT || params->count > CALL_PARAMS_MAX ||
        finding_of(action->text) == NULL) {
        return RC_SYNTAX;
    }
    call.action = action->text;
    for (const struct json *p = params->first; p != NULL; p = p->next) {
        if (p->type != JSON_STRING) {
            return RC_SYNTAX;
        }
        call.params[call.count++] = (struct remote_param){ p->key, p->text };
    }
    *ret = call;
    return RC_OK;
}

enum rc calls_read(const struct json *array, struct arena *arena, struct calls *ret)
{
    struct calls calls = { 0 };

    if (array == NULL || array->type != JSON_ARRAY || array->count > CALLS_MAX) {
        return RC_SYNTAX;
    }
    calls.items = NEW_ARRAY(arena, array->count, struct call);
    if (calls.items == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *item = array->first; item != NULL; item = item->next) {
        TRY(call_read(item, &calls.items[calls.count++]));
    }
    *ret = calls;
    return RC_OK;
}

enum rc calls_parse(str text, struct arena *arena, struct calls *ret)
{
    struct json_error error;
    struct json *array = NULL;

    TRY(json_parse(text, &limits, arena, &array, &error));
    return calls_read(array, arena, ret);
}

/* AWS's own rule: a dash before a capital that begins a word, runs of capitals stay together. */
static void print_dashed(str name, buf *out)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool capital = c >= 'A' && c <= 'Z';
        bool after_small = i > 0 && (name.ptr[i - 1] < 'A' || name.ptr[i - 1] > 'Z');
        bool before_small = i + 1 < name.len && name.ptr[i + 1] >= 'a' && name.ptr[i + 1] <= 'z';
        if (capital && i > 0 && (after_small || before_small)) {
            buf_add_char(out, '-');
        }
        buf_add_char(out, ascii_lower(c));
    }
}

/* In single quotes nothing has a meaning but the quote itself. */
static void print_quoted(str text, buf *out)
{
    bool plain = text.len > 0;

    for (size_t i = 0; i < text.len && plain; i++) {
        plain = ascii_is_alnum(text.ptr[i]) || memchr("-_./:=@+,", text.ptr[i], 9) != NULL;
    }
    if (plain) {
        buf_add(out, text);
        return;
    }
    buf_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            buf_add(out, STR("'\\''"));
        } else {
            buf_add_char(out, text.ptr[i]);
        }
    }
    buf_add_char(out, '\'');
}

void call_print(const struct call *call, buf *out)
{
    BUF_LIT(out, "aws iam ");
    print_dashed(call->action, out);
    for (size_t i = 0; i < call->count; i++) {
        if (!str_starts(call->params[i].name, STR("@"))) {
            BUF_LIT(out, " --");
            print_dashed(call->params[i].name, out);
            buf_add_char(out, ' ');
            print_quoted(call->params[i].value, out);
        }
    }
}
