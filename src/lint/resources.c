/* Resource and NotResource: the shape of ARNs, and whether the service has such resources. */
#include "lint/walk.h"
#include "policy/text.h"

enum { PARTITION = 1, SERVICE, REGION, ACCOUNT, RESOURCE, SEGMENTS };

static size_t split(str text, str segments[SEGMENTS])
{
    size_t n = 0;

    while (n < SEGMENTS - 1) {
        /* A colon inside a variable separates nothing. */
        size_t at = 0, end;
        while (at < text.len && text.ptr[at] != ':') {
            str rest = str_skip(text, at);
            at += str_starts(rest, STR("${")) && str_find_char(rest, '}', &end) ? end + 1 : 1;
        }
        if (at >= text.len) {
            break;
        }
        segments[n++] = str_slice(text, 0, at);
        text = str_skip(text, at + 1);
    }
    segments[n] = text;
    return n + 1;
}

static bool is_open(str segment) /* may stand for several values */
{
    return glob_has_wildcard(segment) || has_variable(segment);
}

static void check_partition(struct lint *l, const struct json *node, str partition)
{
    static const str known[] = { STR_INIT("aws"),        STR_INIT("aws-cn"),
                                 STR_INIT("aws-us-gov"), STR_INIT("aws-iso"),
                                 STR_INIT("aws-iso-b"),  STR_INIT("aws-iso-e"),
                                 STR_INIT("aws-iso-f"),  STR_INIT("aws-eusc") };

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_eq(partition, known[i])) {
            return;
        }
    }
    if (!is_open(partition)) {
        report(l, LINT_INVALID_PARTITION, node, "There is no partition \"%.*s\".", FMT(partition));
    }
}

/* What the formats of the service say about Region and account of resources like this one. */
struct formats {
    bool any;                         /* some type's resource part fits */
    bool region_empty, region_filled; /* some fitting type has none, has one */
    bool account_empty, account_filled;
    str example; /* a format of the service */
};

static void add_format(struct formats *f, str arn, str resource)
{
    str segments[SEGMENTS] = { STR_INIT("") };

    if (split(arn, segments) != SEGMENTS) {
        return;
    }
    f->example = f->example.ptr == NULL ? arn : f->example;
    if (!patterns_meet(resource, segments[RESOURCE])) {
        return;
    }
    f->any = true;
    f->example = arn;
    f->region_empty = f->region_empty || segments[REGION].len == 0;
    f->region_filled = f->region_filled || segments[REGION].len > 0;
    f->account_empty = f->account_empty || segments[ACCOUNT].len == 0;
    f->account_filled = f->account_filled || segments[ACCOUNT].len > 0;
}

static void check_region(struct lint *l, const struct json *node, str region, str service,
                         const struct formats *f)
{
    if (region.len == 0 && !f->region_empty) {
        report(l, LINT_MISSING_ARN_REGION, node, "ARNs of %.*s like this one have a Region.",
               FMT(service));
    } else if (region.len > 0 && !f->region_filled && !str_eq(region, STR("*"))) {
        report(l, LINT_ARN_REGION_NOT_ALLOWED, node, "ARNs of %.*s like this one have no Region.",
               FMT(service));
    } else if (region.len > 0 && !is_open(region) && !is_region(region)) {
        report(l, LINT_INVALID_ARN_REGION, node, "There is no Region \"%.*s\".", FMT(region));
    }
}

/* Resources that AWS itself owns and shows to everybody have no account in their ARN. */
static bool may_be_public(str service, str resource)
{
    static const struct {
        str service, resource;
    } rows[] = {
        { STR_INIT("ssm"), STR_INIT("document/") },
        { STR_INIT("ssm"), STR_INIT("automation-definition/") },
        { STR_INIT("ssm"), STR_INIT("parameter/") },
        { STR_INIT("resource-explorer-2"), STR_INIT("view/") },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(service, rows[i].service) && str_starts(resource, rows[i].resource)) {
            return true;
        }
    }
    return str_eq(resource, STR("*"));
}

