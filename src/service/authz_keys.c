#include <string.h>

#include "model/tag.h"
#include "service/authz_resource.h"

enum { DECIMAL_BYTES = 20 };

struct keys {
    struct turn *turn;
    struct context_entry *entries;
    size_t count;
};

static void put_many(struct keys *keys, str key, const str *values, size_t count, bool many)
{
    keys->entries[keys->count++] = (struct context_entry){
        .key = key, .values = values, .count = (uint32_t)count, .many = many
    };
}

static enum rc put(struct keys *keys, str key, str value)
{
    str *kept = NEW(keys->turn->rq.arena, str);

    if (kept == NULL || key.ptr == NULL || value.ptr == NULL) {
        return RC_NOMEM;
    }
    *kept = value;
    put_many(keys, key, kept, 1, false);
    return RC_OK;
}

static enum rc put_i64(struct keys *keys, str key, int64_t n)
{
    buf out = buf_arena(keys->turn->rq.arena, DECIMAL_BYTES);

    buf_add_i64(&out, n);
    TRY(out.err);
    return put(keys, key, buf_str(&out));
}

/* The ARN inside a PolicyDescriptorType. */
static enum rc put_descriptor(struct keys *keys, str key, const struct api_shape *shape,
                              const void *value)
{
    const struct api_member *arn = api_member_find(shape, STR("arn"));
    str text;

    if (arn == NULL || arn->shape->type != API_STRING) {
        return RC_OK;
    }
    memcpy(&text, (const char *)value + arn->offset, sizeof(text));
    return text.ptr == NULL ? RC_OK : put(keys, key, text);
}

/* --- from members ------------------------------------------------------------------------------- */

static enum rc put_member(struct keys *keys, const struct api_key *key)
{
    const struct api_shape *shape = NULL;
    const void *member = input_member(keys->turn, key->source, &shape);
    const struct api_str_list *list = member;

    if (member == NULL || !input_was_sent(keys->turn, key->source)) {
        return RC_OK;
    }
    switch (shape->type) {
    case API_STRING:
        return put(keys, key->name, *(const str *)member);
    case API_INT:
        return put_i64(keys, key->name, ((const struct opt_int *)member)->value);
    case API_LIST:
        if (shape->item->type == API_STRING) {
            put_many(keys, key->name, list->items, list->count, true);
        }
        return RC_OK;
    case API_BLOB:
    case API_BOOL:
    case API_TIME:
    case API_MAP:
        break;
    case API_STRUCT:
        return put_descriptor(keys, key->name, shape, *(const void *const *)member);
    }
    return RC_OK;
}

struct tag_list { /* a list of { Key, Value } in the input */
    const char *items;
    size_t count, item_size, key_at, value_at;
};

static struct tag_list tag_list_of(const struct turn *turn, str name)
{
    const struct api_shape *shape = NULL;
    const struct api_list *list = input_member(turn, name, &shape);
    const struct api_member *key, *value;

    if (list == NULL || shape->type != API_LIST) {
        return (struct tag_list){ 0 };
    }
    key = api_member_find(shape->item, STR("Key"));
    value = api_member_find(shape->item, STR("Value"));
    if (key == NULL || value == NULL) {
        return (struct tag_list){ 0 };
    }
    return (struct tag_list){ list->items, list->count, shape->size, key->offset, value->offset };
}

static str tag_part(const struct tag_list *list, size_t i, size_t offset)
{
    const str *part = (const void *)(list->items + i * list->item_size + offset);

    return part->ptr == NULL ? STR("") : *part;
}

static enum rc put_tags(struct keys *keys, const struct api_key *key)
{
    struct tag_list list = tag_list_of(keys->turn, key->source);

    for (size_t i = 0; i < list.count; i++) {
        TRY(put(
            keys,
            ARENA_JOIN(keys->turn->rq.arena, key->name, STR("/"), tag_part(&list, i, list.key_at)),
            tag_part(&list, i, list.value_at)));
    }
    return RC_OK;
}

