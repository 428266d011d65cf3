/* Is a user a person or a program? By a table of rules, each worth points for one side; what fired is the
 * reason. No rule sees what another one said.
 *
 * Mixed means that both sides have their points: a person's key in a job, or a job's key in a person's
 * hands. That is what breaks when it is moved as one of them. */
#ifndef MANTLE_MIGRATE_CLASSIFY_H
#define MANTLE_MIGRATE_CLASSIFY_H

#include "migrate/inventory.h"

#define CLASSIFY_FORMAT "mantle-classify/1"
#define CLASSIFY_FILE "classify.json"

enum class { CLASS_MIXED, CLASS_UNKNOWN, CLASS_SYSTEM, CLASS_HUMAN }; /* in the order shown */
enum { CLASSES = CLASS_HUMAN + 1 };
const char *class_word(enum class class);

enum {
    CLASS_POINTS = 40, /* a side with that many has a case */
    CLASS_CALLS = 20,  /* fewer calls say nothing about how somebody works */
    RECENT_DAYS = 90,
};

struct class_reason {
    const char *code; /* "console-sign-in"; stable */
    bool human;       /* the side it speaks for */
    unsigned points;
    str what; /* with the numbers that were seen */
};

struct verdict {
    enum class class;
    unsigned human, machine; /* points */
    unsigned percent;        /* of all points, those of the class's side; mixed and unknown: 0 */
    struct class_reason *reasons; /* by points, most first */
    size_t reason_count;
};

struct key_verdict {
    str id;
    struct verdict verdict;
};

struct user_verdict {
    str name, arn;
    struct verdict verdict;
    bool break_glass; /* to be left alone: looks like the way in when all else fails */
    str break_glass_why;
    struct key_verdict *keys;
    size_t key_count;
};

struct classification {
    struct user_verdict *users; /* by class, then name */
    size_t user_count;
    size_t of_class[CLASSES];
};

/* Every user of the exports. How long ago something was counts from the latest time that exports and
 * trail know, not from today. RC_NOMEM. */
MUST_CHECK enum rc classify(const struct estate *estate, const struct inventory *inventory,
                            struct arena *arena, struct classification *ret);
void classification_print(const struct classification *classification, buf *out);

/* -- the table, for docs and tests --------------------------------------------------------------- */

struct class_subject {
    const struct estate_user *user;
    const struct inventory_use *use; /* of the user or of one key; never NULL */
    int64_t now_s;
    bool key; /* one key is judged: what concerns the password does not count */
    bool has_report;
};
struct class_rule {
    const char *code;
    bool human;
    bool by_use; /* by what the trail shows, not by what the exports say */
    unsigned points;
    const char *what; /* when it fires, one line */
    /* True when it fires; `why` gets what was seen. */
    bool (*fires)(const struct class_subject *subject, buf *why);
};
extern const struct class_rule class_rules[];
extern const size_t class_rule_count;

#endif
