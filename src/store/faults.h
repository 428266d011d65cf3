/* Failure injection for the crash suite; without -Dfaults=true it is nothing. */
#ifndef MANTLE_STORE_FAULTS_H
#define MANTLE_STORE_FAULTS_H

#ifdef MANTLE_FAULTS
/* Before SQLite is initialized. */
void faults_setup(void);
#else
static inline void faults_setup(void)
{
}
#endif

#endif