static enum rc put_tag_keys(struct keys *keys, const struct api_key *key)
{
    struct tag_list list = tag_list_of(keys->turn, key->source);
    str *names = NEW_ARRAY(keys->turn->rq.arena, list.count, str);

    if (names == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < list.count; i++) {
        names[i] = tag_part(&list, i, list.key_at);
    }
    if (list.count > 0) { /* K-1: absent when no tags are passed */
        put_many(keys, key->name, names, list.count, true);
    }
    return RC_OK;
}

/* --- from the resource -------------------------------------------------------------------------- */

static enum rc put_boundary(struct keys *keys, const struct api_key *key,
                            const struct resource *resource)
{
    struct entity boundary;
    struct txn *txn;

    if (!resource->found || resource->entity.boundary_id.ptr == NULL) {
        return RC_OK;
    }
    TRY(access_txn(keys->turn->loop->access, &txn));
    TRY(entity_by_id(txn, resource->entity.boundary_id, keys->turn->rq.arena, &boundary));
    return put(keys, key->name, entity_arn(&boundary, keys->turn->rq.arena));
}

static enum rc put_key(struct keys *keys, const struct api_key *key,
                       const struct resource *resource)
{
    switch (key->kind) {
    case API_KEY_MEMBER:
        return put_member(keys, key);
    case API_KEY_TAGS:
        return put_tags(keys, key);
    case API_KEY_TAG_KEYS:
        return put_tag_keys(keys, key);
    case API_KEY_LITERAL:
        return put(keys, key->name, key->source);
    case API_KEY_BOUNDARY:
        return put_boundary(keys, key, resource);
    }
    return RC_CORRUPT;
}

static enum rc stored_tags(struct turn *turn, const struct resource *resource, struct tag **ret,
                           size_t *ret_count)
{
    struct txn *txn;

    TRY(access_txn(turn->loop->access, &txn));
    return tags_list(txn, resource->entity.id, turn->rq.arena, ret, ret_count);
}

static enum rc resource_tags(struct turn *turn, const struct resource *resource, struct tag **ret,
                             size_t *ret_count)
{
    const struct subject *role = resource->role;
    size_t count = role == NULL ? 0 : role->tag_count;
    struct tag *tags;

    if (resource->found) {
        return stored_tags(turn, resource, ret, ret_count);
    }
    tags = NEW_ARRAY(turn->rq.arena, count, struct tag);
    if (tags == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        tags[i] = (struct tag){ role->tags[i].key, role->tags[i].value };
    }
    *ret = tags;
    *ret_count = count;
    return RC_OK;
}

static size_t room(const struct turn *turn, const struct api_authz *authz)
{
    size_t max = authz->key_count;

    for (size_t i = 0; i < authz->key_count; i++) {
        if (authz->keys[i].kind == API_KEY_TAGS) {
            max += tag_list_of(turn, authz->keys[i].source).count;
        }
    }
    return max;
}

enum rc authz_keys(struct turn *turn, const struct api_authz *authz,
                   const struct resource *resource, const struct context_entry **ret,
                   size_t *ret_count)
{
    struct keys keys = { .turn = turn };
    struct tag *tags = NULL;
    size_t tag_count;

    TRY(resource_tags(turn, resource, &tags, &tag_count));
    keys.entries = NEW_ARRAY(turn->rq.arena, room(turn, authz) + 2 * tag_count,
                             struct context_entry);
    if (keys.entries == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < authz->key_count; i++) {
        TRY(put_key(&keys, &authz->keys[i], resource));
    }
    for (size_t i = 0; i < tag_count; i++) {
        TRY(put(&keys, ARENA_JOIN(turn->rq.arena, STR("aws:ResourceTag/"), tags[i].key),
                tags[i].value));
        TRY(put(&keys, ARENA_JOIN(turn->rq.arena, STR("iam:ResourceTag/"), tags[i].key),
                tags[i].value));
    }
    *ret = keys.entries;
    *ret_count = keys.count;
    return RC_OK;
}
