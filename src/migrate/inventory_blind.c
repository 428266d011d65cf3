/* What the trail could not show. Said, so that nobody takes silence for proof. */
#include <inttypes.h>
#include <stdlib.h>

#include "catalogue/catalogue.h"
#include "codec/arn.h"
#include "migrate/inventory_inside.h"
#include "trailmap/trailmap.h"

enum { BLIND_MAX = 4096, DAY_S = 86400, YEAR_DAYS = 365, QUARTER_DAYS = 95, NAMES_SAID = 8 };

struct seer {
    const struct books *books;
    const struct estate *estate;
    struct inventory *inventory;
    enum rc rc;
};

static void say(struct seer *s, const char *code, str subject, const char *format, ...)
    PRINTF_LIKE(4, 5);
static void say(struct seer *s, const char *code, str subject, const char *format, ...)
{
    struct inventory *inventory = s->inventory;
    va_list args;
    str what;

    if (inventory->blind_count == BLIND_MAX) {
        return;
    }
    va_start(args, format);
    what = arena_vprintf(inventory->arena, format, args);
    va_end(args);
    if (what.ptr == NULL) {
        s->rc = RC_NOMEM;
        return;
    }
    inventory->blind[inventory->blind_count++] = (struct inventory_blind){ str_cstr(code), subject,
                                                                           what };
}

/* -- time ---------------------------------------------------------------------------------------- */

static void see_span(struct seer *s)
{
    const struct inventory *inventory = s->inventory;

    if (inventory->first_s == ESTATE_NEVER) {
        say(s, "no-trail", STR_NONE,
            "the trail holds no record with a time: nothing is known of use");
        return;
    }
    if (inventory->days_seen < inventory->days && inventory->days <= BOOKS_DAYS) {
        say(s, "gap-days", STR_NONE, "%" PRIu32 " of %" PRIu32 " days %s no record at all",
            inventory->days - inventory->days_seen, inventory->days,
            inventory->days - inventory->days_seen == 1 ? "has" : "have");
    }
    if (inventory->days < QUARTER_DAYS) {
        say(s, "short-trail", STR_NONE,
            "the trail covers %" PRIu32 " day%s: work done once a quarter or a year may be missing",
            inventory->days, PLURAL(inventory->days));
    } else if (inventory->days < YEAR_DAYS) {
        say(s, "short-trail", STR_NONE,
            "the trail covers %" PRIu32 " days: work done once a year may be missing",
            inventory->days);
    }
}

static void see_digests(struct seer *s)
{
    const struct trail_digests *d = &s->inventory->digests;

    if (d->digests == 0 && s->inventory->trail.files > 0) {
        say(s, "no-digests", STR_NONE,
            "there are no digest files: whether the trail is complete and unchanged is not known");
    }
    if (d->signatures_bad > 0) {
        say(s, "forged-digests", STR_NONE,
            "CloudTrail did not sign %" PRIu64 " of %" PRIu64 " digest%s as %s", d->signatures_bad,
            d->digests, PLURAL(d->digests), d->digests == 1 ? "it stands" : "they stand");
    }
    if (d->unsigned_digests > 0 && d->signatures_good + d->signatures_bad > 0) {
        say(s, "unsigned-digests", STR_NONE,
            "the signature of %" PRIu64 " of %" PRIu64
            " digest%s is in the bucket alone, or by a key that is not given",
            d->unsigned_digests, d->digests, PLURAL(d->digests));
    } else if (d->digests > 0 && d->signatures_good + d->signatures_bad == 0) {
        say(s, "signatures-unread", STR_NONE,
            "signatures of digests were not checked: --public-keys has the keys for that");
    }
    if (d->files_missing + d->chain_gaps > 0) {
        say(s, "missing-files", STR_NONE,
            "%" PRIu64 " file%s that digests list %s not here, and %" PRIu64
            " stretch%s of time %s no digest",
            d->files_missing, PLURAL(d->files_missing), d->files_missing == 1 ? "is" : "are",
            d->chain_gaps, d->chain_gaps == 1 ? "" : "es", d->chain_gaps == 1 ? "has" : "have");
    }
    if (d->files_differ + d->chain_breaks + d->files_unlisted > 0) {
        say(s, "changed-files", STR_NONE,
            "%" PRIu64 " file%s and %" PRIu64 " digest%s are not what digests say of them, %" PRIu64
            " file%s in no digest",
            d->files_differ, PLURAL(d->files_differ), d->chain_breaks, PLURAL(d->chain_breaks),
            d->files_unlisted, d->files_unlisted == 1 ? " is" : "s are");
    }
}

