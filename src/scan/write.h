/* What a scan found, for readers: text, mantle-scan/1 (JSON) and SARIF 2.1.0. No secret goes out: its
 * last four characters and twelve digits of its hash stand for it. */
#ifndef MANTLE_SCAN_WRITE_H
#define MANTLE_SCAN_WRITE_H

#include "base/buf.h"
#include "scan/scan.h"

struct scan_change; /* scan/patch.h */

struct scan_writing {
    const struct scan_report *report;
    str account;                       /* of the estate; absent when unknown */
    const struct scan_change *changes; /* per place of a file, in the order of paths */
    size_t change_count;
    const char *const *roots;
    size_t root_count;
};

void scan_write_text(const struct scan_writing *w, buf *out);
void scan_write_json(const struct scan_writing *w, buf *out);
void scan_write_sarif(const struct scan_writing *w, buf *out);

#endif
