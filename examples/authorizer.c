/* An HTTP server that lets requests in by AWS's rules: who asks is known by the Signature Version 4 of
 * the request, and what he may do by an IAM policy.
 *
 *     cc -o authorizer authorizer.c $(pkg-config --cflags --libs mantle)
 *     ./authorizer KEYS POLICIES [PORT]
 *
 * KEYS has one "ACCESS-KEY-ID SECRET USER" a line; the policy of a user is POLICIES/USER.json. GET,
 * PUT and DELETE of /a/b are the actions files:Read, files:Write and files:Delete on the resource
 * arn:aws:files:::a/b. What lies under /public/ may be read by every user: a resource policy of the
 * server's own kind, joined with what the policies say. Clients sign for the service "files".
 *
 * It listens on 127.0.0.1 and answers one request at a time, so that what is about the library stands
 * out. Compiled policies are immutable: a server with threads shares them, and has one mantle_sigv4
 * for each. */
#include <mantle/policy.h>
#include <mantle/sigv4.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define ACCOUNT "111122223333"
#define ARN_OF_USER "arn:aws:iam::" ACCOUNT ":user/"
enum { USERS_MAX = 100, REQUEST_MAX = 1 << 20, HEADERS_MAX = 64, RESOURCE_MAX = 2048 };

/* ---- users ---- */

struct user {
    char key_id[129], secret[129], name[65], arn[128];
    mantle_policy_set *policies;
};

static struct user users[USERS_MAX];
static size_t user_count;

/* Parses and compiles once, at the start; deciding then allocates nothing. */
static bool policy_load(struct user *user, const char *directory)
{
    static char text[MANTLE_POLICY_TEXT_MAX];
    mantle_policy_refusal why = { .line = 0 };
    mantle_policy_source source = { .name = mantle_text(user->name) };
    mantle_policy *policy;
    char path[4096];
    mantle_rc rc;
    size_t len;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.json", directory, user->name);
    file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    rc = mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY, mantle_bytes(text, len), 0, &policy,
                             &why);
    if (rc != MANTLE_OK) {
        fprintf(stderr, "%s:%u:%u: %s (%s)\n", path, why.line, why.column, why.message,
                why.detail[0] != '\0' ? why.detail : mantle_rc_text(rc));
        return false;
    }
    source.policy = policy;
    rc = mantle_policy_compile(NULL, &source, 1, &user->policies);
    mantle_policy_free(policy); /* a set does not need its documents */
    return rc == MANTLE_OK;
}

static bool users_load(const char *keys, const char *policies)
{
    FILE *file = fopen(keys, "r");
    bool ok = file != NULL;

    if (!ok) {
        perror(keys);
        return false;
    }
    while (ok && user_count < USERS_MAX) {
        struct user user = { .policies = NULL };

        if (fscanf(file, "%128s %128s %64s", user.key_id, user.secret, user.name) != 3) {
            break;
        }
        snprintf(user.arn, sizeof(user.arn), ARN_OF_USER "%.64s", user.name);
        ok = policy_load(&user, policies);
        users[user_count++] = user;
        mantle_wipe(user.secret, sizeof(user.secret));
    }
    fclose(file);
    return ok;
}

static const struct user *user_find(mantle_str key_id)
{
    for (size_t i = 0; i < user_count; i++) {
        if (strlen(users[i].key_id) == key_id.len &&
            memcmp(users[i].key_id, key_id.ptr, key_id.len) == 0) {
            return &users[i];
        }
    }
    return NULL;
}

/* ---- who asks ---- */

static mantle_sigv4_fault authenticate(mantle_sigv4 *verifier, const mantle_http_request *request,
                                       const struct user **ret)
{
    mantle_sigv4_rules rules = { .now_s = (int64_t)time(NULL), .service = mantle_text("files") };
    mantle_sigv4_claim claim;
    mantle_sigv4_fault fault = mantle_sigv4_read(verifier, request, &claim);
    mantle_signing_key key;

    if (fault != MANTLE_SIGV4_OK) {
        return fault;
    }
    *ret = user_find(claim.access_key_id);
    if (*ret == NULL || claim.session_token.ptr != NULL ||
        mantle_signing_key_init(mantle_text((*ret)->secret), claim.date, claim.region,
                                claim.service, &key) != MANTLE_OK) {
        return MANTLE_SIGV4_MISMATCH;
    }
    fault = mantle_sigv4_verify(verifier, request, &rules, &key);
    mantle_wipe(&key, sizeof(key));
    return fault;
}

