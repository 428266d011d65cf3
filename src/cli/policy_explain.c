/* mantle policy explain: one request against policies in files, or one case of a case file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/policy.h"
#include "cli/policy_input.h"
#include "policy/explain.h"
#include "system/system.h"

enum { EXPLAIN_ARENA_MAX = 1 << 30, EXPLAIN_TEXT_MAX = 256 << 20 };

struct asked { /* the options */
    const char *principal, *principal_type, *role_arn, *user_arn;
    const char *action, *resource, *resource_account;
    const char *resource_policy, *boundary, *endpoint, *trust, *of_case;
    struct option_list context, identity, session, scp, rcp;
    bool service_linked, principal_in_management, resource_in_management, json;
};

struct found { /* what is to be explained */
    struct policy_request request;
    struct policy_stack stack;
    struct eval_case *of_case; /* NULL: from files */
    const char *case_path;
};

static bool say(const char *format, ...) PRINTF_LIKE(1, 2);
static bool say(const char *format, ...)
{
    va_list args;

    (void)fprintf(stderr, "mantle policy explain: ");
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    return false;
}

/* -- from a case file -------------------------------------------------------------------------- */

static bool mistaken(const char *path, const struct case_mistake *m)
{
    return say("%s:%u:%u: %.*s%s%.*s", path, m->line, m->column, FMT(m->member),
               m->member.len > 0 ? ": " : "", FMT(m->message));
}

static bool case_find(const char *path, const char *id, struct arena *arena, struct eval_case *ret)
{
    struct case_mistake mistake;
    struct case_file file;
    str text;
    enum rc rc;

    errno = 0;
    rc = file_read(path, (size_t)256 << 20, arena, &text);
    if (rc != RC_OK) {
        return say("%s: %s", path,
                   rc == RC_NOENT ? "no such file"
                   : errno != 0   ? strerror(errno)
                                  : rc_name(rc));
    }
    rc = case_file_read(text, arena, &file, &mistake);
    if (rc != RC_OK) {
        return rc == RC_NOMEM ? say("not enough memory") : mistaken(path, &mistake);
    }
    for (const struct json *c = file.cases->first; c != NULL; c = c->next) {
        const struct json *own = json_member(c, STR("id"));
        if (own == NULL || !str_eq(own->text, str_cstr(id))) {
            continue;
        }
        rc = case_read(text, c, false, arena, ret, &mistake);
        if (rc != RC_OK) {
            return rc == RC_NOMEM ? say("not enough memory") : mistaken(path, &mistake);
        }
        return true;
    }
    return say("%s: there is no case with the id '%s'", path, id);
}

static bool case_take(const struct asked *asked, struct arena *arena, struct found *ret)
{
    const char *hash = strrchr(asked->of_case, '#');
    str path;

    if (hash == NULL || hash[1] == '\0') {
        return say("--case: '%s' is not FILE#ID", asked->of_case);
    }
    path = arena_str(arena, str_from(asked->of_case, (size_t)(hash - asked->of_case)));
    ret->of_case = NEW(arena, struct eval_case);
    if (path.ptr == NULL || ret->of_case == NULL) {
        return say("not enough memory");
    }
    ret->case_path = path.ptr;
    if (!case_find(path.ptr, hash + 1, arena, ret->of_case)) {
        return false;
    }
    ret->request = ret->of_case->request;
    ret->stack = ret->of_case->stack;
    return true;
}

static void locate(void *context, struct statement_info *info, str *ret_file)
{
    const struct found *found = context;
    const struct case_document *d = case_document_find(found->of_case, info->policy_name);

    if (d != NULL) {
        case_place(d, &info->line, &info->column);
        case_place(d, &info->end_line, &info->end_column);
        *ret_file = str_cstr(found->case_path);
    }
}

/* -- from files -------------------------------------------------------------------------------- */

static bool one_file(enum policy_kind kind, const char *path, struct arena *arena,
                     const struct policy_set **ret)
{
    return policy_files_read(&command_policy_explain, kind, &path, path == NULL ? 0 : 1, arena,
                             ret);
}

static bool levels(enum policy_kind kind, const struct option_list *files, struct arena *arena,
                   const struct policy_set *const **ret, size_t *ret_count)
{
    const struct policy_set **sets = NEW_ARRAY(arena, files->count, const struct policy_set *);

    for (size_t i = 0; sets != NULL && i < files->count; i++) {
        if (!one_file(kind, files->items[i], arena, &sets[i])) {
            return false;
        }
    }
    *ret = sets;
    *ret_count = files->count;
    return sets != NULL || say("not enough memory");
}