static void check_account(struct lint *l, const struct json *node, const str *segments,
                          const struct formats *f)
{
    str account = segments[ACCOUNT], service = segments[SERVICE];

    if (account.len == 0 && !f->account_empty && !may_be_public(service, segments[RESOURCE])) {
        report(l, LINT_MISSING_ARN_ACCOUNT, node, "ARNs of %.*s like this one have an account.",
               FMT(service));
    } else if (account.len > 0 && !f->account_filled && !str_eq(account, STR("*"))) {
        report(l, LINT_ARN_ACCOUNT_NOT_ALLOWED, node, "ARNs of %.*s like this one have no account.",
               FMT(service));
    } else if (account.len > 0 && !is_open(account) && !is_account(account) &&
               !str_eq(account, STR("aws"))) {
        report(l, LINT_INVALID_ARN_ACCOUNT, node, "\"%.*s\" is no account.", FMT(account));
    }
}

static void check_formats(struct lint *l, const struct json *node, const str *segments)
{
    struct catalogue_type type;
    struct formats f = { .any = false };
    uint32_t first, count = catalogue_types_of_arn(l->catalogue, segments[SERVICE], &first);

    for (uint32_t i = 0; i < count; i++) {
        if (catalogue_type_by_arn(l->catalogue, first + i, &type)) {
            add_format(&f, type.arn, segments[RESOURCE]);
        }
    }
    if (count == 0) { /* the service has no resources of its own, or we know none */
        f = (struct formats){ true, true, true, true, true, STR_NONE };
    }
    if (!f.any) {
        report(l, LINT_INVALID_ARN_RESOURCE, node, "%.*s has no resource like \"%.*s\".",
               FMT(segments[SERVICE]), FMT(segments[RESOURCE]));
        advise(l, "A format of the service is %.*s.", FMT(f.example));
        return;
    }
    check_region(l, node, segments[REGION], segments[SERVICE], &f);
    check_account(l, node, segments, &f);
}

static bool has_upper(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') {
            return true;
        }
    }
    return false;
}

static bool service_is_known(const struct lint *l, str service)
{
    struct catalogue_service found;
    uint32_t first;

    return service_is_retired(service) || catalogue_service_find(l->catalogue, service, &found) ||
           catalogue_types_of_arn(l->catalogue, service, &first) > 0;
}

static void check_owner(struct lint *l, const struct json *node, str service)
{
    str wanted = service_of_resource_type(l->resource_type);

    if (l->kind == POLICY_RESOURCE && wanted.ptr != NULL && !is_open(service) &&
        !str_eq(service, wanted)) {
        report(l, LINT_UNSUPPORTED_RESOURCE_ARN_IN_POLICY, node,
               "This is a resource of %.*s, and the policy is attached to one of %.*s.",
               FMT(service), FMT(wanted));
    }
}

static void check_resource(struct lint *l, const struct json *node)
{
    str segments[SEGMENTS] = { STR_INIT("") }, text = node->text;
    size_t count = split(text, segments);

    check_variables(l, node, true);
    if (str_eq(text, STR("*")) || (count == 1 && is_open(text))) {
        return;
    }
    if (!str_eq(segments[0], STR("arn"))) {
        report(l, LINT_INVALID_ARN_PREFIX, node, "\"%.*s\" does not begin with arn:.", FMT(text));
        return;
    }
    if (count < SEGMENTS) {
        if (!(count > 1 && is_open(segments[count - 1]))) {
            report(l, LINT_MISSING_ARN_FIELD, node, "The ARN has %zu parts instead of 6.", count);
        }
        return;
    }
    check_partition(l, node, segments[PARTITION]);
    check_owner(l, node, segments[SERVICE]);
    if (is_open(segments[SERVICE])) {
        if (!str_eq(segments[SERVICE], STR("*"))) {
            report(l, LINT_WILDCARD_IN_SERVICE_NAME, node,
                   "The service \"%.*s\" is written with a wildcard.", FMT(segments[SERVICE]));
        }
        return;
    }
    if (!service_is_known(l, segments[SERVICE])) {
        report(l, LINT_INVALID_SERVICE, node, "There is no service \"%.*s\".",
               FMT(segments[SERVICE]));
        return;
    }
    if (has_upper(segments[SERVICE])) {
        report(l, LINT_INVALID_ARN_SERVICE_CASE, node, "\"%.*s\" is not in lower case.",
               FMT(segments[SERVICE]));
    }
    check_formats(l, node, segments);
}

void check_resources(struct lint *l, const struct lint_statement *s)
{
    FOR_STRINGS(resource, s->resources)
    {
        check_resource(l, resource);
    }
}
