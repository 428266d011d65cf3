/* Settings that keep a role from being used though no key stands beside them: profiles, empty variables,
 * files of credentials. In the changed file itself, and in those beside it that the same program reads. */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/patch_inside.h"
#include "system/system.h"

enum { NEIGHBOURS_MAX = 64, NEIGHBOUR_BYTES_MAX = 256 << 10, TOLD_MAX = 4, UP_MAX = 16 };

enum when { ANY_VALUE, NO_VALUE, ANOTHER_ROLE, IS_TRUE };

struct shadow {
    str name;
    enum when when;
    const char *does;
};

static const struct shadow shadows[] = {
    { STR_INIT("AWS_PROFILE"), ANY_VALUE, "the profile's credentials come before the role" },
    { STR_INIT("AWS_DEFAULT_PROFILE"), ANY_VALUE,
      "the profile's credentials come before the role" },
    { STR_INIT("AWS_ACCESS_KEY_ID"), NO_VALUE,
      "even empty it makes some SDKs stop looking; take it out" },
    { STR_INIT("AWS_SECRET_ACCESS_KEY"), NO_VALUE,
      "even empty it makes some SDKs stop looking; take it out" },
    { STR_INIT("AWS_SESSION_TOKEN"), NO_VALUE,
      "even empty it makes some SDKs stop looking; take it out" },
    { STR_INIT("AWS_SHARED_CREDENTIALS_FILE"), ANY_VALUE,
      "credentials of that file come before the role of the host" },
    { STR_INIT("AWS_CONFIG_FILE"), ANY_VALUE,
      "what that file says of credentials comes before the role of the host" },
    { STR_INIT("AWS_ROLE_ARN"), ANOTHER_ROLE, "another role is taken on" },
    { STR_INIT("AWS_EC2_METADATA_DISABLED"), IS_TRUE, "the role of the host is never asked for" },
    { STR_INIT("credential_process"), ANOTHER_ROLE,
      "what it prints comes before the role of the host" },
};

