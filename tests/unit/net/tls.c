#include "tls_files.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "system/system.h"

static struct http_config tls_config(void)
{
    struct http_config config = test_config();

    config.tls_cert = cert_path;
    config.tls_key = key_path;
    return config;
}

struct client {
    SSL_CTX *context;
    SSL *ssl;
    SSL_SESSION *session; /* to resume; taken over by the next shake */
    int fd;
};

static SSL_SESSION *ticket;

static int on_ticket(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(ticket);
    ticket = session;
    return 1;
}

static void client_init(struct client *client, int most)
{
    *client = (struct client){ .context = SSL_CTX_new(TLS_client_method()), .fd = -1 };
    assert_non_null(client->context);
    if (most != 0) {
        SSL_CTX_set_security_level(client->context, 0); /* lets an old version be offered at all */
        assert_int_equal(SSL_CTX_set_min_proto_version(client->context, TLS1_VERSION), 1);
        assert_int_equal(SSL_CTX_set_max_proto_version(client->context, most), 1);
    }
    (void)SSL_CTX_set_session_cache_mode(client->context,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client->context, on_ticket);
}

static bool shake(struct client *client, uint16_t port)
{
    client->fd = dial(port);
    client->ssl = SSL_new(client->context);
    assert_int_equal(SSL_set_fd(client->ssl, client->fd), 1);
    if (client->session != NULL) {
        assert_int_equal(SSL_set_session(client->ssl, client->session), 1);
    }
    return SSL_connect(client->ssl) == 1;
}

static void part(struct client *client)
{
    (void)SSL_shutdown(client->ssl); /* OpenSSL does not resume a session that was not ended */
    SSL_free(client->ssl);
    client->ssl = NULL;
    (void)close(client->fd);
}

static void client_done(struct client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    SSL_SESSION_free(ticket);
    ticket = NULL;
}

/* The whole answer's length; its beginning in out. */
static size_t ask_tls(struct client *client, const char *text, char *out, size_t cap)
{
    size_t total = 0, want = SIZE_MAX;

    memset(out, 0, cap);
    assert_int_equal(SSL_write(client->ssl, text, (int)strlen(text)), (int)strlen(text));
    while (total < want) {
        char buffer[20000];
        int got = SSL_read(client->ssl, buffer, sizeof(buffer));
        const char *body, *length;

        if (got <= 0) {
            break;
        }
        for (int i = 0; i < got && total + (size_t)i + 1 < cap; i++) {
            out[total + (size_t)i] = buffer[i];
        }
        total += (size_t)got;
        body = strstr(out, "\r\n\r\n");
        length = strstr(out, "Content-Length: ");
        if (body != NULL && length != NULL) {
            want = (size_t)(body + 4 - out) + strtoul(length + 16, NULL, 10);
        }
    }
    return total;
}

static void test_handshakes(void **state)
{
    static const struct {
        const char *name;
        int most;
        bool works;
    } cases[] = {
        { "newest", 0, true },
        { "TLS 1.3", TLS1_3_VERSION, true },
        { "TLS 1.2", TLS1_2_VERSION, true },
        { "TLS 1.1", TLS1_1_VERSION, false },
        { "TLS 1.0", TLS1_VERSION, false },
    };
    struct http_config config = tls_config();
    struct http_server *server = serve(&config);
    char answer[4096], wanted[100];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client client;

        client_init(&client, cases[i].most);
        if (shake(&client, http_server_port(server)) != cases[i].works) {
            fail_msg("%s", cases[i].name);
        }
        if (cases[i].works) {
            (void)snprintf(wanted, sizeof(wanted), "GET /t [] 127.0.0.1 %s",
                           SSL_get_version(client.ssl));
            for (int k = 0; k < 3; k++) {
                (void)ask_tls(&client, "GET /t HTTP/1.1\r\nHost: a\r\n\r\n", answer,
                              sizeof(answer));
                assert_non_null(strstr(answer, wanted));
            }
        }
        part(&client);
        client_done(&client);
    }
    http_server_stop(server);
}

