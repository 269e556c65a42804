/*
 * link_coap: the back end of link.h over CoAP (RFC 7252), DTLS 1.2 or TLS over TCP (RFC 8323), with
 * libcoap. Confirmable POST to /v1/units/{unit}/{format}; block-wise (RFC 7959) when large.
 *
 * One context for each session: libcoap 4.3.1 keeps the certificate of a client in the context and
 * reads it only when TCP is connected, so that sessions of several units in one context would take
 * each other's; and it walks all sessions of a context for each packet. A lost session is thrown away
 * with its context, as what hangs on it (repeats, blocks) must not go on.
 *
 * The messages in flight are kept here (struct parcel) and handed to libcoap a few at a time: NSTART
 * of them over DTLS, and a large one alone, because two block-wise transfers to one path would be
 * mixed up by servers without Request-Tag. Each answer says what becomes of the message:
 *
 *     2.xx                  acknowledged
 *     4.01, 4.03            the gateway does not want this unit: the session ends, tried again later
 *     4.08, 4.29, 5.xx      repeated after Max-Age (5.03, 4.29) or a short pause
 *     other 4.xx            refused for good
 *     none within answer_ms the session is taken for dead: a gateway that started anew knows nothing
 *                           of it and would not say so
 */
#include <coap3/coap.h>
#include <netdb.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/log.h"
#include "tests/unit_tool/link_internal.h"

#define ANSWER_BYTE_MS 1    /* more for each byte of a large body */
#define PAUSE_MS       1000 /* before a repeat when the answer names no time */
#define PDU_SPARE      160  /* header, token and options of a POST */
#define ADDRESSES_MAX  8
#define CHAIN_DEPTH    3

#define MEDIA_SENML_JSON 110
#define MEDIA_SENML_CBOR 112

/* What all sessions share. */
struct common {
    coap_address_t addresses[ADDRESSES_MAX];
    size_t address_count;
};

struct session {
    coap_context_t *context; /* NULL before the first connection */
    coap_session_t *coap;
    struct link_files files;
    size_t attempts; /* each takes the host's next address */
    int next_id;
    size_t on_line; /* parcels handed to libcoap and not answered */
    int64_t hold_until_ms;
    bool config_asked;
    uint64_t config_token; /* of the observation of what is to be reported */
    struct parcel {
        uint8_t *bytes;
        size_t len;
        bool on_line, large;
        uint64_t token; /* of the request that is on the line */
        int64_t answer_until_ms;
    } * parcels; /* parallel to the link's ring of flights */
};

/* ---- once a run ---- */

static void on_log(coap_log_t level, const char *message)
{
    (void)level;
    log_debug("coap", "%.*s", (int)strcspn(message, "\n"), message);
}

static enum err resolve(const struct link_options *options, struct common *common,
                        struct fault *fault)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    char port[8];
    int rc = 0;

    snprintf(port, sizeof port, "%d", options->port);
    rc = getaddrinfo(options->host, port, &hints, &found);
    if (rc != 0)
        return fault_set(fault, ERR_NOT_FOUND, "%s: %s", options->host, gai_strerror(rc));
    for (struct addrinfo *a = found; a != NULL && common->address_count < ADDRESSES_MAX;
         a = a->ai_next) {
        coap_address_t *address = &common->addresses[common->address_count++];
        coap_address_init(address);
        memcpy(&address->addr, a->ai_addr, a->ai_addrlen);
        address->size = a->ai_addrlen;
    }
    freeaddrinfo(found);
    return ERR_OK;
}

static void library_stop(struct links *links)
{
    free(links->common);
    coap_cleanup();
}

static enum err library_start(struct links *links, struct fault *fault)
{
    coap_startup();
    coap_set_log_handler(on_log);
    links->common = mem_alloc(1, sizeof(struct common));
    if (resolve(&links->options, links->common, fault) != ERR_OK) {
        library_stop(links);
        return fault->code;
    }
    return ERR_OK;
}

/* ---- sending ---- */

static bool reliable(const struct link *link)
{
    return link->links->options.transport == LINK_COAP_TCP;
}

static bool add_path(coap_pdu_t *pdu, const char *segment)
{
    return coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(segment), (const uint8_t *)segment) !=
           0;
}

