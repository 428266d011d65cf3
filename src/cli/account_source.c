#include "cli/account_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "migrate/details.h"
#include "system/system.h"

static enum rc input_read(const char *path, struct arena *arena, str *ret)
{
    buf text = buf_arena(arena, ACCOUNT_EXPORT_BYTES_MAX);
    size_t got = 1;

    if (strcmp(path, "-") != 0) {
        return file_read(path, ACCOUNT_EXPORT_BYTES_MAX, arena, ret);
    }
    while (got > 0 && text.err == RC_OK) {
        char *room = buf_reserve(&text, 1 << 16);
        got = room == NULL ? 0 : fread(room, 1, 1 << 16, stdin);
        text.len += got;
    }
    *ret = buf_str(&text);
    return ferror(stdin) ? RC_IO : text.err;
}

static bool file_take(const struct command *command, const char *file, struct arena *arena,
                      str *ret)
{
    enum rc rc;

    errno = 0;
    rc = input_read(file, arena, ret);
    if (rc != RC_OK) {
        complain(command, "%s: %s", file,
                 rc == RC_NOENT   ? "no such file"
                 : rc == RC_LIMIT ? "larger than 512 MiB, the most an export may have"
                 : errno != 0     ? strerror(errno)
                                  : rc_name(rc));
    }
    return rc == RC_OK;
}

static enum rc pages_take(const struct command *command, struct remote *remote, struct arena *arena,
                          str *ret)
{
    struct details details = { .text = buf_arena(arena, ACCOUNT_EXPORT_BYTES_MAX),
                               .marker = STR("") };
    enum rc rc = RC_OK;

    while (rc == RC_OK && !details_done(&details)) {
        struct remote_answer answer = { 0 };
        struct arena page;
        arena_init(&page, &heap, 1 << 16, ACCOUNT_EXPORT_BYTES_MAX);
        rc = details_page(remote, &details, arena, &page, &answer);
        if (rc != RC_OK) {
            complain(command, "%.*s: GetAccountAuthorizationDetails: %.*s: %.*s",
                     FMT(remote_endpoint(remote, STR("iam"))),
                     FMT(answer.code.ptr != NULL ? answer.code : str_cstr(rc_name(rc))),
                     FMT(answer.message.ptr != NULL ? answer.message : STR("-")));
        }
        arena_done(&page);
    }
    *ret = buf_str(&details.text);
    return rc;
}

static bool live_take(const struct command *command, const struct account_options *live,
                      struct arena *arena, str *ret)
{
    struct account account;
    bool good = account_open(command, live, arena, &account) &&
                pages_take(command, account.remote, arena, ret) == RC_OK;

    account_close(&account);
    return good;
}

bool account_source_take(const struct command *command, const struct account_source *source,
                         struct arena *arena, struct account_export *ret)
{
    bool live = source->live.endpoint != NULL || source->live.profile != NULL;
    str text = STR_NONE, why = STR_NONE;
    enum rc rc;

    if ((source->file != NULL) == live) {
        complain(command,
                 "say either --account, an export of get-account-authorization-details (- for "
                 "standard input), or the account itself by --endpoint or --profile");
        return false;
    }
    if (!(live ? live_take(command, &source->live, arena, &text)
               : file_take(command, source->file, arena, &text))) {
        return false;
    }
    rc = account_export_read(text, arena, ret, &why);
    if (rc != RC_OK) {
        complain(command, "%s: %.*s", live ? "the account's answer" : source->file,
                 FMT(why.ptr != NULL ? why : str_cstr(rc_name(rc))));
    }
    return rc == RC_OK;
}
