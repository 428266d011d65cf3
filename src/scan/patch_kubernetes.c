/* Kubernetes: manifests and the values of Helm charts. */
#include "scan/patch_inside.h"

#define ARN FMT(p->change->role_arn)

/* --- Kubernetes ---------------------------------------------------------------------------------- */

struct document {
    size_t from, end;
    str kind, name, space;
};

static bool next_document(const struct patching *p, size_t *at, struct document *ret)
{
    size_t metadata;

    while (*at < p->sheet->count && str_starts(sheet_text(p->sheet, *at), STR("---"))) {
        (*at)++;
    }
    if (*at >= p->sheet->count) {
        return false;
    }
    *ret = (struct document){ .from = *at };
    while (*at < p->sheet->count && !str_starts(sheet_text(p->sheet, *at), STR("---"))) {
        (*at)++;
    }
    ret->end = *at;
    for (size_t i = ret->from; i < ret->end; i++) {
        if (yaml_column(p, i) == 0 && str_eq(yaml_key(p, i), STR("kind"))) {
            ret->kind = yaml_value(p, i);
        }
    }
    metadata = yaml_find(p, ret->from, ret->end, STR("metadata"));
    if (metadata != SIZE_MAX) {
        size_t name = yaml_child(p, metadata, STR("name"));
        size_t space = yaml_child(p, metadata, STR("namespace"));
        ret->name = name == SIZE_MAX ? STR_NONE : yaml_value(p, name);
        ret->space = space == SIZE_MAX ? STR_NONE : yaml_value(p, space);
    }
    return true;
}

static void annotate(struct patching *p, size_t metadata)
{
    size_t annotations = yaml_child(p, metadata, STR("annotations"));
    size_t column = yaml_child_column(p, metadata);

    if (annotations != SIZE_MAX && yaml_value(p, annotations).len == 0) {
        sheet_add_after(p->sheet, annotations, yaml_child_column(p, annotations),
                        "eks.amazonaws.com/role-arn: %.*s", ARN);
        return;
    }
    if (annotations != SIZE_MAX) {
        sheet_drop(p->sheet, annotations);
    }
    sheet_add_after(p->sheet, metadata, column, "annotations:");
    sheet_add_after(p->sheet, metadata, column + 2, "eks.amazonaws.com/role-arn: %.*s", ARN);
}

static void new_account(struct patching *p, str name, str space)
{
    size_t last = p->sheet->count - 1;

    sheet_add_after(p->sheet, last, 0, "---");
    sheet_add_after(p->sheet, last, 0, "apiVersion: v1");
    sheet_add_after(p->sheet, last, 0, "kind: ServiceAccount");
    sheet_add_after(p->sheet, last, 0, "metadata:");
    sheet_add_after(p->sheet, last, 2, "name: %.*s", FMT(name));
    if (space.len > 0) {
        sheet_add_after(p->sheet, last, 2, "namespace: %.*s", FMT(space));
    }
    sheet_add_after(p->sheet, last, 2, "annotations:");
    sheet_add_after(p->sheet, last, 4, "eks.amazonaws.com/role-arn: %.*s", ARN);
}

/* A workload that had the key gets a service account; *ret_name is what it is called. */
static bool use_account(struct patching *p, const struct document *d, str *ret_name)
{
    size_t containers = yaml_find(p, d->from, d->end, STR("containers"));
    size_t own = yaml_find(p, d->from, d->end, STR("serviceAccountName"));

    if (containers == SIZE_MAX) {
        return false;
    }
    *ret_name = own != SIZE_MAX ? yaml_value(p, own) : d->name.len > 0 ? d->name : STR("app");
    if (own == SIZE_MAX) {
        sheet_add_before(p->sheet, containers, yaml_column(p, containers),
                         "serviceAccountName: %.*s", FMT(*ret_name));
    }
    return own == SIZE_MAX;
}

void change_kubernetes(struct patching *p)
{
    struct document d;
    size_t at = 0;
    bool annotated = false, workload = false, is_new = false;
    str name = STR_NONE, space = STR_NONE;

    if (p->syntax != SYNTAX_YAML) {
        patch_drop(p);
        return;
    }
    while (next_document(p, &at, &d)) {
        if (str_eq(d.kind, STR("ServiceAccount"))) {
            size_t metadata = yaml_find(p, d.from, d.end, STR("metadata"));
            if (metadata != SIZE_MAX && yaml_value(p, metadata).len == 0 &&
                yaml_find(p, d.from, d.end, STR("eks.amazonaws.com/role-arn")) == SIZE_MAX) {
                annotate(p, metadata);
                annotated = true;
            }
        } else if (patch_key_in(p, d.from, d.end) && !workload) {
            str found = STR_NONE;
            bool added = use_account(p, &d, &found);
            workload = found.len > 0;
            name = workload ? found : name;
            space = workload ? d.space : space;
            is_new = is_new || added;
        }
    }
    if (is_new && !annotated) {
        new_account(p, name, space);
    } else if (workload && !annotated) {
        patch_trap(p, 0, "annotate the service account %.*s with eks.amazonaws.com/role-arn: %.*s",
                   FMT(name), ARN);
    } else if (!workload) {
        patch_trap(
            p, 0,
            "the pods that read this secret need a service account with the role; an envFrom of "
            "it needs no change");
    }
    patch_drop(p);
}

void change_helm(struct patching *p)
{
    size_t account = yaml_child(p, SIZE_MAX, STR("serviceAccount"));

    if (account != SIZE_MAX && yaml_value(p, account).len == 0) {
        annotate(p, account);
    } else if (account == SIZE_MAX && p->sheet->count > 0) {
        size_t last = p->sheet->count - 1;
        sheet_add_after(p->sheet, last, 0, "serviceAccount:");
        sheet_add_after(p->sheet, last, 2, "create: true");
        sheet_add_after(p->sheet, last, 2, "annotations:");
        sheet_add_after(p->sheet, last, 4, "eks.amazonaws.com/role-arn: %.*s", ARN);
    }
    patch_drop(p);
    patch_trap(p, 0,
               "the chart's templates must make nothing of values that are gone: an empty "
               "AWS_ACCESS_KEY_ID still stops the role");
}
