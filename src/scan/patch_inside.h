/* Between the files that make changes only. */
#ifndef MANTLE_SCAN_PATCH_INSIDE_H
#define MANTLE_SCAN_PATCH_INSIDE_H

#include "scan/patch.h"
#include "scan/sheet.h"
#include "scan/text.h"
#include "scan/token.h"

enum patch_syntax { SYNTAX_LINES, SYNTAX_YAML, SYNTAX_JSON, SYNTAX_HCL, SYNTAX_CODE, SYNTAX_XML };

struct patching {
    struct scan_change *change;
    struct arena *arena;
    struct sheet *sheet;
    const struct scan_finding *findings;
    size_t finding_count;
    enum patch_syntax syntax;
};

/* --- mark.c: which lines set a key? --- */
void patch_mark(struct patching *p);
/* AWS_ACCESS_KEY_ID, its secret or token, in any spelling: the name of a setting of AWS's own. */
bool patch_is_setting(str name);
/* access_key, secret_key and the like: AWS's only beside one that is. */
bool patch_is_short_setting(str name);
bool patch_key_in(const struct patching *p, size_t from, size_t end); /* a marked line in it */
void patch_trap(struct patching *p, size_t line, const char *format, ...) PRINTF_LIKE(3, 4);
void patch_instead(struct patching *p, const char *text);

/* --- drop.c: settings taken out, by the syntax of the file --- */
void patch_drop(struct patching *p);
/* Parts of a line that set a key, with the comma, blank or other sign that joins them to the rest. False:
 * the line has no such part. */
bool patch_cut_pairs(struct patching *p, size_t line);
void patch_drop_json(struct patching *p);

/* --- yaml.c --- */
void patch_drop_yaml(struct patching *p);
/* The column of the first key on a line: behind the dash of a list. SIZE_MAX: nothing on it. */
size_t yaml_column(const struct patching *p, size_t line);
size_t yaml_end(const struct patching *p, size_t line);    /* behind the last line of its block */
size_t yaml_parent(const struct patching *p, size_t line); /* SIZE_MAX at the top */
str yaml_key(const struct patching *p, size_t line);       /* of "key: ..." or "- key: ..." */
str yaml_value(const struct patching *p, size_t line);
/* A live line with this key among the children of `parent` (SIZE_MAX: the top). SIZE_MAX: none. */
size_t yaml_child(const struct patching *p, size_t parent, str key);
/* The first line in [from, end) with this key, at any depth; SIZE_MAX. */
size_t yaml_find(const struct patching *p, size_t from, size_t end, str key);
/* The column of the children of `line`; of the line plus two when it has none. */
size_t yaml_child_column(const struct patching *p, size_t line);

/* --- the kinds of places --- */
typedef void change_fn(struct patching *p);
change_fn change_github, change_gitlab, change_bitbucket, change_circleci, change_buildkite,
    change_terraform_cloud, change_jenkins, change_terraform, change_cloudformation, change_ecs,
    change_lambda, change_kubernetes, change_helm, change_compose, change_dockerfile,
    change_profile, change_on_prem, change_plain;

/* --- trust.c --- */
void patch_trust(struct patching *p);
/* What the repository that holds the file is called at its host: "ORG/REPO" of .git/config's origin;
 * a placeholder when there is none. */
str patch_repository(const struct patching *p, const char *placeholder);
/* --- patch.c --- */
bool patch_role_fits(const struct known_role *role, enum place_trust trust);
/* --- trap.c: what would keep the role from being used. After the change is made. --- */
void patch_traps(struct patching *p);
/* --- shadow.c: settings that win over the role --- */
void patch_shadows(struct patching *p);
/* In files without keys that the same program reads: traps are added to the changes. RC_NOMEM. */
MUST_CHECK enum rc patch_beside(struct scan_change *changes, size_t count, struct arena *arena);

#endif
