/* From the values of a request to parts of ARNs. */
#ifndef MANTLE_MIGRATE_TAKE_H
#define MANTLE_MIGRATE_TAKE_H

#include "migrate/extract.h"

/* Absent when the value is not of the kind that the way takes. An ARN where a name may stand is taken
 * apart, or given as it is where it names the whole resource. */
str take_value(const struct extract *x, enum map_take take, str value, bool *ret_no_path);

/* The template with partition, region and account filled in, and `value` for everything else. */
str take_template(const struct extract *x, str template, str value);

/* The values of the member whose name is most like the variable's: tableName for TableName of a table;
 * cluster, clusterId, clusterIdentifier, clusterArn for ClusterName. Their number. */
size_t take_similar(const struct extract *x, str type, str variable, bool alone, str *room,
                    size_t room_count);

#endif
