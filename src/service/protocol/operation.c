/* Which operation a form asks for. */
#include "service/protocol/query.h"

enum { SHOWN_MAX = 128 }; /* bytes of a stranger's text a message repeats */

static enum rc fault(struct api_fault *reterr, enum api_error_id error, str message)
{
    *reterr = (struct api_fault){ error, message };
    return message.ptr == NULL ? RC_NOMEM : RC_API;
}

enum rc protocol_operation(const struct form *form, struct arena *arena,
                           const struct api_operation **ret, struct api_fault *reterr)
{
    str action = form_get(form, STR("Action"));
    str version = form_get(form, STR("Version"));
    const struct api_operation *found;

    if (action.ptr == NULL) {
        return fault(reterr, ERR_MissingAction,
                     STR("The request must contain the parameter Action."));
    }
    found = api_find(version, action);
    if (found == NULL) {
        str named = version.ptr == NULL ? STR("NO_VERSION_SPECIFIED") : version;
        return fault(reterr, ERR_InvalidAction,
                     arena_printf(arena, "Could not find operation %.*s for version %.*s",
                                  FMT(str_slice(action, 0, SHOWN_MAX)),
                                  FMT(str_slice(named, 0, SHOWN_MAX))));
    }
    *ret = found;
    return RC_OK;
}
