#include "cli/migrate_account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/print.h"
#include "codec/date.h"
#include "system/system.h"

bool account_open(const struct command *command, const struct account_options *options,
                  struct arena *arena, struct account *ret)
{
    struct remote_config config = { .profile = options->profile,
                                    .region = options->region,
                                    .endpoint = options->endpoint,
                                    .calls_per_s = (unsigned)options->rate,
                                    .env = system_env() };
    struct remote_answer answer = { 0 };
    str why = STR_NONE;

    *ret = (struct account){ 0 };
    if (remote_open(&config, arena, &ret->remote, &why) != RC_OK) {
        complain(command, "%.*s", FMT(why));
        return false;
    }
    if (remote_call(ret->remote, STR("sts"), STR("GetCallerIdentity"), NULL, 0, arena, &answer) !=
        RC_OK) {
        complain(command, "%.*s does not say who we are: %.*s: %.*s",
                 FMT(remote_endpoint(ret->remote, STR("sts"))), FMT(answer.code),
                 FMT(answer.message));
        return false;
    }
    ret->number = answer_text(answer.result, STR("Account"));
    ret->arn = answer_text(answer.result, STR("Arn"));
    if (ret->number.len == 0 || ret->arn.len == 0) {
        complain(command, "GetCallerIdentity answered without account or ARN");
        return false;
    }
    return true;
}

void account_close(struct account *account)
{
    remote_close(account->remote);
    account->remote = NULL;
}

/* -- the journal ------------------------------------------------------------------------------------ */

static void say_journal(const struct command *command, const char *path, enum rc rc)
{
    complain(command, "%s: %s", path,
             rc == RC_UNSUPPORTED ? "written by a newer version of mantle"
             : rc == RC_CORRUPT   ? "is no journal of mantle migrate, or is damaged"
             : rc == RC_NOENT     ? "there is none: nothing was applied from this estate yet"
                                  : rc_name(rc));
}

static str host_name(struct arena *arena)
{
    char name[256] = "";

    (void)gethostname(name, sizeof(name) - 1);
    return arena_str(arena, str_cstr(name));
}

/* Who held the lease and died on this machine has lost the lock on the file with his life. */
static bool take_lease(const struct command *command, str dir, struct arena *arena,
                       struct held_journal *ret)
{
    str path = ARENA_JOIN(arena, dir, STR("/lock")), host = host_name(arena), holder,
        now = STR_NONE;
    int64_t until_s = 0;
    char until[20];
    enum rc rc;

    if (path.ptr == NULL || file_lock(path.ptr, &ret->lock) != RC_OK) {
        ret->lock = -1;
        complain(command, "another run works on this estate on this machine");
        return false;
    }
    holder = arena_printf(arena, "%.*s:%ld", FMT(host), (long)getpid());
    rc = journal_holder(ret->journal, arena, &now, &until_s);
    if (rc == RC_OK) {
        rc = journal_lease(ret->journal, holder,
                           str_starts(now, host) && str_slice(now, host.len, 1).len == 1 &&
                               now.ptr[host.len] == ':',
                           env_now_s(system_env()), APPLY_LEASE_S, &ret->fence, &until_s);
    }
    if (rc == RC_BUSY) {
        date_print_iso(until_s, until);
        complain(command, "the journal is held by %.*s until %.20s", FMT(now), until);
    } else if (rc != RC_OK) {
        say_journal(command, path.ptr, rc);
    }
    return rc == RC_OK;
}

bool journal_take(const struct command *command, const char *estate, str account, bool look,
                  struct arena *arena, struct held_journal *ret, bool *ret_missing)
{
    str dir = arena_printf(arena, "%s/move", estate);
    str path = ARENA_JOIN(arena, dir, STR("/journal.db")), of = STR_NONE;
    enum rc rc = RC_OK;

