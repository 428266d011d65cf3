/* Failing disks and failing memory, for tests. The product calls faults_setup only when built with
 * -Dfaults=true; otherwise no program links this. Then the environment may say:
 *
 *   MANTLE_TEST_FAIL_ALLOC=N         the N-th allocation fails (base/alloc.c; SQLite's count too)
 *   MANTLE_TEST_FAIL_WRITE=N         the N-th write, sync or truncation of a database file fails,
 *                                    a write after half of its bytes
 *   MANTLE_TEST_FAIL_WRITE=N+        the N-th and all later ones
 *   MANTLE_TEST_DISK_FULL_AFTER=N    database files may grow by N bytes together, then the disk is
 *                                    full
 *   MANTLE_TEST_DISK_FULL_WHILE=PATH it is full while PATH exists */
#ifndef MANTLE_STORE_FAULTS_H
#define MANTLE_STORE_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* Before SQLite is used for the first time in the process; once. */
void faults_setup(void);

/* The same from inside a test. n counts from 1; 0 means never. */
void faults_fail_write(long n, bool and_all_later);
void faults_fail_alloc(long n);       /* of SQLite's */
void faults_disk_room(int64_t bytes); /* growth from now on; negative: no limit */
/* Whether the n-th has come. */
bool faults_have_struck(void);

#endif
