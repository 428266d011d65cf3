#include "migrate/estate.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "codec/date.h"
#include "migrate/estate_read.h"
#include "system/system.h"

enum {
    PROBLEMS_MAX = 10000, /* listed; the last one says that there are more */
    DEPTH_MAX = 64,
};
#define FILE_MAX ((size_t)1 << 30)
#define ARENA_MAX ((size_t)8 << 30)
#define VALUES_MAX 50000000

struct estate_lookup {
    struct table users, users_by_arn, roles_by_arn, keys;
};

/* -- files --------------------------------------------------------------------------------------- */

void estate_problem(struct estate *estate, str file, uint64_t line, const char *format, ...)
{
    size_t n = estate->problem_count;
    str what = STR("more problems than are listed");
    va_list args;

    if (n >= PROBLEMS_MAX) {
        return;
    }
    if ((n & (n - 1)) == 0) { /* full at each power of two */
        struct estate_problem *more = NEW_ARRAY(&estate->arena, n == 0 ? 1 : n * 2,
                                                struct estate_problem);
        if (more == NULL) {
            return;
        }
        if (n > 0) {
            memcpy(more, estate->problems, n * sizeof(*more));
        }
        estate->problems = more;
    }
    if (n < PROBLEMS_MAX - 1) {
        va_start(args, format);
        what = arena_vprintf(&estate->arena, format, args);
        va_end(args);
    }
    if (what.ptr != NULL) {
        estate->problems[n] = (struct estate_problem){ file, line, what };
        estate->problem_count++;
    }
}

str estate_path(struct estate *estate, str name)
{
    return ARENA_JOIN(&estate->arena, estate->folder, STR("/"), name);
}

str estate_text(const struct json *object, str key)
{
    const struct json *value = json_member(object, key);

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

int64_t estate_time(str text)
{
    struct instant instant;
    char copy[40];

    if (text.len < 10 || text.len > sizeof(copy) || !ascii_is_digit(text.ptr[0])) {
        return ESTATE_NEVER;
    }
    memcpy(copy, text.ptr, text.len);
    if (text.len > 10 && copy[10] == ' ') {
        copy[10] = 'T';
    }
    return date_parse_instant(str_from(copy, text.len), &instant) == RC_OK ? instant.unix_s
                                                                           : ESTATE_NEVER;
}

static enum rc add_page(struct estate *estate, struct estate_pages *pages, const struct json *item,
                        uint64_t line)
{
    size_t n = pages->count;

    if ((n & (n - 1)) == 0) {
        size_t room = n == 0 ? 1 : n * 2;
        const struct json **items = NEW_ARRAY(&estate->arena, room, const struct json *);
        uint64_t *lines = NEW_ARRAY(&estate->arena, room, uint64_t);
        if (items == NULL || lines == NULL) {
            return RC_NOMEM;
        }
        if (n > 0) {
            memcpy(items, pages->items, n * sizeof(const struct json *));
            memcpy(lines, pages->lines, n * sizeof(*lines));
        }
        pages->items = items;
        pages->lines = lines;
    }
    pages->items[n] = item;
    pages->lines[n] = line;
    pages->count++;
    return RC_OK;
}

struct page_taker {
    struct estate *estate;
    struct estate_pages *pages;
    str file, rest;
    uint64_t line; /* of the rest, less one */
    enum rc (*take)(str *rest, const struct json_limits *limits, struct arena *arena,
                    struct json **ret, struct json_error *reterr_at);
};

static enum rc take_page(struct page_taker *t)
{
    static const struct json_limits limits = { DEPTH_MAX, VALUES_MAX, .repeats = true };
    str before = t->rest;
    struct json *value;
    struct json_error error = { 0 };
    enum rc rc = t->take(&t->rest, &limits, &t->estate->arena, &value, &error);

    if (rc == RC_SYNTAX && str_eq(str_cstr(error.reason), STR("unexpected end"))) {
        estate_problem(t->estate, t->file, t->line + error.line,
                       "broken off (unexpected end): this is not the whole export, write it again");
    } else if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        estate_problem(
            t->estate, t->file, t->line + error.line,
            "no JSON that can be read: %s at column %u%.*s", error.reason, error.column,
            FMT(t->pages->count > 0 ? STR("") : estate_face(t->estate, t->file, before)));
    }
    TRY(rc);
    TRY(add_page(t->estate, t->pages, value, t->line));
    t->line += str_count(str_slice(before, 0, before.len - t->rest.len), '\n');
    return RC_OK;
}

static void skip_space(struct page_taker *t)
{
    while (t->rest.len > 0 && ascii_is_space(t->rest.ptr[0])) {
        t->line += t->rest.ptr[0] == '\n';
        t->rest = str_skip(t->rest, 1);
    }
}

/* Behind the bracket of an array. One by one, so that what stands before a fault is not lost. */
static enum rc take_items(struct page_taker *t)
{
    skip_space(t);
    if (take_prefix(&t->rest, STR("]"))) {
        return RC_OK;
    }
    t->take = json_take_item;
    for (;;) {
        TRY(take_page(t));
        skip_space(t);
        if (take_prefix(&t->rest, STR("]"))) {
            return RC_OK;
        }
        if (!take_prefix(&t->rest, STR(","))) {
            estate_problem(t->estate, t->file, t->line + 1,
                           t->rest.len == 0
                               ? "broken off: this is not the whole export, write it again"
                               : "no JSON that can be read: expected ',' or ']'");
            return RC_SYNTAX;
        }
        skip_space(t);
    }
}

enum rc estate_pages_read(struct estate *estate, str file, struct estate_pages *ret, str *ret_text)
{
    struct page_taker t = { .estate = estate, .pages = ret, .file = file };

