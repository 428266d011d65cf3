/* src/federation/federation.c and fetch.c: what is asked of a provider when, by a clock the test sets.
 * The provider is a thread on 127.0.0.1 that counts what it is asked. */
#include "federation/federation.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "unit.h"

enum { HUGE_BYTES = 10 << 20, WAIT_S = 20 };

#define KEY(kid)                                                                                   \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"" kid                                             \
    "\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","                                    \
    "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}"

/* --- the provider ------------------------------------------------------------------------------- */

enum mood { ANSWERS, FAILS, HANGS, HUGE_ANSWER, REDIRECTS, SPEAKS_FOR_ANOTHER };

static struct provider {
    int fd;
    unsigned port;
    pthread_t thread;
    atomic_int mood, discoveries, keys, strays, key_count;
    atomic_bool closing;
    _Atomic(const char *) cache_control; /* a whole header line, or "" */
} provider;

static void say(int fd, const char *status, const char *headers, const char *body)
{
    char out[2048];
    int n = snprintf(out, sizeof(out), "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                     headers, strlen(body), body);

    (void)!write(fd, out, (size_t)n);
}

static void say_huge(int fd)
{
    static char blanks[1 << 16];

    memset(blanks, ' ', sizeof(blanks));
    (void)!write(fd, "HTTP/1.1 200 OK\r\n\r\n{", 20);
    for (size_t sent = 0; sent < HUGE_BYTES; sent += sizeof(blanks)) {
        if (send(fd, blanks, sizeof(blanks), MSG_NOSIGNAL) < 0) {
            return; /* the other side has had enough */
        }
    }
}

static void say_discovery(int fd)
{
    char body[512];
    unsigned other = atomic_load(&provider.mood) == SPEAKS_FOR_ANOTHER;

    (void)snprintf(
        body, sizeof(body),
        "{\"issuer\":\"http://127.0.0.1:%u%s\",\"jwks_uri\":\"http://127.0.0.1:%u/keys\"}",
        provider.port, other ? "/other" : "", provider.port);
    say(fd, "200 OK", "", body);
}

static void say_keys(int fd)
{
    say(fd, "200 OK", atomic_load(&provider.cache_control),
        atomic_load(&provider.key_count) == 2 ? "{\"keys\":[" KEY("a") "," KEY("b") "]}"
                                              : "{\"keys\":[" KEY("a") "]}");
}

static void wait_while_hanging(void)
{
    while (atomic_load(&provider.mood) == HANGS && !atomic_load(&provider.closing)) {
        (void)poll(NULL, 0, 2);
    }
}

static void answer(int fd)
{
    char request[2048] = "";
    bool discovery, keys;

    (void)!read(fd, request, sizeof(request) - 1);
    discovery = strstr(request, "GET /.well-known/openid-configuration ") == request;
    keys = strstr(request, "GET /keys ") == request;
    (void)atomic_fetch_add(discovery ? &provider.discoveries
                           : keys    ? &provider.keys
                                     : &provider.strays,
                           1);
    wait_while_hanging();
    if (atomic_load(&provider.mood) == FAILS) {
        say(fd, "503 Busy", "", "");
    } else if (atomic_load(&provider.mood) == REDIRECTS) {
        say(fd, "302 Found", "Location: /elsewhere\r\n", "");
    } else if (atomic_load(&provider.mood) == HUGE_ANSWER && keys) {
        say_huge(fd);
    } else if (discovery) {
        say_discovery(fd);
    } else {
        say_keys(fd);
    }
}

static void *serve(void *arg)
{
    (void)arg;
    while (!atomic_load(&provider.closing)) {
        struct pollfd ready = { .fd = provider.fd, .events = POLLIN };
        int fd;
        if (poll(&ready, 1, 5) > 0 && (fd = accept(provider.fd, NULL, NULL)) >= 0) {
            answer(fd);
            (void)shutdown(fd, SHUT_WR);
            (void)close(fd);
        }
    }
    return NULL;
}

/* --- the federation, and its clock -------------------------------------------------------------- */

static _Atomic int64_t clock_s;

static int64_t fake_ns(const struct env *env)
{
    (void)env;
    return atomic_load(&clock_s) * NS_PER_S;
}

static enum rc fake_random(const struct env *env, void *out, size_t len)
{
    (void)env;
    memset(out, 7, len);
    return RC_OK;
}

static const struct env env = { fake_ns, fake_ns, fake_random };
static struct federation *federation;
static char url[64];
static struct federation_issuer issuer;

static int start(void **state)
{
    static struct address_range loopback;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);

    (void)state;
    provider = (struct provider){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    atomic_store(&provider.cache_control, "");
    atomic_store(&clock_s, 1000000);
    assert_int_equal(bind(provider.fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(provider.fd, 64), 0);
    assert_int_equal(getsockname(provider.fd, (struct sockaddr *)&address, &len), 0);
    provider.port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&provider.thread, NULL, serve, NULL), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", provider.port);
    issuer = (struct federation_issuer){ .url = str_cstr(url) };
    assert_ok(address_range_parse(STR("127.0.0.0/8"), &loopback));
    assert_ok(federation_open(
        &(struct federation_config){
            .env = &env, .allow_loopback = true, .allowed = &loopback, .allowed_count = 1 },
        &federation));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    atomic_store(&provider.closing, true);
    federation_close(federation);
    (void)pthread_join(provider.thread, NULL);
    (void)close(provider.fd);
    return 0;
}

struct waiter {
    struct federation_wait wait;
    sem_t over;
    enum rc rc;
};

static void over(struct federation_wait *wait, enum rc rc)
{
    struct waiter *waiter = (struct waiter *)wait; /* its first member */

    waiter->rc = rc;
    (void)sem_post(&waiter->over);
}

static enum rc ask(struct waiter *waiter)
{
    *waiter = (struct waiter){ .wait = { .done = over } };
    (void)sem_init(&waiter->over, 0, 0);
    return federation_fetch(federation, &issuer, &waiter->wait);
}

static enum rc outcome(struct waiter *waiter)
{
    struct timespec end;

    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_S;
    assert_int_equal(sem_timedwait(&waiter->over, &end), 0);
    (void)sem_destroy(&waiter->over);
    return waiter->rc;
}

static void fetches(enum rc expected)
{
    struct waiter waiter;

    assert_ok(ask(&waiter));
    assert_int_equal(outcome(&waiter), expected);
}

/* How many keys are cached; -1: nothing. */
static int cached(void)
{
    struct issuer_keys *keys = NULL;
    int count = -1;

    if (federation_keys(federation, &issuer, &keys) == RC_OK) {
        count = (int)issuer_keys_count(keys);
        issuer_keys_unref(keys);
    }
    return count;
}

static void asked(int discoveries, int keys)
{
    assert_int_equal(atomic_load(&provider.discoveries), discoveries);
    assert_int_equal(atomic_load(&provider.keys), keys);
    assert_int_equal(atomic_load(&provider.strays), 0);
}

static void pass(int64_t seconds)
{
    (void)atomic_fetch_add(&clock_s, seconds);
}

/* A fetch in the background is over when the keys it brought are seen, or the next one may begin. */
static void until(int discoveries)
{
    for (int i = 0; i < WAIT_S * 500 && atomic_load(&provider.discoveries) < discoveries; i++) {
        (void)poll(NULL, 0, 2);
    }
    assert_int_equal(atomic_load(&provider.discoveries), discoveries);
}

static void until_cached(int keys)
{
    for (int i = 0; i < WAIT_S * 500 && cached() != keys; i++) {
        (void)poll(NULL, 0, 2);
    }
    assert_int_equal(cached(), keys);
}

/* --- when something is fetched ------------------------------------------------------------------ */

static void fetched_once_and_cached(void **state)
{
    (void)state;
    assert_int_equal(cached(), -1);
    fetches(RC_OK);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(cached(), 1);
    }
    pass(FEDERATION_FRESH_S - 1);
    assert_int_equal(cached(), 1);
    asked(1, 1);
}

