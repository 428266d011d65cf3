/* The server's side: one helper process for each document. Nothing of one request is left when the
 * next begins: not its assertion, and not what hostile XML may have made of the parsers. */
#include <limits.h>
#include <unistd.h>

#include "saml/message.h"
#include "system/child.h"

enum {
    TIMEOUT_MS = 30000,            /* its own limit of CPU time ends what a document makes slow */
    MESSAGE_EXTRA_BYTES = 1 << 20, /* certificates, lengths */
    ANSWER_BYTES_MAX = 4 << 20,
};

/* The program stands beside this one. */
static enum rc helper_path(struct arena *arena, str *ret)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self));

    if (len <= 0 || (size_t)len == sizeof(self)) {
        return RC_IO;
    }
    while (len > 0 && self[len - 1] != '/') {
        len--;
    }
    *ret = ARENA_JOIN(arena, str_from(self, (size_t)len), STR("mantle-saml"));
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

static str why_failed(enum rc rc, str path, struct arena *arena)
{
    switch (rc) {
    case RC_CORRUPT:
    case RC_LIMIT:
        return STR("the process that reads it died");
    case RC_EXPIRED:
        return STR("the process that reads it took too long");
    case RC_NOENT:
        return arena_printf(arena, "%.*s, the program that reads SAML, is not there or cannot run",
                            FMT(path));
    default:
        return arena_printf(arena, "%.*s, the program that reads SAML, could not be started: %s",
                            FMT(path), rc_name(rc));
    }
}

static enum rc ask(const struct message *message, struct arena *arena, str *ret_answer,
                   str *reterr_why)
{
    buf request = buf_arena(arena, SAML_METADATA_BYTES_MAX + MESSAGE_EXTRA_BYTES);
    str path = STR_NONE;
    enum rc rc;

    TRY(helper_path(arena, &path));
    const char *const helper[] = { path.ptr, NULL };
    /* At once: an arena keeps what a buffer has outgrown. */
    if (buf_reserve(&request, message->metadata.len + message->response.xml.len +
                                  message->response.decrypted.len + MESSAGE_EXTRA_BYTES / 4) ==
        NULL) {
        return RC_NOMEM;
    }
    TRY(message_write(message, &request));
    rc = child_ask(helper, buf_str(&request), ANSWER_BYTES_MAX, TIMEOUT_MS, arena, ret_answer);
    if (rc != RC_OK) {
        *reterr_why = why_failed(rc, path, arena);
    }
    return rc == RC_EXPIRED ? RC_BUSY
                            : rc; /* a machine with too much to do: the caller may try again */
}

static enum rc is_read(enum rc rc, str *reterr_why)
{
    if (rc == RC_OK || rc == RC_NOMEM) {
        return rc;
    }
    *reterr_why = STR("the process that reads it answered nonsense");
    return RC_CORRUPT;
}

enum rc saml_ask_response(const struct saml_response_in *in, struct arena *arena,
                          struct saml_response *ret, str *reterr_why)
{
    struct message message = { .kind = MESSAGE_RESPONSE, .response = *in };
    str answer = { 0 };

    TRY(ask(&message, arena, &answer, reterr_why));
    return is_read(response_read(answer, arena, ret), reterr_why);
}

enum rc saml_ask_metadata(str xml, struct arena *arena, struct saml_metadata *ret, str *reterr_why)
{
    struct message message = { .kind = MESSAGE_METADATA, .metadata = xml };
    str answer = { 0 };

    TRY(ask(&message, arena, &answer, reterr_why));
    return is_read(metadata_read(answer, arena, ret), reterr_why);
}