    *ret = (struct estate_pages){ .count = 0 };
    TRY(estate_file_text(estate, file, FILE_MAX, ret_text));
    t.rest = *ret_text;
    for (skip_space(&t); t.rest.len > 0; skip_space(&t)) {
        t.take = json_take_value;
        TRY(take_prefix(&t.rest, STR("[")) ? take_items(&t) : take_page(&t));
    }
    return RC_OK;
}

/* -- finding ------------------------------------------------------------------------------------- */

static int user_order(const void *a, const void *b)
{
    return str_cmp(((const struct estate_user *)a)->name, ((const struct estate_user *)b)->name);
}

static int role_order(const void *a, const void *b)
{
    return str_cmp(((const struct estate_role *)a)->name, ((const struct estate_role *)b)->name);
}

static int key_order(const void *a, const void *b)
{
    const struct estate_key *x = a, *y = b;
    int order = str_cmp(x->user, y->user);

    return order != 0 ? order : str_cmp(x->id, y->id);
}

static void sort(void *items, size_t count, size_t size, int (*order)(const void *, const void *))
{
    if (count > 1) {
        qsort(items, count, size, order);
    }
}

static enum rc fill_lookup(struct estate *estate)
{
    static const uint8_t hash_key[16] = {
        0
    }; /* one estate, read once: collisions cost time only */
    struct estate_lookup *l = NEW(&estate->arena, struct estate_lookup);

    if (l == NULL) {
        return RC_NOMEM;
    }
    estate->lookup = l;
    table_init(&l->users, &estate->arena.as_alloc, hash_key);
    table_init(&l->users_by_arn, &estate->arena.as_alloc, hash_key);
    table_init(&l->roles_by_arn, &estate->arena.as_alloc, hash_key);
    table_init(&l->keys, &estate->arena.as_alloc, hash_key);
    for (size_t i = 0; i < estate->user_count; i++) {
        struct estate_user *user = &estate->users[i];
        TRY(table_set(&l->users, user->name, user, NULL));
        TRY(table_set(&l->users_by_arn, user->arn, user, NULL));
    }
    for (size_t i = 0; i < estate->role_count; i++) {
        TRY(table_set(&l->roles_by_arn, estate->roles[i].arn, &estate->roles[i], NULL));
    }
    for (size_t i = 0; i < estate->key_count; i++) {
        TRY(table_set(&l->keys, estate->keys[i].id, &estate->keys[i], NULL));
    }
    return RC_OK;
}

struct estate_user *estate_user(const struct estate *estate, str name)
{
    return table_get(&estate->lookup->users, name);
}

struct estate_user *estate_user_by_arn(const struct estate *estate, str arn)
{
    return table_get(&estate->lookup->users_by_arn, arn);
}

struct estate_role *estate_role_by_arn(const struct estate *estate, str arn)
{
    return table_get(&estate->lookup->roles_by_arn, arn);
}

struct estate_key *estate_key(const struct estate *estate, str id)
{
    return table_get(&estate->lookup->keys, id);
}

/* -- opening ------------------------------------------------------------------------------------- */

/* Beside the authorization details each may be missing, or broken: what it would say is not known. */
static enum rc optional(enum rc rc, bool *ret_has)
{
    *ret_has = rc == RC_OK;
    return rc == RC_NOMEM ? rc : RC_OK;
}

static enum rc read_all(struct estate *estate)
{
    enum rc rc = estate_read_details(estate);

    if (rc == RC_NOENT) {
        estate_problem(estate, STR(ESTATE_DETAILS), 0,
                       "is missing in %.*s: write the output of 'aws iam "
                       "get-account-authorization-details' to it",
                       FMT(estate->folder));
    }
    TRY(rc);
    TRY(optional(estate_read_keys(estate), &estate->has_keys));
    TRY(optional(estate_read_report(estate), &estate->has_report));
    sort(estate->users, estate->user_count, sizeof(*estate->users), user_order);
    sort(estate->roles, estate->role_count, sizeof(*estate->roles), role_order);
    sort(estate->keys, estate->key_count, sizeof(*estate->keys), key_order);
    TRY(fill_lookup(estate));
    return estate_join(estate);
}

enum rc estate_open(const char *folder, struct estate *ret)
{
    struct stat st;

    *ret = (struct estate){ .report_s = ESTATE_NEVER };
    arena_init(&ret->arena, &heap, 1 << 18, ARENA_MAX);
    ret->folder = arena_str(&ret->arena, str_cstr(folder));
    if (ret->folder.ptr == NULL) {
        return RC_NOMEM;
    }
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        estate_problem(ret, ret->folder, 0, "is no folder that can be read");
        return RC_NOENT;
    }
    return read_all(ret);
}

void estate_close(struct estate *estate)
{
    arena_done(&estate->arena);
}

/* -- policies ------------------------------------------------------------------------------------ */

enum rc estate_stack(const struct estate_policies *policies, const struct estate_policies *boundary,
                     struct arena *arena, struct policy_stack *ret)
{
    struct policy_stack stack = { .identity = NULL };

    TRY(policy_compile(policies->set.sources, policies->set.count, arena, &stack.identity));
    if (boundary->count > 0) {
        TRY(policy_compile(boundary->set.sources, boundary->set.count, arena, &stack.boundary));
    }
    *ret = stack;
    return RC_OK;
}

struct analysis_stack estate_analysis(const struct estate_policies *policies,
                                      const struct estate_policies *boundary)
{
    return (struct analysis_stack){
        .identity = &policies->set,
        .boundary = boundary->count > 0 ? &boundary->set : NULL,
    };
}
