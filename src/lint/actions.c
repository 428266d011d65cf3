/* Action and NotAction: that what they name exists, and fits the kind of policy. */
#include "lint/walk.h"
#include "policy/text.h"

static void suggest_service(struct lint *l, str prefix, str name)
{
    struct catalogue_service service, best = { .prefix = STR_NONE };
    size_t least = prefix.len <= 3 ? 2 : 3;

    for (uint32_t i = 0; catalogue_service_at(l->catalogue, i, &service); i++) {
        size_t distance = edit_distance(prefix, service.prefix, least);
        if (distance < least) {
            least = distance;
            best = service;
        }
    }
    if (best.prefix.ptr != NULL) {
        advise(l, "Did you mean \"%.*s:%.*s\"?", FMT(best.prefix), FMT(name));
    }
}

static void suggest_action(struct lint *l, const struct catalogue_service *service, str name)
{
    struct catalogue_action action, best = { .name = STR_NONE };
    size_t least = name.len <= 6 ? 3 : name.len / 3 + 1;

    for (uint32_t i = 0; i < service->action_count; i++) {
        size_t distance;
        if (!catalogue_action_at(l->catalogue, service->first_action + i, &action)) {
            break;
        }
        distance = edit_distance(name, action.name, least);
        if (distance < least) {
            least = distance;
            best = action;
        }
    }
    if (best.name.ptr != NULL) {
        advise(l, "Did you mean \"%.*s:%.*s\"?", FMT(service->prefix), FMT(best.name));
    }
}

static bool any_service(const struct lint *l, str pattern)
{
    struct catalogue_service service;

    for (uint32_t i = 0; catalogue_service_at(l->catalogue, i, &service); i++) {
        if (pattern_covers(pattern, service.prefix, true)) {
            return true;
        }
    }
    return false;
}

static void check_exists(struct lint *l, const struct json *action, str prefix, str name)
{
    struct catalogue_service service;
    struct catalogue_action found;
    struct catalogue_walk walk;

    if (service_is_retired(prefix)) {
        return;
    }
    if (glob_has_wildcard(prefix) ? !any_service(l, prefix)
                                  : !catalogue_service_find(l->catalogue, prefix, &service)) {
        report(l, LINT_INVALID_SERVICE_IN_ACTION, action, "There is no service \"%.*s\".",
               FMT(prefix));
        suggest_service(l, prefix, name);
        return;
    }
    if (str_eq(name, STR("*"))) {
        return;
    }
    catalogue_walk_init(&walk, action->text);
    if (catalogue_walk_next(l->catalogue, &walk, &found)) {
        return;
    }
    if (glob_has_wildcard(prefix) || glob_has_wildcard(name)) {
        report(l, LINT_INVALID_ACTION, action, "No action matches \"%.*s\".", FMT(action->text));
        return;
    }
    report(l, LINT_INVALID_ACTION, action, "There is no action \"%.*s\".", FMT(action->text));
    suggest_action(l, &service, name);
}

/* An action of another service than the resource's. */
static void check_fits(struct lint *l, const struct json *action, str prefix)
{
    str wanted = l->kind == POLICY_TRUST ? STR("sts") : service_of_resource_type(l->resource_type);
    bool known = l->kind == POLICY_TRUST || (l->kind == POLICY_RESOURCE && wanted.ptr != NULL);

    if (!known || (l->kind != POLICY_TRUST && str_eq(action->text, STR("*")))) {
        return;
    }
    if (!pattern_covers(prefix, wanted, true) ||
        (l->kind == POLICY_TRUST && glob_has_wildcard(prefix))) {
        report(l, LINT_UNSUPPORTED_ACTION_IN_POLICY, action,
               l->kind == POLICY_TRUST
                   ? "\"%.*s\" is no action of sts, which is all that a trust policy can allow."
                   : "\"%.*s\" is no action on the resource that this policy is attached to.",
               FMT(action->text));
    }
}

static void check_action(struct lint *l, const struct json *action)
{
    str name = action->text, prefix = STR_NONE;
    size_t at;

    check_variables(l, action, false);
    if (str_eq(name, STR("*"))) {
        check_fits(l, action, name);
        return;
    }
    if (!take_until(&name, ':', &prefix)) {
        report(l, LINT_INVALID_ACTION, action,
               "The action \"%.*s\" does not say which service it is of.", FMT(action->text));
        advise(l, "Write service:%.*s.", FMT(action->text));
        return;
    }
    check_fits(l, action, prefix);
    if (str_find_char(name, ':', &at)) {
        report(l, LINT_INVALID_ACTION, action, "The action \"%.*s\" has more than one colon.",
               FMT(action->text));
        advise(l, "Write service:Name.");
        return;
    }
    if (glob_has_wildcard(prefix)) {
        report(l, LINT_WILDCARD_IN_SERVICE_NAME, action,
               "The service \"%.*s\" is written with a wildcard.", FMT(prefix));
        if (l->kind == POLICY_SCP && !str_eq(prefix, STR("*"))) {
            report(l, LINT_SCP_SYNTAX_ERROR_ACTION_WILDCARD, action,
                   "\"%.*s\" has a wildcard in the name of the service.", FMT(action->text));
        }
    }
    check_exists(l, action, prefix, name);
}

void check_actions(struct lint *l, const struct lint_statement *s)
{
    FOR_STRINGS(action, s->actions)
    {
        check_action(l, action);
    }
}
