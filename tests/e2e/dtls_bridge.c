/*
 * dtls_bridge: lets a CoAP client without DTLS speak with the gateway: plain UDP on a free port of
 * loopback, one DTLS 1.2 session with a unit's certificate behind it. A datagram is a record and a
 * record a datagram. For the tests.
 *
 *     dtls_bridge PORT CA CERT KEY
 *
 * Prints the port that it listens on once the session stands. Ends with its standard input.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define DATAGRAM_MAX 2048
#define HANDSHAKE_S  20

struct bridge {
    SSL *tls;
    int line, plain;           /* to the gateway; to the client */
    struct sockaddr_in client; /* who sent last */
};

static void fail(const char *what)
{
    fprintf(stderr, "dtls_bridge: %s\n", what);
    exit(3); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static SSL_CTX *context_of(char **files)
{
    SSL_CTX *context = SSL_CTX_new(DTLS_client_method());

    if (context == NULL || SSL_CTX_load_verify_locations(context, files[0], NULL) != 1 ||
        SSL_CTX_use_certificate_chain_file(context, files[1]) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, files[2], SSL_FILETYPE_PEM) != 1)
        fail("the certificate cannot be used");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

/* The socket's timeout is what lets DTLS repeat a lost flight. */
static void line_open(struct bridge *bridge, int port, SSL_CTX *context)
{
    struct sockaddr_in to = loopback(port);
    struct timeval wait = {.tv_sec = HANDSHAKE_S};
    BIO *bio = NULL;

    bridge->line = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (connect(bridge->line, (struct sockaddr *)&to, sizeof to) != 0)
        fail("no socket");
    bio = BIO_new_dgram(bridge->line, BIO_NOCLOSE);
    (void)BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &to);
    (void)BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &wait);
    bridge->tls = SSL_new(context);
    SSL_set_bio(bridge->tls, bio, bio);
    if (SSL_connect(bridge->tls) != 1)
        fail("no DTLS session");
}

static void plain_open(struct bridge *bridge)
{
    struct sockaddr_in at = loopback(0);
    socklen_t len = sizeof at;

    bridge->plain = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(bridge->plain, (struct sockaddr *)&at, len) != 0 ||
        getsockname(bridge->plain, (struct sockaddr *)&at, &len) != 0)
        fail("no port");
    printf("%d\n", ntohs(at.sin_port));
    (void)fflush(stdout);
}

static void up(struct bridge *bridge)
{
    uint8_t bytes[DATAGRAM_MAX];
    socklen_t len = sizeof bridge->client;
    ssize_t got =
        recvfrom(bridge->plain, bytes, sizeof bytes, 0, (struct sockaddr *)&bridge->client, &len);

    if (got > 0 && SSL_write(bridge->tls, bytes, (int)got) <= 0)
        fail("the session has ended");
}

static void down(struct bridge *bridge)
{
    uint8_t bytes[DATAGRAM_MAX];
    int got = SSL_read(bridge->tls, bytes, sizeof bytes);

    if (got <= 0)
        fail("the session has ended");
    (void)sendto(bridge->plain, bytes, (size_t)got, 0, (struct sockaddr *)&bridge->client,
                 sizeof bridge->client);
}

int main(int argc, char **argv)
{
    struct bridge bridge = {0};
    struct pollfd fds[3] = {{.fd = STDIN_FILENO, .events = POLLIN}};

    if (argc != 5)
        fail("usage: dtls_bridge PORT CA CERT KEY");
    line_open(&bridge, atoi(argv[1]), context_of(argv + 2));
    plain_open(&bridge);
    fds[1] = (struct pollfd){.fd = bridge.plain, .events = POLLIN};
    fds[2] = (struct pollfd){.fd = bridge.line, .events = POLLIN};
    while (fds[0].revents == 0 && poll(fds, 3, -1) > 0) {
        if (fds[1].revents != 0)
            up(&bridge);
        if (fds[2].revents != 0)
            down(&bridge);
    }
    return 0;
}