static bool add_options(coap_pdu_t *pdu, const struct link *link)
{
    static const struct {
        enum format format;
        uint16_t media;
    } medias[] = {
        {FORMAT_SENML_JSON, MEDIA_SENML_JSON},
        {FORMAT_SENML_CBOR, MEDIA_SENML_CBOR},
    };
    const struct link_options *options = &link->links->options;
    uint16_t media = COAP_MEDIATYPE_APPLICATION_OCTET_STREAM;
    uint8_t value[4];
    bool ok = options->bare_topic != NULL
                  ? add_path(pdu, options->bare_topic) && add_path(pdu, link->unit)
                  : add_path(pdu, "v1") && add_path(pdu, "units") && add_path(pdu, link->unit) &&
                        add_path(pdu, format_name(options->format));

    for (size_t i = 0; i < sizeof medias / sizeof medias[0]; i++)
        if (medias[i].format == options->format)
            media = medias[i].media;
    return ok && coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT,
                                 coap_encode_var_safe(value, sizeof value, media), value) != 0;
}

static void release_copy(coap_session_t *coap, void *copy)
{
    (void)coap;
    free(copy);
}

/* A large body stays with libcoap until its last block is answered, longer than the parcel may. */
static bool add_body(coap_pdu_t *pdu, struct session *session, const struct parcel *parcel)
{
    uint8_t *copy = NULL;

    if (!parcel->large)
        return coap_add_data(pdu, parcel->len, parcel->bytes) != 0;
    copy = mem_alloc(parcel->len, 1);
    memcpy(copy, parcel->bytes, parcel->len);
    return coap_add_data_large_request(session->coap, pdu, parcel->len, copy, release_copy, copy) !=
           0;
}

/* Once a session: the observation (RFC 7641) lives as long as it does. */
static void observe_config(struct link *link)
{
    struct session *session = link->session;
    uint8_t token[sizeof session->config_token];
    size_t token_len = 0;
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session->coap);

    if (pdu == NULL)
        return;
    session->config_asked = true;
    coap_session_new_token(session->coap, &token_len, token);
    session->config_token = coap_decode_var_bytes8(token, token_len);
    if (!coap_add_token(pdu, token_len, token) ||
        coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL) == 0 || !add_path(pdu, "v1") ||
        !add_path(pdu, "units") || !add_path(pdu, link->unit) || !add_path(pdu, "config")) {
        coap_delete_pdu(pdu);
        return;
    }
    (void)coap_send(session->coap, pdu); /* in vain: nothing is told */
}

/* Tokens come from libcoap's own counter, a new one each time. Over TCP, and for large bodies, its
 * block-wise code draws tokens of its own from that counter for every request, and takes an answer
 * that bears one of them for the answer to that request: with tokens of ours from another counter an
 * answer was now and then given to a message that had none. */
static void post(struct link *link, size_t slot, int64_t now_ms)
{
    struct session *session = link->session;
    struct parcel *parcel = &session->parcels[slot];
    uint8_t token[sizeof parcel->token];
    size_t token_len = 0;
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, session->coap);

    if (pdu == NULL)
        return;
    coap_session_new_token(session->coap, &token_len, token);
    parcel->token = coap_decode_var_bytes8(token, token_len);
    if (!coap_add_token(pdu, token_len, token) || !add_options(pdu, link) ||
        !add_body(pdu, session, parcel)) {
        coap_delete_pdu(pdu);
        link_trouble(link, "libcoap could not make the message");
        link_lost(link);
        return;
    }
    /* First, as coap_send can come back with a failure through the callbacks. */
    parcel->on_line = true;
    parcel->answer_until_ms = now_ms + link->links->options.answer_ms +
                              (parcel->large ? (int64_t)parcel->len * ANSWER_BYTE_MS : 0);
    session->on_line++;
    if (coap_send(session->coap, pdu) == COAP_INVALID_MID && link->state == LINK_CONNECTED) {
        link_trouble(link, "libcoap could not send the message");
        link_lost(link);
    }
}

