/* Answers in XML to the JSON of the command line. */
#include "codec/form.h"
#include "codec/json.h"
#include "migrate/collect.h"

static const struct json_limits limits = { .depth_max = 32, .values_max = 100000 };

/* Empty ones look like empty texts in XML. */
static const str lists[] = {
    STR_INIT("UserDetailList"),
    STR_INIT("GroupDetailList"),
    STR_INIT("RoleDetailList"),
    STR_INIT("Policies"),
    STR_INIT("GroupList"),
    STR_INIT("UserPolicyList"),
    STR_INIT("GroupPolicyList"),
    STR_INIT("RolePolicyList"),
    STR_INIT("AttachedManagedPolicies"),
    STR_INIT("InstanceProfileList"),
    STR_INIT("Roles"),
    STR_INIT("PolicyVersionList"),
    STR_INIT("Tags"),
    STR_INIT("AccessKeyMetadata"),
};
static const str documents[] = {
    STR_INIT("PolicyDocument"),
    STR_INIT("AssumeRolePolicyDocument"),
    STR_INIT("Document"),
};
static const str structures[] = { STR_INIT("RoleLastUsed"), STR_INIT("PermissionsBoundary") };
static const str plain[] = { /* neither text nor date: written as they are */
                             STR_INIT("AttachmentCount"), STR_INIT("PermissionsBoundaryUsageCount"),
                             STR_INIT("IsAttachable"),    STR_INIT("IsDefaultVersion"),
                             STR_INIT("IsTruncated"),     STR_INIT("MaxSessionDuration")
};

static bool is_one_of(str name, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

static bool is_plain_value(str text)
{
    uint64_t n;

    return str_eq(text, STR("true")) || str_eq(text, STR("false")) || str_to_u64(text, &n) == RC_OK;
}

/* A document that is no JSON stays the string it is: reading the estate reports it. */
static void put_document(str encoded, struct json_out *out)
{
    struct json_error error;
    struct json *doc = NULL;
    struct arena arena;
    str text = STR_NONE;

    arena_init(&arena, &heap, 16384, 16 << 20);
    if (uri_decode(encoded, &arena, &text) == RC_OK &&
        json_parse(text, &limits, &arena, &doc, &error) == RC_OK) {
        json_raw(out, text);
    } else {
        json_str(out, encoded);
    }
    arena_done(&arena);
}

static void put_leaf(const struct answer_node *node, struct json_out *out)
{
    if (is_one_of(node->name, lists, COUNT_OF(lists))) {
        json_open(out, '[');
        json_close(out, ']');
    } else if (is_one_of(node->name, structures, COUNT_OF(structures))) {
        json_open(out, '{');
        json_close(out, '}');
    } else if (is_one_of(node->name, documents, COUNT_OF(documents))) {
        put_document(node->text, out);
    } else if (is_one_of(node->name, plain, COUNT_OF(plain)) && is_plain_value(node->text)) {
        json_raw(out, node->text);
    } else {
        json_str(out, node->text);
    }
}

void collect_json(const struct answer_node *node, struct json_out *out)
{
    bool list = node->first != NULL && str_eq(node->first->name, STR("member"));

    if (node->first == NULL) {
        put_leaf(node, out);
        return;
    }
    json_open(out, list ? '[' : '{');
    for (const struct answer_node *child = node->first; child != NULL; child = child->next) {
        if (!list) {
            json_key(out, child->name);
        }
        collect_json(child, out);
    }
    json_close(out, list ? ']' : '}');
}
