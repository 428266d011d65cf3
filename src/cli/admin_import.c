/* mantle admin import-managed-policies: AWS's own policies, for all accounts, from a file. */
#include "cli/admin_call.h"
#include "codec/arn.h"
#include "codec/date.h"
#include "model/aws_objects.h"
#include "store/store.h"
#include "system/system.h"

enum {
    FILE_BYTES_MAX = 256 << 20,
    DOCUMENT_BYTES_MAX = 1 << 20,
    DEPTH_MAX = 64,
    VALUES_MAX = 1 << 24,
    BATCH = 64, /* policies in one transaction: other changes wait for one no longer than this */
    BATCH_BYTES_MAX = 64 << 20,
    REFUSED_TOLD_MAX = 100,
};

struct import {
    struct call *call;
    struct aws_policy batch[BATCH];
    size_t waiting;
    struct arena parsed;  /* of the file and what was read from it */
    struct arena scratch; /* of one transaction */
    size_t read, added, changed, same, refused;
    buf refusals; /* JSON objects with commas between */
    enum rc rc;   /* why it stopped */
};

static void tell_refusal(struct import *import, str name, const char *why)
{
    struct json_out json = { .out = &import->refusals };

    if (import->refused++ >= REFUSED_TOLD_MAX) {
        return;
    }
    if (import->refusals.len > 0) {
        buf_add_char(&import->refusals, ',');
    }
    json_open(&json, '{');
    json_put_str(&json, STR("Name"), name);
    json_put_str(&json, STR("Why"), str_cstr(why));
    json_close(&json, '}');
}

/* --- writing ------------------------------------------------------------------------------------ */

static enum rc put_batch(struct txn *txn, void *arg)
{
    struct import *import = arg;
    size_t counts[3] = { 0 };

    arena_reset(&import->scratch);
    for (size_t i = 0; i < import->waiting; i++) {
        enum aws_policy_change change = AWS_POLICY_SAME;
        enum rc rc = aws_policy_put(txn, &import->batch[i], &import->scratch, &change);
        if (rc == RC_SYNTAX) {
            import->batch[i].document = STR_NONE; /* told once the rest is written */
            continue;
        }
        TRY(rc);
        counts[change]++;
    }
    if (counts[AWS_POLICY_ADDED] + counts[AWS_POLICY_CHANGED] > 0) {
        TRY(admin_record(import->call));
    }
    import->same += counts[AWS_POLICY_SAME];
    import->added += counts[AWS_POLICY_ADDED];
    import->changed += counts[AWS_POLICY_CHANGED];
    return RC_OK;
}

static enum rc flush(struct import *import)
{
    TRY(store_write(import->call->admin->store, put_batch, import));
    for (size_t i = 0; i < import->waiting; i++) {
        if (import->batch[i].document.ptr == NULL) {
            tell_refusal(import, import->batch[i].name,
                         "its name, path or document is not one of a managed policy");
        }
    }
    import->waiting = 0;
    return RC_OK;
}

/* --- reading ------------------------------------------------------------------------------------ */

