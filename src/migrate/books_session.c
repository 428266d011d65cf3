/* Temporary credentials: which key they come from, and what is done with them. */
#include "migrate/books_inside.h"
#include "migrate/quick.h"

/* -- temporary credentials ----------------------------------------------------------------------- */

static uint64_t session_hash(const struct books *books, str id)
{
    return quick_hash(books->seed, id) | 1;
}

enum rc book_session_call(struct books *books, str id, uint32_t origin)
{
    uint64_t session = session_hash(books, id);
    struct pair *at = pairs_find(&books->session_use_at, book_key(session, origin));
    struct book_session_use *use;

    if (at == NULL) {
        if (books->session_uses.count >= BOOKS_SESSIONS_MAX) {
            books->lost_sessions++;
            return RC_OK;
        }
        at = pairs_at(&books->session_use_at, book_key(session, origin));
        use = at == NULL ? NULL : BOOK_ADD(books->session_uses);
        if (use == NULL) {
            return RC_NOMEM;
        }
        *use = (struct book_session_use){ session, origin, 0 };
        at->value = books->session_uses.count;
    }
    books->session_uses.items[at->value - 1].calls++;
    return RC_OK;
}

static enum rc count_assumption(struct books *books, const struct trail_event *event,
                                uint32_t origin)
{
    str arn = event_param(event, STR("roleArn"));
    uint32_t role = intern_add(&books->strings, arn);
    struct pair *at = pairs_at(&books->assumption_at, book_key(origin, role));
    struct book_assumption *assumption;

    if (role == INTERN_NONE || at == NULL) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        assumption = BOOK_ADD(books->assumptions);
        if (assumption == NULL) {
            return RC_NOMEM;
        }
        *assumption = (struct book_assumption){ origin, role, 0 };
        at->value = books->assumptions.count;
    }
    books->assumptions.items[at->value - 1].calls++;
    return RC_OK;
}

/* AssumeRole, GetSessionToken, GetFederationToken: the answer names the new credential. */
enum rc book_session_made(struct books *books, const struct trail_event *event, uint32_t origin)
{
    str child = event_response(event, STR("credentials.accessKeyId"));
    str parent = event->who.access_key_id;
    struct book_session *session;
    struct pair *at;

    if (str_eq(event->name, STR("AssumeRole"))) {
        TRY(count_assumption(books, event, origin));
    }
    if (child.len == 0) {
        return RC_OK;
    }
    if (books->sessions.count >= BOOKS_SESSIONS_MAX) {
        books->lost_sessions++;
        return RC_OK;
    }
    at = pairs_at(&books->session_at, session_hash(books, child));
    if (at == NULL) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        session = BOOK_ADD(books->sessions);
        if (session == NULL) {
            return RC_NOMEM;
        }
        *session = (struct book_session){
            .session = session_hash(books, child),
            .parent = parent.len > 0 && book_is_session_key(parent) ? session_hash(books, parent)
                                                                    : 0,
            .credential = book_is_session_key(parent) ? INTERN_NONE
                                                      : books->origins.items[origin].credential,
            .origin = origin,
        };
        at->value = books->sessions.count;
    }
    return RC_OK;
}