static bool is_name_char(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

/* Where the value begins when `name` at `at` is set there; SIZE_MAX: it is only spoken of. */
static size_t value_at(str line, size_t at, size_t len)
{
    size_t end = at + len;
    str front = str_trim(str_slice(line, 0, at));

    if ((at > 0 && is_name_char(line.ptr[at - 1])) ||
        (end < line.len && is_name_char(line.ptr[end])) || str_starts(front, STR("#")) ||
        str_starts(front, STR("//")) || str_starts(front, STR(";"))) {
        return SIZE_MAX;
    }
    while (end < line.len && memchr("\"' \t", line.ptr[end], 4) != NULL) {
        end++;
    }
    if (end < line.len && (line.ptr[end] == '=' || line.ptr[end] == ':')) {
        return end + 1;
    }
    return str_eq(front, STR("ENV")) || str_eq(front, STR("ARG")) ? end : SIZE_MAX;
}

static str value_of(str line, size_t at)
{
    str value = str_trim(str_skip(line, at));

    while (value.len > 0 && memchr("\"',}", value.ptr[value.len - 1], 4) != NULL) {
        value = str_trim(str_slice(value, 0, value.len - 1));
    }
    while (value.len > 0 && (value.ptr[0] == '"' || value.ptr[0] == '\'')) {
        value = str_skip(value, 1);
    }
    return value;
}

static bool applies(const struct shadow *s, str value, str role_arn)
{
    switch (s->when) {
    case ANY_VALUE:
        return value.len > 0;
    case NO_VALUE:
        return value.len == 0;
    case ANOTHER_ROLE:
        return value.len > 0 && !str_find(value, role_arn, &(size_t){ 0 });
    case IS_TRUE:
        return str_eq_nocase(value, STR("true"));
    }
    return false;
}

/* The setting of a line that stands in the role's way; NULL. */
static const struct shadow *shadow_of(str line, str role_arn)
{
    for (size_t i = 0; i < COUNT_OF(shadows); i++) {
        size_t at, value;
        if (!str_find(line, shadows[i].name, &at)) {
            continue;
        }
        value = value_at(line, at, shadows[i].name.len);
        if (value != SIZE_MAX && applies(&shadows[i], value_of(line, value), role_arn)) {
            return &shadows[i];
        }
    }
    return NULL;
}

void patch_shadows(struct patching *p)
{
    size_t told = 0;

    for (size_t i = 0; i < p->sheet->count && told < TOLD_MAX; i++) {
        const struct shadow *s = p->sheet->lines[i].dropped
                                     ? NULL
                                     : shadow_of(sheet_now(p->sheet, i), p->change->role_arn);
        if (s != NULL) {
            patch_trap(p, i + 1, "%.*s is left: %s", FMT(s->name), s->does);
            told++;
        }
    }
}

/* -- the files beside it --------------------------------------------------------------------------- */

static bool is_settings_file(str name)
{
    static const str fronts[] = { STR_INIT(".env"),     STR_INIT("docker-compose"),
                                  STR_INIT("compose."), STR_INIT("Dockerfile"),
                                  STR_INIT("Makefile"), STR_INIT("config") };
    static const str ends[] = { STR_INIT(".env"),    STR_INIT(".service"),    STR_INIT(".sh"),
                                STR_INIT(".yaml"),   STR_INIT(".yml"),        STR_INIT(".conf"),
                                STR_INIT(".ini"),    STR_INIT(".properties"), STR_INIT(".toml"),
                                STR_INIT("profile"), STR_INIT(".cfg") };

    for (size_t i = 0; i < COUNT_OF(fronts); i++) {
        if (str_starts(name, fronts[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (str_ends(name, ends[i])) {
            return true;
        }
    }
    return false;
}

struct beside {
    struct patching *p;
    const struct scan_change *changes; /* files among these speak for themselves */
    size_t change_count, told;
};

static bool speaks_for_itself(const struct beside *b, str path)
{
    for (size_t i = 0; i < b->change_count; i++) {
        if (str_eq(b->changes[i].file, path)) {
            return true;
        }
    }
    return false;
}

static void look_into(struct beside *b, str path)
{
    struct patching *p = b->p;
    uint32_t number = 0;
    str text, line;

    if (file_read(path.ptr, NEIGHBOUR_BYTES_MAX, p->arena, &text) != RC_OK ||
        memchr(text.ptr, 0, text.len) != NULL) {
        return;
    }
    while (b->told < TOLD_MAX && take_item(&text, '\n', &line)) {
        const struct shadow *s = shadow_of(line, p->change->role_arn);
        number++;
        if (s != NULL) {
            patch_trap(p, 0, "%.*s in %.*s, line %u: %s", FMT(s->name), FMT(path), number, s->does);
            b->told++;
        }
    }
}

static int by_name(const void *a, const void *b)
{
    const str *x = a, *y = b;

    return str_cmp(*x, *y);
}

/* dir ends in its slash; "" is the directory we stand in. */
static void look_beside(struct beside *b, str dir)
{
    str path = dir.len == 0 ? STR(".") : arena_str(b->p->arena, dir), names[NEIGHBOURS_MAX];
    DIR *d = path.ptr == NULL ? NULL : opendir(path.ptr);
    const struct dirent *entry;
    size_t count = 0;

    if (d == NULL) {
        return;
    }
    while (count < NEIGHBOURS_MAX && (entry = readdir(d)) != NULL) {
        if (is_settings_file(str_cstr(entry->d_name))) {
            names[count++] = ARENA_JOIN(b->p->arena, dir, str_cstr(entry->d_name), STR(""));
        }
    }
    (void)closedir(d);
    qsort(names, count, sizeof(*names), by_name);
    for (size_t i = 0; i < count && b->told < TOLD_MAX; i++) {
        if (names[i].ptr != NULL && !speaks_for_itself(b, names[i])) {
            look_into(b, names[i]);
        }
    }
}

/* A pipeline's job reads what its platform gives it, not what lies beside its description. */
static bool is_of_a_host(const struct scan_change *c)
{
    return c->place->trust == TRUST_EC2 || c->place->trust == TRUST_WORKLOAD ||
           c->place->trust == TRUST_X509 || c->place->trust == TRUST_ECS ||
           c->place->trust == TRUST_EKS || c->place->trust == TRUST_LAMBDA;
}

static str dir_above(str path)
{
    path.len -= path.len > 0 && path.ptr[path.len - 1] == '/';
    while (path.len > 0 && path.ptr[path.len - 1] != '/') {
        path.len--;
    }
    return path;
}

enum rc patch_beside(struct scan_change *changes, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct sheet none = { .rc = RC_OK };
        struct patching p = { .change = &changes[i], .arena = arena, .sheet = &none };
        struct beside b = { &p, changes, count, 0 };
        str dir = dir_above(changes[i].file), root;
        if (!is_of_a_host(&changes[i])) {
            continue;
        }
        look_beside(&b, dir);
        root = dir;
        for (int up = 0; up < UP_MAX && root.len > 0; up++) { /* and in the repository's root */
            str git = ARENA_JOIN(arena, root, STR(".git"));
            if (git.ptr != NULL && access(git.ptr, F_OK) == 0) {
                if (root.len < dir.len) {
                    look_beside(&b, root);
                }
                break;
            }
            root = dir_above(root);
        }
        TRY(none.rc);
    }
    return RC_OK;
}
