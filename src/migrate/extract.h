/* Which resources a call was about: the requestParameters, responseElements and resources of one event
 * against the ARN templates of the catalogue. */
#ifndef MANTLE_MIGRATE_EXTRACT_H
#define MANTLE_MIGRATE_EXTRACT_H

#include "base/arena.h"
#include "catalogue/catalogue.h"
#include "trailfile/event.h"
#include "trailmap/trailmap.h"

enum { LEAVES_MAX = 256, FOUND_MAX = 128 };

struct leaf { /* a text or number in the request */
    str path; /* "instancesSet.items.instanceId": members with dots between, arrays passed over */
    str name; /* the last of them */
    str value;
    unsigned depth;
};
struct leaves {
    struct leaf items[LEAVES_MAX];
    size_t count;
    bool more; /* than LEAVES_MAX */
};

/* One event, looked into once and asked about several actions. */
struct extract {
    const struct catalogue *catalogue;
    const struct trail_event *event;
    struct arena *arena; /* what is found lives here */
    str partition, region, account;
    struct leaves request, response;
    str arns[FOUND_MAX]; /* of resources[] */
    size_t arn_count;
};
void extract_begin(struct extract *x, const struct catalogue *c, const struct trail_event *event,
                   struct arena *arena);

struct found {
    str arn;      /* with '*' for what the event does not say */
    str type;     /* of the catalogue: "bucket"; empty for "*" */
    bool partial; /* the event does not name it: everything of the type, or of what is above it */
    bool no_path; /* an IAM entity by its name alone */
};
struct found_list {
    struct found items[FOUND_MAX];
    size_t count;
    bool more; /* than FOUND_MAX */
};
void extract_resources(struct extract *x, const struct map_target *target, struct found_list *ret);

/* The values at a path of names, ignoring case; "a.b" passes over arrays. Their number. */
size_t leaves_at(const struct leaves *leaves, str path, str *room, size_t room_count);

/* Whether text is an ARN of the template's type; literals must stand as they are, variables do not take
 * '/' or ':' before the last one. *ret_literals: how much of it was literal. */
bool arn_is_of(str template, str text, size_t *ret_literals);
/* Where the first of several variables of the template stands in the ARN; 0: it has but one, or none, or
 * nothing stands behind it. */
size_t arn_parent(str template, str arn, size_t *ret_end);

#endif
