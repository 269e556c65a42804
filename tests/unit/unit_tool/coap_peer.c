#include "tests/unit/unit_tool/coap_peer.h"

#include <arpa/inet.h>
#include <coap3/coap.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES 20

struct server {
    const struct peer_script *script;
    struct peer_page *page;
};

static void remember(struct server *server, const coap_pdu_t *request, uint16_t code)
{
    struct peer_post *post = &server->page->posts[server->page->count % PEER_POSTS_MAX];
    coap_opt_iterator_t iterator;
    coap_opt_t *format = coap_check_option(request, COAP_OPTION_CONTENT_FORMAT, &iterator);
    coap_string_t *path = coap_get_uri_path(request);
    const uint8_t *data = NULL;
    size_t len = 0, offset = 0, total = 0;

    *post = (struct peer_post){.code = code};
    coap_get_data_large(request, &len, &data, &offset, &total);
    post->len = (uint32_t)len;
    for (size_t i = 0; i < len; i++)
        post->sum += data[i];
    post->first = len > 0 ? data[0] : 0;
    if (format != NULL)
        post->content_format =
            (uint16_t)coap_decode_var_bytes(coap_opt_value(format), coap_opt_length(format));
    snprintf(post->path, sizeof post->path, "%.*s", (int)path->length, (const char *)path->s);
    coap_delete_string(path);
    server->page->count++;
}

static void on_post(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                    const coap_string_t *query, coap_pdu_t *response)
{
    struct server *server = coap_get_app_data(coap_session_get_context(session));
    const struct peer_script *script = server->script;
    uint32_t n = server->page->count;
    uint16_t code = n < script->count ? script->codes[n] : 204;
    uint8_t age[4];

    (void)resource;
    (void)query;
    remember(server, request, code);
    if (code == 0)
        return; /* libcoap sends an empty acknowledgement, and nothing after it */
    coap_pdu_set_code(response, (coap_pdu_code_t)COAP_RESPONSE_CODE(code));
    if (code == 503)
        coap_add_option(response, COAP_OPTION_MAXAGE,
                        coap_encode_var_safe(age, sizeof age, script->max_age_s), age);
    if (code >= 400)
        coap_add_data(response, 7, (const uint8_t *)"because");
}

static void listen_on(coap_context_t *context, int port)
{
    coap_address_t address;

    coap_address_init(&address);
    address.size = sizeof address.addr.sin;
    address.addr.sin.sin_family = AF_INET;
    address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.addr.sin.sin_port = htons((uint16_t)port);
    if (coap_new_endpoint(context, &address, COAP_PROTO_DTLS) == NULL ||
        coap_new_endpoint(context, &address, COAP_PROTO_TLS) == NULL)
        _exit(3);
}

static void serve(struct server *server, const char *pki, int port)
{
    char ca[256], cert[256], key[256];
    coap_context_t *context = NULL;
    coap_dtls_pki_t how = {
        .version = COAP_DTLS_PKI_SETUP_VERSION,
        .verify_peer_cert = 1,
        .cert_chain_validation = 1,
        .cert_chain_verify_depth = 3,
        .pki_key = {.key_type = COAP_PKI_KEY_PEM,
                    .key.pem = {.public_cert = cert, .private_key = key}},
    };
    coap_resource_t *resource = NULL;

    snprintf(ca, sizeof ca, "%s/ca.pem", pki);
    snprintf(cert, sizeof cert, "%s/servers/coap.pem", pki);
    snprintf(key, sizeof key, "%s/servers/coap.key", pki);
    coap_startup();
    coap_set_log_level(LOG_EMERG);
    context = coap_new_context(NULL);
    if (context == NULL || !coap_context_set_pki_root_cas(context, ca, NULL) ||
        !coap_context_set_pki(context, &how))
        _exit(3);
    coap_set_app_data(context, server);
    coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
    resource = coap_resource_unknown_init2(NULL, 0);
    coap_register_request_handler(resource, COAP_REQUEST_POST, on_post);
    coap_add_resource(context, resource);
    listen_on(context, port);
    server->page->ready = 1;
    while (true)
        coap_io_process(context, COAP_IO_WAIT);
}

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        abort();
    close(fd);
    return ntohs(address.sin_port);
}

/* False when it could not listen. */
static bool try_start(struct coap_peer *peer, const char *pki, const struct peer_script *script)
{
    struct server server = {.script = script, .page = peer->page};

    peer->pid = fork();
    if (peer->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(&server, pki, peer->port);
    }
    while (peer->page->ready == 0 && waitpid(peer->pid, NULL, WNOHANG) == 0)
        usleep(1000);
    return peer->page->ready != 0;
}

void coap_peer_start(struct coap_peer *peer, const char *pki, int port,
                     const struct peer_script *script)
{
    peer->page =
        mmap(NULL, sizeof *peer->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (peer->page == MAP_FAILED)
        abort();
    /* A port that is free for TCP can be somebody's for UDP, and somebody can be faster. */
    for (int i = 0; i < TRIES; i++) {
        peer->port = port != 0 ? port : free_port();
        if (try_start(peer, pki, script))
            return;
    }
    fprintf(stderr, "no peer could listen on port %d\n", peer->port);
    abort();
}

void coap_peer_kill(struct coap_peer *peer)
{
    kill(peer->pid, SIGKILL);
    waitpid(peer->pid, NULL, 0);
    munmap(peer->page, sizeof *peer->page);
    peer->page = NULL;
}