/* Hands over the next messages, in their order, as far as the line may hold them. */
static void pump(struct link *link, int64_t now_ms)
{
    struct session *session = link->session;
    const struct link_options *options = &link->links->options;
    size_t most = reliable(link) ? options->window : options->nstart;
    bool large_on_line = false;

    if (options->obey && !session->config_asked)
        observe_config(link);
    for (size_t i = 0; i < link->flight_count && link->state == LINK_CONNECTED; i++) {
        size_t slot = link_slot(link, i);
        struct parcel *parcel = &session->parcels[slot];
        large_on_line |= parcel->on_line && parcel->large;
        if (parcel->on_line || link->flights[slot].done)
            continue;
        if (now_ms < session->hold_until_ms || session->on_line >= most || large_on_line)
            break;
        parcel->large = parcel->len + PDU_SPARE > coap_session_max_pdu_size(session->coap);
        if (parcel->large && session->on_line > 0)
            break;
        post(link, slot, now_ms);
        large_on_line |= parcel->large;
    }
}

static enum err session_send(struct link *link, size_t slot, const uint8_t *bytes, size_t len,
                             struct fault *fault)
{
    struct session *session = link->session;
    struct parcel *parcel = &session->parcels[slot];

    (void)fault;
    session->next_id = session->next_id == INT32_MAX ? 1 : session->next_id + 1;
    link->flights[slot].id = session->next_id;
    *parcel = (struct parcel){.bytes = mem_alloc(len, 1), .len = len};
    memcpy(parcel->bytes, bytes, len);
    return ERR_OK;
}

/* ---- what comes back ---- */

static void trouble_answer(struct link *link, coap_pdu_code_t code, const coap_pdu_t *answer)
{
    const uint8_t *data = NULL;
    size_t len = 0;
    char said[160];

    if (!coap_get_data(answer, &len, &data))
        len = 0;
    snprintf(said, sizeof said, "%u.%02u %.*s", code >> 5, code & 0x1fu,
             (int)(len < 120 ? len : 120), len > 0 ? (const char *)data : "");
    for (char *c = said; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
    link_trouble(link, said);
}

static int64_t max_age_ms(const coap_pdu_t *answer)
{
    coap_opt_iterator_t iterator;
    const coap_opt_t *option = coap_check_option(answer, COAP_OPTION_MAXAGE, &iterator);

    if (option == NULL)
        return 60000; /* RFC 7252 5.10.5 */
    return (int64_t)coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) * 1000;
}

enum outcome { DONE, REFUSED, LATER, AFTER_MAX_AGE, UNWANTED };

static enum outcome outcome_of(coap_pdu_code_t code)
{
    static const struct {
        unsigned number; /* class × 100 + detail */
        enum outcome outcome;
    } rows[] = {
        {401, UNWANTED}, {403, UNWANTED}, {408, LATER}, {429, AFTER_MAX_AGE}, {503, AFTER_MAX_AGE}};
    unsigned number = (code >> 5) * 100u + (code & 0x1fu);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].number == number)
            return rows[i].outcome;
    if (number / 100 == 2)
        return DONE;
    return number / 100 == 4 ? REFUSED : LATER;
}

static void take_answer(struct link *link, size_t slot, const coap_pdu_t *answer)
{
    struct session *session = link->session;
    struct parcel *parcel = &session->parcels[slot];
    coap_pdu_code_t code = coap_pdu_get_code(answer);
    enum outcome outcome = outcome_of(code);

    if (outcome != DONE)
        trouble_answer(link, code, answer);
    if (outcome == UNWANTED) {
        link_lost(link);
        return;
    }
    parcel->on_line = false;
    session->on_line--;
    link_steady(link);
    if (outcome == LATER || outcome == AFTER_MAX_AGE) {
        session->hold_until_ms =
            clock_mono_ms(&clock_system) + (outcome == LATER ? PAUSE_MS : max_age_ms(answer));
        return;
    }
    free(parcel->bytes);
    *parcel = (struct parcel){0};
    link_settle(link, link->flights[slot].id, outcome == REFUSED);
}

/* A gateway that has no such resource says so, and nothing is set. */
static void take_config(struct link *link, const coap_pdu_t *received)
{
    const uint8_t *text = NULL;
    size_t len = 0;

    if (coap_pdu_get_code(received) == COAP_RESPONSE_CODE_CONTENT &&
        coap_get_data(received, &len, &text))
        link->told = told_read(text, len);
}

