/*
 * https_world: a server in this process on a free loopback port with certificates made for the
 * test, and a client that sends raw bytes through TLS, so that a test can say what no HTTP library
 * would. A failure ends the test.
 */
#ifndef EVROLL_TESTS_UNIT_HTTP_HTTPS_WORLD_H
#define EVROLL_TESTS_UNIT_HTTP_HTTPS_WORLD_H

#include "tests/unit/tls/certificate.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "registry/http/http.h"

#define ANSWER_BYTES 262144
#define PATIENCE_S   20

/* ---- certificates ---- */

struct https_world {
    EVP_PKEY *key;
    X509 *ca;
    char dir[64], cert_file[96], key_file[96], ca_file[96], crl_file[96];
    struct http_options options;
    struct http_server *server;
};

static inline void pem_write(const char *file, X509 *cert, EVP_PKEY *key)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    if (cert != NULL)
        PEM_write_X509(out, cert);
    if (key != NULL)
        PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    fclose(out);
}

/* Replaces the list in one step, as a CA does. */
static inline void crl_write(const struct https_world *w, const uint64_t *serials, size_t count)
{
    X509_CRL *crl = crl_make(w->ca, w->key, serials, count, 3600);
    char fresh[112];
    FILE *out = NULL;

    snprintf(fresh, sizeof fresh, "%s.new", w->crl_file);
    out = fopen(fresh, "w");
    assert_non_null(out);
    PEM_write_X509_CRL(out, crl);
    fclose(out);
    assert_int_equal(rename(fresh, w->crl_file), 0);
    X509_CRL_free(crl);
}