static void many_at_once_are_one_flight(void **state)
{
    static struct waiter waiters[50];

    (void)state;
    atomic_store(&provider.mood, HANGS);
    for (size_t i = 0; i < COUNT_OF(waiters); i++) {
        assert_ok(ask(&waiters[i]));
    }
    atomic_store(&provider.mood, ANSWERS);
    for (size_t i = 0; i < COUNT_OF(waiters); i++) {
        assert_ok(outcome(&waiters[i]));
    }
    asked(1, 1);
}

/* A token may name any kid it likes: a provider is asked again at most twice a minute. */
static void an_unknown_kid_fetches_again_but_not_at_once(void **state)
{
    struct waiter waiter;

    (void)state;
    fetches(RC_OK);
    atomic_store(&provider.key_count, 2); /* the provider has a new key */
    assert_int_equal(ask(&waiter), RC_EXISTS);
    pass(FEDERATION_REFETCH_S - 1);
    assert_int_equal(ask(&waiter), RC_EXISTS);
    asked(1, 1);
    pass(1);
    fetches(RC_OK);
    assert_int_equal(cached(), 2);
    asked(2, 2);
}

static void stale_keys_serve_while_new_ones_come(void **state)
{
    (void)state;
    fetches(RC_OK);
    pass(FEDERATION_FRESH_S);
    atomic_store(&provider.key_count, 2);
    atomic_store(&provider.mood, HANGS);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(cached(), 1); /* at once, and one fetch for all */
    }
    until(2);
    atomic_store(&provider.mood, ANSWERS);
    until_cached(2);
    asked(2, 2);
}

