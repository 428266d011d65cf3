/* What the readers of a case file share: checking members, naming a mistake. The readers' own. */
#ifndef MANTLE_POLICY_CASE_READ_H
#define MANTLE_POLICY_CASE_READ_H

#include "policy/case.h"

struct reading {
    str text;
    bool stored;
    struct arena *arena;
    struct eval_case *out;
    struct case_document **last; /* where the next document is linked */
    struct case_mistake *err;
};

enum {
    IS_STRING = 1 << JSON_STRING,
    IS_ARRAY = 1 << JSON_ARRAY,
    IS_OBJECT = 1 << JSON_OBJECT,
    IS_BOOL = 1 << JSON_TRUE | 1 << JSON_FALSE,
    IS_NULL = 1 << JSON_NULL,
};

struct member_row {
    str name;
    unsigned types;
    bool required;
    const char *wanted; /* "a string" */
};

/* "an array", by enum json_type. */
extern const char *const json_type_names[];

/* Returns RC_SYNTAX with the mistake written, or RC_NOMEM. */
enum rc case_mistake(struct reading *r, const struct json *at, str member, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* "policies.scp"; in the arena, absent when memory ran out. */
str case_path(struct reading *r, str parent, str name);
/* Every member known, of a type it may have, not twice; the required ones there. */
MUST_CHECK enum rc members_check(struct reading *r, const struct json *object, str path,
                                 const struct member_row *rows, size_t count);
#define CHECK_MEMBERS(r, object, path, rows) members_check(r, object, path, rows, COUNT_OF(rows))

/* Absent and null are the same: none. */
const struct json *member_of(const struct json *object, str key);
str member_text(const struct json *object, str key);
bool member_is_true(const struct json *object, str key);

/* case_documents.c: the policies, as documents and compiled. */
MUST_CHECK enum rc case_policies_read(struct reading *r, const struct json *policies);

#endif
