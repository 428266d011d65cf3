/* mantle migrate roles: the trail, the principals, a folder for each. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/migrate_roles.h"
#include "cli/print.h"
#include "codec/arn.h"

#define COMMAND (&command_migrate_roles)

/* -- the trail --------------------------------------------------------------------------------------------- */

static void progress(void *context, const struct trail_list *list,
                     const struct trail_counts *counts)
{
    const struct roles_wish *wish = context;

    if (!wish->quiet) {
        (void)fprintf(stderr, "\r%" PRIu64 " of %zu files, %" PRIu64 " events", counts->files,
                      list->count, counts->records);
    }
}

bool roles_read_trail(struct roles_work *w)
{
    struct evidence_reader reader = { .into = &w->raw, .books = &w->books };
    struct trail_visitor visitor = evidence_visitor(&reader);
    struct trail_options options = { .threads = (unsigned)w->wish->threads,
                                     .progress = progress,
                                     .progress_context = (void *)(uintptr_t)w->wish };
    const char *paths[3] = { NULL };
    const char *const *from = w->wish->trail.items;
    size_t count = w->wish->trail.count;
    enum rc rc;

    if (count == 0) {
        (void)migrate_trail_recall(&w->estate, &w->arena, &from, &count);
    }
    if (count == 0) { /* beside the exports, where a copy of the bucket is usually put */
        static const char *const places[] = { "AWSLogs", "trail", "cloudtrail" };
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            str path = estate_path(&w->estate, str_cstr(places[i]));
            if (path.ptr != NULL && access(path.ptr, R_OK) == 0) {
                paths[count++] = path.ptr;
            }
        }
        from = paths;
    }
    if (count == 0) {
        complain(COMMAND, "there is no trail: --trail PATH names files or folders of CloudTrail; "
                          "what the inventory read is found without, and so are AWSLogs, trail and "
                          "cloudtrail in the estate");
        return false;
    }
    w->problems.arena = &w->arena;
    rc = trail_list_make(from, count, &w->arena, &w->problems, &w->list);
    if (rc == RC_OK) {
        rc = trail_read(&w->list, &options, &visitor, &w->problems, &w->counts);
    }
    if (rc == RC_OK) {
        books_tell_odd(&w->books, &w->problems);
        rc = trail_check_digests(&w->list, w->wish->public_keys == NULL ? NULL : &w->keys,
                                 &w->problems, &w->digests);
    }
    if (!w->wish->quiet) {
        (void)fputs("\r\033[K", stderr);
    }
    for (size_t i = 0; i < w->problems.count; i++) {
        const struct trail_problem *problem = &w->problems.items[i];
        print_plain(stderr, problem->path);
        (void)fprintf(stderr, ":%" PRIu64 ": ", problem->offset);
        print_plain(stderr, problem->what);
        (void)fputc('\n', stderr);
    }
    if (rc != RC_OK) {
        complain(COMMAND, "the trail cannot be read: %s", rc_name(rc));
    }
    return rc == RC_OK;
}

/* ARNs of the export, which names may not run into. */
bool roles_survey(struct roles_work *w)
{
    size_t count = 0;
    str *known = NEW_ARRAY(&w->arena, w->estate.user_count + w->estate.role_count + 1, str);

    for (size_t i = 0; known != NULL && i < w->estate.user_count; i++) {
        known[count++] = w->estate.users[i].arn;
    }
    for (size_t i = 0; known != NULL && i < w->estate.role_count; i++) {
        known[count++] = w->estate.roles[i].arn;
    }
    return known != NULL &&
           landscape_make(&w->evidence, known, count, &w->arena, &w->job.landscape) == RC_OK;
}

bool roles_regroup(struct roles_work *w)
{
    if (inventory_make(&w->books, &w->estate, &w->counts, &w->digests, &w->problems, &w->arena,
                       &w->inventory) != RC_OK ||
        classify(&w->estate, &w->inventory, &w->arena, &w->classes) != RC_OK ||
        evidence_regroup(&w->evidence, &w->raw, &w->books, &w->inventory) != RC_OK) {
        return false;
    }
    w->parts = NEW_ARRAY(&w->arena, w->evidence.whos.count + 1, struct role_of);
    return w->parts != NULL;
}

/* -- who ----------------------------------------------------------------------------------------------------- */

static bool listed(const struct option_list *list, str name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq_nocase(str_cstr(list->items[i]), name)) {
            return true;
        }
    }
    return false;
}

/* By the rules of `mantle migrate classify`; of whom they cannot tell, a password does. */
static bool is_person(const struct roles_work *w, const struct estate_user *user)
{
    for (size_t i = 0; i < w->classes.user_count; i++) {
        const struct user_verdict *verdict = &w->classes.users[i];
        if (str_eq(verdict->arn, user->arn)) {
            return verdict->break_glass || verdict->verdict.class == CLASS_HUMAN ||
                   (verdict->verdict.class == CLASS_UNKNOWN && user->report != NULL &&
                    user->report->password_enabled);
        }
    }
    return false;
}

static struct who *who_by_arn(struct roles_work *w, str arn)
{
    str key = ARENA_JOIN(&w->arena, arn, STR("\n"));

    return key.ptr == NULL ? NULL : table_get(&w->evidence.whos, key);
}

static str partition_of(str arn)
{
    struct arn parsed;

    return arn_parse(arn, &parsed) == RC_OK ? parsed.partition : STR("aws");
}

