/* The packed table, little-endian:
 *
 *     "MCAT", u32 version (1), then per section u32 where it begins and u32 how many records it has
 *
 *     SERVICES   24  u32 prefix, u32 name, u32 first action, u16 actions, u16 first type, u16 types,
 *                    u16 keys, u16 flags (1: resource control), u16 0
 *     ACTIONS    12  u32 name, its top byte the access level, u16 types, u16 keys, u16 service,
 *                    u16 0
 *     TYPES      12  u32 name, u32 arn, u16 keys, u16 service
 *     KEYS        8  u32 name, u32 type; sorted by folded name
 *     PATTERNS    2  u16 key: those with a variable part
 *     GLOBALS     2  u16 key
 *     BY_ARN      2  u16 type, sorted by the service in its ARN
 *     LISTS       4  u32 index into ITEMS
 *     ITEMS       2  u16: the length of a list, then its numbers
 *     STRINGS     1  u16 length, then the bytes; names are offsets into it
 *
 * types and keys are numbers of lists. A type in a list counts from the service's first; its
 * top bit says "required". */
#include "catalogue/catalogue.h"

#include "catalogue/embedded.h"

enum section { SERVICES, ACTIONS, TYPES, KEYS, PATTERNS, GLOBALS, BY_ARN, LISTS, ITEMS, STRINGS };
static const uint32_t record_sizes[CATALOGUE_SECTIONS] = { 24, 12, 12, 8, 2, 2, 2, 4, 2, 1 };

enum { MAGIC_BYTES = 8, REQUIRED_BIT = 0x8000 };

static uint32_t number_at(const struct catalogue *c, uint64_t at, unsigned bytes)
{
    uint32_t n = 0;

    if (at + bytes > c->bytes.len) {
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++) {
        n |= (uint32_t)(unsigned char)c->bytes.ptr[at + i] << (8 * i);
    }
    return n;
}

/* Field of `bytes` at `offset` of a record; 0 when there is no such record. */
static uint32_t field(const struct catalogue *c, enum section section, uint32_t record,
                      uint32_t offset, unsigned bytes)
{
    if (record >= c->sections[section].count) {
        return 0;
    }
    return number_at(
        c, (uint64_t)c->sections[section].at + (uint64_t)record * record_sizes[section] + offset,
        bytes);
}

static str string_at(const struct catalogue *c, uint32_t ref)
{
    uint64_t at = (uint64_t)c->sections[STRINGS].at + ref;
    uint32_t len = number_at(c, at, 2);

    return at + 2 + len > c->bytes.len ? STR("") : str_from(c->bytes.ptr + at + 2, len);
}

static struct catalogue_list list_at(const struct catalogue *c, uint32_t number)
{
    uint32_t at = field(c, LISTS, number, 0, 4), count = field(c, ITEMS, at, 0, 2);
    bool inside = number < c->sections[LISTS].count && at < c->sections[ITEMS].count &&
                  count < c->sections[ITEMS].count - at;

    return inside ? (struct catalogue_list){ at + 1, count } : (struct catalogue_list){ 0, 0 };
}

uint32_t catalogue_item(const struct catalogue *c, struct catalogue_list list, uint32_t i)
{
    return i < list.count ? field(c, ITEMS, list.at + i, 0, 2) : 0;
}

enum rc catalogue_open(str bytes, struct catalogue *ret)
{
    struct catalogue c = { .bytes = bytes };

    if (!str_starts(bytes, STR("MCAT")) || number_at(&c, 4, 4) != 1) {
        return RC_SYNTAX;
    }
    for (uint32_t i = 0; i < CATALOGUE_SECTIONS; i++) {
        c.sections[i].at = number_at(&c, MAGIC_BYTES + 8 * i, 4);
        c.sections[i].count = number_at(&c, MAGIC_BYTES + 8 * i + 4, 4);
        if ((uint64_t)c.sections[i].at + (uint64_t)c.sections[i].count * record_sizes[i] >
            bytes.len) {
            return RC_SYNTAX;
        }
    }
    *ret = c;
    return RC_OK;
}

enum rc catalogue_shipped(struct catalogue *ret)
{
    return catalogue_open(str_from(catalogue_embedded, catalogue_embedded_size), ret);
}

/* -- services and actions ---------------------------------------------------------------------- */

uint32_t catalogue_service_count(const struct catalogue *c)
{
    return c->sections[SERVICES].count;
}

