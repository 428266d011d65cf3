/* Records in CSV, as queries on Athena and CloudTrail Lake write them: a column of whole records, or a
 * column for each member. A row becomes the JSON of a record and goes the same way as any other. */
#ifndef MANTLE_TRAILFILE_CSV_H
#define MANTLE_TRAILFILE_CSV_H

#include "trailfile/find.h"

enum { CSV_COLUMNS_MAX = 128 };

struct csv {
    bool is_csv, has_header;
    int8_t columns[CSV_COLUMNS_MAX]; /* row of csv_columns, or -1 */
    size_t count;
    struct arena arena; /* of one row */
};

void csv_init(struct csv *csv);
void csv_done(struct csv *csv);
/* By the first bytes of a file: is it CSV with columns we know? */
void csv_file(struct csv *csv, str text);
/* As finder_portion. */
MUST_CHECK enum rc csv_portion(struct csv *csv, struct finder *finder, str text, bool last,
                               size_t *ret_used);

#endif
