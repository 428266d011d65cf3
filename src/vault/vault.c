#include "vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "system/system.h"
#include "vault/inside.h"

static enum rc say(enum rc rc, str why, str *ret_why)
{
    if (why.ptr == NULL) {
        return RC_NOMEM;
    }
    *ret_why = why;
    return rc;
}

/* ---- where a set lives ---- */

struct place {
    const char *path;
    bool is_credential; /* systemd's: read-only for us */
};

/* systemd.exec(5), LoadCredential=: files NAME under $CREDENTIALS_DIRECTORY. */
static enum rc place_of(const char *dir, enum vault_set set, struct arena *arena, struct place *ret)
{
    const char *credentials = secure_getenv("CREDENTIALS_DIRECTORY");
    str path;

    if (credentials != NULL) {
        path = arena_printf(arena, "%s/mantle.%.*s.keys", credentials, FMT(keyset_name(set)));
        if (path.ptr == NULL) {
            return RC_NOMEM;
        }
        if (access(path.ptr, F_OK) == 0) {
            *ret = (struct place){ path.ptr, true };
            return RC_OK;
        }
    }
    path = arena_printf(arena, "%s/%.*s.keys", dir, FMT(keyset_name(set)));
    *ret = (struct place){ path.ptr, false };
    return path.ptr == NULL ? RC_NOMEM : RC_OK;
}

static struct keyset *keys_new(struct vault *vault)
{
    bool locked = true;
    struct keyset *set = keyset_new(&locked);

    if (!locked) {
        atomic_store(&vault->locked, false);
    }
    return set;
}

/* ---- one process at a time writes ---- */

static enum rc lock_dir(const struct vault *vault, struct arena *arena, int *ret_fd, str *ret_why)
{
    str path = arena_printf(arena, "%s/lock", vault->dir);
    int fd;

    if (path.ptr == NULL) {
        return RC_NOMEM;
    }
    fd = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0) {
        *ret_fd = fd;
        return RC_OK;
    }
    path = arena_printf(arena, "cannot lock %s: %s", path.ptr, strerror(errno));
    if (fd >= 0) {
        (void)close(fd);
    }
    return say(RC_IO, path, ret_why);
}

/* ---- load ---- */

static enum rc create(struct vault *vault, enum vault_set set, const char *path,
                      struct arena *arena, struct keyset *keys, str *ret_why)
{
    TRY(keyset_add(keys, set, vault->env));
    return path == NULL ? RC_OK : keyset_save(path, set, keys, arena, ret_why);
}

/* Fills an empty set from its place. may_create: a missing file is made. */
static enum rc fill(struct vault *vault, enum vault_set set, bool may_create, struct arena *arena,
                    struct keyset *keys, bool *ret_is_credential, str *ret_why)
{
    struct place place = { NULL, false };
    enum rc rc;

    if (vault->dir == NULL) {
        return create(vault, set, NULL, arena, keys, ret_why);
    }
    TRY(place_of(vault->dir, set, arena, &place));
    *ret_is_credential = place.is_credential;
    rc = keyset_load(place.path, set, place.is_credential, arena, keys, ret_why);
    if (rc == RC_NOENT && may_create) {
        return create(vault, set, place.path, arena, keys, ret_why);
    }
    return rc == RC_NOENT ? RC_CORRUPT : rc;
}

/* Readers of the old set go on with it: it is kept until the vault closes. */
static void publish(struct vault *vault, enum vault_set set, struct keyset *keys)
{
    struct keyset *old = atomic_load(&vault->sets[set]);
    bool lost_some = old != NULL && !keyset_within(old, keys);

    keys->older = old;
    (void)sodium_mprotect_readonly(keys); /* a stray write faults from here on */
    atomic_store_explicit(&vault->sets[set], keys, memory_order_release);
    if (lost_some) {
        atomic_fetch_add(&vault->epoch, 1);
    }
}

static enum rc load_first(struct vault *vault, enum vault_set set, bool may_create,
                          struct arena *arena, str *ret_why)
{
    struct keyset *keys = keys_new(vault);
    enum rc rc;

