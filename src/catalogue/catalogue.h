/* The service catalogue: AWS's services with their actions, resource types and condition keys, as
 * packed by tools/catalogue.py from data/catalogue.txt and linked into the program. Pure; the table
 * is read where it stands. Every read is checked against the table's bounds: a damaged table gives
 * absent strings and zero counts, never a step outside.
 *
 * Names compare ignoring ASCII case, as AWS does. */
#ifndef MANTLE_CATALOGUE_CATALOGUE_H
#define MANTLE_CATALOGUE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum { CATALOGUE_SECTIONS = 10 };
struct catalogue {
    str bytes;
    struct {
        uint32_t at, count;
    } sections[CATALOGUE_SECTIONS];
};

/* RC_SYNTAX when bytes are not a catalogue. They must outlive it. */
MUST_CHECK enum rc catalogue_open(str bytes, struct catalogue *ret);
/* The one linked into the program. */
MUST_CHECK enum rc catalogue_shipped(struct catalogue *ret);

/* A list of numbers inside the table; catalogue_item gives 0 past its end. */
struct catalogue_list {
    uint32_t at, count;
};
uint32_t catalogue_item(const struct catalogue *c, struct catalogue_list list, uint32_t i);

struct catalogue_service {
    str prefix, name;      /* "s3", "Amazon S3" */
    uint32_t first_action; /* its actions are [first_action, first_action + action_count), */
    uint32_t action_count; /* sorted by name ignoring case */
    uint32_t first_type, type_count;
    struct catalogue_list keys; /* key numbers: all it defines or uses */
    bool resource_control;      /* resource control policies apply to it */
};
uint32_t catalogue_service_count(const struct catalogue *c);
bool catalogue_service_at(const struct catalogue *c, uint32_t number,
                          struct catalogue_service *ret);
bool catalogue_service_find(const struct catalogue *c, str prefix, struct catalogue_service *ret);

enum access_level { ACCESS_LIST, ACCESS_READ, ACCESS_WRITE, ACCESS_TAGGING, ACCESS_PERMISSIONS };

struct catalogue_action {
    str name; /* "GetObject" */
    enum access_level level;
    uint32_t service, number;
    struct catalogue_list types; /* catalogue_type_of reads it */
    struct catalogue_list keys;  /* key numbers: of the action, not those of its resource types */
};
uint32_t catalogue_action_count(const struct catalogue *c);
bool catalogue_action_at(const struct catalogue *c, uint32_t number, struct catalogue_action *ret);
/* The number of the service's first action whose name is not below `name`. */
uint32_t catalogue_action_from(const struct catalogue *c, const struct catalogue_service *service,
                               str name);
/* name without the service's prefix. */
bool catalogue_action_find(const struct catalogue *c, const struct catalogue_service *service,
                           str name, struct catalogue_action *ret);

struct catalogue_type {
    str name, arn; /* "bucket", "arn:${Partition}:s3:::${BucketName}" */
    struct catalogue_list keys;
    bool required; /* catalogue_type_of only */
};
bool catalogue_type_at(const struct catalogue *c, uint32_t number, struct catalogue_type *ret);
/* The i-th resource type of an action. */
bool catalogue_type_of(const struct catalogue *c, const struct catalogue_action *action, uint32_t i,
                       struct catalogue_type *ret);

/* Types whose ARN names that service; it need not be the prefix of the service they belong to. Their
 * count; catalogue_type_by_arn takes [*ret_first, *ret_first + count). */
uint32_t catalogue_types_of_arn(const struct catalogue *c, str service, uint32_t *ret_first);
bool catalogue_type_by_arn(const struct catalogue *c, uint32_t i, struct catalogue_type *ret);

enum key_type {
    KEY_STRING,
    KEY_STRINGS, /* multivalued */
    KEY_ARN,
    KEY_ARNS,
    KEY_BOOL,
    KEY_BOOLS,
    KEY_NUMERIC,
    KEY_DATE,
    KEY_IP,
    KEY_BINARY,
};
static inline bool key_type_is_multivalued(enum key_type type)
{
    return type == KEY_STRINGS || type == KEY_ARNS || type == KEY_BOOLS;
}

struct catalogue_key {
    str name; /* "aws:SourceArn"; with a variable part "aws:ResourceTag/${TagKey}" */
    enum key_type type;
    uint32_t number;
};
bool catalogue_key_at(const struct catalogue *c, uint32_t number, struct catalogue_key *ret);
/* Any key of any service, or a global one; variable parts match one or more characters. */
bool catalogue_key_find(const struct catalogue *c, str name, struct catalogue_key *ret);
/* Global keys exist for every service. */
bool catalogue_key_is_global(const struct catalogue *c, str name, struct catalogue_key *ret);
/* Whether the list holds a key of that name. */
bool catalogue_keys_have(const struct catalogue *c, struct catalogue_list keys, str name);
/* Whether an action, or a resource type of it, lists that key. */
bool catalogue_action_has_key(const struct catalogue *c, const struct catalogue_action *action,
                              str name);
/* Whether `name` is `pattern` with its variable parts filled in. */
bool catalogue_key_matches(str pattern, str name);

/* Walks the actions whose "service:Name" matches a pattern with wildcards ("*", "s3:Get*"):
 *     struct catalogue_walk walk;
 *     for (catalogue_walk_init(&walk, pattern); catalogue_walk_next(c, &walk, &action);)
 * Patterns longer than 256 bytes match nothing: no action is as long. */
struct catalogue_walk {
    char folded[256];
    str service, name; /* views into folded */
    str front;         /* what every name begins with */
    bool everything;
    uint32_t next_service, next, end;
};
void catalogue_walk_init(struct catalogue_walk *walk, str pattern);
bool catalogue_walk_next(const struct catalogue *c, struct catalogue_walk *walk,
                         struct catalogue_action *ret);
/* Passes over what is left of the service of the last action. */
static inline void catalogue_walk_next_service(struct catalogue_walk *walk)
{
    walk->next = walk->end;
}

#endif
