/* A second evaluator, written from the numbered rules alone, for reading. It walks the JSON of a
 * case as it stands, compiles nothing, shares no code with policy/, and is slow. */
#ifndef MANTLE_TESTS_POLICY_SLOW_H
#define MANTLE_TESTS_POLICY_SLOW_H

#include "cases.h"

enum decision_result slow_decide(const struct eval_case *c);

/* In slow_match.c. */

/* 1.1: an Action or NotAction pattern over "service:Name". */
bool slow_action(str pattern, str action);
/* 1.2. identity_side: R-13. */
bool slow_resource(str pattern, bool variables, bool pads, const struct policy_request *rq);
/* Section 2: one operator with one key. */
bool slow_condition(str operator_name, const struct json *key, bool variables, bool deny,
                    const struct policy_request *rq);

#endif
