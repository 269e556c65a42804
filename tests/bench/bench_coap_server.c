/*
 * bench_coap_server: the peer of the gateway's CoAP endpoint: libcoap's own loop, DTLS with client
 * certificates, every POST answered with 2.04, nothing else.
 *
 *     bench_coap_server PORT PKI COUNT_FILE     until it is killed
 *
 * COUNT_FILE holds the number of requests answered, as a uint64_t in this machine's order.
 */
#include <arpa/inet.h>
#include <coap3/coap.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/tls/tls.h"

#define CHAIN_DEPTH  3
#define SESSIONS_MAX 8000 /* as the gateway */
#define HANDSHAKES   1000

static void die(const char *what)
{
    fprintf(stderr, "bench_coap_server: %s\n", what);
    exit(3); /* one thread. NOLINT(concurrency-mt-unsafe) */
}

static uint64_t *open_count(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    void *at = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, sizeof(uint64_t)) == 0)
        at = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        die(path);
    close(fd);
    return at;
}

static void on_post(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                    const coap_string_t *query, coap_pdu_t *response)
{
    uint64_t *count = coap_get_app_data(coap_session_get_context(session));

    (void)resource;
    (void)request;
    (void)query;
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
    ++*count;
}

/* The rules of the gateway, so that both pay for the same handshake and cipher. */
static int before_handshake(void *tls, coap_dtls_pki_t *setup)
{
    return tls_session_harden(tls, setup->pki_key.key.pem.public_cert) ? 1 : 0;
}

/* libcoap keeps the names of the files and reads them at each handshake. */
struct files {
    char ca[512], cert[512], key[512];
};

static void secure(coap_context_t *context, const char *pki, struct files *files)
{
    coap_dtls_pki_t setup = {
        .version = COAP_DTLS_PKI_SETUP_VERSION,
        .verify_peer_cert = 1,
        .cert_chain_validation = 1,
        .cert_chain_verify_depth = CHAIN_DEPTH,
        .additional_tls_setup_call_back = before_handshake,
        .pki_key = {.key_type = COAP_PKI_KEY_PEM,
                    .key.pem = {.public_cert = files->cert,
                                .private_key = files->key,
                                .ca_file = files->ca}},
    };

    snprintf(files->ca, sizeof files->ca, "%s/ca.pem", pki);
    snprintf(files->cert, sizeof files->cert, "%s/servers/coap.pem", pki);
    snprintf(files->key, sizeof files->key, "%s/servers/coap.key", pki);
    if (!coap_context_set_pki(context, &setup) ||
        !coap_context_set_pki_root_cas(context, files->ca, NULL))
        die("the certificates cannot be used");
}

static void listen_at(coap_context_t *context, const char *port)
{
    coap_address_t address;

    coap_address_init(&address);
    address.size = sizeof address.addr.sin;
    address.addr.sin.sin_family = AF_INET;
    address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.addr.sin.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    if (coap_new_endpoint(context, &address, COAP_PROTO_DTLS) == NULL)
        die("the port cannot be taken");
}

int main(int argc, char **argv)
{
    coap_context_t *context = NULL;
    coap_resource_t *anything = NULL;
    struct files files;

    if (argc != 4)
        die("usage: bench_coap_server PORT PKI COUNT_FILE");
    coap_startup();
    coap_set_log_level(LOG_ERR);
    context = coap_new_context(NULL);
    anything = coap_resource_unknown_init2(NULL, 0);
    if (context == NULL || anything == NULL)
        die("libcoap has no memory");
    coap_context_set_max_idle_sessions(context, SESSIONS_MAX);
    coap_context_set_max_handshake_sessions(context, HANDSHAKES);
    secure(context, argv[2], &files);
    coap_set_app_data(context, open_count(argv[3]));
    coap_register_request_handler(anything, COAP_REQUEST_POST, on_post);
    coap_add_resource(context, anything);
    listen_at(context, argv[1]);
    while (coap_io_process(context, COAP_IO_WAIT) >= 0)
        continue;
    die("libcoap's loop has failed");
    return 3;
}