static void stale_keys_end_a_day_after(void **state)
{
    (void)state;
    fetches(RC_OK);
    atomic_store(&provider.mood, FAILS);
    pass(FEDERATION_FRESH_S + FEDERATION_STALE_S - 1);
    assert_int_equal(cached(), 1);
    until(2);
    pass(1);
    assert_int_equal(cached(), -1);
}

static void a_failure_is_not_repeated_at_once(void **state)
{
    struct waiter waiter;

    (void)state;
    atomic_store(&provider.mood, FAILS);
    fetches(RC_IO);
    assert_int_equal(ask(&waiter), RC_IO);
    pass(FEDERATION_RETRY_S - 1);
    assert_int_equal(ask(&waiter), RC_IO);
    asked(1, 0);
    pass(1);
    fetches(RC_IO);
    asked(2, 0);
    atomic_store(&provider.mood, ANSWERS);
    pass(FEDERATION_RETRY_S);
    fetches(RC_OK);
    assert_int_equal(cached(), 1);
}

/* A failed fetch takes nothing away, and stale keys do not make one request each while it lasts. */
static void while_a_provider_is_away(void **state)
{
    (void)state;
    fetches(RC_OK);
    atomic_store(&provider.mood, FAILS);
    pass(FEDERATION_FRESH_S);
    assert_int_equal(cached(), 1);
    until(2);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(cached(), 1);
        (void)poll(NULL, 0, 1);
    }
    asked(2, 1);
}

/* --- how long keys are fresh -------------------------------------------------------------------- */

static const struct {
    const char *header;
    int64_t fresh_s;
} ages[] = {
    { "", FEDERATION_FRESH_S },
    { "Cache-Control: max-age=600\r\n", 600 },
    { "cache-control: public, MAX-AGE=600\r\n", 600 },
    { "Cache-Control: max-age=1\r\n", FEDERATION_FRESH_S_MIN },
    { "Cache-Control: no-store\r\n", FEDERATION_FRESH_S_MIN },
    { "Cache-Control: max-age=999999999999\r\n", FEDERATION_FRESH_S_MAX },
    { "Cache-Control: max-age=soon\r\n", FEDERATION_FRESH_S },
};

