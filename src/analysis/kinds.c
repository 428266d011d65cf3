#include "analysis/kinds.h"

static enum rc one_set(enum policy_kind kind, str text, struct arena *arena,
                       const struct analysis_set **ret)
{
    struct policy_source *source = NEW(arena, struct policy_source);
    struct analysis_set *set = NEW(arena, struct analysis_set);
    struct policy_refusal refusal;

    if (source == NULL || set == NULL || text.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(policy_parse_loosely(kind, text, arena, &source->doc, &refusal));
    source->name = STR(ANALYSIS_ASSUMED);
    *set = (struct analysis_set){ source, 1 };
    *ret = set;
    return RC_OK;
}

#define EVERYTHING "\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\""

enum rc surroundings_make(str account, struct arena *arena, struct surroundings *ret)
{
    struct analysis_set *nothing = NEW(arena, struct analysis_set);
    struct surroundings out = { .nothing = nothing };

    if (nothing == NULL) {
        return RC_NOMEM;
    }
    TRY(one_set(POLICY_IDENTITY, STR("{\"Statement\":{" EVERYTHING "}}"), arena, &out.all));
    TRY(one_set(POLICY_RESOURCE, STR("{\"Statement\":{\"Principal\":\"*\"," EVERYTHING "}}"), arena,
                &out.open));
    TRY(one_set(POLICY_RESOURCE,
                arena_printf(arena,
                             "{\"Statement\":{\"Principal\":{\"AWS\":\"%.*s\"}," EVERYTHING "}}",
                             FMT(account)),
                arena, &out.delegate));
    *ret = out;
    return RC_OK;
}

/* P-11: only then does it matter that there is a boundary. */
static bool denies_all_but(const struct analysis_set *set)
{
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        const struct policy_document *doc = set->sources[i].doc;
        for (uint32_t j = 0; j < doc->count; j++) {
            if (doc->statements[j].not_principal && doc->statements[j].effect == EFFECT_DENY) {
                return true;
            }
        }
    }
    return false;
}

unsigned scenario_count(enum policy_kind kind, const struct analysis_set *a,
                        const struct analysis_set *b)
{
    switch (kind) {
    case POLICY_IDENTITY:
    case POLICY_SCP:
    case POLICY_RCP:
    case POLICY_ENDPOINT:
        return 1;
    case POLICY_TRUST:
    case POLICY_RESOURCE:
        return denies_all_but(a) || denies_all_but(b) ? 4 : 3;
    }
    return 1;
}

bool scenario_make(enum policy_kind kind, unsigned scenario, const struct surroundings *around,
                   const struct analysis_set *set, const struct analysis_set **level,
                   struct analysis_stack *ret)
{
    /* A session that allows everything limits nobody, and federated users need one (D-33). */
    struct analysis_stack out = { .session = around->all };

    *level = set;
    switch (kind) {
    case POLICY_IDENTITY:
        out.identity = set;
        out.resource = around->delegate;
        break;
    case POLICY_SCP:
        out.identity = around->all;
        out.resource = around->delegate;
        out.scp = level;
        out.scp_count = 1;
        break;
    case POLICY_RCP:
        out.identity = around->all;
        out.resource = around->open;
        out.rcp = level;
        out.rcp_count = 1;
        break;
    case POLICY_ENDPOINT:
        out.identity = around->all;
        out.resource = around->open;
        out.endpoint = set == NULL ? around->nothing : set;
        break;
    case POLICY_TRUST:
    case POLICY_RESOURCE: /* callers who may do all, nothing, nothing at all, all within a boundary */
        out.resource = set;
        out.identity = scenario == 0 || scenario == 3 ? around->all : NULL;
        out.boundary = scenario == 2 ? around->nothing : scenario == 3 ? around->all : NULL;
        break;
    }
    *ret = out;
    return scenario < SCENARIOS_MAX;
}
