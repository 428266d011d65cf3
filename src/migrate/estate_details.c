/* account-authorization-details.json. */
#include "codec/arn.h"
#include "migrate/estate_read.h"

static const str file = STR_INIT(ESTATE_DETAILS);

static uint64_t line_of(const struct details *d, const struct json *value)
{
    return d->line + value->span.line;
}

static enum rc read_tags(struct estate *estate, const struct json *list, struct estate_tag **ret,
                         size_t *ret_count)
{
    size_t count = list == NULL ? 0 : list->count, n = 0;
    struct estate_tag *tags = NEW_ARRAY(&estate->arena, count, struct estate_tag);

    if (tags == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        tags[n++] = (struct estate_tag){ estate_text(item, STR("Key")),
                                         estate_text(item, STR("Value")) };
    }
    *ret = tags;
    *ret_count = n;
    return RC_OK;
}

static enum rc read_names(struct estate *estate, const struct json *list, str member, str **ret,
                          size_t *ret_count)
{
    size_t count = list == NULL ? 0 : list->count, n = 0;
    str *names = NEW_ARRAY(&estate->arena, count, str);

    if (names == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        str name = member.len == 0 ? item->text : estate_text(item, member);
        if (name.len > 0) {
            names[n++] = name;
        }
    }
    *ret = names;
    *ret_count = n;
    return RC_OK;
}

static enum rc add_groups(struct details *d, struct estate_user *user)
{
    for (size_t i = 0; i < user->group_count; i++) {
        const struct json *group = table_get(&d->groups, user->groups[i]);
        if (group == NULL) {
            struct estate_policy unknown = { .name = user->groups[i], .group = user->groups[i] };
            estate_problem(d->estate, file, 0, "the group %.*s of %.*s is not in the export",
                           FMT(user->groups[i]), FMT(user->name));
            TRY(details_add(d->estate, &user->policies, &unknown));
            continue;
        }
        TRY(details_inline(d, json_member(group, STR("GroupPolicyList")), user->groups[i],
                           user->groups[i], &user->policies));
        TRY(details_attached(d, json_member(group, STR("AttachedManagedPolicies")), user->groups[i],
                             user->groups[i], &user->policies));
    }
    return RC_OK;
}

static str account_of(str arn)
{
    struct arn parts;

    return arn_parse(arn, &parts) == RC_OK && account_id_is_valid(parts.account) ? parts.account
                                                                                 : STR_NONE;
}

/* All of one account, or the export is put together of two. */
static void check_account(struct details *d, const struct json *item, str arn)
{
    str account = account_of(arn);

    if (d->estate->account.ptr == NULL) {
        d->estate->account = account;
    } else if (account.ptr != NULL && !str_eq(account, d->estate->account)) {
        estate_problem(d->estate, file, line_of(d, item),
                       "%.*s is of another account than %.*s: one estate is one account", FMT(arn),
                       FMT(d->estate->account));
    }
}

static enum rc read_user(struct details *d, const struct json *item, struct estate_user *user)
{
    struct estate *estate = d->estate;

    user->name = estate_text(item, STR("UserName"));
    user->path = estate_text(item, STR("Path"));
    user->id = estate_text(item, STR("UserId"));
    user->arn = estate_text(item, STR("Arn"));
    user->account = account_of(user->arn);
    user->created_s = estate_time(estate_text(item, STR("CreateDate")));
    check_account(d, item, user->arn);
    TRY(read_names(estate, json_member(item, STR("GroupList")), STR_NONE, &user->groups,
                   &user->group_count));
    TRY(details_inline(d, json_member(item, STR("UserPolicyList")), user->name, STR_NONE,
                       &user->policies));
    TRY(details_attached(d, json_member(item, STR("AttachedManagedPolicies")), user->name, STR_NONE,
                         &user->policies));
    TRY(add_groups(d, user));
    TRY(details_boundary(d, item, user->name, &user->boundary));
    TRY(details_set(estate, &user->policies));
    TRY(details_set(estate, &user->boundary));
    return read_tags(estate, json_member(item, STR("Tags")), &user->tags, &user->tag_count);
}

static enum rc read_role(struct details *d, const struct json *item, struct estate_role *role)
{
    struct estate *estate = d->estate;
    const struct json *last = json_member(item, STR("RoleLastUsed"));
    struct estate_policy trust = { .line = line_of(d, item) };

    role->name = estate_text(item, STR("RoleName"));
    role->path = estate_text(item, STR("Path"));
    role->id = estate_text(item, STR("RoleId"));
    role->arn = estate_text(item, STR("Arn"));
    role->account = account_of(role->arn);
    role->created_s = estate_time(estate_text(item, STR("CreateDate")));
    role->last_used_s = estate_time(estate_text(last, STR("LastUsedDate")));
    role->last_region = estate_text(last, STR("Region"));
    check_account(d, item, role->arn);
    TRY(details_document(d, POLICY_TRUST, json_member(item, STR("AssumeRolePolicyDocument")),
                         "the trust policy", role->name, &trust));
    role->trust = trust.doc == NULL ? STR_NONE : trust.text;
    TRY(details_inline(d, json_member(item, STR("RolePolicyList")), role->name, STR_NONE,
                       &role->policies));
    TRY(details_attached(d, json_member(item, STR("AttachedManagedPolicies")), role->name, STR_NONE,
                         &role->policies));
    TRY(details_boundary(d, item, role->name, &role->boundary));
    TRY(details_set(estate, &role->policies));
    TRY(details_set(estate, &role->boundary));
    TRY(read_names(estate, json_member(item, STR("InstanceProfileList")), STR("Arn"),
                   &role->instance_profiles, &role->instance_profile_count));
    return read_tags(estate, json_member(item, STR("Tags")), &role->tags, &role->tag_count);
}

