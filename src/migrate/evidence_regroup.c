/* The evidence of origins as that of principals and their consumers. */
#include "migrate/evidence_parts.h"

struct regroup {
    struct evidence *into;
    const struct books *books;
    const struct inventory *inventory;
    struct table several; /* ARNs whose calls come from more than one consumer */
    struct table first;   /* ARN -> the first consumer met, as a number plus one */
    uint32_t *lowest;     /* of a credential: its first consumer */
    buf room;
};

static const uint8_t hash_key[16] = { 0x72, 0x65, 0x67, 0x72, 0x6f, 0x75, 0x70 };

static bool origin_of(const struct regroup *r, const struct who *who, uint32_t *ret)
{
    uint64_t origin;

    if (who->consumer.len == 0 || str_to_u64(who->consumer, &origin) != RC_OK ||
        origin >= r->books->origins.count) {
        return false;
    }
    *ret = (uint32_t)origin;
    return true;
}

static void *number(uint64_t n)
{
    return (void *)(uintptr_t)(n + 1);
}

/* Consumers of a credential are numbered one behind the other: which is the first? */
static bool find_first(struct regroup *r)
{
    uint32_t credentials = r->books->credentials.count;

    r->lowest = NEW_ARRAY(&r->into->arena, (size_t)credentials + 1, uint32_t);
    for (uint32_t i = 0; r->lowest != NULL && i < credentials; i++) {
        r->lowest[i] = UINT32_MAX;
    }
    for (uint32_t i = 0; r->lowest != NULL && i < r->books->origins.count; i++) {
        uint32_t *lowest = &r->lowest[r->books->origins.items[i].credential];
        *lowest = r->inventory->consumer_of[i] < *lowest ? r->inventory->consumer_of[i] : *lowest;
    }
    return r->lowest != NULL;
}

/* Which ARNs have several consumers? */
static enum rc count_consumers(struct regroup *r, const struct evidence *from)
{
    size_t at = 0;
    void *value, *known;
    uint32_t origin;
    str key;

    while (table_next(&from->whos, &at, &key, &value)) {
        const struct who *who = value;
        void *consumer;
        if (who->is_role || !origin_of(r, who, &origin)) {
            continue;
        }
        consumer = number(r->inventory->consumer_of[origin]);
        known = table_get(&r->first, who->arn);
        if (known == NULL) {
            TRY(table_set(&r->first, who->arn, consumer, NULL));
        } else if (known != consumer) {
            TRY(table_set(&r->several, who->arn, consumer, NULL));
        }
    }
    return RC_OK;
}

static str consumer_name(const struct regroup *r, uint32_t origin)
{
    const struct book_credential *credential =
        &r->books->credentials.items[r->books->origins.items[origin].credential];
    str id = credential->key == INTERN_NONE ? STR("sessions")
                                            : intern_str(&r->books->strings, credential->key);
    uint32_t first = r->lowest[r->books->origins.items[origin].credential];

    return arena_printf(&r->into->arena, "%.*s-%u", FMT(id),
                        r->inventory->consumer_of[origin] - first + 1);
}

static enum rc regroup(struct regroup *r, const struct evidence *from)
{
    size_t at = 0;
    void *value;
    uint32_t origin;
    str key;

    if (!find_first(r)) {
        return RC_NOMEM;
    }
    TRY(count_consumers(r, from));
    while (table_next(&from->whos, &at, &key, &value)) {
        const struct who *who = value;
        who_join(r->into, who, STR(""), &r->room);
        if (table_get(&r->several, who->arn) != NULL && origin_of(r, who, &origin)) {
            str name = consumer_name(r, origin);
            if (name.ptr == NULL) {
                return RC_NOMEM;
            }
            who_join(r->into, who, name, &r->room);
        }
    }
    evidence_join_rest(r->into, from);
    return r->into->out_of_memory || r->room.err != RC_OK ? RC_NOMEM : RC_OK;
}

enum rc evidence_regroup(struct evidence *into, const struct evidence *from,
                         const struct books *books, const struct inventory *inventory)
{
    struct regroup r = {
        .into = into, .books = books, .inventory = inventory, .room = buf_heap(64 << 10)
    };
    enum rc rc;

    table_init(&r.several, &heap, hash_key);
    table_init(&r.first, &heap, hash_key);
    rc = regroup(&r, from);
    table_done(&r.several);
    table_done(&r.first);
    buf_done(&r.room);
    return rc;
}