static coap_response_t on_response(coap_session_t *coap, const coap_pdu_t *sent,
                                   const coap_pdu_t *received, const coap_mid_t mid)
{
    struct link *link = coap_get_app_data(coap_session_get_context(coap));
    struct session *session = link->session;
    coap_bin_const_t bytes = coap_pdu_get_token(received);
    uint64_t token = coap_decode_var_bytes8(bytes.s, bytes.length);

    (void)sent;
    (void)mid;
    if (session->config_asked && token == session->config_token) {
        take_config(link, received);
        return COAP_RESPONSE_OK;
    }
    for (size_t i = 0; i < link->flight_count && link->state == LINK_CONNECTED; i++) {
        size_t slot = link_slot(link, i);
        if (session->parcels[slot].on_line && session->parcels[slot].token == token) {
            take_answer(link, slot, received);
            break;
        }
    }
    return COAP_RESPONSE_OK;
}

static void lose(struct link *link, const char *why)
{
    if (link->state == LINK_WAITING)
        return;
    link_trouble(link, why);
    link_lost(link);
}

static void on_nack(coap_session_t *coap, const coap_pdu_t *sent, coap_nack_reason_t reason,
                    const coap_mid_t mid)
{
    static const char *const whys[] = {
        [COAP_NACK_TOO_MANY_RETRIES] = "no answer",
        [COAP_NACK_NOT_DELIVERABLE] = "the session ended",
        [COAP_NACK_RST] = "the gateway reset a message",
        [COAP_NACK_TLS_FAILED] = "the handshake failed",
        [COAP_NACK_ICMP_ISSUE] = "the gateway's port does not answer",
    };

    (void)sent;
    (void)mid;
    lose(coap_get_app_data(coap_session_get_context(coap)),
         (size_t)reason < sizeof whys / sizeof whys[0] ? whys[reason] : "a message was lost");
}

static int on_event(coap_session_t *coap, const coap_event_t event)
{
    static const struct {
        coap_event_t event;
        const char *why;
    } ends[] = {
        {COAP_EVENT_DTLS_CLOSED, "the gateway ended the session"},
        {COAP_EVENT_DTLS_ERROR, "DTLS or TLS failed"},
        {COAP_EVENT_TCP_CLOSED, "the gateway ended the connection"},
        {COAP_EVENT_TCP_FAILED, "no TCP connection"},
        {COAP_EVENT_SESSION_CLOSED, "the gateway ended the session"},
        {COAP_EVENT_SESSION_FAILED, "the session failed"},
        {COAP_EVENT_XMIT_BLOCK_FAIL, "a large message did not get through"},
    };
    struct link *link = coap_get_app_data(coap_session_get_context(coap));

    if (event == (reliable(link) ? COAP_EVENT_SESSION_CONNECTED : COAP_EVENT_DTLS_CONNECTED) &&
        link->state == LINK_CONNECTING)
        link_up(link);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i].event == event)
            lose(link, ends[i].why);
    return 0;
}

/* ---- a session ---- */

/* libcoap checks the chain but no name; 0 is the gateway's own certificate. */
static int on_certificate(const char *name, const uint8_t *der, size_t len, coap_session_t *coap,
                          unsigned depth, int validated, void *arg)
{
    const struct link *link = arg;
    const char *host = link->links->options.host;
    X509 *certificate = NULL;
    bool ok = false;

    (void)name;
    (void)coap;
    if (depth > 0)
        return validated;
    certificate = d2i_X509(NULL, &der, (long)len);
    ok = certificate != NULL && (X509_check_host(certificate, host, 0, 0, NULL) == 1 ||
                                 X509_check_ip_asc(certificate, host, 0) == 1);
    X509_free(certificate);
    return ok && validated;
}

static enum err session_open(struct link *link, struct fault *fault)
{
    struct session *session = mem_alloc(1, sizeof *session);

    link->session = session;
    session->parcels = mem_alloc(link->links->options.window, sizeof *session->parcels);
    return link->links->options.tls ? link_files_find(link, &session->files, fault) : ERR_OK;
}

static void session_end(struct session *session)
{
    /* Frees the session too, telling the peer; the callbacks must not see it. */
    if (session->context != NULL) {
        coap_register_event_handler(session->context, NULL);
        coap_register_nack_handler(session->context, NULL);
        coap_free_context(session->context);
    }
    session->context = NULL;
    session->coap = NULL;
}

static void session_close(struct link *link)
{
    struct session *session = link->session;

    if (session == NULL)
        return;
    session_end(session);
    for (size_t i = 0; i < link->links->options.window; i++)
        free(session->parcels[i].bytes);
    free(session->parcels);
    free(session);
}

