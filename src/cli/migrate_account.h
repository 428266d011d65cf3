/* What the steps of mantle migrate share that speak with the account: options, credentials, who we are,
 * the journal and its lease. */
#ifndef MANTLE_CLI_MIGRATE_ACCOUNT_H
#define MANTLE_CLI_MIGRATE_ACCOUNT_H

#include "cli/options.h"
#include "migrate/apply.h"

struct account_options {
    const char *profile, *region, *endpoint;
    uint64_t rate;
};
#define ACCOUNT_OPTIONS(a)                                                                         \
    { "profile",   0,                                                                              \
      OPTION_TEXT, &(a)->profile,                                                                  \
      "NAME",      "Profile in ~/.aws (AWS_PROFILE, else the environment's credentials).",         \
      0,           0,                                                                              \
      false },                                                                                     \
        { "region",    0,                                                                          \
          OPTION_TEXT, &(a)->region,                                                               \
          "REGION",    "Region (AWS_REGION, else the profile's, else us-east-1).",                 \
          0,           0,                                                                          \
          false },                                                                                 \
        { "endpoint",  0,                                                                          \
          OPTION_TEXT, &(a)->endpoint,                                                             \
          "URL",       "Of a Mantle (AWS_ENDPOINT_URL, else the profile's, else AWS itself).",     \
          0,           0,                                                                          \
          false },                                                                                 \
    {                                                                                              \
        "rate", 0, OPTION_UINT, &(a)->rate, "N", "Calls per second at most (10).", 1, 1000, false  \
    }
enum { ACCOUNT_RATE = 10 };

struct account {
    struct remote *remote;
    str number, arn; /* by GetCallerIdentity */
};

/* False after a message. account_close in any case. */
bool account_open(const struct command *command, const struct account_options *options,
                  struct arena *arena, struct account *ret);
void account_close(struct account *account);

struct held_journal {
    struct journal *journal;
    int lock; /* -1: none */
    int64_t fence;
};

/* ESTATE/move/journal.db for the account, and its lease for us; `look`: without the lease, read only.
 * *ret_missing (may be NULL): there is no journal yet; with `look` that is no failure. */
bool journal_take(const struct command *command, const char *estate, str account, bool look,
                  struct arena *arena, struct held_journal *ret, bool *ret_missing);
void journal_give_back(struct held_journal *held);

/* One line of news, or one JSON object a line; context of apply.tell. */
struct news_printer {
    bool json, dry;
};
void news_print(void *context, const struct apply_news *news);

#endif
