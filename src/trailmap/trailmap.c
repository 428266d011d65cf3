#include "trailmap/trailmap.h"

#include "trailmap/rows.h"

str map_certainty_word(enum map_certainty certainty)
{
    static const str words[] = { STR_INIT("certain"), STR_INIT("likely"), STR_INIT("possible") };

    return words[certainty];
}

/* -- sources and events -------------------------------------------------------------------------- */

static str without_domain(str source)
{
    static const str domains[] = { STR_INIT(".amazonaws.com"), STR_INIT(".amazonaws.com.cn"),
                                   STR_INIT(".amazon.com"), STR_INIT(".api.aws") };

    for (size_t i = 0; i < COUNT_OF(domains); i++) {
        if (str_ends(source, domains[i])) {
            return str_from(source.ptr, source.len - domains[i].len);
        }
    }
    return source;
}

str map_prefix(const struct catalogue *c, str source)
{
    str name = without_domain(source);
    struct catalogue_service service;
    size_t low = 0, high = map_sources_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp_nocase(map_sources[middle].source, name);
        if (order == 0) {
            return map_sources[middle].prefix;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return catalogue_service_find(c, name, &service) ? service.prefix : STR_NONE;
}

/* "prefix:event" against a row's name without joining them. */
static bool is_event(str row, str prefix, str event)
{
    return row.len == prefix.len + 1 + event.len && str_starts_nocase(row, prefix) &&
           row.ptr[prefix.len] == ':' && str_eq_nocase(str_skip(row, prefix.len + 1), event);
}

static bool begins_event(str row, str prefix, str event)
{
    str front = str_from(row.ptr, row.len - 1);

    return str_ends(row, STR("*")) && front.len > prefix.len && str_starts_nocase(front, prefix) &&
           front.ptr[prefix.len] == ':' &&
           str_starts_nocase(event, str_skip(front, prefix.len + 1));
}

static const struct map_event *event_row(str prefix, str event, bool pattern)
{
    for (size_t i = 0; i < map_events_count; i++) {
        if (pattern ? begins_event(map_events[i].name, prefix, event)
                    : is_event(map_events[i].name, prefix, event)) {
            return &map_events[i];
        }
    }
    return NULL;
}

/* Some services write the date of their API's version behind the name: 20150331, 20150331v2,
 * 2020_05_31. Nothing else is cut: CreateEnvironmentEC2 and ListClustersV2 are names. */
static str without_date(str event)
{
    size_t len = event.len;

    if (len > 2 && ascii_is_digit(event.ptr[len - 1]) && event.ptr[len - 2] == 'v') {
        len -= 2;
    }
    if (len > 10 && event.ptr[len - 3] == '_' && event.ptr[len - 6] == '_') {
        static const unsigned char digits[] = { 1, 2, 4, 5, 7, 8, 9, 10 };
        for (size_t i = 0; i < COUNT_OF(digits); i++) {
            if (!ascii_is_digit(event.ptr[len - digits[i]])) {
                return event;
            }
        }
        return str_from(event.ptr, len - 10);
    }
    for (size_t i = 1; i <= 8; i++) {
        if (len <= 8 || !ascii_is_digit(event.ptr[len - i])) {
            return event;
        }
    }
    return (event.ptr[len - 8] == '1' || event.ptr[len - 8] == '2') ? str_from(event.ptr, len - 8)
                                                                    : event;
}

static bool take_row(const struct map_event *row, struct map_answer *ret)
{
    if (row == NULL) {
        return false;
    }
    ret->status = row->count == 0 ? MAP_NO_PERMISSION : MAP_TARGETS_FOUND;
    ret->targets = row->targets;
    ret->count = row->count;
    return true;
}

static bool take_name(const struct catalogue *c, str event, struct map_answer *ret)
{
    struct catalogue_action action;
    str prefix = ret->service.prefix;

    if (!catalogue_action_find(c, &ret->service, event, &action) ||
        prefix.len + 1 + action.name.len > sizeof(ret->name)) {
        return false;
    }
    memcpy(ret->name, prefix.ptr, prefix.len);
    ret->name[prefix.len] = ':';
    memcpy(ret->name + prefix.len + 1, action.name.ptr, action.name.len);
    ret->by_name_target = (struct map_target){
        str_from(ret->name, prefix.len + 1 + action.name.len), MAP_CERTAIN, STR("")
    };
    ret->status = MAP_TARGETS_FOUND;
    ret->by_name = true;
    ret->targets = &ret->by_name_target;
    ret->count = 1;
    return true;
}

void map_event(const struct catalogue *c, str source, str event, struct map_answer *ret)
{
    str prefix = map_prefix(c, source), names[2] = { event, without_date(event) };

    *ret = (struct map_answer){ .status = MAP_UNKNOWN_SOURCE };
    if (prefix.ptr == NULL || !catalogue_service_find(c, prefix, &ret->service)) {
        return;
    }
    ret->status = MAP_UNKNOWN_EVENT;
    for (size_t i = 0; i < (names[1].len == event.len ? 1u : 2u); i++) {
        if (take_row(event_row(prefix, names[i], false), ret) || take_name(c, names[i], ret) ||
            take_row(event_row(prefix, names[i], true), ret)) {
            return;
        }
    }
}

/* -- where resources stand ------------------------------------------------------------------------ */

/* A variable's row is "service:type:Variable". */
static int variable_order(str row, str service, str type, str variable)
{
    const str parts[] = { service, type, variable };
    str rest = row, part;

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        int order;
        (void)take_item(&rest, ':', &part);
        order = str_cmp_nocase(part, parts[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

const struct map_path *map_variable_paths(str service, str type, str variable, size_t *ret_count)
{
    for (size_t i = 0; i < map_variables_count; i++) {
        if (variable_order(map_variables[i].name, service, type, variable) == 0) {
            *ret_count = map_variables[i].count;
            return map_variables[i].paths;
        }
    }
    return NULL;
}

const struct map_path *map_hint_paths(str hint, str variable, size_t *ret_count)
{
    for (size_t i = 0; i < map_hints_count; i++) {
        if (str_eq(map_hints[i].hint, hint) && str_eq(map_hints[i].variable, variable)) {
            *ret_count = map_hints[i].count;
            return map_hints[i].paths;
        }
    }
    return NULL;
}

const struct map_companion *map_companions_of(str action, size_t *ret_count)
{
    size_t low = 0, high = map_companions_count, count = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp_nocase(map_companions[middle].action, action) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low + count < map_companions_count &&
           str_eq_nocase(map_companions[low + count].action, action)) {
        count++;
    }
    *ret_count = count;
    return count > 0 ? &map_companions[low] : NULL;
}

/* Eight or seventeen hexadecimal digits behind the front. */
const struct map_id *map_id_of(str text)
{
    for (size_t i = 0; i < map_ids_count; i++) {
        str rest = str_skip(text, map_ids[i].front.len);
        bool hex = rest.len == 8 || rest.len == 17;
        if (!str_starts(text, map_ids[i].front)) {
            continue;
        }
        for (size_t j = 0; hex && j < rest.len; j++) {
            hex = ascii_hex_value(rest.ptr[j]) < 16;
        }
        if (hex) {
            return &map_ids[i];
        }
    }
    return NULL;
}

static bool has_word(const struct map_word *words, size_t count, str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(words[i].name, name)) {
            return true;
        }
    }
    return false;
}

bool map_is_whole(str action)
{
    return has_word(map_whole, map_whole_count, action);
}

bool map_is_short_lived(str service, str type)
{
    for (size_t i = 0; i < map_short_lived_count; i++) {
        str rest = map_short_lived[i].name, prefix;
        if (take_until(&rest, ':', &prefix) && str_eq(prefix, service) &&
            str_eq_nocase(rest, type)) {
            return true;
        }
    }
    return false;
}
