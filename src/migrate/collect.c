#include "migrate/collect.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "migrate/details.h"
#include "system/system.h"

enum {
    FILE_BYTES_MAX = 1 << 30,
    PAGES_MAX = 100000,
    REPORT_ASKS_MAX = 60,
    REPORT_WAIT_MS = 2000,
    PAGE_ARENA_BYTES_MAX = 512 << 20,
    SAVE_EVERY = 50, /* users */
};

const char collect_policy[] = "{\n"
                              "  \"Version\": \"2012-10-17\",\n"
                              "  \"Statement\": [\n"
                              "    {\n"
                              "      \"Sid\": \"MantleMigrateCollect\",\n"
                              "      \"Effect\": \"Allow\",\n"
                              "      \"Action\": [\n"
                              "        \"iam:GenerateCredentialReport\",\n"
                              "        \"iam:GetAccessKeyLastUsed\",\n"
                              "        \"iam:GetAccountAuthorizationDetails\",\n"
                              "        \"iam:GetCredentialReport\",\n"
                              "        \"iam:ListAccessKeys\"\n"
                              "      ],\n"
                              "      \"Resource\": \"*\"\n"
                              "    }\n"
                              "  ]\n"
                              "}\n";

static void tell_problem(struct collect *c, struct arena *arena, const char *what,
                         const struct remote_answer *answer)
{
    c->problems++;
    c->problem(c->context,
               arena_printf(arena, "%s: %.*s: %.*s (request %.*s)", what, FMT(answer->code),
                            FMT(answer->message),
                            FMT(answer->request_id.ptr == NULL ? STR("-") : answer->request_id)));
}

static bool is_fresh(const struct collect *c, const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && env_now_s(c->env) - (int64_t)st.st_mtime < c->keep_s;
}

/* -- account details: pages, one JSON object a line, one behind the other --------------------------------- */

/* {"marker": M}\n and the pages. */
static enum rc pages_load(struct collect *c, const char *path, struct arena *arena,
                          struct details *ret)
{
    static const struct json_limits limits = { .depth_max = 8, .values_max = 100 };
    const struct json *marker;
    struct json_error error;
    struct json *head = NULL;
    str text = STR_NONE, line;

    if (!is_fresh(c, path) || file_read(path, FILE_BYTES_MAX, arena, &text) != RC_OK ||
        !take_until(&text, '\n', &line) ||
        json_parse(line, &limits, arena, &head, &error) != RC_OK) {
        return RC_NOENT;
    }
    marker = json_member(head, STR("marker"));
    if (marker == NULL || marker->type != JSON_STRING) {
        return RC_NOENT;
    }
    ret->marker = marker->text;
    ret->count = str_count(text, '\n');
    buf_add(&ret->text, text);
    return ret->text.err;
}

static enum rc pages_save(const char *path, const struct details *pages)
{
    buf out = buf_heap(FILE_BYTES_MAX);
    struct json_out o = { .out = &out };
    enum rc rc;

    json_open(&o, '{');
    json_put_str(&o, STR("marker"), pages->marker);
    json_close(&o, '}');
    buf_add_char(&out, '\n');
    buf_add(&out, buf_str(&pages->text));
    rc = out.err == RC_OK ? file_replace(path, buf_str(&out), 0600) : out.err;
    buf_done(&out);
    return rc;
}

static enum rc one_page(struct collect *c, struct details *pages, struct arena *keep)
{
    struct remote_answer answer = { 0 };
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, PAGE_ARENA_BYTES_MAX);
    rc = details_page(c->remote, pages, keep, &arena, &answer);
    if (rc == RC_API || rc == RC_IO) {
        tell_problem(c, &arena, "GetAccountAuthorizationDetails", &answer);
    }
    arena_done(&arena);
    return rc;
}

static enum rc read_pages(struct collect *c, const char *part, struct details *pages,
                          struct arena *keep)
{
    while (!details_done(pages) && pages->count < PAGES_MAX) {
        TRY(one_page(c, pages, keep));
        TRY(pages_save(part, pages));
        c->progress(c->context, "account details, pages", pages->count, 0);
    }
    return RC_OK;
}

static enum rc collect_details(struct collect *c, const char *part, struct arena *arena)
{
    struct details pages = { .text = buf_heap(FILE_BYTES_MAX), .marker = STR("") };
    str path = arena_printf(arena, "%s/account-authorization-details.json", c->dir);
    enum rc rc = pages_load(c, part, arena, &pages);

    rc = rc == RC_NOENT ? RC_OK : rc;
    if (rc == RC_OK) {
        rc = read_pages(c, part, &pages, arena);
    }
    if (rc == RC_OK) {
        rc = path.ptr == NULL ? RC_NOMEM : file_replace(path.ptr, buf_str(&pages.text), 0600);
    }
    buf_done(&pages.text);
    return rc;
}

