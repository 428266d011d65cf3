/* Memory of a megabyte and more that is walked through or looked up at random: in huge pages where the
 * system has some to give, else in ordinary ones. Pages that are never touched cost nothing. */
#ifndef MANTLE_SYSTEM_HUGE_H
#define MANTLE_SYSTEM_HUGE_H

#include <stddef.h>

#include "base/rc.h"

struct huge {
    char *at; /* aligned to HUGE_PAGE, not zeroed; NULL: none */
    size_t bytes;
    void *memory; /* `at` stands in it */
};
enum { HUGE_PAGE = 2 << 20 };

MUST_CHECK enum rc huge_init(struct huge *huge, size_t bytes); /* RC_NOMEM */
void huge_done(struct huge *huge);                             /* also a zeroed one */

#endif
