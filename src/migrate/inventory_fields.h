/* The members of mantle-inventory/1 that are plain values, as tables: one for writing and for reading. */
#ifndef MANTLE_MIGRATE_INVENTORY_FIELDS_H
#define MANTLE_MIGRATE_INVENTORY_FIELDS_H

#include "codec/json.h"
#include "migrate/inventory.h"

enum field_kind {
    FIELD_TEXT, /* str; left out when absent */
    FIELD_U64,
    FIELD_U32,
    FIELD_FLAG,
    FIELD_TIME,  /* int64_t, ISO 8601; left out when ESTATE_NEVER */
    FIELD_NAMES, /* struct inventory_names: [{"name", "count"}] */
};
struct field {
    str name;
    enum field_kind kind;
    size_t offset;
};
struct fields {
    const struct field *items;
    size_t count;
};

extern const struct fields inventory_use_fields, inventory_consumer_fields, inventory_key_fields,
    inventory_principal_fields, inventory_top_fields;

/* Writes the members of `object`, which a JSON object around them belongs to. */
void fields_write(const struct fields *fields, const void *object, struct json_out *out);
/* Reads what is there; values of another type count as not there. RC_NOMEM. */
MUST_CHECK enum rc fields_read(const struct fields *fields, const struct json *json,
                               struct arena *arena, void *object);

#endif