static void test_resumption(void **state)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    struct http_config config = tls_config();
    struct http_server *server = serve(&config);
    char answer[4096];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct client client;

        client_init(&client, versions[i]);
        assert_true(shake(&client, http_server_port(server)));
        assert_int_equal(SSL_session_reused(client.ssl), 0);
        (void)ask_tls(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof(answer));
        part(&client);
        assert_non_null(ticket);
        client.session = ticket;
        for (int k = 0; k < 8; k++) { /* whichever loop takes it */
            assert_true(shake(&client, http_server_port(server)));
            assert_int_equal(SSL_session_reused(client.ssl), 1);
            (void)ask_tls(&client, "GET /r HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof(answer));
            assert_non_null(strstr(answer, "GET /r [] 127.0.0.1"));
            part(&client);
            client.session = ticket;
        }
        client_done(&client);
    }
    http_server_stop(server);
}

static atomic_llong hours_on;

static int64_t moved_mono_ns(const struct env *env)
{
    (void)env;
    return system_env()->mono_ns(system_env()) + atomic_load(&hours_on) * INT64_C(3600) * NS_PER_S;
}

/* Ticket keys change every 6 hours; the key before is good for as long again. */
static void test_ticket_keys_age(void **state)
{
    static const struct {
        long long hours; /* since the ticket was given out */
        int reused;
    } cases[] = { { 1, 1 }, { 7, 1 }, { 25, 0 }, { 2000, 0 } };
    struct http_config config = tls_config();
    struct env env = *system_env();
    char answer[4096];

    (void)state;
    env.mono_ns = moved_mono_ns;
    config.env = &env;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_server *server = serve(&config);
        struct client client;

        client_init(&client, TLS1_2_VERSION); /* the client's own clock stands still */
        assert_true(shake(&client, http_server_port(server)));
        (void)ask_tls(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof(answer));
        part(&client);
        client.session = ticket;
        atomic_fetch_add(&hours_on, cases[i].hours);
        assert_true(shake(&client, http_server_port(server)));
        assert_int_equal(SSL_session_reused(client.ssl), cases[i].reused);
        part(&client);
        client_done(&client);
        http_server_stop(server);
    }
}

static void test_alpn(void **state)
{
    static const struct {
        const char *name;
        unsigned char offer[16];
        unsigned len;
        bool works;
    } cases[] = {
        { "http/1.1", "\x08http/1.1", 9, true },
        { "h2 or http/1.1", "\x02h2\x08http/1.1", 12, true },
        { "h2 alone", "\x02h2", 3, false },
    };
    struct http_config config = tls_config();
    struct http_server *server = serve(&config);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const unsigned char *chosen = NULL;
        unsigned len = 0;
        struct client client;

        client_init(&client, 0);
        assert_int_equal(SSL_CTX_set_alpn_protos(client.context, cases[i].offer, cases[i].len), 0);
        if (shake(&client, http_server_port(server)) != cases[i].works) {
            fail_msg("%s", cases[i].name);
        }
        if (cases[i].works) {
            SSL_get0_alpn_selected(client.ssl, &chosen, &len);
            assert_str(str_from((const char *)chosen, len), "http/1.1");
        }
        part(&client);
        client_done(&client);
    }
    http_server_stop(server);
}

