/* The public structs of policies have the engine's layout (lib/object.h says why). Whoever moves a
 * member on either side is stopped here. */
#include <mantle/analysis.h>
#include <mantle/policy.h>
#include <mantle/sigv4.h>

#include "analysis/analysis.h"
#include "lib/object.h"
#include "policy/policy.h"
#include "sign/sigv4.h"

#define SAME_NAME(ours, theirs, member) SAME_PLACE(ours, member, theirs, member)
#define SAME_VALUE(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " is " #theirs)

SAME_SIZE(mantle_principal, struct principal);
SAME_NAME(mantle_principal, struct principal, type);
SAME_NAME(mantle_principal, struct principal, account);
SAME_NAME(mantle_principal, struct principal, arn);
SAME_NAME(mantle_principal, struct principal, role_arn);
SAME_NAME(mantle_principal, struct principal, user_arn);
SAME_NAME(mantle_principal, struct principal, unique_id);
SAME_NAME(mantle_principal, struct principal, service_linked);
SAME_VALUE(MANTLE_PRINCIPAL_ANONYMOUS, PRINCIPAL_ANONYMOUS);
SAME_VALUE(MANTLE_PRINCIPAL_ROOT, PRINCIPAL_ROOT);
SAME_VALUE(MANTLE_PRINCIPAL_USER, PRINCIPAL_USER);
SAME_VALUE(MANTLE_PRINCIPAL_ROLE_SESSION, PRINCIPAL_ROLE_SESSION);
SAME_VALUE(MANTLE_PRINCIPAL_FEDERATED_USER, PRINCIPAL_FEDERATED_USER);
SAME_VALUE(MANTLE_PRINCIPAL_SERVICE, PRINCIPAL_SERVICE);
SAME_VALUE(MANTLE_PRINCIPAL_WEB_IDENTITY, PRINCIPAL_WEB_IDENTITY);
SAME_VALUE(MANTLE_PRINCIPAL_SAML, PRINCIPAL_SAML);

SAME_SIZE(mantle_context_entry, struct context_entry);
SAME_NAME(mantle_context_entry, struct context_entry, key);
SAME_NAME(mantle_context_entry, struct context_entry, values);
SAME_NAME(mantle_context_entry, struct context_entry, count);
SAME_NAME(mantle_context_entry, struct context_entry, many);

SAME_SIZE(mantle_policy_request, struct policy_request);
SAME_NAME(mantle_policy_request, struct policy_request, principal);
SAME_NAME(mantle_policy_request, struct policy_request, action);
SAME_NAME(mantle_policy_request, struct policy_request, resource);
SAME_NAME(mantle_policy_request, struct policy_request, resource_account);
SAME_NAME(mantle_policy_request, struct policy_request, context);
SAME_NAME(mantle_policy_request, struct policy_request, context_count);
SAME_NAME(mantle_policy_request, struct policy_request, principal_in_management_account);
SAME_NAME(mantle_policy_request, struct policy_request, resource_in_management_account);

SAME_SIZE(mantle_policy_stack, struct policy_stack);
SAME_NAME(mantle_policy_stack, struct policy_stack, identity);
SAME_NAME(mantle_policy_stack, struct policy_stack, boundary);
SAME_NAME(mantle_policy_stack, struct policy_stack, session);
SAME_NAME(mantle_policy_stack, struct policy_stack, resource);
SAME_NAME(mantle_policy_stack, struct policy_stack, endpoint);
SAME_NAME(mantle_policy_stack, struct policy_stack, scp);
SAME_NAME(mantle_policy_stack, struct policy_stack, scp_count);
SAME_NAME(mantle_policy_stack, struct policy_stack, rcp);
SAME_NAME(mantle_policy_stack, struct policy_stack, rcp_count);

SAME_SIZE(mantle_decision, struct decision);
SAME_NAME(mantle_decision, struct decision, result);
SAME_NAME(mantle_decision, struct decision, layer);
SAME_NAME(mantle_decision, struct decision, set);
SAME_NAME(mantle_decision, struct decision, statement);
SAME_NAME(mantle_decision, struct decision, rule);
SAME_VALUE(MANTLE_IMPLICIT_DENY, DECIDED_IMPLICIT_DENY);
SAME_VALUE(MANTLE_EXPLICIT_DENY, DECIDED_EXPLICIT_DENY);
SAME_VALUE(MANTLE_ALLOW, DECIDED_ALLOW);
SAME_VALUE(MANTLE_LAYER_NONE, LAYER_NONE);
SAME_VALUE(MANTLE_LAYER_RCP, LAYER_RCP);
SAME_VALUE(MANTLE_LAYER_SCP, LAYER_SCP);
SAME_VALUE(MANTLE_LAYER_RESOURCE, LAYER_RESOURCE);
SAME_VALUE(MANTLE_LAYER_ENDPOINT, LAYER_ENDPOINT);
SAME_VALUE(MANTLE_LAYER_IDENTITY, LAYER_IDENTITY);
SAME_VALUE(MANTLE_LAYER_BOUNDARY, LAYER_BOUNDARY);
SAME_VALUE(MANTLE_LAYER_SESSION, LAYER_SESSION);
SAME_VALUE(MANTLE_LAYER_SERVICE_RULE, LAYER_SERVICE_RULE);

