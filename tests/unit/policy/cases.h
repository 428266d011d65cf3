/* The case format of evaluation.md, section 6: from JSON to what policy_decide takes. */
#ifndef MANTLE_TESTS_POLICY_CASES_H
#define MANTLE_TESTS_POLICY_CASES_H

#include <stdbool.h>

#include "codec/json.h"
#include "policy/policy.h"

enum { CASE_LEVELS_MAX = 16 };

struct case_policies { /* documents as JSON texts, for evaluators that parse themselves */
    const struct json *identity, *resource, *boundary, *session, *scp, *rcp, *endpoint;
};

struct eval_case {
    str id, title;
    const struct json *json;
    struct policy_request request;
    struct policy_stack stack;
    struct case_policies policies;
    enum decision_result expect;
    const struct policy_set *scp[CASE_LEVELS_MAX], *rcp[CASE_LEVELS_MAX];
};

/* False, and *ret_problem says why, when the case is not one. `stored`: documents go through
 * policy_parse, else through policy_parse_loosely. text: of the file that json is from. */
bool case_read(str text, const struct json *json, bool stored, struct arena *arena,
               struct eval_case *ret, const char **ret_problem);

/* RC_IO; the bytes live in the arena. */
enum rc file_read(const char *path, struct arena *arena, str *ret);

const char *result_name(enum decision_result result);
/* The kind of the document in "resource": a trust policy for the actions that need one. */
enum policy_kind resource_kind_of(str action);

#endif
