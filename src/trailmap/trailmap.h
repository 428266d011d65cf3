/* From events of CloudTrail to IAM actions: by name through the catalogue, and by the rows of
 * data/trail-map.txt where the names differ. Pure. What is not known is said to be unknown, never
 * guessed: a source without a service, an event without an action. */
#ifndef MANTLE_TRAILMAP_TRAILMAP_H
#define MANTLE_TRAILMAP_TRAILMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "catalogue/catalogue.h"

enum map_certainty { MAP_CERTAIN, MAP_LIKELY, MAP_POSSIBLE };
str map_certainty_word(enum map_certainty certainty);

struct map_target {
    str action; /* "s3:GetObject" */
    enum map_certainty certainty;
    str hint; /* where its resource stands; empty: where the action's resource type says */
};

enum map_status {
    MAP_UNKNOWN_SOURCE, /* zeroed memory knows nothing */
    MAP_UNKNOWN_EVENT,
    MAP_NO_PERMISSION, /* everybody may make this call */
    MAP_TARGETS_FOUND,
};
struct map_answer {
    enum map_status status;
    bool by_name; /* the event is the action's own name, with or without a date behind it */
    struct catalogue_service service;
    struct map_target by_name_target;
    char name[128]; /* room for the action found by name */
    const struct map_target *targets;
    size_t count;
};
/* source: "s3.amazonaws.com"; event: "GetObject". *ret points into itself: not to be copied. */
void map_event(const struct catalogue *c, str source, str event, struct map_answer *ret);
/* The IAM prefix of an event source; absent when unknown. */
str map_prefix(const struct catalogue *c, str source);

/* How a value of the request becomes (part of) the variable of an ARN. */
enum map_take {
    TAKE_WHOLE,
    TAKE_LAST,   /* behind the last '/' */
    TAKE_TAIL,   /* behind the last ':' */
    TAKE_BUCKET, /* of "bucket/key" */
    TAKE_KEY,
    TAKE_NOSLASH, /* without a leading '/' */
    TAKE_UNDER,   /* the same, and everything below it */
    TAKE_STARTS,  /* everything that begins like that */
    TAKE_LAMBDA,  /* NAME, NAME:ALIAS of a function's name or ARN, with the qualifier beside it */
    TAKE_LAMBDA_NAME,
    TAKE_KEY_ID,    /* an id of a KMS key, not an alias */
    TAKE_ALIAS,     /* without "alias/" */
    TAKE_PATH,      /* the name of an IAM entity, with its path where that is known */
    TAKE_SECRET,    /* the name of a secret, behind which stand six characters nobody wrote */
    TAKE_FAMILY,    /* of "family:revision" */
    TAKE_REVISION,  /* of it */
    TAKE_TYPE_NAME, /* "AWS::S3::Bucket" as "AWS-S3-Bucket" */
    TAKE_DOCUMENT,  /* of Systems Manager: AWS's own are of no account */
    TAKE_DOMAIN,    /* of an address of mail */
    TAKE_WAF_SCOPE, /* REGIONAL as "regional", CLOUDFRONT as "global" */
};
struct map_path {
    str path; /* names with dots between */
    enum map_take take;
    str fallback; /* empty: none */
};
/* NULL: no row, go by similarity of names. A count of 0: it does not stand in the request. */
const struct map_path *map_variable_paths(str service, str type, str variable, size_t *ret_count);
const struct map_path *map_hint_paths(str hint, str variable, size_t *ret_count);

/* What a call needs besides its own action. */
struct map_companion {
    str action, resource, also; /* resource: data/trail-map.txt says what it may be */
    enum map_certainty certainty;
    str key, value; /* "has" and a member that must be there; else a condition; empty: none */
};
/* The rows of an action stand together; NULL when it has none. */
const struct map_companion *map_companions_of(str action, size_t *ret_count);

struct map_id {
    str front, service, type; /* "vol-", "ec2", "volume" */
};
/* The type of "vol-0a1b2c3d"; NULL when the text is no such id. */
const struct map_id *map_id_of(str text);
/* Whether the action is decided on "*" when the request names no resource. */
bool map_is_whole(str action);
/* Whether ids of that type of today are not those of tomorrow. */
bool map_is_short_lived(str service, str type);

#endif