/* -- data events --------------------------------------------------------------------------------- */

/* Services whose calls on the contents are data events, recorded only when a trail is told to. */
static const struct {
    str source, what;
} data_services[] = {
    { STR_INIT("s3.amazonaws.com"), STR_INIT("objects in S3") },
    { STR_INIT("dynamodb.amazonaws.com"), STR_INIT("items in DynamoDB") },
    { STR_INIT("lambda.amazonaws.com"), STR_INIT("invocations of Lambda functions") },
    { STR_INIT("sqs.amazonaws.com"), STR_INIT("messages in SQS") },
    { STR_INIT("sns.amazonaws.com"), STR_INIT("messages published to SNS") },
    { STR_INIT("kinesis.amazonaws.com"), STR_INIT("records in Kinesis") },
};

static void see_data_events(struct seer *s)
{
    const struct books *books = s->books;
    uint64_t data[COUNT_OF(data_services)] = { 0 };

    for (uint32_t i = 0; i < books->uses.count; i++) {
        str source, name;
        books_action(books, books->uses.items[i].action, &source, &name);
        for (size_t d = 0; d < COUNT_OF(data_services); d++) {
            data[d] += str_eq(source, data_services[d].source) ? books->uses.items[i].data : 0;
        }
    }
    for (size_t d = 0; d < COUNT_OF(data_services); d++) {
        if (data[d] == 0) {
            say(s, "no-data-events", data_services[d].source,
                "no data events of %.*s: calls on %.*s were not recorded, or there were none",
                FMT(data_services[d].source), FMT(data_services[d].what));
        }
    }
}

/* -- credentials --------------------------------------------------------------------------------- */

/* The report knows of a use within the trail's time that the trail does not show. The report rounds to a
 * quarter of an hour. */
static void see_reported_use(struct seer *s)
{
    const struct inventory *inventory = s->inventory;

    for (size_t i = 0; i < inventory->principal_count; i++) {
        for (size_t k = 0; k < inventory->principals[i].key_count; k++) {
            const struct inventory_key *key = &inventory->principals[i].keys[k];
            if (key->id.ptr == NULL || key->reported_s == ESTATE_NEVER ||
                inventory->first_s == ESTATE_NEVER || key->reported_s < inventory->first_s ||
                key->reported_s > inventory->last_s) {
                continue;
            }
            if (key->use.last_s == ESTATE_NEVER || key->use.last_s < key->reported_s - DAY_S) {
                say(s, "use-not-in-trail", key->id,
                    "the credential report says %.*s of %.*s was used for %.*s later than any call "
                    "of "
                    "the trail",
                    FMT(key->id), FMT(inventory->principals[i].name),
                    FMT(key->reported_service.len > 0 ? key->reported_service : STR("something")));
            }
        }
    }
}

static bool is_of_account(str arn, str account)
{
    struct arn parts;

    return account.len == 0 || (arn_parse(arn, &parts) == RC_OK && str_eq(parts.account, account));
}