static bool stack_read(const struct asked *a, char **paths, int path_count, struct arena *arena,
                       struct found *ret)
{
    const struct command *command = &command_policy_explain;
    enum policy_kind kind = a->trust != NULL ? POLICY_TRUST
                                             : resource_document_kind(ret->request.action,
                                                                      ret->request.resource);
    size_t count = (size_t)path_count + a->identity.count;
    const char **all = NEW_ARRAY(arena, count, const char *);

    if (all == NULL) {
        return say("not enough memory");
    }
    for (size_t i = 0; i < count; i++) {
        all[i] = i < a->identity.count ? a->identity.items[i] : paths[i - a->identity.count];
    }
    return policy_files_read(command, POLICY_IDENTITY, all, count, arena, &ret->stack.identity) &&
           one_file(kind, a->trust != NULL ? a->trust : a->resource_policy, arena,
                    &ret->stack.resource) &&
           one_file(POLICY_IDENTITY, a->boundary, arena, &ret->stack.boundary) &&
           one_file(POLICY_ENDPOINT, a->endpoint, arena, &ret->stack.endpoint) &&
           policy_files_read(command, POLICY_IDENTITY, a->session.items, a->session.count, arena,
                             &ret->stack.session) &&
           levels(POLICY_SCP, &a->scp, arena, &ret->stack.scp, &ret->stack.scp_count) &&
           levels(POLICY_RCP, &a->rcp, arena, &ret->stack.rcp, &ret->stack.rcp_count);
}

static bool request_take(const struct asked *a, struct arena *arena, struct policy_request *ret)
{
    if (a->principal == NULL || a->action == NULL || a->resource == NULL) {
        return say("%s is missing (see mantle policy explain --help)",
                   a->principal == NULL ? "--principal"
                   : a->action == NULL  ? "--action"
                                        : "--resource");
    }
    ret->action = str_cstr(a->action);
    ret->resource = str_cstr(a->resource);
    ret->resource_account = str_cstr(a->resource_account);
    ret->principal_in_management_account = a->principal_in_management;
    ret->resource_in_management_account = a->resource_in_management;
    if (!principal_read(&command_policy_explain, a->principal, a->principal_type, a->role_arn,
                        a->user_arn, arena, &ret->principal)) {
        return false;
    }
    ret->principal.service_linked = a->service_linked;
    return context_read(&command_policy_explain, &a->context, arena, ret);
}

static bool find(const struct asked *a, char **paths, int count, struct arena *arena,
                 struct found *ret)
{
    if (a->of_case != NULL) {
        if (a->principal != NULL || a->action != NULL || a->resource != NULL || count > 0) {
            return say("--case brings request and policies along: nothing else can be given");
        }
        return case_take(a, arena, ret);
    }
    if (a->trust != NULL && a->resource_policy != NULL) {
        return say("--trust and --resource-policy: a resource has one policy");
    }
    return request_take(a, arena, &ret->request) && stack_read(a, paths, count, arena, ret);
}

/* -- saying it --------------------------------------------------------------------------------- */

static void refusals(const struct found *found, struct explanation *e)
{
    struct decision decision;

    for (const struct case_document *d = found->of_case->documents; d != NULL; d = d->next) {
        if (d->refused) {
            (void)say("%s: %.*s is not a policy, so nothing is allowed: %.*s", found->case_path,
                      FMT(d->path), FMT(d->refusal.detail));
        }
    }
    case_decide(found->of_case, &decision);
    e->decision = decision;
}

static int explain(struct found *found, bool json, struct arena *arena)
{
    struct explain_style style = { .colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL,
                                   .locate = found->of_case == NULL ? NULL : locate,
                                   .context = found };
    struct explanation e;
    buf out = buf_arena(arena, EXPLAIN_TEXT_MAX);
    struct json_out o = { .out = &out };

    if (policy_explain(&found->stack, &found->request, arena, &e) != RC_OK) {
        (void)say("not enough memory");
        return EXIT_USAGE;
    }
    if (found->of_case != NULL && found->of_case->refused_count > 0) {
        refusals(found, &e);
    }
    if (json) {
        json_open(&o, '{');
        explanation_json(&e, &style, &o);
        json_close(&o, '}');
        buf_add_char(&out, '\n');
    } else if (explanation_text(&e, &style, &out) != RC_OK) {
        out.err = RC_NOMEM;
    }
    if (out.err != RC_OK || fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
        (void)say("cannot write the answer");
        return EXIT_USAGE;
    }
    return e.decision.result == DECIDED_ALLOW ? 0 : EXIT_FAILURE;
}

