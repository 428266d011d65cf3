#include "cli/admin_keys.h"

#include <inttypes.h>

#include "cli/admin_record.h"
#include "codec/base64.h"
#include "store/queries.h"
#include "store/store.h"
#include "system/log.h"
#include "trail/trail.h"

enum { SETS = VAULT_MESSAGE + 1, KEYS_ARENA_MAX = 4 << 20 };

static const str set_names[SETS] = { [VAULT_MASTER] = STR_INIT("master"),
                                     [VAULT_TOKEN] = STR_INIT("token"),
                                     [VAULT_MESSAGE] = STR_INIT("message") };

enum rc admin_keys_set(str name, enum vault_set *ret)
{
    for (size_t i = 0; i < SETS; i++) {
        if (str_eq(name, set_names[i])) {
            *ret = (enum vault_set)i;
            return RC_OK;
        }
    }
    return RC_NOENT;
}

struct work {
    const struct admin *admin;
    struct arena arena;
    enum vault_set set;
    str line;
};

/* Rows of meta: the current key of a set as the trail knows it, and the record of a rotation that
 * is under way. */
static str known_row(struct work *w, enum vault_set set)
{
    return arena_printf(&w->arena, "keys.%.*s.recorded", FMT(set_names[set]));
}

static str pending_row(struct work *w, enum vault_set set)
{
    return arena_printf(&w->arena, "keys.%.*s.rotation", FMT(set_names[set]));
}

/* Absent when there is none. */
static enum rc get(struct txn *txn, str key, struct arena *arena, str *ret)
{
    struct q_meta_get_row row = { STR_NONE };
    enum rc rc = key.ptr == NULL ? RC_NOMEM : q_meta_get(txn, key, arena, &row);

    *ret = rc == RC_OK ? row.value : STR_NONE;
    return rc == RC_NOENT ? RC_OK : rc;
}

static enum rc record_rotation(struct work *w, enum vault_set set, str pending)
{
    struct admin_record found = { .event_name = STR("AdminRotateKeys"),
                                  .words = &set_names[set],
                                  .count = 1,
                                  .account = -1,
                                  .found = true };
    str line = pending.ptr != NULL ? pending : admin_record_line(w->admin, &found, &w->arena);

    return line.ptr == NULL ? RC_NOMEM : trail_change(w->admin->trail, line);
}

/* A database restored without its keys: nothing else says so before the first access key fails. */
static void warn_if_lost(const struct work *w, enum vault_set set, str known)
{
    uint8_t b[4];

    if (hex_decode(known, b, sizeof(b)) == RC_OK &&
        !vault_has_key(w->admin->vault, set,
                       (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3])) {
        log_event(
            LOG_LEVEL_ERROR, "keys.lost", "set", set_names[set].ptr, "meaning",
            "the key this database was last used with is not there, and what it sealed cannot "
            "be opened: restore the directory keys from its backup",
            NULL);
    }
}

static enum rc settle_set(struct txn *txn, struct work *w, enum vault_set set)
{
    str id = arena_printf(&w->arena, "%08" PRIx32, vault_current_key(w->admin->vault, set));
    str known, pending;
    int64_t rows;

    TRY(id.ptr == NULL ? RC_NOMEM : RC_OK);
    TRY(get(txn, known_row(w, set), &w->arena, &known));
    TRY(get(txn, pending_row(w, set), &w->arena, &pending));
    if (known.ptr != NULL && !str_eq(known, id)) {
        warn_if_lost(w, set, known);
        TRY(record_rotation(w, set, pending));
    }
    if (known.ptr == NULL || !str_eq(known, id)) {
        TRY(q_meta_set(txn, known_row(w, set), id));
    }
    return pending.ptr == NULL ? RC_OK : q_meta_delete(txn, pending_row(w, set), &rows);
}

static enum rc settle_all(struct txn *txn, void *arg)
{
    for (size_t i = 0; i < SETS; i++) {
        TRY(settle_set(txn, arg, (enum vault_set)i));
    }
    return RC_OK;
}

static enum rc settle_one(struct txn *txn, void *arg)
{
    struct work *w = arg;

    return settle_set(txn, w, w->set);
}

static enum rc prepare(struct txn *txn, void *arg)
{
    struct work *w = arg;
    str row = pending_row(w, w->set);

    TRY(settle_set(txn, w, w->set)); /* what an earlier one still owes */
    return row.ptr == NULL ? RC_NOMEM : q_meta_set(txn, row, w->line);
}

enum rc admin_keys_settle(const struct admin *admin)
{
    struct work w = { .admin = admin };
    enum rc rc;

    arena_init(&w.arena, &heap, 4096, KEYS_ARENA_MAX);
    rc = store_write(admin->store, settle_all, &w);
    arena_done(&w.arena);
    return rc;
}

enum rc admin_keys_rotate(const struct admin *admin, enum vault_set set, str line,
                          bool *ret_rotated)
{
    struct work w = { .admin = admin, .set = set, .line = line };
    enum rc rc, settled;

    arena_init(&w.arena, &heap, 4096, KEYS_ARENA_MAX);
    rc = store_write(admin->store, prepare, &w);
    if (rc == RC_OK) {
        rc = vault_rotate(admin->vault, set);
        *ret_rotated = rc == RC_OK;
        settled = store_write(admin->store, settle_one, &w); /* a failed one leaves no record */
        rc = rc == RC_OK ? settled : rc;
    }
    arena_done(&w.arena);
    return rc;
}
