/* Case files in tests: the reader is the product's (policy/case.h); here is what tests add. */
#ifndef MANTLE_TESTS_POLICY_CASES_H
#define MANTLE_TESTS_POLICY_CASES_H

#include "policy/case.h"

/* RC_IO; the bytes live in the arena. */
enum rc file_read(const char *path, struct arena *arena, str *ret);

/* case_read, and every document has to be readable; false: *ret_problem says why not. */
bool case_take(str text, const struct json *json, bool stored, struct arena *arena,
               struct eval_case *ret, const char **ret_problem);

/* policy_result_name for printf. */
const char *result_name(enum decision_result result);

#endif
