/* mantle policy who-can ACTION RESOURCE: the users and roles of an account who can, who can under
 * conditions, and who is denied explicitly. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/account_source.h"
#include "cli/policy.h"
#include "cli/policy_input.h"
#include "cli/print.h"
#include "codec/arn.h"
#include "policy/maybe.h"

enum { KEYS_MAX = 128, LINE_MAX_BYTES = 1 << 20 };

struct who_can {
    const char *resource_policy, *resource_account;
    struct account_source account;
    struct option_list context;
    bool json, colour, all;
    struct policy_request given; /* action, resource, --context */
    const struct policy_set *resource;
    struct account_export export_;
    uint64_t can, depends, denied, cannot;
    bool first;
    buf line; /* --json: one principal at a time */
};

static bool say(const char *text, const char *more)
{
    complain(&command_policy_who_can, "%s%s", text, more);
    return false;
}

static str text_of(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

/* -- what is known of a principal -------------------------------------------------------------- */

struct keys {
    struct context_entry entries[KEYS_MAX];
    str values[KEYS_MAX];
    size_t count;
};

static void key_add(struct keys *k, const struct policy_request *given, str key, str value)
{
    for (size_t i = 0; i < given->context_count; i++) { /* --context wins */
        if (str_eq_nocase(given->context[i].key, key)) {
            return;
        }
    }
    if (value.ptr != NULL && key.ptr != NULL && k->count < KEYS_MAX) {
        k->values[k->count] = value;
        k->entries[k->count] = (struct context_entry){ key, &k->values[k->count], 1, false };
        k->count++;
    }
}

static void tags_add(struct keys *k, const struct policy_request *given, const struct json *tags,
                     struct arena *arena)
{
    for (const struct json *t = tags == NULL ? NULL : tags->first; t != NULL; t = t->next) {
        key_add(k, given, arena_printf(arena, "aws:PrincipalTag/%.*s", FMT(text_of(t, "Key"))),
                text_of(t, "Value"));
    }
}

static enum rc request_of(const struct who_can *w, const struct json *entity, bool user,
                          struct arena *arena, struct policy_request *ret)
{
    struct keys *k = NEW(arena, struct keys);
    str arn = text_of(entity, "Arn");
    struct arn parts = { .account = STR_NONE };

    if (k == NULL) {
        return RC_NOMEM;
    }
    if (arn_parse(arn, &parts) != RC_OK) {
        parts.partition = STR("aws");
    }
    *ret = w->given;
    ret->principal = (struct principal){ .type = user ? PRINCIPAL_USER : PRINCIPAL_ROLE_SESSION,
                                         .account = parts.account,
                                         .arn = arn };
    if (!user) {
        ret->principal.role_arn = arn;
        ret->principal.arn = arena_printf(arena, "arn:%.*s:sts::%.*s:assumed-role/%.*s/session",
                                          FMT(parts.partition), FMT(parts.account),
                                          FMT(text_of(entity, "RoleName")));
        ret->principal.service_linked = str_starts(text_of(entity, "Path"),
                                                   STR("/aws-service-role/"));
    }
    for (size_t i = 0; i < w->given.context_count && k->count < KEYS_MAX; i++) {
        k->entries[k->count++] = w->given.context[i];
    }
    key_add(k, &w->given, STR("aws:PrincipalArn"), arn);
    key_add(k, &w->given, STR("aws:PrincipalAccount"), parts.account);
    key_add(k, &w->given, STR("aws:PrincipalType"), user ? STR("User") : STR("AssumedRole"));
    key_add(k, &w->given, STR("aws:PrincipalIsAWSService"), STR("false"));
    if (user) {
        key_add(k, &w->given, STR("aws:username"), text_of(entity, "UserName"));
        key_add(k, &w->given, STR("aws:userid"), text_of(entity, "UserId"));
    }
    tags_add(k, &w->given, json_member(entity, STR("Tags")), arena);
    ret->context = k->entries;
    ret->context_count = k->count;
    return RC_OK;
}

/* -- saying it --------------------------------------------------------------------------------- */

static const char *const marks[] = {
    [MAYBE_NO] = "cannot", [MAYBE_DEPENDS] = "conditional", [MAYBE_YES] = "can"
};

/* What a statement tells about the answer: allows when it can, denies when it cannot. */
static bool is_told(const struct maybe_decision *d, const struct maybe_match *m)
{
    return d->allowed == MAYBE_NO ? m->match.deny && m->applies == MAYBE_YES
                                  : !m->match.deny || m->applies == MAYBE_DEPENDS;
}

static void put_match(const struct maybe_match *m)
{
    struct statement_info info;
    buf text = buf_heap(LINE_MAX_BYTES);

    if (!policy_statement_info(m->match.set, m->match.statement, &info)) {
        return;
    }
    (void)printf("      %s %.*s: ",
                 m->match.deny ? m->applies == MAYBE_YES ? "denied by" : "unless denied by"
                               : "allowed by",
                 FMT(policy_layer_name(m->match.layer)));
    print_plain(stdout, info.policy_name);
    (void)printf(" statement %u", info.index + 1);
    if (info.sid.len > 0) {
        (void)fputs(" \"", stdout);
        print_plain(stdout, info.sid);
        (void)fputc('"', stdout);
    }
    if (m->resource_depends) {
        BUF_LIT(&text, "\n          if the variables in its resources fit");
    }
    for (size_t i = 0; i < m->condition_count; i++) {
        BUF_LIT(&text, "\n          if ");
        condition_wish_text(&m->conditions[i], &text);
    }
    (void)fwrite(text.ptr == NULL ? "" : text.ptr, 1, text.len, stdout);
    (void)fputc('\n', stdout);
    buf_done(&text);
}

static void put_text(const struct who_can *w, str arn, const struct maybe_decision *d,
                     str incomplete)
{
    const char *code = d->allowed == MAYBE_YES       ? "\033[31m"
                       : d->allowed == MAYBE_DEPENDS ? "\033[33m"
                                                     : "\033[32m";

    (void)printf("  %s%-12s%s ", w->colour ? code : "", d->denied ? "denied" : marks[d->allowed],
                 w->colour ? "\033[0m" : "");
    print_plain(stdout, arn);
    (void)printf(" (%s)\n", d->decision.rule);
    for (size_t i = 0; i < d->match_count; i++) {
        if (is_told(d, &d->matches[i])) {
            put_match(&d->matches[i]);
        }
    }
    if (incomplete.ptr != NULL) {
        (void)fputs("      not certain: ", stdout);
        print_plain(stdout, incomplete);
        (void)fputc('\n', stdout);
    }
}

static void put_match_json(struct json_out *o, const struct maybe_match *m)
{
    struct statement_info info;

    if (!policy_statement_info(m->match.set, m->match.statement, &info)) {
        return;
    }
    json_open(o, '{');
    json_put_str(o, STR("layer"), policy_layer_name(m->match.layer));
    json_put_str(o, STR("effect"), m->match.deny ? STR("Deny") : STR("Allow"));
    json_put_str(o, STR("policy"), info.policy_name);
    json_put_i64(o, STR("index"), info.index);
    if (info.sid.len > 0) {
        json_put_str(o, STR("sid"), info.sid);
    }
    json_put_bool(o, STR("resource_depends"), m->resource_depends);
    json_key(o, STR("conditions"));
    json_open(o, '[');
    for (size_t i = 0; i < m->condition_count; i++) {
        condition_json(&m->conditions[i], o);
    }
    json_close(o, ']');
    json_close(o, '}');
}

static void put_json(struct who_can *w, str arn, const struct maybe_decision *d, str incomplete)
{
    struct json_out o = { .out = &w->line };

    buf_clear(&w->line);
    json_open(&o, '{');
    json_put_str(&o, STR("principal"), arn);
    json_put_str(&o, STR("answer"), d->denied ? STR("denied") : str_cstr(marks[d->allowed]));
    json_put_str(&o, STR("rule"), str_cstr(d->decision.rule));
    json_key(&o, STR("statements"));
    json_open(&o, '[');
    for (size_t i = 0; i < d->match_count; i++) {
        if (is_told(d, &d->matches[i])) {
            put_match_json(&o, &d->matches[i]);
        }
    }
    json_close(&o, ']');
    if (incomplete.ptr != NULL) {
        json_put_str(&o, STR("incomplete"), incomplete);
    }
    json_close(&o, '}');
    (void)printf("%s%.*s", w->first ? "" : ",\n", FMT(buf_str(&w->line)));
    w->first = false;
}

/* -- asking ------------------------------------------------------------------------------------ */

static enum rc ask_one(struct who_can *w, const struct json *entity, bool user, struct arena *arena)
{
    /* A session may bring tags of its own; a user's are all there. */
    static const str absent[] = { STR_INIT("aws:principaltag/"),
                                  STR_INIT("aws:principalservicename"), STR_INIT("aws:username") };
    size_t from = user ? 0 : 1;
    struct export_stack stack;
    struct policy_request rq;
    struct maybe_decision d;

    TRY(account_export_stack(&w->export_, entity, arena, &stack));
    TRY(request_of(w, entity, user, arena, &rq));
    stack.stack.resource = w->resource;
    TRY(policy_maybe(&stack.stack, &rq, absent + from, COUNT_OF(absent) - from, arena, &d));
    *(d.allowed == MAYBE_YES       ? &w->can
      : d.allowed == MAYBE_DEPENDS ? &w->depends
      : d.denied                   ? &w->denied
                                   : &w->cannot) += 1;
    if (d.allowed == MAYBE_NO && !d.denied && !w->all && stack.incomplete.ptr == NULL) {
        return RC_OK;
    }
    if (w->json) {
        put_json(w, text_of(entity, "Arn"), &d, stack.incomplete);
    } else {
        put_text(w, text_of(entity, "Arn"), &d, stack.incomplete);
    }
    return RC_OK;
}

static enum rc ask_all(struct who_can *w, const struct json *list, bool user)
{
    struct arena arena;
    enum rc rc = RC_OK;

    arena_init(&arena, &heap, 1 << 18, 1 << 28);
    for (const struct json *e = list == NULL ? NULL : list->first; e != NULL && rc == RC_OK;
         e = e->next) {
        rc = ask_one(w, e, user, &arena);
        arena_reset(&arena);
    }
    arena_done(&arena);
    return rc;
}

static int report(struct who_can *w)
{
    enum rc rc;

    w->first = true;
    w->line = buf_heap((size_t)64 << 20);
    if (w->json) {
        (void)printf("{\"format\":\"mantle-who-can/1\",\"principals\":[\n");
    } else {
        (void)fputs("Users and roles that can ", stdout);
        print_plain(stdout, w->given.action);
        (void)fputs(" on ", stdout);
        print_plain(stdout, w->given.resource);
        (void)fputc('\n', stdout);
    }
    rc = ask_all(w, w->export_.users, true);
    rc = rc == RC_OK ? ask_all(w, w->export_.roles, false) : rc;
    buf_done(&w->line);
    if (rc != RC_OK) {
        (void)say("stopped: ", rc_name(rc));
        return EXIT_USAGE;
    }
    if (w->json) {
        (void)printf("],\"can\":%llu,\"conditional\":%llu,\"denied\":%llu,\"cannot\":%llu}\n",
                     (unsigned long long)w->can, (unsigned long long)w->depends,
                     (unsigned long long)w->denied, (unsigned long long)w->cannot);
    } else {
        (void)printf("%llu can, %llu conditionally, %llu denied explicitly, %llu cannot\n",
                     (unsigned long long)w->can, (unsigned long long)w->depends,
                     (unsigned long long)w->denied, (unsigned long long)w->cannot);
    }
    return fflush(stdout) == 0 ? 0 : EXIT_USAGE;
}

/* -- reading ----------------------------------------------------------------------------------- */

static bool resource_take(struct who_can *w, struct arena *arena)
{
    if (w->resource_policy != NULL) {
        return policy_files_read(&command_policy_who_can,
                                 resource_document_kind(w->given.action, w->given.resource),
                                 &w->resource_policy, 1, arena, &w->resource);
    }
    return account_export_trust(&w->export_, w->given.resource, arena, &w->resource) == RC_OK ||
           say("not enough memory", "");
}

static bool take(struct who_can *w, int count, char **operands, struct arena *arena)
{
    size_t colon;

    if (count != 2) {
        return say("which action and resource? mantle policy who-can s3:GetObject "
                   "arn:aws:s3:::bucket/key --account FILE",
                   "");
    }
    w->given.action = str_cstr(operands[0]);
    w->given.resource = str_cstr(operands[1]);
    w->given.resource_account = str_cstr(w->resource_account);
    if (!str_find_char(w->given.action, ':', &colon)) {
        return say("an action is SERVICE:NAME, like s3:GetObject, not ", operands[0]);
    }
    return context_read(&command_policy_who_can, &w->context, arena, &w->given) &&
           account_source_take(&command_policy_who_can, &w->account, arena, &w->export_) &&
           resource_take(w, arena);
}

static int run(int argc, char **argv)
{
    struct who_can w = { .first = true, .account.live.rate = ACCOUNT_RATE };
    const struct option_row rows[] = {
        { "account", 'a', OPTION_TEXT, &w.account.file, "FILE",
          "Export of get-account-authorization-details; - reads standard input.", 0, 0, false },
        { "resource-policy", 'p', OPTION_TEXT, &w.resource_policy, "FILE",
          "The resource's policy (a role's trust policy is in the export).", 0, 0, false },
        { "resource-account", 0, OPTION_TEXT, &w.resource_account, "ID",
          "The account the resource belongs to (each principal's own).", 0, 0, false },
        { "context", 'k', OPTION_LIST, &w.context, "KEY=VALUE",
          "A context key that is known; again for a list.", 0, 0, false },
        { "all", 0, OPTION_FLAG, &w.all, NULL, "List those who cannot, too.", 0, 0, false },
        { "json", 'j', OPTION_FLAG, &w.json, NULL, "mantle-who-can/1 instead of text.", 0, 0,
          false },
        ACCOUNT_OPTIONS(&w.account.live),
    };
    struct arena arena;
    int status, at;

    arena_init(&arena, &heap, 1 << 20, (size_t)ACCOUNT_EXPORT_BYTES_MAX * 8);
    at = options_read(&command_policy_who_can, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0) {
        w.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
        if (take(&w, argc - at, argv + at, &arena)) {
            status = report(&w);
        }
        account_export_done(&w.export_);
    }
    arena_done(&arena);
    return status;
}

const struct command command_policy_who_can = {
    .name = "policy who-can",
    .summary = "Lists who can do something, from an export of an account or the account itself.",
    .usage = "mantle policy who-can ACTION RESOURCE {--account FILE | --endpoint URL | --profile "
             "NAME} [OPTION]...",
    .notes =
        "Each user (through its groups, too) and role is one of: can, whatever the request is\n"
        "like; conditional, with the conditions; denied explicitly. What is known of a request\n"
        "is the principal's name, ids and tags and --context; everything else may be anything.\n"
        "Not looked at: service control policies, session policies, the root user (who can).\n"
        "A policy that is attached but not in the export is said as 'not certain'.\n"
        "A live account is asked GetCallerIdentity and GetAccountAuthorizationDetails, with the\n"
        "credentials AWS's tools would use (environment, ~/.aws); nothing is kept.\n"
        "Limits: 512 MiB an export.\n"
        "Exit status: 0 answered, 2 wrong usage or an unreadable file.\n",
    .run = run,
};