static void what_the_provider_says_is_cut_to_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ages); i++) {
        int before = atomic_load(&provider.discoveries);
        int keys = 1 + (int)i % 2; /* another number each time: what is new is seen to have come */

        atomic_store(&provider.key_count, keys);
        atomic_store(&provider.cache_control, ages[i].header);
        pass(FEDERATION_FRESH_S_MAX); /* past what the row before left */
        fetches(RC_OK);
        pass(ages[i].fresh_s - 1);
        assert_int_equal(cached(), keys);
        (void)poll(NULL, 0, 5);
        assert_int_equal(atomic_load(&provider.discoveries), before + 1);
        atomic_store(&provider.key_count, 3 - keys);
        pass(1);
        assert_int_equal(cached(), keys);
        until(before + 2);
        until_cached(3 - keys);
    }
}

/* --- providers that misbehave ------------------------------------------------------------------- */

static void answers_that_are_none(void **state)
{
    static const enum mood moods[] = { HUGE_ANSWER, REDIRECTS, SPEAKS_FOR_ANOTHER, FAILS };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(moods); i++) {
        atomic_store(&provider.mood, (int)moods[i]);
        fetches(RC_IO);
        assert_int_equal(cached(), -1);
        pass(FEDERATION_RETRY_S);
    }
    assert_int_equal(atomic_load(&provider.strays), 0); /* no redirect was followed */
    atomic_store(&provider.mood, ANSWERS);
    fetches(RC_OK);
}

static void too_many_do_not_wait(void **state)
{
    static struct waiter waiters[FEDERATION_WAITING_MAX + 1];

    (void)state;
    atomic_store(&provider.mood, HANGS);
    for (size_t i = 0; i < FEDERATION_WAITING_MAX; i++) {
        assert_ok(ask(&waiters[i]));
    }
    assert_int_equal(ask(&waiters[FEDERATION_WAITING_MAX]), RC_BUSY);
    atomic_store(&provider.mood, ANSWERS);
    for (size_t i = 0; i < FEDERATION_WAITING_MAX; i++) {
        assert_ok(outcome(&waiters[i]));
    }
    asked(1, 1);
}

static void *let_go(void *arg)
{
    (void)arg;
    (void)poll(NULL, 0, 100);
    atomic_store(&provider.mood, ANSWERS);
    return NULL;
}

/* What is under way ends first, and even its answer comes too late. */
static void closing_ends_all_waits(void **state)
{
    struct waiter waiter;
    pthread_t later;

    (void)state;
    atomic_store(&provider.mood, HANGS);
    assert_ok(ask(&waiter));
    until(1);
    assert_int_equal(pthread_create(&later, NULL, let_go, NULL), 0);
    federation_close(federation);
    federation = NULL;
    assert_int_equal(outcome(&waiter), RC_BUSY);
    (void)pthread_join(later, NULL);
}

/* The thumbprints an account trusts are part of what is cached. */
static void accounts_do_not_share_their_trust(void **state)
{
    (void)state;
    fetches(RC_OK);
    issuer.thumbprints = STR("0123456789abcdef0123456789abcdef01234567");
    assert_int_equal(cached(), -1);
    fetches(RC_OK);
    asked(2, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(fetched_once_and_cached),
        CASE(many_at_once_are_one_flight),
        CASE(an_unknown_kid_fetches_again_but_not_at_once),
        CASE(stale_keys_serve_while_new_ones_come),
        CASE(stale_keys_end_a_day_after),
        CASE(a_failure_is_not_repeated_at_once),
        CASE(while_a_provider_is_away),
        CASE(what_the_provider_says_is_cut_to_bounds),
        CASE(answers_that_are_none),
        CASE(too_many_do_not_wait),
        CASE(closing_ends_all_waits),
        CASE(accounts_do_not_share_their_trust),
    };

    return cmocka_run_group_tests_name("federation/federation", tests, NULL, NULL);
}