    if (keys == NULL) {
        return RC_NOMEM;
    }
    rc = fill(vault, set, may_create, arena, keys, &vault->from_credential[set], ret_why);
    if (rc != RC_OK) {
        keyset_free(keys);
        return rc;
    }
    publish(vault, set, keys);
    return RC_OK;
}

static bool file_exists(const struct vault *vault, enum vault_set set, struct arena *arena)
{
    struct place place = { NULL, false };

    return place_of(vault->dir, set, arena, &place) == RC_OK && access(place.path, F_OK) == 0;
}

/* The master file is made last. So when it is there, all were, and one that is missing was lost:
 * going on with a fresh one would end every session without a word. */
static enum rc load_all(struct vault *vault, struct arena *arena, str *ret_why)
{
    static const enum vault_set order[] = { VAULT_MESSAGE, VAULT_TOKEN, VAULT_MASTER };
    bool fresh = vault->dir == NULL || !file_exists(vault, VAULT_MASTER, arena);

    for (size_t i = 0; i < COUNT_OF(order); i++) {
        TRY(load_first(vault, order[i], fresh, arena, ret_why));
    }
    return RC_OK;
}

/* ---- open and close ---- */

static enum rc check_dir(const char *dir, struct arena *arena, str *ret_why)
{
    struct stat st;

    if (dir_make(dir) != RC_OK || stat(dir, &st) != 0) {
        return say(RC_IO, arena_printf(arena, "cannot make %s: %s", dir, strerror(errno)), ret_why);
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return say(RC_DENIED,
                   arena_printf(arena, "%s is open to others (mode %04o): run \"chmod 700 %s\"",
                                dir, (unsigned)(st.st_mode & 07777), dir),
                   ret_why);
    }
    return RC_OK;
}

static enum rc open_dir(struct vault *vault, const char *dir, struct arena *arena, str *ret_why)
{
    str path = arena_printf(arena, "%s/keys", dir);
    char *copy;
    int lock = -1;
    enum rc rc;

    if (path.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(check_dir(path.ptr, arena, ret_why));
    copy = alloc_new(&heap, path.len + 1);
    if (copy == NULL) {
        return RC_NOMEM;
    }
    memcpy(copy, path.ptr, path.len);
    vault->dir = copy;
    vault->dir_size = path.len + 1;
    TRY(lock_dir(vault, arena, &lock, ret_why));
    rc = load_all(vault, arena, ret_why);
    (void)close(lock);
    return rc;
}

static uint64_t next_serial(void)
{
    static atomic_uint_fast64_t last;

    return atomic_fetch_add(&last, 1) + 1;
}

enum rc vault_open(const char *dir, const struct env *env, struct arena *arena, struct vault **ret,
                   str *ret_why)
{
    struct vault *vault;
    enum rc rc;

    *ret_why = STR("not enough memory");
    if (sodium_init() < 0) {
        return say(RC_IO, STR("libsodium cannot start: no source of randomness"), ret_why);
    }
    /* OpenSSL 3.0 uses its context unasked, also when there was no memory to make one. */
    if (OPENSSL_init_crypto(0, NULL) != 1 || OSSL_LIB_CTX_get0_global_default() == NULL) {
        return RC_NOMEM;
    }
    vault = ALLOC_NEW(&heap, struct vault);
    if (vault == NULL) {
        return RC_NOMEM;
    }
    vault->env = env;
    vault->serial = next_serial();
    atomic_store(&vault->locked, true);
    (void)pthread_mutex_init(&vault->lock, NULL); /* cannot fail with default attributes */
    vault->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (vault->gcm == NULL) {
        rc = say(RC_IO, STR("libcrypto offers no AES-256-GCM"), ret_why);
    } else if (dir == NULL) {
        rc = load_all(vault, arena, ret_why);
    } else {
        rc = open_dir(vault, dir, arena, ret_why);
    }
    if (rc != RC_OK) {
        vault_close(vault);
        return rc;
    }
    *ret = vault;
    return RC_OK;
}

void vault_close(struct vault *vault)
{
    if (vault == NULL) {
        return;
    }
    vault_thread_done(); /* other threads' caches go with them; serials keep them harmless */
    for (size_t i = 0; i < SETS; i++) {
        struct keyset *keys = atomic_load(&vault->sets[i]);

        while (keys != NULL) {
            struct keyset *older = keys->older;

            keyset_free(keys);
            keys = older;
        }
    }
    EVP_CIPHER_free(vault->gcm);
    (void)pthread_mutex_destroy(&vault->lock);
    alloc_free(&heap, (char *)(uintptr_t)vault->dir, vault->dir_size);
    ALLOC_FREE(&heap, vault);
}

bool vault_memory_locked(const struct vault *vault)
{
    return atomic_load(&vault->locked);
}

/* ---- rotate and reload ---- */

static void keyset_copy(struct keyset *to, const struct keyset *from)
{
    to->count = from->count;
    memcpy(to->keys, from->keys, from->count * sizeof(from->keys[0]));
}

/* Starts from the file, not from memory: another process may have rotated since we read it. */
static enum rc rotated(struct vault *vault, enum vault_set set, struct arena *arena,
                       struct keyset *keys, str *ret_why)
{
    struct place place = { NULL, false };