/* -- credential report ---------------------------------------------------------------------------------- */

/* It is made behind the answer and may take a while; a report of the last four hours is handed out
 * again. */
static enum rc generate(struct collect *c, struct arena *arena)
{
    struct remote_answer answer;

    for (unsigned i = 0; i < REPORT_ASKS_MAX; i++) {
        enum rc rc = remote_call(c->remote, STR("iam"), STR("GenerateCredentialReport"), NULL, 0,
                                 arena, &answer);
        if (rc != RC_OK) {
            tell_problem(c, arena, "GenerateCredentialReport", &answer);
            return rc;
        }
        c->progress(c->context, "credential report", i, 0);
        if (str_eq(answer_text(answer.result, STR("State")), STR("COMPLETE"))) {
            return RC_OK;
        }
        c->sleep_ms(c->context, REPORT_WAIT_MS);
    }
    c->problems++;
    c->problem(c->context, STR("the credential report was not ready after two minutes"));
    return RC_API;
}

static enum rc collect_report(struct collect *c, struct arena *arena)
{
    str path = arena_printf(arena, "%s/credential-report.csv", c->dir);
    buf csv = buf_arena(arena, FILE_BYTES_MAX);
    struct remote_answer answer;
    enum rc rc;

    if (path.ptr == NULL) {
        return RC_NOMEM;
    }
    rc = generate(c, arena);
    if (rc == RC_OK) {
        rc = remote_call(c->remote, STR("iam"), STR("GetCredentialReport"), NULL, 0, arena,
                         &answer);
        if (rc != RC_OK) {
            tell_problem(c, arena, "GetCredentialReport", &answer);
        }
    }
    if (rc != RC_OK) {
        return rc == RC_NOMEM ? rc : RC_OK; /* the estate works without */
    }
    if (base64_decode(BASE64_STANDARD, answer_text(answer.result, STR("Content")), &csv) != RC_OK) {
        c->problems++;
        c->problem(c->context, STR("GetCredentialReport: the content is not base64"));
        return RC_OK;
    }
    return file_replace(path.ptr, buf_str(&csv), 0600);
}

/* -- access keys ----------------------------------------------------------------------------------------- */

static enum rc read_users(const struct collect *c, struct arena *arena, str **ret,
                          size_t *ret_count)
{
    static const struct json_limits limits = { .depth_max = 64, .values_max = 20000000 };
    str path = arena_printf(arena, "%s/account-authorization-details.json", c->dir);
    str text = STR_NONE, line;
    size_t room = 0;

    *ret_count = 0;
    TRY(path.ptr == NULL ? RC_NOMEM : file_read(path.ptr, FILE_BYTES_MAX, arena, &text));
    while (take_item(&text, '\n', &line)) {
        const struct json *users;
        struct json_error error;
        struct json *page = NULL;
        if (line.len == 0) {
            continue;
        }
        TRY(json_parse(line, &limits, arena, &page, &error));
        users = json_member(page, STR("UserDetailList"));
        for (const struct json *u = users == NULL ? NULL : users->first; u != NULL; u = u->next) {
            const struct json *name = json_member(u, STR("UserName"));
            if (name == NULL || name->type != JSON_STRING) {
                continue;
            }
            if (*ret_count == room) {
                str *more = NEW_ARRAY(arena, room == 0 ? 256 : room * 2, str);
                if (more == NULL) {
                    return RC_NOMEM;
                }
                if (room > 0) {
                    memcpy(more, *ret, room * sizeof(str));
                }
                *ret = more;
                room = room == 0 ? 256 : room * 2;
            }
            (*ret)[(*ret_count)++] = name->text;
        }
    }
    return RC_OK;
}

/* {"AccessKeyId": ..., "LastUsedDate": ..., ...} members added to one of AccessKeyMetadata. */
static enum rc put_last_used(struct collect *c, str key_id, struct json_out *o, struct arena *arena)
{
    struct remote_param param = { STR("AccessKeyId"), key_id };
    const struct answer_node *used;
    struct remote_answer answer;
    enum rc rc = remote_call(c->remote, STR("iam"), STR("GetAccessKeyLastUsed"), &param, 1, arena,
                             &answer);

    if (rc != RC_OK) {
        tell_problem(c, arena, "GetAccessKeyLastUsed", &answer);
        return rc == RC_NOMEM ? rc : RC_OK;
    }
    used = answer_child(answer.result, STR("AccessKeyLastUsed"));
    if (used != NULL && used->first != NULL) {
        json_own_key(o, STR("AccessKeyLastUsed"));
        collect_json(used, o);
    }
    return RC_OK;
}

static enum rc one_user(struct collect *c, str user, buf *out, struct arena *arena)
{
    struct remote_param param = { STR("UserName"), user };
    const struct answer_node *keys;
    struct json_out o = { .out = out };
    struct remote_answer answer;
    enum rc rc = remote_call(c->remote, STR("iam"), STR("ListAccessKeys"), &param, 1, arena,
                             &answer);

