/* What an operation is, as data. Everything here is filled by tools/apigen.py from the .api files;
 * decoders, validators, encoders, the trail and the reference pages walk these tables. */
#ifndef MANTLE_SERVICE_PROTOCOL_API_H
#define MANTLE_SERVICE_PROTOCOL_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

/* How members look in the generated structs. Absent is always distinguishable from empty:
 *   API_STRING, API_BLOB  str            ptr NULL: absent
 *   API_INT               struct opt_int
 *   API_BOOL              struct opt_bool
 *   API_TIME              struct opt_int (unix seconds)
 *   API_LIST              struct SERVICE_LIST { ITEM *items; size_t count; bool present; }
 *   API_MAP               the same with items of { key, value }
 *   API_STRUCT            pointer; NULL: absent */
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

struct api_shape;

struct api_member {
    str name; /* "RoleName": as the model and query parameters write it */
    str wire; /* locationName where it differs ("arn" of PolicyDescriptorType) */
    const struct api_shape *shape;
    size_t offset; /* in the generated struct */
    bool required;
    bool sensitive; /* masked in the trail, never logged */
};

struct api_pattern { /* one of a closed set, translated by hand */
    str text;        /* as AWS prints it in the refusal */
    bool (*matches)(str value);
};

struct api_shape {
    str name;
    enum api_type type;
    int64_t min, max; /* characters, items or value; -1: none */
    const struct api_pattern *pattern;
    const str *enums;
    size_t enum_count;
    const struct api_member *members; /* structs */
    size_t member_count;
    const struct api_shape *item; /* lists; maps: the value */
    const struct api_shape *key;  /* maps */
    size_t size;                  /* of the generated struct, or of one list item */
    bool sensitive;
};

struct api_error {
    str code;    /* on the wire: "EntityAlreadyExists" */
    int status;  /* HTTP */
    bool sender; /* Type Sender, else Receiver */
};

/* What an operation is authorized on. The text is a template over the input and the entity named. */
enum api_resource {
    RESOURCE_ANY, /* "*" : no resource-level permissions */
    RESOURCE_ARN, /* a template: arn:{partition}:iam::{account}:user{Path}{UserName} */
    RESOURCE_ENTITY, /* an existing entity of a kind, named by a member: its path and tags are looked up */
    RESOURCE_MEMBER, /* an ARN given in a member: {PolicyArn} */
};

struct api_key { /* a context key and where its value comes from */
    str name;    /* "iam:PermissionsBoundary", "aws:RequestTag", "aws:TagKeys" */
    str source;  /* member name; for aws:RequestTag and aws:TagKeys a list of tags or of keys */
};

struct api_authz {
    str action; /* "iam:CreateRole"; absent: needs no permission */
    enum api_resource resource;
    str entity_kind; /* "user", "role", "group", "policy", "instance-profile", ... */
    str template_or_member;
    const struct api_key *keys;
    size_t key_count;
};

struct rq;

struct api_operation {
    str name;
    const struct api_service *service;
    bool write;                       /* changes the store: runs on the writer */
    bool unsigned_ok;                 /* AssumeRoleWithSAML, AssumeRoleWithWebIdentity */
    bool built;                       /* false: answers 501 NotImplemented naming itself */
    const struct api_shape *in, *out; /* NULL: none */
    str result_wrapper;               /* "CreateRoleResult" */
    struct api_authz authz;
    enum rc (*handler)(struct rq *rq, const void *in, void *out);
};

struct api_service {
    str name;    /* "iam" */
    str version; /* "2010-05-08" */
    str xml_namespace;
    str signing_name;                       /* what the credential scope must say */
    str event_source;                       /* "iam.amazonaws.com" */
    const struct api_operation *operations; /* sorted by name */
    size_t operation_count;
};

extern const struct api_service *const api_services[];
extern const size_t api_service_count;

/* NULL when unknown. Case-sensitive, as AWS. */
const struct api_operation *api_find(str version, str action);

#endif