bool catalogue_service_at(const struct catalogue *c, uint32_t n, struct catalogue_service *ret)
{
    if (n >= c->sections[SERVICES].count) {
        return false;
    }
    *ret = (struct catalogue_service){
        .prefix = string_at(c, field(c, SERVICES, n, 0, 4)),
        .name = string_at(c, field(c, SERVICES, n, 4, 4)),
        .first_action = field(c, SERVICES, n, 8, 4),
        .action_count = field(c, SERVICES, n, 12, 2),
        .first_type = field(c, SERVICES, n, 14, 2),
        .type_count = field(c, SERVICES, n, 16, 2),
        .keys = list_at(c, field(c, SERVICES, n, 18, 2)),
        .resource_control = (field(c, SERVICES, n, 20, 2) & 1) != 0,
    };
    return true;
}

/* The name of record n, for searching; services and keys keep it in front, actions too. */
static str name_of(const struct catalogue *c, enum section section, uint32_t n)
{
    return string_at(c, field(c, section, n, 0, 4) & 0xFFFFFF);
}

/* First of [from, to) whose name is not below `name`. */
static uint32_t lower_bound(const struct catalogue *c, enum section section, uint32_t from,
                            uint32_t to, str name)
{
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (str_cmp_nocase(name_of(c, section, middle), name) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

bool catalogue_service_find(const struct catalogue *c, str prefix, struct catalogue_service *ret)
{
    uint32_t n = lower_bound(c, SERVICES, 0, c->sections[SERVICES].count, prefix);

    return catalogue_service_at(c, n, ret) && str_eq_nocase(ret->prefix, prefix);
}

uint32_t catalogue_action_count(const struct catalogue *c)
{
    return c->sections[ACTIONS].count;
}

bool catalogue_action_at(const struct catalogue *c, uint32_t n, struct catalogue_action *ret)
{
    uint32_t level;

    if (n >= c->sections[ACTIONS].count) {
        return false;
    }
    level = field(c, ACTIONS, n, 3, 1);
    *ret = (struct catalogue_action){
        .name = name_of(c, ACTIONS, n),
        .level = level <= ACCESS_PERMISSIONS ? (enum access_level)level : ACCESS_WRITE,
        .types = list_at(c, field(c, ACTIONS, n, 4, 2)),
        .keys = list_at(c, field(c, ACTIONS, n, 6, 2)),
        .service = field(c, ACTIONS, n, 8, 2),
        .number = n,
    };
    return true;
}

uint32_t catalogue_action_from(const struct catalogue *c, const struct catalogue_service *service,
                               str name)
{
    return lower_bound(c, ACTIONS, service->first_action,
                       service->first_action + service->action_count, name);
}

bool catalogue_action_find(const struct catalogue *c, const struct catalogue_service *service,
                           str name, struct catalogue_action *ret)
{
    uint32_t end = service->first_action + service->action_count;
    uint32_t n = lower_bound(c, ACTIONS, service->first_action, end, name);

    return n < end && catalogue_action_at(c, n, ret) && str_eq_nocase(ret->name, name);
}

/* -- resource types ---------------------------------------------------------------------------- */

bool catalogue_type_at(const struct catalogue *c, uint32_t n, struct catalogue_type *ret)
{
    if (n >= c->sections[TYPES].count) {
        return false;
    }
    *ret = (struct catalogue_type){
        .name = string_at(c, field(c, TYPES, n, 0, 4)),
        .arn = string_at(c, field(c, TYPES, n, 4, 4)),
        .keys = list_at(c, field(c, TYPES, n, 8, 2)),
    };
    return true;
}

bool catalogue_type_of(const struct catalogue *c, const struct catalogue_action *action, uint32_t i,
                       struct catalogue_type *ret)
{
    struct catalogue_service service;
    uint32_t item = catalogue_item(c, action->types, i);

    if (i >= action->types.count || !catalogue_service_at(c, action->service, &service) ||
        !catalogue_type_at(c, service.first_type + (item & (REQUIRED_BIT - 1)), ret)) {
        return false;
    }
    ret->required = (item & REQUIRED_BIT) != 0;
    return true;
}

static str arn_service(str arn)
{
    str part = STR("");

    for (int i = 0; i < 3; i++) {
        if (!take_until(&arn, ':', &part)) {
            return STR("");
        }
    }
    return part;
}

static str arn_service_at(const struct catalogue *c, uint32_t i)
{
    return arn_service(string_at(c, field(c, TYPES, field(c, BY_ARN, i, 0, 2), 4, 4)));
}

uint32_t catalogue_types_of_arn(const struct catalogue *c, str service, uint32_t *ret_first)
{
    uint32_t from = 0, to = c->sections[BY_ARN].count, end;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (str_cmp_nocase(arn_service_at(c, middle), service) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    for (end = from;
         end < c->sections[BY_ARN].count && str_eq_nocase(arn_service_at(c, end), service);) {
        end++;
    }
    *ret_first = from;
    return end - from;
}

bool catalogue_type_by_arn(const struct catalogue *c, uint32_t i, struct catalogue_type *ret)
{
    return i < c->sections[BY_ARN].count && catalogue_type_at(c, field(c, BY_ARN, i, 0, 2), ret);
}

/* -- keys -------------------------------------------------------------------------------------- */

bool catalogue_key_at(const struct catalogue *c, uint32_t n, struct catalogue_key *ret)
{
    uint32_t type = field(c, KEYS, n, 4, 4);

    if (n >= c->sections[KEYS].count) {
        return false;
    }
    *ret = (struct catalogue_key){ .name = name_of(c, KEYS, n),
                                   .type = type <= KEY_BINARY ? (enum key_type)type : KEY_STRING,
                                   .number = n };
    return true;
}

/* What stands before the variable part "${Name}" or "<name>" and what behind; false without one. */
static bool split_variable(str pattern, str *ret_before, str *ret_after)
{
    size_t from, to;

    if (str_find(pattern, STR("${"), &from)) {
        str rest = str_skip(pattern, from);
        *ret_before = str_slice(pattern, 0, from);
        *ret_after = str_find_char(rest, '}', &to) ? str_skip(rest, to + 1) : STR("");
        return true;
    }
    if (str_find_char(pattern, '<', &from)) {
        str rest = str_skip(pattern, from);
        *ret_before = str_slice(pattern, 0, from);
        *ret_after = str_find_char(rest, '>', &to) ? str_skip(rest, to + 1) : STR("");
        return true;
    }
    return false;
}

bool catalogue_key_matches(str pattern, str name)
{
    str before, after;

    if (!split_variable(pattern, &before, &after)) {
        return str_eq_nocase(pattern, name);
    }
    return name.len > before.len + after.len && str_starts_nocase(name, before) &&
           str_eq_nocase(str_skip(name, name.len - after.len), after);
}

bool catalogue_key_find(const struct catalogue *c, str name, struct catalogue_key *ret)
{
    uint32_t n = lower_bound(c, KEYS, 0, c->sections[KEYS].count, name);

    if (catalogue_key_at(c, n, ret) && str_eq_nocase(ret->name, name)) {
        return true;
    }
    for (uint32_t i = 0; i < c->sections[PATTERNS].count; i++) {
        if (catalogue_key_at(c, field(c, PATTERNS, i, 0, 2), ret) &&
            catalogue_key_matches(ret->name, name)) {
            return true;
        }
    }
    return false;
}

bool catalogue_key_is_global(const struct catalogue *c, str name, struct catalogue_key *ret)
{
    for (uint32_t i = 0; i < c->sections[GLOBALS].count; i++) {
        if (catalogue_key_at(c, field(c, GLOBALS, i, 0, 2), ret) &&
            catalogue_key_matches(ret->name, name)) {
            return true;
        }
    }
    return false;
}

bool catalogue_keys_have(const struct catalogue *c, struct catalogue_list keys, str name)
{
    struct catalogue_key key;

    for (uint32_t i = 0; i < keys.count; i++) {
        if (catalogue_key_at(c, catalogue_item(c, keys, i), &key) &&
            catalogue_key_matches(key.name, name)) {
            return true;
        }
    }
    return false;
}

bool catalogue_action_has_key(const struct catalogue *c, const struct catalogue_action *action,
                              str name)
{
    struct catalogue_type type;

    if (catalogue_keys_have(c, action->keys, name)) {
        return true;
    }
    for (uint32_t i = 0; i < action->types.count; i++) {
        if (catalogue_type_of(c, action, i, &type) && catalogue_keys_have(c, type.keys, name)) {
            return true;
        }
    }
    return false;
}
