/* The files of --patches DIR: for each repository or tree NAME.patch, which `git apply` and `patch -p1` take
 * in its root, NAME.review.txt, the same with secrets masked, and NAME.trust.json, the trust policies. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/migrate_scan.h"
#include "codec/json.h"
#include "scan/token.h"
#include "system/system.h"

enum { PATCH_MAX = 1 << 30, NAME_MAX_CHARS = 80, TREES_MAX = 2000 };

struct tree {
    str root; /* with its last slash; "" for the directory we stand in */
    str name; /* of its files in DIR */
    buf patch, review, trust;
    struct json_out trust_out;
    size_t patched;
    const struct scan_change *told[256];
    size_t told_count;
};

/* --- which tree a file belongs to ---------------------------------------------------------------- */

static bool is_repository(str dir, struct arena *arena)
{
    str git = ARENA_JOIN(arena, dir, STR(".git"));

    return git.ptr != NULL && access(git.ptr, F_OK) == 0;
}

/* The nearest repository above the file, else the PATH that was given. */
static str root_of(str file, const char *const *roots, size_t count, struct arena *arena)
{
    str best = STR("");

    for (str dir = file; dir.len > 0;) {
        dir.len--;
        while (dir.len > 0 && dir.ptr[dir.len - 1] != '/') {
            dir.len--;
        }
        if (is_repository(dir, arena)) {
            return dir;
        }
    }
    for (size_t i = 0; i < count; i++) {
        str root = str_cstr(roots[i]);
        if (str_starts(file, root) && root.len > best.len && file.len > root.len) {
            best = str_slice(file, 0, root.len + (root.ptr[root.len - 1] != '/'));
        }
    }
    if (best.len == 0) { /* a file given by name: its directory */
        best = file;
        while (best.len > 0 && best.ptr[best.len - 1] != '/') {
            best.len--;
        }
    }
    return best;
}

static str plain_name(str root, struct arena *arena)
{
    char *real, room[NAME_MAX_CHARS];
    size_t len = 0;
    str path = root.len == 0 ? STR(".") : root, name;

    path = arena_str(arena, path);
    real = path.ptr == NULL ? NULL : realpath(path.ptr, NULL);
    path = real == NULL ? path : str_cstr(real);
    name = path;
    for (size_t i = 0; i < path.len; i++) {
        name = path.ptr[i] == '/' && i + 1 < path.len ? str_skip(path, i + 1) : name;
    }
    for (size_t i = 0; i < name.len && len < sizeof(room); i++) {
        char c = name.ptr[i];
        room[len++] = ascii_is_alnum(c) || c == '-' || c == '_' || (c == '.' && i > 0) ? c : '_';
    }
    free(real);
    return arena_str(arena, len == 0 ? STR("root") : str_from(room, len));
}

static struct tree *tree_of(struct tree *trees, size_t *count, str root, struct arena *arena)
{
    struct tree *t;
    unsigned same = 1;
    str name;

    for (size_t i = 0; i < *count; i++) {
        if (str_eq(trees[i].root, root)) {
            return &trees[i];
        }
    }
    if (*count == TREES_MAX) {
        return NULL;
    }
    name = plain_name(root, arena);
    for (size_t i = 0; i < *count; i++) {
        same += str_eq(plain_name(trees[i].root, arena), name);
    }
    t = &trees[(*count)++];
    *t = (struct tree){ .root = root,
                        .name = name,
                        .patch = buf_heap(PATCH_MAX),
                        .review = buf_heap(PATCH_MAX),
                        .trust = buf_heap(PATCH_MAX) };
    if (same > 1) {
        t->name = arena_printf(arena, "%.*s-%u", FMT(name), same);
    }
    t->trust_out.out = &t->trust;
    json_open(&t->trust_out, '[');
    return t;
}

/* --- what goes into it --------------------------------------------------------------------------- */

/* Every value on the line that looks like a secret, also in base64, as **** and its last four. */
static void mask(const void *ctx, size_t line, str text, buf *out)
{
    struct token token;
    size_t at = 0, done = 0;

    (void)ctx;
    (void)line;
    while (token_next(text, &at, text.len, &token)) {
        buf_add(out, str_slice(text, done, token.at - done));
        buf_printf(out, "****%.4s", token.value + token.value_len - 4);
        done = token.at + token.len;
    }
    buf_add(out, str_skip(text, done));
}

/* The same policy for the same role and kind of place needs saying once. */
static bool told_before(struct tree *t, const struct scan_change *c)
{
    for (size_t i = 0; i < t->told_count; i++) {
        if (t->told[i]->place == c->place && str_eq(t->told[i]->trust, c->trust) &&
            str_eq(t->told[i]->role_arn, c->role_arn)) {
            return true;
        }
    }
    if (t->told_count < COUNT_OF(t->told)) {
        t->told[t->told_count++] = c;
    }
    return false;
}