/* -- the pages ----------------------------------------------------------------------------------- */

static size_t count_of(const struct estate_pages *pages, str member)
{
    size_t count = 0;

    for (size_t i = 0; i < pages->count; i++) {
        const struct json *list = json_member(pages->items[i], member);
        count += list != NULL && list->type == JSON_ARRAY ? list->count : 0;
    }
    return count;
}

/* An account may have nobody at all; its export has the lists. */
static bool has_lists(const struct estate_pages *pages)
{
    static const str lists[] = { STR_INIT("UserDetailList"), STR_INIT("RoleDetailList"),
                                 STR_INIT("GroupDetailList"), STR_INIT("Policies") };

    for (size_t i = 0; i < pages->count; i++) {
        for (size_t k = 0; k < COUNT_OF(lists); k++) {
            const struct json *list = json_member(pages->items[i], lists[k]);
            if (list != NULL && list->type == JSON_ARRAY) {
                return true;
            }
        }
    }
    return false;
}

/* Calls `one` for each item of a list, over all pages. */
static enum rc each(struct details *d, const struct estate_pages *pages, str member,
                    enum rc (*one)(struct details *d, const struct json *item))
{
    for (size_t i = 0; i < pages->count; i++) {
        const struct json *list = json_member(pages->items[i], member);
        d->line = pages->lines[i];
        for (const struct json *item = list != NULL && list->type == JSON_ARRAY ? list->first
                                                                                : NULL;
             item != NULL; item = item->next) {
            TRY(one(d, item));
        }
    }
    return RC_OK;
}

static enum rc one_group(struct details *d, const struct json *item)
{
    str name = estate_text(item, STR("GroupName"));

    return name.len == 0 ? RC_OK : table_set(&d->groups, name, (void *)(uintptr_t)item, NULL);
}

static void say_twice(struct details *d, const struct json *item, const char *kind, str name)
{
    estate_problem(d->estate, file, line_of(d, item),
                   "the %s %.*s is there a second time: what stands first counts", kind, FMT(name));
}

static enum rc one_user(struct details *d, const struct json *item)
{
    struct estate_user *user = &d->estate->users[d->estate->user_count];

    *user = (struct estate_user){ .created_s = ESTATE_NEVER };
    if (estate_text(item, STR("UserName")).len == 0 || estate_text(item, STR("Arn")).len == 0) {
        estate_problem(d->estate, file, line_of(d, item), "a user without UserName or Arn");
        return RC_OK;
    }
    if (table_get(&d->users, estate_text(item, STR("UserName"))) != NULL) {
        say_twice(d, item, "user", estate_text(item, STR("UserName")));
        return RC_OK;
    }
    TRY(read_user(d, item, user));
    TRY(table_set(&d->users, user->name, user, NULL));
    d->estate->user_count++;
    return RC_OK;
}

static enum rc one_role(struct details *d, const struct json *item)
{
    struct estate_role *role = &d->estate->roles[d->estate->role_count];

    *role = (struct estate_role){ .created_s = ESTATE_NEVER };
    if (estate_text(item, STR("RoleName")).len == 0 || estate_text(item, STR("Arn")).len == 0) {
        estate_problem(d->estate, file, line_of(d, item), "a role without RoleName or Arn");
        return RC_OK;
    }
    if (table_get(&d->roles, estate_text(item, STR("RoleName"))) != NULL) {
        say_twice(d, item, "role", estate_text(item, STR("RoleName")));
        return RC_OK;
    }
    TRY(read_role(d, item, role));
    TRY(table_set(&d->roles, role->name, role, NULL));
    d->estate->role_count++;
    return RC_OK;
}

static void check_pages(struct estate *estate, const struct estate_pages *pages)
{
    const struct json *last = pages->count == 0 ? NULL : pages->items[pages->count - 1];
    const struct json *more = json_member(last, STR("IsTruncated"));

    if (more != NULL && more->type == JSON_TRUE) {
        estate_problem(estate, file, 0,
                       "the last page says IsTruncated: the export is not complete");
    }
}

static enum rc read_pages(struct details *d, const struct estate_pages *pages)
{
    struct estate *estate = d->estate;
    size_t users = count_of(pages, STR("UserDetailList"));
    size_t roles = count_of(pages, STR("RoleDetailList"));

    if (!has_lists(pages)) {
        estate_problem(estate, file, 0, "holds no UserDetailList, RoleDetailList or Policies%.*s",
                       FMT(estate_face(estate, file, d->text)));
        return RC_SYNTAX;
    }
    estate->users = NEW_ARRAY(&estate->arena, users + 1, struct estate_user);
    estate->roles = NEW_ARRAY(&estate->arena, roles + 1, struct estate_role);
    if (estate->users == NULL || estate->roles == NULL) {
        return RC_NOMEM;
    }
    TRY(each(d, pages, STR("Policies"), details_managed));
    TRY(each(d, pages, STR("GroupDetailList"), one_group));
    TRY(each(d, pages, STR("UserDetailList"), one_user));
    TRY(each(d, pages, STR("RoleDetailList"), one_role));
    check_pages(estate, pages);
    return RC_OK;
}

enum rc estate_read_details(struct estate *estate)
{
    static const uint8_t hash_key[16] = { 1 };
    struct details d = { .estate = estate };
    struct estate_pages pages;

    TRY(estate_pages_read(estate, file, &pages, &d.text));
    table_init(&d.managed, &estate->arena.as_alloc, hash_key);
    table_init(&d.groups, &estate->arena.as_alloc, hash_key);
    table_init(&d.users, &estate->arena.as_alloc, hash_key);
    table_init(&d.roles, &estate->arena.as_alloc, hash_key);
    return read_pages(&d, &pages);
}