/* ---- may he ---- */

static const char *action_of(mantle_str method)
{
    static const struct {
        const char *method, *action;
    } rows[] = { { "GET", "files:Read" }, { "PUT", "files:Write" }, { "DELETE", "files:Delete" } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strlen(rows[i].method) == method.len &&
            memcmp(rows[i].method, method.ptr, method.len) == 0) {
            return rows[i].action;
        }
    }
    return "files:Unknown"; /* which no policy should allow */
}

static bool is_public(mantle_str path)
{
    static const char prefix[] = "/public/";

    return path.len >= sizeof(prefix) - 1 && memcmp(path.ptr, prefix, sizeof(prefix) - 1) == 0;
}

/* False, with AWS's sentence in `why`, when it is denied. */
static bool authorize(const struct user *user, const mantle_http_request *request,
                      const char *source_ip, char *why, size_t why_size)
{
    char resource[RESOURCE_MAX];
    mantle_str name = mantle_text(user->name), arn = mantle_text(user->arn),
               ip = mantle_text(source_ip);
    mantle_context_entry context[] = { /* the keys this server's policies may ask about */
                                       { mantle_text("aws:username"), &name, 1, false },
                                       { mantle_text("aws:PrincipalArn"), &arn, 1, false },
                                       { mantle_text("aws:SourceIp"), &ip, 1, false }
    };
    mantle_policy_request question = { .action = mantle_text(action_of(request->method)),
                                       .context = context,
                                       .context_count = sizeof(context) / sizeof(context[0]) };
    mantle_policy_stack stack = { .identity = user->policies };
    mantle_policy_answers answers;
    mantle_decision decision;

    question.principal.type = MANTLE_PRINCIPAL_USER;
    question.principal.account = mantle_text(ACCOUNT);
    question.principal.arn = arn;
    snprintf(resource, sizeof(resource), "arn:aws:files:::%.*s", (int)request->path.len - 1,
             request->path.ptr + 1);
    question.resource = mantle_text(resource);

    mantle_policy_ask(&stack, &question, &answers);
    if (is_public(request->path) && strcmp(action_of(request->method), "files:Read") == 0) {
        mantle_layer_answer *ours = &answers.by_layer[MANTLE_LAYER_RESOURCE];

        ours->asked = true;
        ours->result = MANTLE_ALLOW;
        ours->strength = MANTLE_STRENGTH_DIRECT;
    }
    mantle_policy_combine(&answers, &question, &decision);
    if (decision.result != MANTLE_ALLOW) {
        mantle_denial_message(&decision, &question, why, why_size);
    }
    return decision.result == MANTLE_ALLOW;
}

/* ---- HTTP, as little as will do ---- */

struct received {
    char bytes[REQUEST_MAX + 1];
    mantle_header headers[HEADERS_MAX];
    mantle_http_request request;
};

static mantle_str trim(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (from < to && (to[-1] == ' ' || to[-1] == '\t')) {
        to--;
    }
    return mantle_bytes(from, (size_t)(to - from));
}

/* "GET /path?query HTTP/1.1" */
static bool request_line(char *line, mantle_http_request *request)
{
    char *target = strchr(line, ' '), *end = target == NULL ? NULL : strchr(target + 1, ' ');
    char *query;

    if (end == NULL || target[1] != '/' || end - target > RESOURCE_MAX / 2) {
        return false;
    }
    *end = '\0';
    request->method = mantle_bytes(line, (size_t)(target - line));
    query = strchr(target + 1, '?');
    request->path = mantle_bytes(target + 1, (size_t)((query == NULL ? end : query) - target - 1));
    request->query = mantle_text(query == NULL ? "" : query + 1);
    return true;
}