static void put_trust(struct tree *t, const struct scan_change *c, str path)
{
    struct json_out *o = &t->trust_out;

    if (c->trust.ptr == NULL || told_before(t, c)) {
        return;
    }
    json_open(o, '{');
    json_put_str(o, STR("file"), path);
    json_put_str(o, STR("place"), str_cstr(c->place->name));
    json_put_str(o, STR("role"), c->role_arn);
    json_put_str(o, STR("note"), c->note);
    json_own_key(o, STR("trust"));
    json_raw(o, c->trust);
    json_close(o, '}');
}

static bool is_plain_path(str path)
{
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f) {
            return false;
        }
    }
    return true;
}

static void put_change(struct tree *t, struct scan_change *c)
{
    str path = str_skip(c->file, t->root.len);

    put_trust(t, c, path);
    if (c->sheet == NULL) {
        return;
    }
    if (!is_plain_path(path)) {
        c->why_not = STR("its name has characters that a patch cannot say in a way all tools read");
        c->after = STR_NONE;
        return;
    }
    buf_printf(&t->patch, "diff --git a/%.*s b/%.*s\n", FMT(path), FMT(path));
    sheet_diff(c->sheet, path, NULL, NULL, &t->patch);
    buf_printf(&t->review, "%s: %.*s\n", c->place->title, FMT(path));
    for (size_t i = 0; i < c->trap_count; i++) {
        BUF_LIT(&t->review, "Trap");
        if (c->traps[i].line > 0) {
            buf_printf(&t->review, " (line %u)", c->traps[i].line);
        }
        buf_printf(&t->review, ": %.*s\n", FMT(c->traps[i].text));
    }
    sheet_diff(c->sheet, path, mask, NULL, &t->review);
    buf_add_char(&t->review, '\n');
    t->patched++;
}

/* --- writing ------------------------------------------------------------------------------------- */

static bool write_one(const char *dir, const struct tree *t, const char *end, const buf *content,
                      struct arena *arena, str *ret_path)
{
    size_t len = strlen(dir);
    str path = arena_printf(arena, "%s%s%.*s%s", dir, len > 0 && dir[len - 1] == '/' ? "" : "/",
                            FMT(t->name), end);
    enum rc rc = path.ptr == NULL || content->err != RC_OK
                     ? RC_NOMEM
                     : file_replace(path.ptr, buf_str(content), 0600);

    if (rc != RC_OK) {
        complain(&command_migrate_scan, "%s/%.*s%s cannot be written: %s", dir, FMT(t->name), end,
                 rc_name(rc));
    }
    *ret_path = path;
    return rc == RC_OK;
}

static bool write_tree(const char *dir, struct tree *t, struct scan_change *changes, size_t count,
                       struct arena *arena)
{
    str path;

    json_close(&t->trust_out, ']');
    buf_add_char(&t->trust, '\n');
    if (t->trust.len > 3 && !write_one(dir, t, ".trust.json", &t->trust, arena, &path)) {
        return false;
    }
    if (t->patched == 0) {
        return true;
    }
    if (!write_one(dir, t, ".review.txt", &t->review, arena, &path) ||
        !write_one(dir, t, ".patch", &t->patch, arena, &path)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (changes[i].sheet != NULL && str_starts(changes[i].file, t->root) &&
            changes[i].after.ptr != NULL && changes[i].patch_file.ptr == NULL) {
            changes[i].patch_file = path;
        }
    }
    return true;
}

bool scan_patches_write(const char *dir, const char *const *roots, size_t root_count,
                        struct scan_change *changes, size_t count, struct arena *arena)
{
    struct tree *trees = alloc_array(&heap, TREES_MAX, sizeof(*trees));
    size_t tree_count = 0;
    bool good = trees != NULL && dir_make(dir) == RC_OK;

    if (!good) {
        complain(&command_migrate_scan, "%s: the directory cannot be made", dir);
    }
    for (size_t i = 0; good && i < count; i++) {
        str root = root_of(changes[i].file, roots, root_count, arena);
        struct tree *t = tree_of(trees, &tree_count, root, arena);
        if (t == NULL) {
            complain(&command_migrate_scan, "more than %d trees", TREES_MAX);
            good = false;
        } else {
            put_change(t, &changes[i]);
        }
    }
    /* the deepest tree first: a file belongs to the nearest */
    for (size_t i = tree_count; good && i-- > 0;) {
        good = write_tree(dir, &trees[i], changes, count, arena);
    }
    for (size_t i = 0; i < tree_count; i++) {
        buf_done(&trees[i].patch);
        buf_done(&trees[i].review);
        buf_done(&trees[i].trust);
    }
    alloc_free(&heap, trees, TREES_MAX * sizeof(*trees));
    return good;
}
