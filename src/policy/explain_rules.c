/* The rules that decide, each as a sentence for who asks why. */
#include "policy/explain.h"

static const struct {
    const char *rule, *text;
} rules[] = {
    { "D-1", "nothing allows the request" },
    { "D-2", "an explicit deny wins over everything that allows" },
    { "D-6", "what cannot be evaluated is not allowed" },
    { "D-10", "every level of service control policies has to allow" },
    { "D-11", "a level without a service control policy allows nothing" },
    { "D-30",
      "a user needs an Allow of the identity policies, and of the boundary if there is one" },
    { "D-31", "a role session needs an Allow of the role's policies, its boundary and the session "
              "policy" },
    { "D-33", "a federated user needs an Allow of the user's policies and of the session policy" },
    { "D-35", "the root user needs no policy; only guard rails and denies bind it" },
    { "D-41", "a resource policy that names the user grants by itself" },
    { "D-42", "a resource policy that names the session, or everybody, grants by itself" },
    { "D-43", "a resource policy that names the role grants within boundary and session policy" },
    { "D-44",
      "a resource policy that names the federated user grants by itself; one that names the "
      "user behind, within boundary and session policy" },
    { "X-1",
      "across accounts the resource policy and the caller's own policies both have to allow" },
    { "X-3", "a resource without a policy cannot be reached from another account" },
    { "X-4", "the root user of another account needs a resource policy that grants to it" },
    { "X-10", "an anonymous caller needs a resource policy that grants to everybody" },
    { "X-11", "a service needs a resource policy that names it, or everybody" },
    { "X-20", "a role is assumed only if its trust policy grants it; one that names the account "
              "leaves it to the caller's own policies" },
    { "X-21", "a role of another account needs a grant of its trust policy and of the caller's own "
              "policies" },
    { "X-22", "with a token or an assertion, the trust policy alone decides" },
    { "X-23", "the call needs no permission" },
    { "X-24", "a key's own policy has to grant, or leave it to the account, before anything else "
              "counts" },
    { "X-25", "the root user cannot assume a role" },
    { "X-26", "a role is passed only within its own account, by the caller's own policies" },
    { "X-27", "what comes through an endpoint needs an Allow of the endpoint's policy" },
    { "X-28", "policies of the service itself cannot be changed by anybody" },
    { "X-29", "reserved roles cannot be changed or passed by customers" },
    { "X-30", "aliases of the service itself cannot be changed" },
};

const char *policy_rule_text(const char *rule)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        if (strcmp(rules[i].rule, rule) == 0) {
            return rules[i].text;
        }
    }
    return "the rules of evaluation decide";
}
