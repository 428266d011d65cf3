/* Allow statements that hand on power: passing roles and creating service-linked ones. */
#include "lint/walk.h"
#include "policy/text.h"

enum how { HOW_NOT, HOW_NAMED, HOW_STAR, HOW_NOT_ACTION };

/* How the statement comes to allow the action; *ret_at the place that does. */
static enum how how_allowed(const struct lint_statement *s, str action, const struct json **ret_at)
{
    enum how how = s->not_action && s->actions != NULL ? HOW_NOT_ACTION : HOW_NOT;

    *ret_at = s->actions;
    FOR_STRINGS(a, s->actions)
    {
        if (!action_covers(a->text, action)) {
            continue;
        }
        if (s->not_action) {
            return HOW_NOT;
        }
        if (!glob_has_wildcard(a->text)) {
            *ret_at = a;
            return HOW_NAMED;
        }
        if (how == HOW_NOT) {
            *ret_at = a;
            how = HOW_STAR;
        }
    }
    return how;
}

/* "*", or an IAM ARN that takes in every role. */
static const struct json *find_star(const struct lint_statement *s)
{
    FOR_STRINGS(r, s->resources)
    {
        str rest = r->text, segment;
        size_t n = 0;
        if (str_eq(rest, STR("*"))) {
            return r;
        }
        while (n < 5 && take_until(&rest, ':', &segment)) {
            n++;
        }
        if (n == 5 &&
            (str_eq(rest, STR("*")) || str_eq(rest, STR("role/*")) || str_eq(rest, STR("role*")))) {
            return r;
        }
    }
    return NULL;
}

static const struct {
    str action, key; /* a condition on key bounds the grant */
    const char *what;
    enum lint_code star[4], not_resource[4]; /* by how */
} grants[] = {
    { STR_INIT("iam:PassRole"),
      STR_INIT("iam:PassedToService"),
      "passed",
      { LINT_CODES, LINT_PASS_ROLE_WITH_STAR_IN_RESOURCE,
        LINT_PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE,
        LINT_PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION },
      { LINT_CODES, LINT_PASS_ROLE_WITH_NOT_RESOURCE,
        LINT_PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE,
        LINT_PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE } },
    { STR_INIT("iam:CreateServiceLinkedRole"),
      STR_INIT("iam:AWSServiceName"),
      "created for a service",
      { LINT_CODES, LINT_CREATE_SLR_WITH_STAR_IN_RESOURCE,
        LINT_CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE,
        LINT_CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION },
      { LINT_CODES, LINT_CREATE_SLR_WITH_NOT_RESOURCE,
        LINT_CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE,
        LINT_CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE } },
};

void check_grants(struct lint *l, const struct lint_statement *s)
{
    const struct json *star = find_star(s), *at;

    if (l->kind != POLICY_IDENTITY || s->effect != EFFECT_ALLOW || s->resources == NULL) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(grants); i++) {
        enum how how = how_allowed(s, grants[i].action, &at);
        if (how == HOW_NOT || find_condition(s, grants[i].key) != NULL) {
            continue;
        }
        if (s->not_resource) {
            report(l, grants[i].not_resource[how], at, "All roles but some can be %s.",
                   grants[i].what);
        } else if (star != NULL) {
            report(l, grants[i].star[how], at, "Every role can be %s.", grants[i].what);
        }
    }
}
