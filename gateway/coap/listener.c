#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/coap/endpoint_internal.h"
#include "shared/log.h"

#define PART           "coap"
#define SESSIONS_MAX   8000 /* idle ones beyond it make room for new ones; 73 kB each */
#define SESSION_IDLE_S 900
#define HANDSHAKES_MAX 1000
#define RECEIVE_BYTES  (8 << 20) /* of the UDP socket; the system may allow less */
#define CHAIN_DEPTH    3
#define MESSAGE_SLACK  4096 /* options and header, and so that what is just too large hears of it */

/* ---- the address ---- */

static enum err address_parse(const char *text, coap_address_t *address, struct fault *fault)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_DGRAM};
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    struct addrinfo *found = NULL;
    char host[64] = "";

    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof host)
        return fault_set(fault, ERR_INPUT, "coap.listen: %s is not ADDRESS:PORT", text);
    memcpy(host, text, len);
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return fault_set(fault, ERR_INPUT, "coap.listen: %s is not a numeric ADDRESS:PORT", text);
    coap_address_init(address);
    address->size = found->ai_addrlen;
    memcpy(&address->addr, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return ERR_OK;
}

/* ---- TLS ---- */

static int before_handshake(void *tls, coap_dtls_pki_t *setup)
{
    return tls_session_harden(tls, setup->pki_key.key.pem.public_cert) ? 1 : 0;
}

static bool secure(coap_context_t *context, const struct endpoint_options *options)
{
    coap_dtls_pki_t setup = {.version = COAP_DTLS_PKI_SETUP_VERSION,
                             .verify_peer_cert = 1,
                             .cert_chain_validation = 1,
                             .cert_chain_verify_depth = CHAIN_DEPTH,
                             .additional_tls_setup_call_back = before_handshake};

    setup.pki_key.key_type = COAP_PKI_KEY_PEM;
    setup.pki_key.key.pem.public_cert = options->cert_file;
    setup.pki_key.key.pem.private_key = options->key_file;
    setup.pki_key.key.pem.ca_file = options->ca_file;
    return coap_context_set_pki(context, &setup) != 0 &&
           coap_context_set_pki_root_cas(context, options->ca_file, NULL) != 0;
}

/* ---- the socket ---- */

static bool is_socket_at(int fd, const coap_address_t *address)
{
    struct sockaddr_storage at = {0};
    socklen_t at_len = sizeof at, type_len = sizeof(int);
    int type = 0;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && type == SOCK_DGRAM &&
           /* The calls fill what the analyser takes for garbage. NOLINTNEXTLINE(clang-analyzer-core.*) */
           getsockname(fd, (struct sockaddr *)&at, &at_len) == 0 && at_len == address->size &&
           memcmp(&at, &address->addr, at_len) == 0;
}

/* libcoap keeps its socket to itself, so it is looked for by the address it is bound to. With the
 * system's usual buffer 200 units that send at once lose messages, and repeat them two seconds
 * later. */
static void widen(const coap_address_t *address)
{
    int bytes = RECEIVE_BYTES, fds = getdtablesize();

    for (int fd = 0; fd < fds; fd++)
        if (is_socket_at(fd, address) &&
            setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
            (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

/* ---- sessions ---- */

static int on_event(coap_session_t *session, const coap_event_t event)
{
    struct endpoint *endpoint = coap_get_app_data(coap_session_get_context(session));

    bool stream = coap_session_get_proto(session) == COAP_PROTO_TLS;

    if (event == COAP_EVENT_DTLS_CONNECTED)
        setting_offer(endpoint, peer_of(&endpoint->peers, session, &endpoint->bar));
    if (event == COAP_EVENT_SERVER_SESSION_NEW && stream)
        streams_enter(endpoint->streams, session, clock_mono_ms(endpoint->clock));
    if (event == COAP_EVENT_SERVER_SESSION_DEL && stream)
        streams_leave(endpoint->streams, session);
    if (event == COAP_EVENT_SERVER_SESSION_DEL)
        peer_forget(&endpoint->peers, coap_session_get_app_data(session), &endpoint->body_room);
    return 0;
}

static void limit(coap_context_t *context, const struct endpoint_options *options)
{
    coap_context_set_max_idle_sessions(context, SESSIONS_MAX);
    coap_context_set_session_timeout(context, SESSION_IDLE_S);
    coap_context_set_max_handshake_sessions(context, HANDSHAKES_MAX);
    coap_context_set_csm_max_message_size(context, options->payload_max + MESSAGE_SLACK);
}

enum err listener_open(struct endpoint *endpoint, enum endpoint_way way, struct fault *fault)
{
    const struct endpoint_options *options = &endpoint->options;
    coap_context_t *context = NULL;
    coap_address_t address = {0};
    enum err err = address_parse(options->listen, &address, fault);

    if (err != ERR_OK)
        return err;
    context = coap_new_context(NULL);
    if (context == NULL)
        return fault_set(fault, ERR_IO, "libcoap makes no context");
    endpoint->contexts[way] = context;
    coap_set_app_data(context, endpoint);
    limit(context, options);
    coap_register_event_handler(context, on_event);
    if (!intake_register(context))
        return fault_set(fault, ERR_IO, "libcoap has no memory");
    if (!secure(context, options))
        return fault_set(fault, ERR_INPUT,
                         "coap: %s, %s and %s cannot be used together; give PEM files",
                         options->cert_file, options->key_file, options->ca_file);
    errno = 0;
    if (coap_new_endpoint(context, &address,
                          way == WAY_DATAGRAM ? COAP_PROTO_DTLS : COAP_PROTO_TLS) == NULL)
        return fault_set(fault, errno == EADDRINUSE ? ERR_BUSY : ERR_IO,
                         "coap.listen: nobody can listen at %s (%s): %s", options->listen,
                         way == WAY_DATAGRAM ? "UDP" : "TCP",
                         errno == 0 ? "see libcoap" : strerrordesc_np(errno));
    if (way == WAY_DATAGRAM)
        widen(&address);
    return ERR_OK;
}
