/* A vault in memory and one on disk, for the tests of vault/. */
#ifndef MANTLE_TESTS_UNIT_VAULT_SUPPORT_H
#define MANTLE_TESTS_UNIT_VAULT_SUPPORT_H

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "system/system.h"
#include "vault/vault.h"

static struct arena arena;
static struct vault *vault; /* in memory */

static inline int vault_set_up(void **state)
{
    str why = STR_NONE;

    (void)state;
    arena_init(&arena, &heap, 64 * 1024, 16 * 1024 * 1024);
    return vault_open(NULL, system_env(), &arena, &vault, &why) == RC_OK ? 0 : -1;
}

static inline int vault_tear_down(void **state)
{
    (void)state;
    vault_close(vault);
    vault_thread_done();
    arena_done(&arena);
    return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

struct temp_dir {
    char path[64];
};

static inline struct temp_dir temp_dir_new(void)
{
    struct temp_dir dir = { "/tmp/mantle-vault-XXXXXX" };

    assert_non_null(mkdtemp(dir.path));
    return dir;
}

static inline void temp_dir_done(const struct temp_dir *dir)
{
    (void)nftw(dir->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
