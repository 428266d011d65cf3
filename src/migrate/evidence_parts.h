/* Shared by the files of the evidence. */
#ifndef MANTLE_MIGRATE_EVIDENCE_PARTS_H
#define MANTLE_MIGRATE_EVIDENCE_PARTS_H

#include "migrate/evidence.h"

/* Widens [*first_s, *last_s]; INT64_MIN: not set yet, or no time. */
void span_add(int64_t *first_s, int64_t *last_s, int64_t at_s);
struct tally *tally_add(struct evidence *e, struct table *table, str name, str more, uint64_t count,
                        int64_t at_s);
struct who *who_of(struct evidence *e, str arn, str name, str account, str consumer, bool is_role);
void who_at(struct who *who, int64_t at_s);
/* Counts one at that time. */
void use_at(struct use *use, int64_t at_s);
void use_add(struct evidence *e, struct who *who, const struct use *seen, buf *room);
bool use_known(const struct who *who, const struct use *use, buf *room);
void name_add(struct evidence *e, str name, str arn);
/* All but the principals. */
void evidence_join_rest(struct evidence *into, const struct evidence *from);
/* Adds what a principal did to one of the same ARN and that consumer. */
void who_join(struct evidence *into, const struct who *from, str consumer, buf *room);

#endif
