#include "service/protocol/query.h"
#include "service/turn.h"

enum { FORM_PAIRS_MAX = 4096 };

static const str form_type = STR_INIT("application/x-www-form-urlencoded");

static bool is_form(const struct http_request *request)
{
    str type = http_header_get(request, STR("content-type")), essence = type;

    (void)take_item(&type, ';', &essence);
    return str_eq_nocase(str_trim(essence), form_type);
}

/* A request that says the same thing in query and body is refused as a duplicate: two readers
 * could take two values. */
static enum rc form_text(struct turn *turn, str *ret)
{
    const struct http_request *request = &turn->exchange->request;

    if (str_eq(request->method, STR("GET"))) {
        if (request->body.len > 0) {
            return api_fail(&turn->rq, ERR_MalformedInput, "A GET request has no body.");
        }
        *ret = request->query;
        return RC_OK;
    }
    if (!str_eq(request->method, STR("POST"))) {
        return api_fail(&turn->rq, ERR_MalformedInput, "The method must be GET or POST.");
    }
    if (request->body.len > 0 && !is_form(request)) {
        return api_fail(&turn->rq, ERR_MalformedInput,
                        "The Content-Type must be application/x-www-form-urlencoded.");
    }
    if (request->query.len == 0) {
        *ret = request->body;
        return RC_OK;
    }
    *ret = arena_printf(turn->rq.arena, "%.*s&%.*s", FMT(request->query), FMT(request->body));
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

/* A service is reached at "/", as all clients do. */
static bool path_is_root(str path)
{
    return path.len == 0 || str_eq(path, STR("/"));
}

static enum rc parse_form(struct turn *turn)
{
    str text;
    enum rc rc;

    TRY(form_text(turn, &text));
    rc = form_parse(text, FORM_PAIRS_MAX, turn->rq.arena, &turn->form);
    if (rc == RC_SYNTAX) {
        return api_fail(&turn->rq, ERR_MalformedInput,
                        "The parameters are malformed, or one of them occurs twice.");
    }
    if (rc == RC_LIMIT) {
        return api_fail(&turn->rq, ERR_MalformedInput, "There are more than %d parameters.",
                        FORM_PAIRS_MAX);
    }
    return rc;
}

enum rc turn_parse(struct turn *turn)
{
    struct api_fault fault;
    enum rc rc;

    if (!path_is_root(turn->exchange->request.path)) {
        return api_fail(&turn->rq, ERR_MalformedQueryString, "There is nothing at this path.");
    }
    TRY(parse_form(turn));
    rc = protocol_operation(&turn->form, turn->rq.arena, &turn->rq.op, &fault);
    if (rc == RC_API) {
        turn->service = api_find_service(form_get(&turn->form, STR("Version")));
        return api_fail(&turn->rq, fault.error, "%.*s", FMT(fault.message));
    }
    TRY(rc);
    turn->service = turn->rq.op->service;
    return RC_OK;
}