static void test_requests(void **state)
{
    struct http_config config = tls_config();
    struct http_server *server = serve(&config);
    struct client client;
    char answer[4096];
    static char upload[600000];
    int len;

    (void)state;
    client_init(&client, 0);
    assert_true(shake(&client, http_server_port(server)));
    (void)ask_tls(&client, "GET /late/50 HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof(answer));
    assert_non_null(strstr(answer, "GET /late/50 [] 127.0.0.1"));
    assert_true(ask_tls(&client, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof(answer)) >
                BIG_BYTES);
    len = snprintf(upload, sizeof(upload),
                   "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n"
                   "\r\n");
    memset(upload + len, 'u', 500000);
    assert_true(ask_tls(&client, upload, answer, sizeof(answer)) > 500000);
    /* Two at once, the first of them slow. */
    (void)ask_tls(&client,
                  "GET /late/50 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
                  answer, sizeof(answer));
    assert_non_null(strstr(answer, "GET /late/50 ["));
    (void)ask_tls(&client, "GET /close HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof(answer));
    assert_non_null(strstr(answer, "GET /2 ["));
    assert_true(SSL_read(client.ssl, answer, sizeof(answer)) > 0);
    /* The end is signed for: a cut connection cannot pass for a complete one. */
    assert_true(SSL_read(client.ssl, answer, sizeof(answer)) <= 0);
    assert_int_equal(SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    part(&client);
    client_done(&client);
    http_server_stop(server);
}

static void test_plain_http_is_told(void **state)
{
    struct http_config config = tls_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    struct reply reply;

    (void)state;
    assert_int_equal(ask(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", &reply), 400);
    assert_non_null(strstr(reply.body, "TLS"));
    (void)close(fd);
    fd = dial(http_server_port(server));
    (void)say(fd, STR("\x16\x03\x01\x00\x20 no handshake, thirty-two bytes."));
    assert_true(closes_within(fd, 1000));
    (void)close(fd);
    http_server_stop(server);
}

static void test_handshake_deadline(void **state)
{
    struct http_config config = tls_config();
    struct http_server *server;
    int fd;

    (void)state;
    config.head_timeout_ms = 200;
    server = serve(&config);
    fd = dial(http_server_port(server));
    (void)say(fd, STR("\x16\x03\x01"));
    assert_true(closes_within(fd, 1500));
    (void)close(fd);
    http_server_stop(server);
}

static long served_serial(uint16_t port)
{
    struct client client;
    X509 *cert;
    long serial;

    client_init(&client, 0);
    assert_true(shake(&client, port));
    cert = SSL_get1_peer_certificate(client.ssl);
    serial = ASN1_INTEGER_get(X509_get0_serialNumber(cert));
    X509_free(cert);
    part(&client);
    client_done(&client);
    return serial;
}

static void test_reload(void **state)
{
    struct http_config config = tls_config();
    struct http_server *server = serve(&config);
    uint16_t port = http_server_port(server);
    struct client old;
    char answer[4096];
    FILE *file;

    (void)state;
    client_init(&old, 0);
    assert_true(shake(&old, port));
    assert_int_equal(served_serial(port), 1);
    make_cert(2);
    assert_ok(http_server_reload_tls(server));
    assert_int_equal(served_serial(port), 2);
    (void)ask_tls(&old, "GET /o HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof(answer));
    assert_non_null(strstr(answer, "GET /o [")); /* connections from before go on */
    file = fopen(cert_path, "w");
    assert_non_null(file);
    (void)fputs("no certificate", file);
    (void)fclose(file);
    assert_int_equal(http_server_reload_tls(server), RC_IO);
    assert_int_equal(served_serial(port), 2); /* the old one stays */
    make_cert(1);
    part(&old);
    client_done(&old);
    http_server_stop(server);
}

static void test_bad_files(void **state)
{
    struct http_config config = tls_config();
    struct http_server *server = NULL;
    struct arena arena;
    str why = STR_NONE;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    config.tls_key = NULL;
    assert_int_equal(http_server_start(&config, &hooks, big, &arena, &server, &why), RC_SYNTAX);
    config.tls_key = "/nowhere/key.pem";
    assert_int_equal(http_server_start(&config, &hooks, big, &arena, &server, &why), RC_IO);
    assert_true(str_find(why, STR("/nowhere/key.pem"), &(size_t){ 0 }));
    config.tls_key = cert_path;
    assert_int_equal(http_server_start(&config, &hooks, big, &arena, &server, &why), RC_IO);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes),         cmocka_unit_test(test_resumption),
        cmocka_unit_test(test_ticket_keys_age),    cmocka_unit_test(test_alpn),
        cmocka_unit_test(test_requests),           cmocka_unit_test(test_plain_http_is_told),
        cmocka_unit_test(test_handshake_deadline), cmocka_unit_test(test_reload),
        cmocka_unit_test(test_bad_files),
    };

    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