SAME_SIZE(mantle_policy_answers, struct policy_answers);
SAME_SIZE(mantle_layer_answer, struct layer_answer);
SAME_NAME(mantle_layer_answer, struct layer_answer, result);
SAME_NAME(mantle_layer_answer, struct layer_answer, asked);
SAME_NAME(mantle_layer_answer, struct layer_answer, strength);
SAME_NAME(mantle_layer_answer, struct layer_answer, level);
SAME_NAME(mantle_layer_answer, struct layer_answer, set);
SAME_NAME(mantle_layer_answer, struct layer_answer, statement);
SAME_VALUE(MANTLE_STRENGTH_NONE, STRENGTH_NONE);
SAME_VALUE(MANTLE_STRENGTH_ACCOUNT, STRENGTH_ACCOUNT);
SAME_VALUE(MANTLE_STRENGTH_ROLE, STRENGTH_ROLE);
SAME_VALUE(MANTLE_STRENGTH_OTHERS, STRENGTH_OTHERS);
SAME_VALUE(MANTLE_STRENGTH_DIRECT, STRENGTH_DIRECT);

SAME_SIZE(mantle_statement, struct statement_info);
SAME_NAME(mantle_statement, struct statement_info, policy_name);
SAME_NAME(mantle_statement, struct statement_info, sid);
SAME_NAME(mantle_statement, struct statement_info, index);
SAME_NAME(mantle_statement, struct statement_info, line);
SAME_NAME(mantle_statement, struct statement_info, column);
SAME_NAME(mantle_statement, struct statement_info, end_line);
SAME_NAME(mantle_statement, struct statement_info, end_column);

SAME_SIZE(mantle_principal_binding, struct principal_binding);
SAME_NAME(mantle_principal_binding, struct principal_binding, arn);
SAME_NAME(mantle_principal_binding, struct principal_binding, unique_id);

SAME_SIZE(mantle_analysis_options, struct analysis_options);
SAME_NAME(mantle_analysis_options, struct analysis_options, steps_max);
SAME_NAME(mantle_analysis_options, struct analysis_options, memory_max);
SAME_NAME(mantle_analysis_options, struct analysis_options, principal);
SAME_NAME(mantle_analysis_options, struct analysis_options, known);
SAME_NAME(mantle_analysis_options, struct analysis_options, known_count);
SAME_NAME(mantle_analysis_options, struct analysis_options, resource_account);
SAME_NAME(mantle_analysis_options, struct analysis_options, principal_in_management_account);
SAME_NAME(mantle_analysis_options, struct analysis_options, resource_in_management_account);
SAME_VALUE(MANTLE_UNKNOWN, ANALYSIS_UNKNOWN);
SAME_VALUE(MANTLE_PROVED, ANALYSIS_PROVED);
SAME_VALUE(MANTLE_COUNTEREXAMPLE, ANALYSIS_COUNTEREXAMPLE);

SAME_SIZE(mantle_http_request, struct sigv4_request);
SAME_NAME(mantle_http_request, struct sigv4_request, method);
SAME_NAME(mantle_http_request, struct sigv4_request, path);
SAME_NAME(mantle_http_request, struct sigv4_request, query);
SAME_NAME(mantle_http_request, struct sigv4_request, headers);
SAME_NAME(mantle_http_request, struct sigv4_request, header_count);
SAME_NAME(mantle_http_request, struct sigv4_request, body);
SAME_SIZE(mantle_header, struct sigv4_header);
SAME_NAME(mantle_header, struct sigv4_header, name);
SAME_NAME(mantle_header, struct sigv4_header, value);
SAME_SIZE(mantle_signing_key, struct hmac_key);
SAME_VALUE(MANTLE_SIGV4_HEADERS_MAX, SIGV4_HEADERS_MAX);
SAME_VALUE(MANTLE_SIGV4_PARAMS_MAX, SIGV4_PARAMS_MAX);
SAME_VALUE(MANTLE_SIGV4_OK, SIGV4_OK);
SAME_VALUE(MANTLE_SIGV4_MISSING, SIGV4_MISSING);
SAME_VALUE(MANTLE_SIGV4_INCOMPLETE, SIGV4_INCOMPLETE);
SAME_VALUE(MANTLE_SIGV4_BOTH_FORMS, SIGV4_BOTH_FORMS);
SAME_VALUE(MANTLE_SIGV4_BAD_SCOPE, SIGV4_BAD_SCOPE);
SAME_VALUE(MANTLE_SIGV4_EXPIRED, SIGV4_EXPIRED);
SAME_VALUE(MANTLE_SIGV4_FUTURE, SIGV4_FUTURE);
SAME_VALUE(MANTLE_SIGV4_UNSIGNED_HEADER, SIGV4_UNSIGNED_HEADER);
SAME_VALUE(MANTLE_SIGV4_BAD_BODY, SIGV4_BAD_BODY);
SAME_VALUE(MANTLE_SIGV4_MISMATCH, SIGV4_MISMATCH);
SAME_VALUE(MANTLE_SIGV4_NO_MEMORY, SIGV4_NO_MEMORY);
SAME_VALUE(MANTLE_SIGV4_HEADER, SIGV4_HEADER);
SAME_VALUE(MANTLE_SIGV4_QUERY, SIGV4_QUERY);