static int run(int argc, char **argv)
{
    struct asked a = { .json = false };
    const struct option_row rows[] = {
        { "principal", 'p', OPTION_TEXT, &a.principal, "ARN",
          "Who asks: ARN of a user, role, session, root; a service's name; 'anonymous'.", 0, 0,
          false },
        { "principal-type", 't', OPTION_TEXT, &a.principal_type, "TYPE",
          "When the ARN does not tell: user, role-session, service, saml...", 0, 0, false },
        { "role-arn", 0, OPTION_TEXT, &a.role_arn, "ARN",
          "The role behind a session (needed when it has a path).", 0, 0, false },
        { "user-arn", 0, OPTION_TEXT, &a.user_arn, "ARN", "The user behind a federated user.", 0, 0,
          false },
        { "service-linked", 0, OPTION_FLAG, &a.service_linked, NULL,
          "The role is a service-linked one.", 0, 0, false },
        { "action", 'a', OPTION_TEXT, &a.action, "ACTION", "For example s3:GetObject.", 0, 0,
          false },
        { "resource", 'r', OPTION_TEXT, &a.resource, "ARN",
          "What it is done to; '*' for actions without resources.", 0, 0, false },
        { "resource-account", 0, OPTION_TEXT, &a.resource_account, "ID",
          "The account the resource belongs to (the principal's own).", 0, 0, false },
        { "context", 'k', OPTION_LIST, &a.context, "KEY=VALUE",
          "A context key; again for a list, or KEY[]=VALUE.", 0, 0, false },
        { "identity", 'i', OPTION_LIST, &a.identity, "FILE",
          "An identity policy; the same as a FILE alone.", 0, 0, false },
        { "resource-policy", 0, OPTION_TEXT, &a.resource_policy, "FILE", "The resource's policy.",
          0, 0, false },
        { "trust", 0, OPTION_TEXT, &a.trust, "FILE", "The trust policy of the role asked for.", 0,
          0, false },
        { "boundary", 'b', OPTION_TEXT, &a.boundary, "FILE", "The permissions boundary.", 0, 0,
          false },
        { "session", 's', OPTION_LIST, &a.session, "FILE", "A session policy.", 0, 0, false },
        { "scp", 0, OPTION_LIST, &a.scp, "FILE",
          "A service control policy: one level each time, root first.", 0, 0, false },
        { "rcp", 0, OPTION_LIST, &a.rcp, "FILE",
          "A resource control policy: one level each time, root first.", 0, 0, false },
        { "endpoint", 'e', OPTION_TEXT, &a.endpoint, "FILE", "The VPC endpoint's policy.", 0, 0,
          false },
        { "principal-in-management-account", 0, OPTION_FLAG, &a.principal_in_management, NULL,
          "Service control policies do not bind the principal.", 0, 0, false },
        { "resource-in-management-account", 0, OPTION_FLAG, &a.resource_in_management, NULL,
          "Resource control policies do not bind the resource.", 0, 0, false },
        { "case", 'c', OPTION_TEXT, &a.of_case, "FILE#ID",
          "Explain this case of a case file; nothing else is given.", 0, 0, false },
        { "json", 'j', OPTION_FLAG, &a.json, NULL, "mantle-explanation/1 instead of text.", 0, 0,
          false },
    };
    struct found found = { .of_case = NULL };
    struct arena arena;
    int status, at;

    arena_init(&arena, &heap, 1 << 16, EXPLAIN_ARENA_MAX);
    at = options_read(&command_policy_explain, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && find(&a, argv + at, argc - at, &arena, &found)) {
        status = explain(&found, a.json, &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_policy_explain = {
    .name = "policy explain",
    .summary = "Explains a decision: what allows, what denies, what is missing.",
    .usage = "mantle policy explain --principal ARN --action ACTION --resource ARN [OPTION]... "
             "[FILE]...\n       mantle policy explain --case FILE#ID [--json]",
    .notes = "Says which statement decides, what each layer says, and for a denial the nearest\n"
             "statement that would have allowed it with what it lacks.\n"
             "Context is complete: a key that is not given is absent.\n"
             "Limits: 1 MiB a policy file.\n"
             "Exit status: 0 allowed, 1 denied, 2 wrong usage or an unreadable file.\n",
    .run = run,
};
