/* Between the files of the books. */
#ifndef MANTLE_MIGRATE_BOOKS_INSIDE_H
#define MANTLE_MIGRATE_BOOKS_INSIDE_H

#include "migrate/books.h"

void *book_add(void *items, uint32_t *count, uint32_t *room,
               size_t size); /* zeroed; NULL: no memory */
#define BOOK_ADD(list)                                                                             \
    book_add((void *)&(list).items, &(list).count, &(list).room, sizeof(*(list).items))
/* Never 0, which pairs keep for themselves. */
uint64_t book_key(uint64_t a, uint64_t b);
uint64_t book_key3(uint64_t a, uint64_t b, uint64_t c);

/* Temporary credentials begin so; whatever else a user signs with is a key of his own. */
static inline bool book_is_session_key(str id)
{
    return id.len == 0 || str_starts(id, STR("ASIA"));
}

/* Whose permissions the call needs; false: nobody's here. */
bool book_caller(const struct trail_identity *who, enum principal_kind *ret_kind, str *ret_arn,
                 str *ret_id);
/* The origin of a call. */
MUST_CHECK enum rc book_route(struct books *books, const struct trail_event *event,
                              enum principal_kind kind, str arn, str id, uint32_t *ret_origin);
MUST_CHECK enum rc book_agent_of(struct books *books, str text, uint32_t *ret);
/* A call with a temporary credential; a call that made one. */
MUST_CHECK enum rc book_session_call(struct books *books, str id, uint32_t origin);
MUST_CHECK enum rc book_session_made(struct books *books, const struct trail_event *event,
                                     uint32_t origin);

#endif