static coap_session_t *new_secure_session(struct link *link, const coap_address_t *address)
{
    struct session *session = link->session;
    char sni[256];
    coap_dtls_pki_t pki = {
        .version = COAP_DTLS_PKI_SETUP_VERSION,
        .verify_peer_cert = 1,
        .cert_chain_validation = 1,
        .cert_chain_verify_depth = CHAIN_DEPTH,
        .validate_cn_call_back = on_certificate,
        .cn_call_back_arg = link,
        .client_sni = sni,
        .pki_key = {.key_type = COAP_PKI_KEY_PEM,
                    .key.pem = {.public_cert = session->files.cert,
                                .private_key = session->files.key}},
    };

    snprintf(sni, sizeof sni, "%s", link->links->options.host);
    return coap_new_client_session_pki(session->context, NULL, address,
                                       reliable(link) ? COAP_PROTO_TLS : COAP_PROTO_DTLS, &pki);
}

/* What was on the line is to be sent again. */
static void take_back(struct link *link)
{
    struct session *session = link->session;

    for (size_t i = 0; i < link->links->options.window; i++)
        session->parcels[i].on_line = false;
    session->on_line = 0;
    session->hold_until_ms = 0;
    session->config_asked = false;
}

static bool session_begin(struct link *link)
{
    struct session *session = link->session;
    const struct common *common = link->links->common;
    const struct link_options *options = &link->links->options;
    const coap_address_t *address = &common->addresses[session->attempts++ % common->address_count];

    session_end(session);
    take_back(link);
    session->context = coap_new_context(NULL);
    if (session->context == NULL) {
        link_trouble(link, "libcoap could not be set up");
        return false;
    }
    /* Here and not with the session: that way libcoap 4.3.1 keeps only the last of several. */
    if (options->tls && !coap_context_set_pki_root_cas(session->context, session->files.ca, NULL)) {
        link_trouble(link, "ca.pem could not be read");
        return false;
    }
    coap_set_app_data(session->context, link);
    coap_context_set_block_mode(session->context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
    coap_register_response_handler(session->context, on_response);
    coap_register_nack_handler(session->context, on_nack);
    coap_register_event_handler(session->context, on_event);
    session->coap = options->tls
                        ? new_secure_session(link, address)
                        : coap_new_client_session(session->context, NULL, address,
                                                  reliable(link) ? COAP_PROTO_TCP : COAP_PROTO_UDP);
    if (session->coap == NULL) {
        link_trouble(link, "libcoap could not begin a session; see its messages");
        return false;
    }
    coap_session_set_nstart(session->coap, (uint16_t)options->nstart);
    return true;
}

static int session_watch(struct link *link, short *events)
{
    struct session *session = link->session;

    *events = POLLIN; /* an epoll descriptor, libcoap's timers among what it waits for */
    return coap_context_get_coap_fd(session->context);
}

static void session_serve(struct link *link, short events)
{
    struct session *session = link->session;

    (void)events;
    coap_io_process(session->context, COAP_IO_NO_WAIT);
    if (link->state == LINK_CONNECTED)
        pump(link, clock_mono_ms(&clock_system));
}

static void session_tend(struct link *link, int64_t now_ms)
{
    struct session *session = link->session;
    coap_session_state_t state = coap_session_get_state(session->coap);

    if (link->state == LINK_CONNECTING && state == COAP_SESSION_STATE_ESTABLISHED)
        link_up(link); /* without TLS there is no event */
    if (state == COAP_SESSION_STATE_NONE && link->state == LINK_CONNECTED)
        lose(link, "the session ended");
    for (size_t i = 0; i < link->flight_count && link->state == LINK_CONNECTED; i++) {
        const struct parcel *parcel = &session->parcels[link_slot(link, i)];
        if (parcel->on_line && now_ms > parcel->answer_until_ms)
            lose(link, "no answer");
    }
    if (link->state == LINK_CONNECTED)
        pump(link, now_ms);
}

static bool session_leave(struct link *link)
{
    session_end(link->session);
    link_lost(link);
    return true;
}

const struct link_backend link_coap = {
    .start = library_start,
    .stop = library_stop,
    .open = session_open,
    .close = session_close,
    .begin = session_begin,
    .send = session_send,
    .watch = session_watch,
    .serve = session_serve,
    .tend = session_tend,
    .leave = session_leave,
};