    if (vault->dir == NULL) {
        keyset_copy(keys, vault_keys(vault, set));
        return keyset_add(keys, set, vault->env);
    }
    TRY(place_of(vault->dir, set, arena, &place));
    if (place.is_credential) {
        return RC_UNSUPPORTED;
    }
    TRY(keyset_load(place.path, set, false, arena, keys, ret_why));
    TRY(keyset_add(keys, set, vault->env));
    return keyset_save(place.path, set, keys, arena, ret_why);
}

static enum rc rotate_locked(struct vault *vault, enum vault_set set, struct arena *arena)
{
    struct keyset *keys = keys_new(vault);
    str why = STR_NONE;
    int lock = -1;
    enum rc rc = keys == NULL ? RC_NOMEM : RC_OK;

    if (rc == RC_OK && vault->dir != NULL) {
        rc = lock_dir(vault, arena, &lock, &why);
    }
    if (rc == RC_OK) {
        rc = rotated(vault, set, arena, keys, &why);
    }
    if (rc == RC_OK) {
        publish(vault, set, keys);
    } else {
        keyset_free(keys);
    }
    if (lock >= 0) {
        (void)close(lock);
    }
    return rc;
}

enum rc vault_rotate(struct vault *vault, enum vault_set set)
{
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 4096, 64 * 1024);
    (void)pthread_mutex_lock(&vault->lock);
    rc = rotate_locked(vault, set, &arena);
    (void)pthread_mutex_unlock(&vault->lock);
    arena_done(&arena);
    return rc;
}

uint32_t vault_current_key(struct vault *vault, enum vault_set set)
{
    return keyset_current(vault_keys(vault, set))->id;
}

bool vault_has_key(struct vault *vault, enum vault_set set, uint32_t id)
{
    return keyset_find(vault_keys(vault, set), id) != NULL;
}

static enum rc reload_set(struct vault *vault, enum vault_set set, struct arena *arena,
                          str *ret_why)
{
    const struct keyset *now = vault_keys(vault, set);
    struct keyset *keys = keys_new(vault);
    enum rc rc;

    if (keys == NULL) {
        return RC_NOMEM;
    }
    rc = fill(vault, set, false, arena, keys, &vault->from_credential[set], ret_why);
    /* Nothing new: keep what is there, so that a thousand SIGHUPs cost no memory. */
    if (rc == RC_OK && (!keyset_within(now, keys) || !keyset_within(keys, now))) {
        publish(vault, set, keys);
        return RC_OK;
    }
    keyset_free(keys);
    return rc;
}

enum rc vault_reload(struct vault *vault, struct arena *arena, str *ret_why)
{
    enum rc rc = RC_OK;

    *ret_why = STR("not enough memory");
    if (vault->dir == NULL) {
        return RC_OK;
    }
    (void)pthread_mutex_lock(&vault->lock);
    for (size_t i = 0; i < SETS && rc == RC_OK; i++) {
        rc = reload_set(vault, (enum vault_set)i, arena, ret_why);
    }
    (void)pthread_mutex_unlock(&vault->lock);
    return rc;
}