/* "USER=SPEC" for one, "SPEC" for all. */
static bool runs_on(struct roles_work *w, struct role_of *role)
{
    const struct option_list *list = &w->wish->runs_on;
    str chosen = STR_NONE, why = STR("no memory");

    for (size_t i = 0; i < list->count; i++) {
        str text = str_cstr(list->items[i]);
        size_t equals = text.len, comma = text.len;
        (void)str_find_char(text, '=', &equals);
        (void)str_find_char(text, ',', &comma);
        if (equals < comma) {
            if (str_eq(str_slice(text, 0, equals), role->name)) {
                chosen = str_skip(text, equals + 1);
            }
        } else if (chosen.ptr == NULL) {
            chosen = text;
        }
    }
    if (chosen.ptr == NULL) {
        role->trusted.place = PLACE_UNKNOWN;
        if (role->who != NULL) {
            role->trusted = trusted_by_agents(role->who);
        }
        return true;
    }
    if (trusted_parse(chosen, &w->arena, &role->trusted, &why) != RC_OK) {
        complain(COMMAND, "--runs-on %.*s: %.*s", FMT(chosen), FMT(why));
        return false;
    }
    return true;
}

static void count_proofs(struct roles_work *w, const struct role_of *role)
{
    w->proved_new += role->cut.new_in_old.verdict == ANALYSIS_PROVED;
    w->proved_observed += role->cut.observed_in_new.verdict == ANALYSIS_PROVED;
}

static bool make_one(struct roles_work *w, struct role_of *role)
{
    str dir = ARENA_JOIN(&w->arena, str_cstr(w->wish->out), STR("/"), role->name,
                         role->consumer.len > 0 ? STR("/") : STR(""), role->consumer);
    enum rc rc;

    role->partition = partition_of(role->arn);
    if (!runs_on(w, role)) {
        return false;
    }
    rc = dir.ptr == NULL ? RC_NOMEM : role_make(&w->job, role);
    rc = rc != RC_OK ? rc : role_write(role, &w->evidence, dir.ptr, true, &w->arena);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) { /* of one: the others go on */
        complain(COMMAND, "%.*s: left out, no policy can be made of its evidence (%s)", FMT(dir),
                 rc_name(rc));
        return true;
    }
    if (rc != RC_OK) {
        complain(COMMAND, "%.*s: %s", FMT(dir.ptr == NULL ? role->name : dir), rc_name(rc));
        return false;
    }
    count_proofs(w, role);
    return true;
}

/* A folder for each consumer, below the one for all of them together. */
static bool make_consumers(struct roles_work *w, const struct role_of *user)
{
    size_t count;
    struct who **whos = evidence_whos(&w->evidence, &count);

    for (size_t i = 0; whos != NULL && i < count; i++) {
        if (str_eq(whos[i]->arn, user->arn) && whos[i]->consumer.len > 0) {
            struct role_of *role = &w->parts[w->part_count++];
            *role = (struct role_of){ .who = whos[i],
                                      .user = user->user,
                                      .name = user->name,
                                      .arn = user->arn,
                                      .account = user->account,
                                      .consumer = whos[i]->consumer };
            if (!make_one(w, role)) {
                return false;
            }
        }
    }
    return whos != NULL;
}

bool roles_make_users(struct roles_work *w)
{
    for (size_t i = 0; i < w->estate.user_count; i++) {
        const struct estate_user *user = &w->estate.users[i];
        struct who *who = who_by_arn(w, user->arn);
        bool named = listed(&w->wish->users, user->name);
        struct role_of *role = &w->made[w->made_count];
        if ((w->wish->users.count > 0 || w->wish->roles.count > 0) ? !named : false) {
            continue;
        }
        if (!named && !w->wish->all_users && is_person(w, user)) {
            w->people++;
            continue;
        }
        if (!named && who == NULL) { /* nothing to take the place of: its keys may go */
            w->unseen++;
            continue;
        }
        *role = (struct role_of){
            .who = who, .user = user, .name = user->name, .arn = user->arn, .account = user->account
        };
        w->made_count++;
        if (!make_one(w, role) || !make_consumers(w, role)) {
            return false;
        }
    }
    return true;
}

bool roles_make_existing(struct roles_work *w)
{
    for (size_t i = 0; i < w->estate.role_count; i++) {
        const struct estate_role *is = &w->estate.roles[i];
        struct role_of *role = &w->made[w->made_count];
        if (!listed(&w->wish->roles, is->name)) {
            continue;
        }
        *role = (struct role_of){ .who = who_by_arn(w, is->arn),
                                  .role = is,
                                  .name = is->name,
                                  .arn = is->arn,
                                  .account = is->account,
                                  .consumer = STR("") };
        w->made_count++;
        if (!make_one(w, role)) {
            return false;
        }
    }
    return true;
}

/* Whoever is asked for by name must be there. */
bool roles_all_found(struct roles_work *w, const struct option_list *list, const char *what)
{
    for (size_t i = 0; i < list->count; i++) {
        bool found = false;
        for (size_t j = 0; j < w->made_count; j++) {
            found = found || str_eq_nocase(w->made[j].name, str_cstr(list->items[i]));
        }
        if (!found) {
            complain(COMMAND, "the estate has no %s %s", what, list->items[i]);
            return false;
        }
    }
    return true;
}