/* A trail of an organization, cross-account callers, or the wrong account's trail. */
static void see_other_accounts(struct seer *s)
{
    const struct inventory *inventory = s->inventory;
    size_t own = 0, others = 0;
    str example = STR_NONE;

    for (size_t i = 0; s->estate != NULL && i < inventory->principal_count; i++) {
        const struct inventory_principal *p = &inventory->principals[i];
        if (!is_of_account(p->arn, inventory->account)) {
            others++;
            example = p->arn;
        } else {
            own += p->use.calls > 0;
        }
    }
    if (others > 0) {
        say(s, "other-accounts", STR_NONE,
            others == 1 ? "%zu caller of the trail is of another account than %.*s: %.*s"
                        : "%zu callers of the trail are of other accounts than %.*s, one is %.*s",
            others, FMT(inventory->account), FMT(example));
    }
    if (others > 0 && own == 0) {
        say(s, "wrong-account", inventory->account,
            "no call of the trail is by a user or role of %.*s: it is another account's trail",
            FMT(inventory->account));
    }
}

static void see_unlisted_keys(struct seer *s)
{
    const struct inventory *inventory = s->inventory;

    for (size_t i = 0; s->estate != NULL && i < inventory->principal_count; i++) {
        const struct inventory_principal *p = &inventory->principals[i];
        if (!p->known && p->kind == BOOK_USER && is_of_account(p->arn, inventory->account)) {
            say(s, "unknown-user", p->arn,
                "%.*s is in the trail, not in the exports: deleted since", FMT(p->arn));
        }
        for (size_t k = 0; p->known && s->estate->has_keys && k < p->key_count; k++) {
            if (p->keys[k].id.ptr != NULL && !p->keys[k].known && p->kind == BOOK_USER) {
                say(s, "unknown-key", p->keys[k].id,
                    "%.*s of %.*s is in the trail, not in the exports: deleted since",
                    FMT(p->keys[k].id), FMT(p->name));
            }
        }
    }
}

static void see_lost(struct seer *s)
{
    const struct books *books = s->books;

    if (books->odd_times > 0) {
        say(s, "odd-times", STR_NONE,
            "%" PRIu64 " record%s no time, or one before CloudTrail began or in the future",
            books->odd_times, books->odd_times == 1 ? " has" : "s have");
    }
    if (books->folded_origins > 0) {
        say(s, "too-many-origins", STR_NONE,
            "%" PRIu64 " call%s came from more programs and addresses than are told apart",
            books->folded_origins, PLURAL(books->folded_origins));
    }
    if (books->lost_sessions > 0) {
        say(s, "too-many-sessions", STR_NONE,
            "%" PRIu64 " temporary credentials were not followed to their key: too many",
            books->lost_sessions);
    }
}

/* Temporary credentials that acted as a user, and no call of the trail made them. */
static void see_sessions(struct seer *s)
{
    const struct books *books = s->books;
    uint64_t unknown = 0;

    for (uint32_t i = 0; i < books->session_uses.count; i++) {
        const struct book_session_use *use = &books->session_uses.items[i];
        const struct book_origin *origin = &books->origins.items[use->origin];
        uint32_t principal = books->credentials.items[origin->credential].principal;
        unknown += books->principals.items[principal].kind == BOOK_USER &&
                   origin->from_console == 0 &&
                   books->agents.items[origin->agent].agent.use != AGENT_CONSOLE &&
                   pairs_find(&books->session_at, use->session) == NULL;
    }
    if (unknown > 0) {
        say(s, "sessions-of-unknown-keys", STR_NONE,
            "%" PRIu64
            " temporary credentials of users were made before the trail begins or are of the "
            "console: which key made them is not known",
            unknown);
    }
}

/* -- services nobody knows ----------------------------------------------------------------------- */

static bool is_unknown(const struct catalogue *c, str source, str name)
{
    struct map_answer answer = { .count = 0 };

    map_event(c, source, name, &answer);
    return answer.status == MAP_UNKNOWN_SOURCE || answer.status == MAP_UNKNOWN_EVENT;
}

/* "a, b, c and 4 more" */
static str some_names(struct seer *s, const struct inventory_names *names)
{
    str text = STR("");

    for (size_t i = 0; i < names->count && i < NAMES_SAID; i++) {
        text = ARENA_JOIN(s->inventory->arena, text, i == 0 ? STR("") : STR(", "),
                          names->items[i].name);
    }
    return names->count <= NAMES_SAID ? text
                                      : arena_printf(s->inventory->arena, "%.*s and %zu more",
                                                     FMT(text), names->count - NAMES_SAID);
}