/* Cuts the head into lines in place. False: it is not one this server understands. */
static bool head_parse(struct received *in, char *head_end, size_t *ret_body_len)
{
    char *line = in->bytes, *next;

    *ret_body_len = 0;
    in->request = (mantle_http_request){ .headers = in->headers, .body = mantle_text("") };
    *head_end = '\0';
    for (size_t n = 0; line != NULL; line = next, n++) {
        char *colon;

        next = strstr(line, "\r\n");
        if (next != NULL) {
            *next = '\0';
            next += 2;
        }
        if (n == 0) {
            if (!request_line(line, &in->request)) {
                return false;
            }
            continue;
        }
        colon = strchr(line, ':');
        if (colon == NULL || in->request.header_count == HEADERS_MAX) {
            return false;
        }
        in->headers[in->request.header_count].name = mantle_bytes(line, (size_t)(colon - line));
        in->headers[in->request.header_count++].value = trim(colon + 1, line + strlen(line));
        *colon = '\0';
        if (strcasecmp(line, "content-length") == 0) {
            *ret_body_len = strtoul(colon + 1, NULL, 10);
        } else if (strcasecmp(line, "transfer-encoding") == 0) {
            return false;
        }
        *colon = ':';
    }
    return true;
}

static bool receive(int fd, struct received *in)
{
    size_t len = 0, body_len = 0;
    char *body = NULL;

    while (body == NULL || len < (size_t)(body - in->bytes) + body_len) {
        ssize_t got = len == REQUEST_MAX ? 0 : read(fd, in->bytes + len, REQUEST_MAX - len);

        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        if (body == NULL) {
            in->bytes[len] = '\0';
            body = strstr(in->bytes, "\r\n\r\n");
            if (body != NULL) {
                body += 4;
                if (!head_parse(in, body - 4, &body_len) || body_len > REQUEST_MAX) {
                    return false;
                }
            }
        }
    }
    in->request.body = mantle_bytes(body, body_len);
    return true;
}

static void answer(int fd, const char *status, const char *text)
{
    char head[256];
    int len = snprintf(head, sizeof(head),
                       "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                       "Connection: close\r\n\r\n",
                       status, strlen(text) + 1);

    if (write(fd, head, (size_t)len) < 0 || write(fd, text, strlen(text)) < 0 ||
        write(fd, "\n", 1) < 0) {
        perror("write");
    }
}

static void serve(int fd, const char *source_ip, mantle_sigv4 *verifier, struct received *in)
{
    const struct user *user = NULL;
    mantle_sigv4_fault fault;
    char why[8192];

    if (!receive(fd, in)) {
        answer(fd, "400 Bad Request", "not a request this server understands");
        return;
    }
    fault = authenticate(verifier, &in->request, &user);
    if (fault != MANTLE_SIGV4_OK) {
        mantle_str detail = mantle_sigv4_detail(verifier);

        snprintf(why, sizeof(why), "%s: %.*s", mantle_sigv4_fault_code(fault), (int)detail.len,
                 detail.ptr == NULL ? "" : detail.ptr);
        answer(fd, "403 Forbidden", why);
    } else if (!authorize(user, &in->request, source_ip, why, sizeof(why))) {
        answer(fd, "403 Forbidden", why);
    } else {
        snprintf(why, sizeof(why), "%s may do that", user->name);
        answer(fd, "200 OK", why);
    }
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        perror("listen");
        return -1;
    }
    printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    static struct received in;
    mantle_sigv4 *verifier;
    int listener;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s KEYS POLICIES [PORT]\n", argv[0]);
        return 2;
    }
    if (!users_load(argv[1], argv[2]) || mantle_sigv4_new(NULL, &verifier) != MANTLE_OK) {
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    listener = listen_on(argc == 4 ? (uint16_t)strtoul(argv[3], NULL, 10) : 8080);
    while (listener >= 0) {
        struct sockaddr_in peer;
        socklen_t size = sizeof(peer);
        struct timeval patience = { .tv_sec = 5 };
        char ip[INET_ADDRSTRLEN] = "";
        int fd = accept(listener, (struct sockaddr *)&peer, &size);

        if (fd < 0) {
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        inet_ntop(AF_INET, &peer.sin_addr, ip, sizeof(ip));
        serve(fd, ip, verifier, &in);
        close(fd);
    }
    return 1;
}
