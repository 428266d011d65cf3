#include "scan/known.h"

#include "codec/json.h"

struct known_entry {
    struct known_key key;
    struct known_entry *next; /* longer ids with the same beginning come first */
};

void known_init(struct known *known, struct arena *arena, const uint8_t hash_key[16])
{
    *known = (struct known){ .arena = arena };
    table_init(&known->ids, &arena->as_alloc, hash_key);
}

static bool is_id(str id)
{
    bool good = id.len >= KNOWN_ID_MIN && id.len <= KNOWN_ID_MAX && id.ptr[0] == 'A' &&
                id.ptr[3] == 'A' && memchr("KSBC", id.ptr[1], 4) != NULL &&
                (id.ptr[2] == (id.ptr[1] == 'C' ? 'C' : 'I'));

    for (size_t i = 0; good && i < id.len; i++) {
        good = ascii_is_alnum(id.ptr[i]);
    }
    return good;
}

static void fill(struct known_key *have, const struct known_key *more)
{
    have->user = have->user.ptr != NULL ? have->user : more->user;
    have->status = have->status.ptr != NULL ? have->status : more->status;
    have->account = have->account.ptr != NULL ? have->account : more->account;
}

enum rc known_add(struct known *known, const struct known_key *key)
{
    struct known_entry *first, **at, *entry;

    if (!is_id(key->id)) {
        return RC_SYNTAX;
    }
    first = table_get(&known->ids, str_slice(key->id, 0, KNOWN_ID_MIN));
    for (at = &first; *at != NULL && (*at)->key.id.len >= key->id.len; at = &(*at)->next) {
        if (str_eq((*at)->key.id, key->id)) {
            fill(&(*at)->key, key);
            return RC_OK;
        }
    }
    entry = NEW(known->arena, struct known_entry);
    if (entry == NULL) {
        return RC_NOMEM;
    }
    entry->key = *key;
    entry->key.id = arena_str(known->arena, key->id);
    entry->key.user = arena_str(known->arena, key->user);
    entry->key.status = arena_str(known->arena, key->status);
    entry->key.account = arena_str(known->arena, key->account);
    entry->next = *at;
    if (entry->key.id.ptr == NULL) {
        return RC_NOMEM;
    }
    known->count++;
    *at = entry;
    if (entry == first) { /* the head changed */
        return table_set(&known->ids, str_slice(entry->key.id, 0, KNOWN_ID_MIN), entry, NULL);
    }
    return RC_OK;
}

const struct known_key *known_at(const struct known *known, str text)
{
    const struct known_entry *entry;

    if (known->count == 0 || text.len < KNOWN_ID_MIN) {
        return NULL;
    }
    entry = table_get(&known->ids, str_slice(text, 0, KNOWN_ID_MIN));
    while (entry != NULL && !str_starts(text, entry->key.id)) {
        entry = entry->next;
    }
    return entry == NULL ? NULL : &entry->key;
}

/* --- lists --------------------------------------------------------------------------------------- */

static str member_text(const struct json *object, str key)
{
    const struct json *value = json_member(object, key);

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

/* Walks without recursion: a list from outside may be as deep as it likes. */
static enum rc read_json(struct known *known, const struct json *root, uint32_t *reterr_line)
{
    for (const struct json *at = root; at != NULL;) {
        struct known_key key = { .id = member_text(at, STR("AccessKeyId")),
                                 .user = member_text(at, STR("UserName")),
                                 .status = member_text(at, STR("Status")) };
        if (key.id.ptr != NULL) {
            enum rc rc = known_add(known, &key);
            if (rc != RC_OK) {
                *reterr_line = at->span.line;
                return rc;
            }
        } else if (at->type == JSON_STRING && at->parent != NULL &&
                   at->parent->type == JSON_ARRAY && is_id(at->text)) {
            TRY(known_add(known, &(struct known_key){ .id = at->text }));
        }
        if (at->first != NULL) {
            at = at->first;
            continue;
        }
        while (at != root && at->next == NULL) {
            at = at->parent;
        }
        at = at == root ? NULL : at->next;
    }
    return RC_OK;
}

static enum rc read_lines(struct known *known, str text, uint32_t *reterr_line)
{
    str line;

    for (*reterr_line = 1; take_item(&text, '\n', &line); (*reterr_line)++) {
        struct known_key key = { 0 };
        size_t at;
        if (str_find_char(line, '#', &at)) {
            line.len = at;
        }
        line = str_trim(line);
        if (line.len == 0) {
            continue;
        }
        if (str_find_char(line, ',', &at) || str_find_char(line, ' ', &at) ||
            str_find_char(line, '\t', &at)) { /* a user may follow */
            key.user = str_trim(str_skip(line, at + 1));
            line.len = at;
        }
        key.id = str_trim(line);
        TRY(known_add(known, &key));
    }
    return RC_OK;
}

enum rc known_read(struct known *known, str text, uint32_t *reterr_line)
{
    const struct json_limits limits = { .depth_max = 64, .values_max = 20000000, .repeats = true };
    struct json_error error = { 0 };
    struct json *root;
    str start = str_trim(text);

    *reterr_line = 0;
    if (start.len > 0 && (start.ptr[0] == '{' || start.ptr[0] == '[')) {
        enum rc rc = json_parse(text, &limits, known->arena, &root, &error);
        if (rc != RC_OK) {
            *reterr_line = error.line;
            return rc;
        }
        return read_json(known, root, reterr_line);
    }
    return read_lines(known, text, reterr_line);
}
