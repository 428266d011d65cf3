/* The readers behind estate_open, one per file of the folder. */
#ifndef MANTLE_MIGRATE_ESTATE_READ_H
#define MANTLE_MIGRATE_ESTATE_READ_H

#include "codec/json.h"
#include "migrate/estate.h"

#define ESTATE_DETAILS "account-authorization-details.json"
#define ESTATE_REPORT "credential-report.csv"
#define ESTATE_KEYS "access-keys.json"

/* Copies what. */
void estate_problem(struct estate *estate, str file, uint64_t line, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* The text of a file: UTF-8 without its mark, made of UTF-16 and gzip where it is that, and not empty. max:
 * bytes. RC_NOENT: no such file (nothing is reported then); RC_SYNTAX, RC_LIMIT, RC_IO reported. */
MUST_CHECK enum rc estate_file_text(struct estate *estate, str file, size_t max, str *ret);
/* What else a text may be than what the file should hold: "; it looks like ...", or nothing. */
str estate_face(struct estate *estate, str file, str text);

/* The JSON values of a file, one behind the other, members of a top array one by one. */
struct estate_pages {
    const struct json **items;
    uint64_t *lines; /* the line the page's text begins at, less one */
    size_t count;
};
/* As estate_file_text; what stands before the fault of RC_SYNTAX and RC_LIMIT is in *ret. */
MUST_CHECK enum rc estate_pages_read(struct estate *estate, str file, struct estate_pages *ret,
                                     str *ret_text);
/* Strings; absent when it is none. */
str estate_text(const struct json *object, str key);
/* ESTATE_NEVER for none of those AWS writes ("N/A", "no_information"). Accepts "T" or a space between
 * date and time. */
int64_t estate_time(str text);

MUST_CHECK enum rc estate_read_details(
    struct estate *estate); /* also when there is none: RC_NOENT */
MUST_CHECK enum rc estate_read_report(struct estate *estate);
/* A report from its text. */
MUST_CHECK enum rc estate_report_text(struct estate *estate, str text);
MUST_CHECK enum rc estate_read_keys(struct estate *estate);
/* Joins the three and says where they disagree. */
MUST_CHECK enum rc estate_join(struct estate *estate);

/* -- account-authorization-details.json ---------------------------------------------------------- */

struct details {
    struct estate *estate;
    str text;             /* of the file */
    struct table managed; /* ARN -> struct estate_policy: customer's and AWS's that are attached */
    struct table groups;  /* name -> struct json */
    struct table users, roles; /* by name: those that were read */
    uint64_t line;             /* before the page being read */
};

/* Parses a document into policy->text and doc; what cannot be read is reported and leaves doc NULL.
 * `whose` and `owner` are words for that report. */
MUST_CHECK enum rc details_document(struct details *d, enum policy_kind kind,
                                    const struct json *value, const char *whose, str owner,
                                    struct estate_policy *policy);
MUST_CHECK enum rc details_managed(struct details *d, const struct json *item);
MUST_CHECK enum rc details_add(struct estate *estate, struct estate_policies *to,
                               const struct estate_policy *policy);
MUST_CHECK enum rc details_inline(struct details *d, const struct json *list, str owner, str group,
                                  struct estate_policies *to);
MUST_CHECK enum rc details_attached(struct details *d, const struct json *list, str owner,
                                    str group, struct estate_policies *to);
MUST_CHECK enum rc details_boundary(struct details *d, const struct json *principal, str owner,
                                    struct estate_policies *to);
/* The documents that are known as the engine wants them. */
MUST_CHECK enum rc details_set(struct estate *estate, struct estate_policies *policies);

#endif
