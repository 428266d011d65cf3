#include "migrate/details.h"

#include "codec/json.h"
#include "migrate/collect.h"

static void put_page(const struct answer_node *result, struct details *pages)
{
    static const str members[] = { STR_INIT("UserDetailList"), STR_INIT("GroupDetailList"),
                                   STR_INIT("RoleDetailList"), STR_INIT("Policies") };
    struct json_out o = { .out = &pages->text };

    json_open(&o, '{');
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const struct answer_node *list = answer_child(result, members[i]);
        if (list != NULL) {
            json_key(&o, members[i]);
            collect_json(list, &o);
        }
    }
    json_close(&o, '}');
    buf_add_char(&pages->text, '\n');
    pages->count++;
}

enum rc details_page(struct remote *remote, struct details *details, struct arena *keep,
                     struct arena *scratch, struct remote_answer *ret_answer)
{
    struct remote_param params[2] = { { STR("MaxItems"), STR("1000") },
                                      { STR("Marker"), details->marker } };
    str marker;

    TRY(remote_call(remote, STR("iam"), STR("GetAccountAuthorizationDetails"), params,
                    details->marker.len > 0 ? 2 : 1, scratch, ret_answer));
    put_page(ret_answer->result, details);
    details->marker = STR("");
    if (!str_eq(answer_text(ret_answer->result, STR("IsTruncated")), STR("true"))) {
        return details->text.err;
    }
    marker = answer_text(ret_answer->result, STR("Marker"));
    if (marker.len == 0) {
        ret_answer->code = STR("NoMarker");
        ret_answer->message = STR("a page says that more follow, and not where they begin");
        return RC_API;
    }
    details->marker = arena_str(keep, marker);
    return details->marker.ptr == NULL ? RC_NOMEM : details->text.err;
}