struct unknown_use {
    str name; /* "source:name" */
    const struct book_use *use;
};

static int unknown_order(const void *a, const void *b)
{
    const struct unknown_use *x = a, *y = b;
    int order = str_cmp(x->name, y->name);

    return order != 0 ? order
                      : book_is_before(&y->use->first, &x->use->first) -
                            book_is_before(&x->use->first, &y->use->first);
}

static enum rc find_unknown_uses(struct seer *s, struct unknown_use *ret, size_t *ret_count)
{
    const struct books *books = s->books;
    struct catalogue c;

    *ret_count = 0;
    TRY(catalogue_shipped(&c));
    for (uint32_t i = 0; i < books->uses.count; i++) {
        str source, name;
        books_action(books, books->uses.items[i].action, &source, &name);
        if (is_unknown(&c, source, name)) {
            str both = ARENA_JOIN(s->inventory->arena, source, STR(":"), name);
            if (both.ptr == NULL) {
                return RC_NOMEM;
            }
            ret[(*ret_count)++] = (struct unknown_use){ both, &books->uses.items[i] };
        }
    }
    return RC_OK;
}

/* Of a name's uses the first one says where. */
static void note_unknown(struct seer *s, const struct unknown_use *first, uint64_t calls)
{
    str what = arena_printf(s->inventory->arena,
                            "%.*s: the catalogue does not know this call; %" PRIu64
                            " in the trail, first here",
                            FMT(first->name), calls);

    trail_problem_add(&s->inventory->notes, NOTE_UNKNOWN_EVENT, str_cstr(first->use->first.path),
                      first->use->first.offset, what);
}

static enum rc see_unknown_services(struct seer *s)
{
    size_t room = (size_t)s->books->uses.count + 1, count, kept = 0, same;
    struct unknown_use *uses = NEW_ARRAY(s->inventory->arena, room, struct unknown_use);
    struct inventory_name *names = NEW_ARRAY(s->inventory->arena, room, struct inventory_name);

    if (names == NULL || uses == NULL) {
        return RC_NOMEM;
    }
    TRY(find_unknown_uses(s, uses, &count));
    if (count > 0) {
        qsort(uses, count, sizeof(*uses), unknown_order);
    }
    for (size_t i = 0; i < count; i += same) {
        uint64_t calls = 0;
        for (same = 0; i + same < count && str_eq(uses[i + same].name, uses[i].name); same++) {
            calls += uses[i + same].use->calls;
        }
        names[kept++] = (struct inventory_name){ uses[i].name, calls };
        note_unknown(s, &uses[i], calls);
    }
    names_make(names, kept, &s->inventory->unknown);
    if (kept > 0) {
        say(s, "unknown-events", STR_NONE,
            "%zu kind%s of events %s of services or calls that the catalogue does not know: %.*s",
            kept, PLURAL(kept), kept == 1 ? "is" : "are",
            FMT(some_names(s, &s->inventory->unknown)));
    }
    return s->rc;
}

enum rc find_blind_spots(const struct books *books, const struct estate *estate,
                         const struct trail_problems *problems, struct inventory *inventory)
{
    struct seer s = { books, estate, inventory, RC_OK };

    inventory->blind = NEW_ARRAY(inventory->arena, BLIND_MAX, struct inventory_blind);
    if (inventory->blind == NULL) {
        return RC_NOMEM;
    }
    see_span(&s);
    see_digests(&s);
    see_data_events(&s);
    see_reported_use(&s);
    see_other_accounts(&s);
    see_unlisted_keys(&s);
    see_sessions(&s);
    see_lost(&s);
    if (inventory->problems_seen > 0) {
        say(&s, "unread", STR_NONE,
            "%" PRIu64
            " place%s of the trail could not be read, or made little sense: see problems",
            inventory->problems_seen, PLURAL(inventory->problems_seen));
    }
    return see_unknown_services(&s);
}
