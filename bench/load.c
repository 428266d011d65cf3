/* Sends prepared HTTP requests over keep-alive connections and waits for each answer.
 *
 *   load PORT CONNECTIONS TIMES FILE
 *
 * FILE holds requests one behind the other, each after its length as a 32-bit little-endian number.
 * Connection k sends requests k, k + CONNECTIONS, ...; the whole file is sent TIMES times. Prints one
 * JSON object: requests, failed (status not 200), seconds, p50_us, p99_us. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20, CONNECTIONS_MAX = 1024 };

static struct request {
    const char *bytes;
    uint32_t len;
} * requests;
static size_t request_count;
static unsigned connections, times;
static uint16_t port;
static uint32_t *latencies_us; /* [request_count * times] */

struct client {
    pthread_t thread;
    unsigned index;
    size_t failed;
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *all;
    long size;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0) {
        die(path);
    }
    rewind(file);
    all = malloc((size_t)size);
    if (all == NULL || fread(all, 1, (size_t)size, file) != (size_t)size) {
        die(path);
    }
    (void)fclose(file);
    for (size_t at = 0; at + 4 <= (size_t)size;) {
        struct request *grown = realloc(requests, (request_count + 1) * sizeof(*requests));
        uint32_t len;
        if (grown == NULL) {
            die("memory");
        }
        requests = grown;
        memcpy(&len, all + at, 4);
        requests[request_count++] = (struct request){ all + at + 4, len };
        at += 4 + len;
    }
}

static int connect_to(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        die("connect");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

/* Reads one answer; its status, or 0 when the peer hung up. */
static int read_answer(int fd, char *buffer)
{
    size_t have = 0, want = 0;

    for (;;) {
        ssize_t got = recv(fd, buffer + have, ANSWER_MAX - have - 1, 0);
        if (got <= 0) {
            return 0;
        }
        have += (size_t)got;
        buffer[have] = '\0';
        if (want == 0) {
            char *end = strstr(buffer, "\r\n\r\n"), *length;
            if (end == NULL) {
                continue;
            }
            length = strcasestr(buffer, "\r\ncontent-length:");
            want = (size_t)(end + 4 - buffer) +
                   (length == NULL ? 0 : strtoul(length + 17, NULL, 10));
        }
        if (have >= want) {
            return (int)strtol(buffer + 9, NULL, 10);
        }
    }
}

static void *run_client(void *arg)
{
    struct client *client = arg;
    char *buffer = malloc(ANSWER_MAX);
    int fd = connect_to();

    if (buffer == NULL) {
        die("memory");
    }
    for (unsigned round = 0; round < times; round++) {
        for (size_t i = client->index; i < request_count; i += connections) {
            double start = now();
            int status = 0;
            if (send(fd, requests[i].bytes, requests[i].len, MSG_NOSIGNAL) ==
                (ssize_t)requests[i].len) {
                status = read_answer(fd, buffer);
            }
            latencies_us[round * request_count + i] = (uint32_t)((now() - start) * 1e6);
            client->failed += status != 200;
            if (status == 0) {
                (void)close(fd);
                fd = connect_to();
            }
        }
    }
    (void)close(fd);
    free(buffer);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct client clients[CONNECTIONS_MAX];
    size_t failed = 0, total;
    double start, seconds;

    if (argc != 5) {
        (void)fprintf(stderr, "usage: load PORT CONNECTIONS TIMES FILE\n");
        return 2;
    }
    port = (uint16_t)strtoul(argv[1], NULL, 10);
    connections = (unsigned)strtoul(argv[2], NULL, 10);
    times = (unsigned)strtoul(argv[3], NULL, 10);
    read_file(argv[4]);
    total = request_count * times;
    latencies_us = calloc(total, sizeof(*latencies_us));
    if (latencies_us == NULL || connections == 0 || connections > CONNECTIONS_MAX) {
        die("arguments");
    }
    start = now();
    for (unsigned i = 0; i < connections; i++) {
        clients[i].index = i;
        if (pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) != 0) {
            die("thread");
        }
    }
    for (unsigned i = 0; i < connections; i++) {
        (void)pthread_join(clients[i].thread, NULL);
        failed += clients[i].failed;
    }
    seconds = now() - start;
    qsort(latencies_us, total, sizeof(*latencies_us), by_value);
    (void)printf("{\"requests\": %zu, \"failed\": %zu, \"seconds\": %.6f, \"p50_us\": %u, "
                 "\"p99_us\": %u}\n",
                 total, failed, seconds, latencies_us[total / 2], latencies_us[total * 99 / 100]);
    return 0;
}
