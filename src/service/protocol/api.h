/* What an operation is, as data. Everything here is filled by tools/apigen.py from the .api files;
 * decoders, validators, encoders, the trail and the reference pages walk these tables. */
#ifndef MANTLE_SERVICE_PROTOCOL_API_H
#define MANTLE_SERVICE_PROTOCOL_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "service/protocol/errors.h" /* generated: enum api_error_id { ERR_NoSuchEntity, ... } */

/* How members look in the generated structs. Absent is always distinguishable from empty:
 *   API_STRING, API_BLOB  str            ptr NULL: absent; blobs are raw bytes, base64 on the wire
 *   API_INT               struct opt_int
 *   API_BOOL              struct opt_bool
 *   API_TIME              struct opt_int (unix seconds)
 *   API_LIST              struct SERVICE_ITEM_list { struct SERVICE_ITEM *items; size_t count;
 *                         bool present; }; lists of strings: struct api_str_list
 *   API_MAP               the same with items of { str key; VALUE value; }
 *   API_STRUCT            pointer; NULL: absent
 * An answer carries what is present: a handler leaves out what AWS leaves out by not setting it,
 * and writes an empty list by setting present. */
enum api_type { API_STRING, API_BLOB, API_INT, API_BOOL, API_TIME, API_LIST, API_MAP, API_STRUCT };

struct opt_int {
    int64_t value;
    bool present;
};
struct opt_bool {
    bool value, present;
};
struct api_list { /* the common shape of all generated list structs */
    void *items;
    size_t count;
    bool present;
};

struct api_str_list { /* lists of strings, the same in all services */
    str *items;
    size_t count;
    bool present;
};

struct api_shape;

struct api_member {
    str name;  /* "RoleName": as the model writes it */
    str camel; /* "roleName": in refusals and in the trail */
    str wire;  /* as parameters and answers write it, mostly the name ("arn") */
    const struct api_shape *shape;
    size_t offset; /* in the generated struct */
    bool required;
    bool sensitive; /* masked in the trail, never echoed, never logged */
    bool late;      /* refused after the other members */
    str fallback;   /* what an absent member decodes to; absent: stays absent */
};

struct api_range { /* of code points, both ends included */
    uint32_t first, last;
};

/* One of a closed set: mostly one class of characters, repeated; the few that are more than that
 * have a function (protocol/patterns.h). Patterns match the whole value. */
struct api_pattern {
    str text; /* as AWS prints it in the refusal */
    bool (*matches)(str value);
    int64_t min, max;               /* characters; max -1: any */
    uint64_t ascii[2];              /* bit set of U+0000..U+007F */
    const struct api_range *ranges; /* from U+0080 on, ascending */
    size_t range_count;
};

struct api_shape {
    str name;
    enum api_type type;
    int64_t min, max; /* characters (code points), items or value; -1: none */
    const struct api_pattern *pattern;
    const str *enums;
    size_t enum_count;
    const struct api_member *members; /* structs */
    size_t member_count;
    const struct api_shape *item; /* lists; maps: the value */
    const struct api_shape *key;  /* maps */
    size_t size;                  /* of the generated struct, or of one list or map item */
    bool sensitive;
    bool repeated;   /* refusals of its length or range repeat the value all the same */
    bool urlencoded; /* answers carry it percent-encoded: policy documents */
    str sentence;    /* what breaks the pattern is refused in these words, when nothing else is;
                      * {member} stands for the member's name */
};

/* What an operation is authorized on. */
enum api_resource {
    RESOURCE_ANY,       /* "*": no resource-level permissions */
    RESOURCE_ARN,       /* template_or_member is a template over the input, {partition} and
                           {account}: arn:{partition}:iam::{account}:user{Path}{UserName} */
    RESOURCE_ENTITY,    /* an entity of entity_kind in the caller's account, named by a member:
                           path, tags and boundary are looked up; an absent one has path "/".
                           or_caller: without the member, the calling user */
    RESOURCE_RENAMED,   /* the same entity's ARN as members NewPath and New<member> will make it */
    RESOURCE_MEMBER,    /* the ARN of an entity, given in a member: tags are looked up.
                           entity_kind "entity": user, group, role or policy, as the ARN says */
    RESOURCE_KEY_OWNER, /* the user an access key, named by a member, belongs to */
    RESOURCE_CALLER,    /* the calling user */
};

enum api_key_kind {
    API_KEY_MEMBER,   /* source: member; a string, a number or a list of strings; absent: no key */
    API_KEY_TAGS,     /* source: member, a list of { Key, Value }: key name/TAGKEY for each */
    API_KEY_TAG_KEYS, /* source: the same: the keys as one set */
    API_KEY_LITERAL,  /* source: the value */
    API_KEY_BOUNDARY, /* ARN of the boundary the named entity has now; none: no key */
};

struct api_key { /* a context key and where its value comes from */
    str name;    /* "iam:PermissionsBoundary", "aws:RequestTag", "aws:TagKeys" */
    enum api_key_kind kind;
    str source;
};

struct api_authz { /* all must be allowed */
    str action;    /* "iam:CreateRole" */
    enum api_resource resource;
    str entity_kind; /* user, role, group, policy, instance-profile, mfa, saml-provider, ... */
    str template_or_member;
    bool or_caller;
    const struct api_key *keys;
    size_t key_count;
    const str *when; /* only if one of these members was sent; none: always */
    size_t when_count;
};

struct rq;

struct api_operation {
    str name;
    const struct api_service *service;
    bool write;                       /* changes the store: runs on the writer */
    bool unsigned_ok;                 /* AssumeRoleWithSAML, AssumeRoleWithWebIdentity */
    bool built;                       /* false: answers 501 NotImplemented naming itself */
    const struct api_shape *in, *out; /* NULL: none */
    str response_wrapper;             /* "CreateRoleResponse" */
    str result_wrapper;               /* "CreateRoleResult"; absent: no result element */
    const struct api_authz *authz;    /* the action first, then what it also takes; none: needs
                                         no permission (GetCallerIdentity) */
    size_t authz_count;
    const enum api_error_id *errors; /* the model's; common ones come on top */
    size_t error_count;
    enum rc (*handler)(struct rq *rq, const void *in, void *out); /* NULL unless built */
    /* Before the handler, on the loop with a snapshot: may ask for work that blocks (rq_block in
     * service/request.h). NULL: there is no such step. */
    enum rc (*prepare)(struct rq *rq, const void *in);
};

struct api_service {
    str name;    /* "iam" */
    str version; /* "2010-05-08" */
    str xml_namespace;
    str signing_name; /* what the credential scope must say */
    str event_source; /* "iam.amazonaws.com" */
    /* Refusals of these kinds do not repeat the value. */
    bool withhold_pattern, withhold_enum, withhold_length, withhold_null;
    const struct api_operation *operations; /* sorted by name, bytewise */
    size_t operation_count;
};

extern const struct api_service *const api_services[];
extern const size_t api_service_count;

/* NULL when unknown. Case-sensitive, as AWS. */
const struct api_operation *api_find(str version, str action);
/* NULL when no service has that version. */
const struct api_service *api_find_service(str version);
/* NULL when shape (a struct) has no member of that name. */
const struct api_member *api_member_find(const struct api_shape *shape, str name);

#endif