static inline struct https_world *world_create(void)
{
    struct https_world *w = calloc(1, sizeof *w);
    X509 *server = NULL;

    signal(SIGPIPE, SIG_IGN);
    w->key = key_make();
    w->ca = ca_make(w->key, "test CA");
    server = leaf_make(w->key, "localhost", "DNS:localhost", 2, w->ca, w->key);
    strcpy(w->dir, "/tmp/evroll-http-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->cert_file, sizeof w->cert_file, "%s/server.pem", w->dir);
    snprintf(w->key_file, sizeof w->key_file, "%s/server.key", w->dir);
    snprintf(w->ca_file, sizeof w->ca_file, "%s/ca.pem", w->dir);
    snprintf(w->crl_file, sizeof w->crl_file, "%s/ca.crl", w->dir);
    pem_write(w->cert_file, server, NULL);
    pem_write(w->key_file, NULL, w->key);
    pem_write(w->ca_file, w->ca, NULL);
    X509_free(server);
    w->options = (struct http_options){.address = "127.0.0.1",
                                       .cert_file = w->cert_file,
                                       .key_file = w->key_file,
                                       .client_ca_file = w->ca_file,
                                       .workers = 2,
                                       .clock = &clock_system};
    return w;
}

static inline void world_start(struct https_world *w)
{
    struct fault fault = {.text = ""};

    if (http_server_start(&w->options, &w->server, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_not_equal(http_server_port(w->server), 0);
}

static inline void world_destroy(struct https_world *w)
{
    if (w->server != NULL)
        http_server_stop(w->server, 5);
    unlink(w->cert_file);
    unlink(w->key_file);
    unlink(w->ca_file);
    unlink(w->crl_file);
    rmdir(w->dir);
    X509_free(w->ca);
    EVP_PKEY_free(w->key);
    free(w);
}

/* ---- the client ---- */

struct https_client {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    char *got; /* bytes read and not yet given out; NUL behind them */
    size_t len;
};

struct https_answer {
    int status;
    char head[8192];
    char body[ANSWER_BYTES];
    size_t body_len;
};

static inline int tcp_connect(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail_msg("connect: %m");
    return fd;
}

/* `cert` may be NULL. False when the handshake fails. */
static inline bool client_try(struct https_client *c, const struct https_world *w, X509 *cert)
{
    *c = (struct https_client){.fd = tcp_connect(http_server_port(w->server))};
    c->context = SSL_CTX_new(TLS_client_method());
    assert_int_equal(SSL_CTX_load_verify_locations(c->context, w->ca_file, NULL), 1);
    SSL_CTX_set_verify(c->context, SSL_VERIFY_PEER, NULL);
    if (cert != NULL) {
        assert_int_equal(SSL_CTX_use_certificate(c->context, cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(c->context, w->key), 1);
    }
    c->ssl = SSL_new(c->context);
    c->got = calloc(1, ANSWER_BYTES + 8192);
    SSL_set_fd(c->ssl, c->fd);
    return SSL_connect(c->ssl) == 1;
}

static inline struct https_client client_open(const struct https_world *w, X509 *cert)
{
    struct https_client c;

    assert_true(client_try(&c, w, cert));
    return c;
}

static inline void client_close(struct https_client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    close(c->fd);
    free(c->got);
}

static inline void client_send_bytes(struct https_client *c, const void *bytes, size_t len)
{
    assert_int_equal(SSL_write(c->ssl, bytes, (int)len), (int)len);
}

static inline void client_send(struct https_client *c, const char *text)
{
    client_send_bytes(c, text, strlen(text));
}

/* One read. False when the server closed the connection; a timeout ends the test. */
static inline bool client_read(struct https_client *c)
{
    int n = 0;

    errno = 0;
    n = SSL_read(c->ssl, c->got + c->len, (int)(ANSWER_BYTES + 8191 - c->len));
    if (n <= 0) {
        assert_int_not_equal(errno, EAGAIN);
        return false;
    }
    c->len += (size_t)n;
    c->got[c->len] = '\0';
    return true;
}

static inline bool client_closed(struct https_client *c)
{
    return c->len == 0 && !client_read(c);
}

static inline const char *answer_field(const struct https_answer *a, const char *name)
{
    static char value[1024];
    size_t len = strlen(name);

    for (const char *line = a->head; (line = strstr(line, "\r\n")) != NULL;) {
        line += 2;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + len + 2, "\r"),
                     line + len + 2);
            return value;
        }
    }
    return NULL;
}

static inline void client_take(struct https_client *c, size_t n)
{
    memmove(c->got, c->got + n, c->len - n + 1);
    c->len -= n;
}

/* The next answer. `bodiless`: it answers a HEAD. There is one place for answers: it holds until the
 * next one, and for one thread. */
static inline struct https_answer *client_answer(struct https_client *c, bool bodiless)
{
    static struct https_answer a;
    char *end = NULL;
    size_t head_len = 0;

    while ((end = strstr(c->got, "\r\n\r\n")) == NULL)
        if (!client_read(c))
            fail_msg("the server closed instead of answering; so far: %s", c->got);
    head_len = (size_t)(end + 4 - c->got);
    assert_true(head_len < sizeof a.head);
    snprintf(a.head, sizeof a.head, "%.*s", (int)head_len, c->got);
    assert_int_equal(sscanf(a.head, "HTTP/1.%*d %d", &a.status), 1);
    client_take(c, head_len);
    a.body_len = answer_field(&a, "Content-Length") == NULL || bodiless
                     ? 0
                     : (size_t)atol(answer_field(&a, "Content-Length"));
    while (c->len < a.body_len)
        assert_true(client_read(c));
    memcpy(a.body, c->got, a.body_len);
    a.body[a.body_len] = '\0';
    client_take(c, a.body_len);
    return &a;
}

/* One request on a connection of its own. */
static inline struct https_answer *world_ask(const struct https_world *w, const char *request)
{
    struct https_client c = client_open(w, NULL);
    struct https_answer *a = NULL;

    client_send(&c, request);
    a = client_answer(&c, strncmp(request, "HEAD ", 5) == 0);
    client_close(&c);
    return a;
}

#endif