    if (rc != RC_OK) {
        tell_problem(c, arena, arena_printf(arena, "ListAccessKeys of %.*s", FMT(user)).ptr,
                     &answer);
        return rc == RC_NOMEM ? rc : RC_OK;
    }
    keys = answer_child(answer.result, STR("AccessKeyMetadata"));
    json_open(&o, '{');
    json_put_str(&o, STR("UserName"), user);
    json_own_key(&o, STR("AccessKeyMetadata"));
    json_open(&o, '[');
    for (const struct answer_node *k = keys == NULL ? NULL : keys->first; k != NULL; k = k->next) {
        json_open(&o, '{');
        for (const struct answer_node *m = k->first; m != NULL; m = m->next) {
            json_key(&o, m->name);
            collect_json(m, &o);
        }
        TRY(put_last_used(c, answer_text(k, STR("AccessKeyId")), &o, arena));
        json_close(&o, '}');
    }
    json_close(&o, ']');
    json_close(&o, '}');
    return out->err;
}

/* A user a line, so that the lines kept are the users that need not be asked for again. */
static enum rc read_keys(struct collect *c, const char *part, const str *users, size_t count,
                         buf *lines)
{
    str kept = buf_str(lines), line;
    size_t done = 0;

    while (take_until(&kept, '\n', &line)) {
        done++;
    }
    for (size_t i = done; i < count; i++) {
        struct arena arena;
        enum rc rc;
        arena_init(&arena, &heap, 1 << 16, PAGE_ARENA_BYTES_MAX);
        rc = one_user(c, users[i], lines, &arena);
        arena_done(&arena);
        TRY(rc);
        buf_add_char(lines, '\n');
        if ((i + 1) % SAVE_EVERY == 0) {
            TRY(file_replace(part, buf_str(lines), 0600));
        }
        c->progress(c->context, "access keys, users", i + 1, count);
    }
    return RC_OK;
}

static enum rc write_keys(struct collect *c, str lines, struct arena *arena)
{
    str path = arena_printf(arena, "%s/access-keys.json", c->dir), line;
    buf out = buf_heap(FILE_BYTES_MAX);
    bool any = false;
    enum rc rc;

    buf_add(&out, STR("["));
    while (take_until(&lines, '\n', &line)) {
        if (line.len > 0) {
            buf_add(&out, any ? STR(",\n") : STR("\n"));
            buf_add(&out, line);
            any = true;
        }
    }
    buf_add(&out, STR("\n]\n"));
    rc = path.ptr == NULL   ? RC_NOMEM
         : out.err != RC_OK ? out.err
                            : file_replace(path.ptr, buf_str(&out), 0600);
    buf_done(&out);
    return rc;
}

static enum rc collect_keys(struct collect *c, const char *part, struct arena *arena)
{
    buf lines = buf_heap(FILE_BYTES_MAX);
    str *users = NULL, kept = STR_NONE;
    enum rc rc = read_users(c, arena, &users, &c->users);

    if (rc == RC_OK && is_fresh(c, part) &&
        file_read(part, FILE_BYTES_MAX, arena, &kept) == RC_OK) {
        buf_add(&lines, kept);
    }
    if (rc == RC_OK) {
        rc = read_keys(c, part, users, c->users, &lines);
        if (rc != RC_OK && lines.err == RC_OK) {
            enum rc saved = file_replace(part, buf_str(&lines), 0600);
            (void)saved; /* what is not kept is read again */
        }
    }
    if (rc == RC_OK) {
        rc = write_keys(c, buf_str(&lines), arena);
    }
    buf_done(&lines);
    return rc;
}

/* -- all -------------------------------------------------------------------------------------------------- */

enum rc collect_run(struct collect *c)
{
    struct arena arena;
    str parts, details, keys;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, (size_t)4 << 30);
    parts = arena_printf(&arena, "%s/collect", c->dir);
    details = arena_printf(&arena, "%s/collect/details", c->dir);
    keys = arena_printf(&arena, "%s/collect/keys", c->dir);
    rc = keys.ptr == NULL || details.ptr == NULL || parts.ptr == NULL ? RC_NOMEM : dir_make(c->dir);
    if (rc == RC_OK) {
        rc = dir_make(parts.ptr);
    }
    if (rc == RC_OK) {
        rc = collect_details(c, details.ptr, &arena);
    }
    if (rc == RC_OK) {
        rc = collect_report(c, &arena);
    }
    if (rc == RC_OK) {
        rc = collect_keys(c, keys.ptr, &arena);
    }
    /* Whole: the next run reads the account anew. */
    if (rc == RC_OK) {
        (void)unlink(details.ptr);
        (void)unlink(keys.ptr);
        (void)rmdir(parts.ptr);
    }
    arena_done(&arena);
    return rc;
}