    *ret = (struct held_journal){ .lock = -1 };
    if (ret_missing != NULL) {
        *ret_missing = false;
    }
    if (!look) {
        rc = dir.ptr == NULL ? RC_NOMEM : dir_make(dir.ptr);
    }
    if (rc == RC_OK) {
        rc = path.ptr == NULL ? RC_NOMEM : journal_open(path.ptr, look, &ret->journal);
    }
    if (rc == RC_NOENT && look && ret_missing != NULL) {
        *ret_missing = true;
        return true;
    }
    if (rc == RC_OK) {
        rc = journal_account(ret->journal, look ? STR_NONE : account, arena, &of);
        rc = rc == RC_NOENT && look ? RC_OK : rc;
    }
    if (rc == RC_CONFLICT ||
        (rc == RC_OK && account.ptr != NULL && of.ptr != NULL && !str_eq(of, account))) {
        complain(command, "the journal of this estate is of account %.*s, not %.*s", FMT(of),
                 FMT(account));
        return false;
    }
    if (rc != RC_OK) {
        say_journal(command, path.ptr, rc);
        return false;
    }
    return look || take_lease(command, dir, arena, ret);
}

void journal_give_back(struct held_journal *held)
{
    if (held->journal != NULL && held->fence > 0) {
        enum rc rc = journal_release(held->journal, held->fence);
        (void)rc; /* it runs out by itself */
    }
    journal_close(held->journal);
    file_unlock(held->lock);
    *held = (struct held_journal){ .lock = -1 };
}

/* -- news ------------------------------------------------------------------------------------------- */

static const char *const kind_words[] = {
    [APPLY_DID] = "did",     [APPLY_WAITS] = "waits",     [APPLY_REFUSED] = "refused",
    [APPLY_ALERT] = "ALERT", [APPLY_WARNING] = "warning", [APPLY_FAILED] = "failed",
};

static void print_json(const struct news_printer *p, const struct apply_news *news)
{
    buf text = buf_heap(SIZE_MAX);
    struct json_out o = { .out = &text };
    char at[20];

    json_open(&o, '{');
    json_put_str(&o, STR("kind"), str_cstr(kind_words[news->kind]));
    if (news->key.ptr != NULL) {
        json_put_str(&o, STR("key"), news->key);
    }
    json_put_str(&o, STR("user"), news->user);
    json_put_str(&o, STR("stage"), stage_code(news->stage));
    json_put_str(&o, STR("what"), stage_do_word(news->what));
    json_put_bool(&o, STR("dry_run"), p->dry);
    json_put_str(&o, STR("text"), news->text);
    if (news->not_before_s != 0) {
        date_print_iso(news->not_before_s, at);
        json_put_str(&o, STR("not_before"), str_from(at, sizeof(at)));
    }
    if (news->calls != NULL) {
        json_own_key(&o, STR("calls"));
        calls_json(news->calls->items, news->calls->count, &o);
    }
    json_close(&o, '}');
    (void)printf("%.*s\n", FMT(buf_str(&text)));
    buf_done(&text);
}

static void print_calls(const struct calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        buf line = buf_heap(1 << 20);
        call_print(&calls->items[i], &line);
        (void)fputs("    ", stdout);
        print_plain(stdout, buf_str(&line));
        (void)fputc('\n', stdout);
        buf_done(&line);
    }
}

void news_print(void *context, const struct apply_news *news)
{
    const struct news_printer *p = context;
    char at[20];

    if (p->json) {
        print_json(p, news);
        (void)fflush(stdout);
        return;
    }
    (void)printf("%-20.*s %-24.*s %.*s  %s: ", FMT(news->key.ptr == NULL ? STR("-") : news->key),
                 FMT(news->user), FMT(stage_code(news->stage)),
                 p->dry && news->kind == APPLY_DID ? "would do" : kind_words[news->kind]);
    if (news->what != DO_NOTHING && news->what != DO_NOTE) {
        (void)printf("%.*s: ", FMT(stage_do_word(news->what)));
    }
    print_plain(stdout, news->text);
    if (news->not_before_s != 0) {
        date_print_iso(news->not_before_s, at);
        (void)printf(" (until %.20s)", at);
    }
    (void)fputc('\n', stdout);
    if (p->dry && news->calls != NULL) {
        print_calls(news->calls);
    }
    (void)fflush(stdout);
}
