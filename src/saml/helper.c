/* The helper process: reads one message from its standard input, answers, ends. Before it reads the
 * first byte it has given up everything but that: system calls are an allow-list (seccomp) in which
 * none names a file, a socket or another process. Landlock would add nothing to that. */
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>
#include <xmlsec/xmlsec.h>

#include "saml/message.h"
#include "system/child.h"

enum {
    CPU_SECONDS_MAX = 5,
    MEMORY_BYTES_MAX = 768 << 20, /* address space: libraries, the document, its tree */
    ARENA_BYTES_MAX = 128 << 20,
    REQUEST_BYTES_MAX = SAML_METADATA_BYTES_MAX + (1 << 20),
    ANSWER_BYTES_MAX = 4 << 20,
    CHUNK_BYTES = 65536,
};

/* --- libraries ---------------------------------------------------------------------------------- */

static void say_nothing(void *ctx, const char *format, ...)
{
    (void)ctx;
    (void)format;
}

static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr parser)
{
    (void)url;
    (void)id;
    (void)parser;
    return NULL;
}

enum rc saml_init(void)
{
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, say_nothing);
    xmlSetExternalEntityLoader(load_nothing);
    xmlSecErrorsDefaultCallbackEnableOutput(0);
    /* No callbacks for files or URLs are registered with xmlsec: it has no way out either. */
    if (xmlSecInit() < 0 || xmlSecCryptoAppInit(NULL) < 0 || xmlSecCryptoInit() < 0) {
        return RC_IO;
    }
    xmlSecIOCleanupCallbacks();
    return RC_OK;
}

/* --- the sandbox -------------------------------------------------------------------------------- */

#ifndef MANTLE_SANITIZED /* a sanitizer needs memory and calls of its own; only tests have one */
static bool limit(__rlimit_resource_t what, rlim_t max)
{
    return setrlimit(what, &(struct rlimit){ max, max }) == 0;
}

static bool allow(scmp_filter_ctx filter)
{
    static const int calls[] = {
        SCMP_SYS(read),         SCMP_SYS(write),         SCMP_SYS(exit),
        SCMP_SYS(exit_group),   SCMP_SYS(brk),           SCMP_SYS(munmap),
        SCMP_SYS(mremap),       SCMP_SYS(madvise),       SCMP_SYS(futex),
        SCMP_SYS(getrandom),    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(getpid),        SCMP_SYS(restart_syscall),
    };
    bool good = true;

    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) == 0;
    }
    /* Memory, but none that could be run. */
    good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                                    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) == 0;
    return good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

static bool filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool good = filter != NULL && allow(filter) && seccomp_load(filter) == 0;

    seccomp_release(filter);
    return good;
}

static bool give_up_everything(void)
{
    return close_range(STDERR_FILENO + 1, ~0U, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
           prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0) &&
           limit(RLIMIT_CPU, CPU_SECONDS_MAX) && limit(RLIMIT_AS, MEMORY_BYTES_MAX) &&
           filter_calls();
}
#else
static bool give_up_everything(void)
{
    return close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
}
#endif

/* --- the work ----------------------------------------------------------------------------------- */

static enum rc read_all(buf *in)
{
    for (;;) {
        char *room = buf_reserve(in, CHUNK_BYTES);
        if (room == NULL) {
            return RC_LIMIT;
        }
        ssize_t n = read(STDIN_FILENO, room, CHUNK_BYTES);
        if (n == 0) {
            return RC_OK;
        }
        if (n > 0) {
            in->len += (size_t)n;
        } else if (errno != EINTR) {
            return RC_IO;
        }
    }
}

static enum rc write_all(str rest)
{
    while (rest.len > 0) {
        ssize_t n = write(STDOUT_FILENO, rest.ptr, rest.len);
        if (n >= 0) {
            rest = str_skip(rest, (size_t)n);
        } else if (errno != EINTR) {
            return RC_IO;
        }
    }
    return RC_OK;
}

static enum rc answer(str request, struct arena *arena, buf *out)
{
    struct saml_response response;
    struct saml_metadata metadata;
    struct message message;

    TRY(message_read(request, arena, &message));
    switch (message.kind) {
    case MESSAGE_RESPONSE:
        TRY(saml_read_response(&message.response, arena, &response));
        return response_write(&response, out);
    case MESSAGE_METADATA:
        TRY(saml_read_metadata(message.metadata, arena, &metadata));
        return metadata_write(&metadata, out);
    }
    return RC_CORRUPT;
}

static enum rc serve_one(struct arena *arena)
{
    buf in = buf_arena(arena, REQUEST_BYTES_MAX + CHUNK_BYTES);
    buf out = buf_arena(arena, ANSWER_BYTES_MAX);

    TRY(read_all(&in));
    TRY(answer(buf_str(&in), arena, &out));
    return write_all(buf_str(&out));
}

int saml_helper_main(void)
{
    struct arena arena;

    if (saml_init() != RC_OK || !give_up_everything()) {
        return CHILD_CANNOT_RUN;
    }
    arena_init(&arena, &heap, CHUNK_BYTES, ARENA_BYTES_MAX);
    if (serve_one(&arena) != RC_OK) {
        _exit(1);
    }
    _exit(0); /* nothing to tidy up that the end of the process does not */
}