static str text_of(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

static str either(str a, str b)
{
    return a.ptr != NULL ? a : b;
}

static int64_t seconds_of(struct import *import, str text)
{
    int64_t ns = 0;

    if (text.ptr != NULL && date_parse_iso(text, &ns) == RC_OK && ns > 0) {
        return ns / 1000000000;
    }
    return env_now_s(import->call->admin->env);
}

static int64_t version_of(str text)
{
    uint64_t n = 0;

    return take_prefix(&text, STR("v")) && str_to_u64(text, &n) == RC_OK && n > 0 && n < 1000000
               ? (int64_t)n
               : 0;
}

/* arn:aws:iam::aws:policy/PATH/NAME: what the policy is called says its ARN, nothing else. */
static bool take_arn(str text, struct aws_policy *policy)
{
    struct arn arn;
    str rest;

    if (arn_parse(text, &arn) != RC_OK || !str_eq(arn.service, STR("iam")) ||
        !str_eq(arn.account, STR("aws")) || arn.region.len != 0) {
        return false;
    }
    rest = arn.resource;
    if (!take_prefix(&rest, STR("policy"))) {
        return false;
    }
    size_t at = rest.len;
    while (at > 0 && rest.ptr[at - 1] != '/') {
        at--;
    }
    policy->path = str_slice(rest, 0, at);
    policy->name = str_skip(rest, at);
    return policy->path.len > 0;
}

/* The default version of a policy as get-account-authorization-details shows it. */
static const struct json *default_document(const struct json *policy, str version)
{
    const struct json *list = json_member(policy, STR("PolicyVersionList"));

    for (const struct json *v = list == NULL ? NULL : list->first; v != NULL; v = v->next) {
        if (str_eq(text_of(v, "VersionId"), version)) {
            return json_member(v, STR("Document"));
        }
    }
    return NULL;
}

static enum rc add(struct import *import, const struct json *object)
{
    const struct json *document = json_member(object, STR("document"));
    str version = either(text_of(object, "version"), text_of(object, "DefaultVersionId"));
    struct aws_policy policy = { .id = either(text_of(object, "id"), text_of(object, "PolicyId")),
                                 .version = version_of(version) };
    str arn = either(text_of(object, "arn"), text_of(object, "Arn"));
    buf text = buf_arena(&import->parsed, DOCUMENT_BYTES_MAX);

    if (!take_arn(arn, &policy)) {
        if (arn.ptr == NULL || json_member(object, STR("document")) != NULL) {
            import->read++;
            tell_refusal(import, arn, "it has no ARN of the form arn:aws:iam::aws:policy/NAME");
        }
        return RC_OK; /* an account's own policy, in an export: not meant */
    }
    import->read++;
    document = document == NULL ? default_document(object, version) : document;
    if (document == NULL || (document->type != JSON_OBJECT && document->type != JSON_STRING)) {
        tell_refusal(import, arn, "its document is not in the file");
        return RC_OK;
    }
    if (document->type == JSON_OBJECT) {
        json_print(document, false, &text);
    } else {
        buf_add(&text, document->text);
    }
    if (text.err == RC_LIMIT) {
        tell_refusal(import, arn, "its document is longer than a megabyte");
        return RC_OK;
    }
    TRY(text.err);
    policy.document = buf_str(&text);
    policy.created_s = seconds_of(
        import, either(text_of(object, "created"), text_of(object, "CreateDate")));
    policy.updated_s = seconds_of(
        import, either(text_of(object, "updated"), text_of(object, "UpdateDate")));
    import->batch[import->waiting++] = policy;
    return import->waiting == BATCH ? flush(import) : RC_OK;
}

static enum rc parse(struct import *import, str text, struct json **ret, struct json_error *at)
{
    static const struct json_limits limits = { DEPTH_MAX, VALUES_MAX, true };

    return json_parse(text, &limits, &import->parsed, ret, at);
}

static enum rc read_export(struct import *import, const struct json *root)
{
    const struct json *list = json_member(root, STR("Policies"));

    for (const struct json *p = list == NULL ? NULL : list->first; p != NULL; p = p->next) {
        TRY(add(import, p));
    }
    return RC_OK;
}

static enum rc read_lines(struct import *import, str text)
{
    str rest = text, line;
    unsigned number = 0;

    while (take_item(&rest, '\n', &line)) {
        struct json_error at;
        struct json *object;
        number++;
        if (str_trim(line).len == 0) {
            continue;
        }
        enum rc rc = parse(import, line, &object, &at);
        if (rc == RC_SYNTAX || rc == RC_LIMIT) {
            import->read++;
            tell_refusal(import, arena_printf(&import->parsed, "line %u", number), at.reason);
            continue;
        }
        TRY(rc);
        TRY(add(import, object));
    }
    return RC_OK;
}

/* One JSON value is an export, several are lines. */
static enum rc read_all(struct import *import, str text)
{
    struct json_error at;
    struct json *root;
    enum rc rc = parse(import, text, &root, &at);

    if (rc == RC_OK && json_member(root, STR("Policies")) != NULL) {
        TRY(read_export(import, root));
    } else if (rc == RC_OK || rc == RC_SYNTAX) {
        TRY(read_lines(import, text));
    } else {
        return rc;
    }
    return flush(import);
}

/* --- the operation ------------------------------------------------------------------------------ */

static void answer(struct import *import)
{
    struct json_out *json = &import->call->json;

    json_open(json, '{');
    json_put_i64(json, STR("Read"), (int64_t)import->read);
    json_put_i64(json, STR("Added"), (int64_t)import->added);
    json_put_i64(json, STR("Changed"), (int64_t)import->changed);
    json_put_i64(json, STR("Unchanged"), (int64_t)import->same);
    json_put_i64(json, STR("Refused"), (int64_t)import->refused);
    json_key(json, STR("Refusals"));
    json_raw(json, ARENA_JOIN(import->call->arena, STR("["), buf_str(&import->refusals), STR("]")));
    json_close(json, '}');
}

static int run(struct import *import, const char *path)
{
    struct call *call = import->call;
    str text = STR_NONE;
    enum rc rc = file_read(path, FILE_BYTES_MAX, &import->parsed, &text);

    if (rc != RC_OK) {
        return admin_refuse(call,
                            "cannot read %s: %s (at most 256 MiB, readable by the user the "
                            "server runs as)",
                            path, rc_name(rc));
    }
    rc = read_all(import, text);
    if (rc != RC_OK) {
        return admin_refuse(call,
                            "stopped after %zu policies: %s; what was written stays, import "
                            "again",
                            import->added + import->changed + import->same, rc_name(rc));
    }
    if (import->read == 0) {
        return admin_refuse(call,
                            "%s holds no managed policy: neither JSON lines with name, arn and "
                            "document, nor Policies of get-account-authorization-details",
                            path);
    }
    answer(import);
    call->answered = true;
    return import->refused == 0
               ? 0
               : admin_refuse(call, "%zu policies were refused, see Refusals", import->refused);
}

int admin_import_managed_policies(struct call *call)
{
    struct import *import;
    str path;
    int status;

    if (call->count != 1) {
        (void)admin_refuse(call, "expected the file to import");
        return 2;
    }
    path = arena_str(call->arena, call->words[0]);
    import = NEW(call->arena, struct import);
    if (import == NULL || path.ptr == NULL) {
        return admin_refuse(call, "out of memory");
    }
    import->call = call;
    import->refusals = buf_arena(call->arena, ADMIN_BYTES_MAX / 2);
    arena_init(&import->parsed, &heap, 1 << 20, (size_t)2 << 30);
    arena_init(&import->scratch, &heap, 1 << 20, BATCH_BYTES_MAX);
    status = run(import, path.ptr);
    arena_done(&import->scratch);
    arena_done(&import->parsed);
    return status;
}
