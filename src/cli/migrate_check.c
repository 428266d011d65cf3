/* mantle migrate check: what an estate holds, and where its exports disagree. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/migrate.h"
#include "codec/json.h"

struct totals {
    size_t active_keys, inactive_keys, users_without_keys, users_with_password, unknown_policies;
};

static struct totals count(const struct estate *estate)
{
    struct totals t = { 0 };

    for (size_t i = 0; i < estate->key_count; i++) {
        *(estate->keys[i].active ? &t.active_keys : &t.inactive_keys) += 1;
    }
    for (size_t i = 0; i < estate->user_count; i++) {
        const struct estate_user *user = &estate->users[i];
        t.users_without_keys += user->key_count == 0;
        t.users_with_password += user->report != NULL && user->report->password_enabled;
        t.unknown_policies += user->policies.unknown + user->boundary.unknown;
    }
    return t;
}

static void print_text(const struct estate *estate, const struct totals *t)
{
    (void)printf("account  %.*s\n", FMT(estate->account.ptr == NULL ? STR("?") : estate->account));
    (void)printf("users    %zu, %zu of them without a key", estate->user_count,
                 t->users_without_keys);
    if (estate->has_report) {
        (void)printf(", %zu with a password", t->users_with_password);
    }
    (void)printf("\nkeys     %zu active, %zu inactive%s\n", t->active_keys, t->inactive_keys,
                 estate->has_keys ? "" : " (access-keys.json is missing or not whole)");
    (void)printf("roles    %zu\n", estate->role_count);
    if (!estate->has_report) {
        (void)printf("report   none: passwords, second factors and last uses are not known\n");
    }
    if (t->unknown_policies > 0) {
        (void)printf("policies %zu of users without a document in the export\n",
                     t->unknown_policies);
    }
    (void)printf("problems %zu\n", estate->problem_count);
}

static void print_json(const struct estate *estate, const struct totals *t)
{
    buf text = buf_heap(SIZE_MAX);
    struct json_out out = { .out = &text };

    json_open(&out, '{');
    json_put_str(&out, STR("format"), STR("mantle-migrate-check/1"));
    json_put_str(&out, STR("account"), estate->account);
    json_put_i64(&out, STR("users"), (int64_t)estate->user_count);
    json_put_i64(&out, STR("users_without_keys"), (int64_t)t->users_without_keys);
    json_put_i64(&out, STR("users_with_password"), (int64_t)t->users_with_password);
    json_put_i64(&out, STR("active_keys"), (int64_t)t->active_keys);
    json_put_i64(&out, STR("inactive_keys"), (int64_t)t->inactive_keys);
    json_put_i64(&out, STR("roles"), (int64_t)estate->role_count);
    json_put_bool(&out, STR("has_report"), estate->has_report);
    json_put_bool(&out, STR("has_keys"), estate->has_keys);
    json_own_key(&out, STR("problems"));
    json_open(&out, '[');
    for (size_t i = 0; i < estate->problem_count; i++) {
        json_open(&out, '{');
        json_put_str(&out, STR("file"), estate->problems[i].file);
        json_put_i64(&out, STR("line"), (int64_t)estate->problems[i].line);
        json_put_str(&out, STR("what"), estate->problems[i].what);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    json_close(&out, '}');
    (void)printf("%.*s\n", FMT(buf_str(&text)));
    buf_done(&text);
}

static int check(const char *folder, bool json)
{
    struct estate estate;
    struct totals t;
    int status = EXIT_USAGE;

    if (migrate_estate_open(&command_migrate_check, folder, json, &estate)) {
        t = count(&estate);
        (json ? print_json : print_text)(&estate, &t);
        status = estate.problem_count > 0;
    }
    estate_close(&estate);
    return status;
}

static int run(int argc, char **argv)
{
    bool json = false;
    const struct option_row rows[] = {
        { "json", 'j', OPTION_FLAG, &json, NULL, "mantle-migrate-check/1 instead of text.", 0, 0,
          false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 4096, 1 << 20);
    at = options_read(&command_migrate_check, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && argc - at != 1) {
        complain(&command_migrate_check, "one ESTATE folder is read; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = check(argv[at], json);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_check = {
    .name = "migrate check",
    .summary = "What an estate holds, and where its exports disagree.",
    .usage = "mantle migrate check ESTATE [--json]",
    .notes =
        "Reads the three exports and nothing else. Exports of different days disagree; take them\n"
        "again, one right after the other.\n"
        "Limits: 1 GiB a JSON file, 256 MiB the report.\n"
        "Exit status: 0 no problems, 1 problems, 2 wrong usage or no estate.\n",
    .run = run,
};
