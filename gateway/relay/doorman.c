#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "gateway/relay/relay_internal.h"
#include "shared/log.h"

#define BACKLOG          1024
#define LINES_PER_SECOND 10u
#define SECOND_MS        1000
#define SWEEP_MS         10000

static void refuse(struct relay *relay, int fd, const struct sockaddr *peer,
                   enum relay_refusal refusal)
{
    char text[HOSTPORT_TEXT_MAX];

    close(fd);
    tally_add(&relay->tally.refused[refusal], 1);
    if (relay->lines_left > 0) {
        relay->lines_left--;
        log_info(RELAY_PART, "refused %s: %s", hostport_text(peer, text),
                 relay_refusal_word(refusal));
    } else {
        relay->hushed++;
    }
}

static enum relay_refusal look_at(struct relay *relay, const struct sockaddr *peer,
                                  struct address **address)
{
    if (relay->gate.state == RELAY_GATE_SHUT)
        return RELAY_REFUSED_JOURNAL;
    if (relay->tally.connections >= relay->options.connections_max)
        return RELAY_REFUSED_FULL;
    switch (address_enter(&relay->addresses, peer, relay->now_ms, address)) {
    case ADDRESS_WELCOME:
        return RELAY_REFUSAL_COUNT;
    case ADDRESS_TOO_MANY:
        return RELAY_REFUSED_PER_ADDRESS;
    default:
        return RELAY_REFUSED_RATE;
    }
}

static void on_accept(struct evconnlistener *listener, int fd, struct sockaddr *peer, int len,
                      void *arg)
{
    struct relay *relay = arg;
    struct address *address = NULL;
    enum relay_refusal refusal = RELAY_REFUSAL_COUNT;

    (void)listener;
    (void)len;
    (void)relay_now(relay);
    refusal = look_at(relay, peer, &address);
    if (refusal != RELAY_REFUSAL_COUNT)
        refuse(relay, fd, peer, refusal);
    else
        connection_begin(relay, fd, peer, address);
}

/* No descriptor or no memory: who waits in the backlog is taken in a second, see doorman_tick. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct relay *relay = arg;

    (void)evconnlistener_disable(listener);
    if (relay->lines_left > 0) {
        relay->lines_left--;
        log_warn(RELAY_PART, "no connection can be taken: %s", strerrordesc_np(errno));
    }
}

static int socket_listen(const struct hostport *hostport)
{
    int fd = socket(hostport->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (hostport->address.ss_family == AF_INET6) /* 0.0.0.0 may stand beside [::] */
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&hostport->address, hostport->len) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    on = errno;
    close(fd);
    errno = on;
    return -1;
}

static enum err listener_open(struct relay *relay, size_t i, struct fault *fault)
{
    const char *text = relay->options.listen[i];
    struct hostport hostport;
    int fd = -1;

    if (!hostport_parse(text, &hostport))
        return fault_set(fault, ERR_INPUT, "relay: %s is no ADDRESS:PORT", text);
    fd = socket_listen(&hostport);
    if (fd < 0)
        return fault_set(fault, errno == EADDRINUSE ? ERR_BUSY : ERR_IO,
                         "relay: cannot listen on %s: %s", text, strerrordesc_np(errno));
    relay->listeners[i] = evconnlistener_new(relay->base, on_accept, relay,
                                             LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (relay->listeners[i] == NULL) {
        close(fd);
        return fault_set(fault, ERR_IO, "relay: cannot listen on %s", text);
    }
    evconnlistener_set_error_cb(relay->listeners[i], on_accept_error);
    return ERR_OK;
}

enum err doorman_open(struct relay *relay, struct fault *fault)
{
    enum err err = ERR_OK;

    address_book_init(&relay->addresses, relay->options.new_per_second,
                      relay->options.connections_per_address);
    relay->lines_left = LINES_PER_SECOND;
    for (size_t i = 0; i < relay->options.listen_count && err == ERR_OK; i++)
        err = listener_open(relay, i, fault);
    return err;
}

void doorman_close(struct relay *relay)
{
    for (size_t i = 0; i < relay->options.listen_count; i++)
        if (relay->listeners[i] != NULL)
            evconnlistener_free(relay->listeners[i]);
    if (relay->addresses.slots != NULL)
        address_book_clear(&relay->addresses);
}

void doorman_tick(struct relay *relay)
{
    if (relay->now_ms >= relay->lines_due_ms) {
        relay->lines_due_ms = relay->now_ms + SECOND_MS;
        if (relay->hushed > 0)
            log_info(RELAY_PART, "refused %llu more", (unsigned long long)relay->hushed);
        relay->hushed = 0;
        relay->lines_left = LINES_PER_SECOND;
        for (size_t i = 0; i < relay->options.listen_count; i++)
            (void)evconnlistener_enable(relay->listeners[i]);
    }
    if (relay->now_ms >= relay->sweep_due_ms) {
        relay->sweep_due_ms = relay->now_ms + SWEEP_MS;
        address_book_sweep(&relay->addresses, relay->now_ms);
    }
}
