#include "gateway/coap/streams.h"

#include <stdbool.h>
#include <stdlib.h>

#include "gateway/coap/walk.h"
#include "shared/address_book.h"
#include "shared/arena.h"
#include "shared/log.h"

#define PART "coap"

struct stream {
    coap_session_t *session;
    struct address *address; /* NULL: it was not let in */
    int64_t since_ms;
};

struct streams {
    uint32_t most;
    struct address_book addresses;
    struct stream *items;
    size_t count, room;
    size_t welcome;   /* of them */
    size_t unwelcome; /* not ended yet */
    size_t turned_away;
};

struct streams *streams_create(const struct streams_limits *limits)
{
    struct streams *s = mem_alloc(1, sizeof *s);

    s->most = limits->most;
    address_book_init(&s->addresses, limits->new_per_s, limits->of_an_address);
    return s;
}

void streams_destroy(struct streams *streams)
{
    if (streams == NULL)
        return;
    address_book_clear(&streams->addresses);
    free(streams->items);
    free(streams);
}

static struct stream *append(struct streams *s)
{
    if (s->count == s->room) {
        s->room = s->room == 0 ? 64 : s->room * 2;
        s->items = mem_grow(s->items, s->room, sizeof *s->items);
    }
    return &s->items[s->count++];
}

void streams_enter(struct streams *streams, coap_session_t *session, int64_t now_ms)
{
    const struct sockaddr *peer = &coap_session_get_addr_remote(session)->addr.sa;
    bool full = streams->welcome >= streams->most;
    struct stream *stream = append(streams);

    *stream = (struct stream){.session = session, .since_ms = now_ms};
    if (full ||
        address_enter(&streams->addresses, peer, now_ms, &stream->address) != ADDRESS_WELCOME)
        streams->unwelcome++;
    else
        streams->welcome++;
}

void streams_leave(struct streams *streams, const coap_session_t *session)
{
    for (size_t i = 0; i < streams->count; i++) {
        if (streams->items[i].session != session)
            continue;
        if (streams->items[i].address != NULL) {
            address_leave(streams->items[i].address);
            streams->welcome--;
        }
        streams->items[i] = streams->items[--streams->count];
        return;
    }
}

static void end(const struct stream *stream, const char *why)
{
    log_debug(PART, "ended %s: %s", coap_session_str(stream->session), why);
    coap_session_disconnected(stream->session, COAP_NACK_NOT_DELIVERABLE);
}

size_t streams_turn_away(struct streams *streams)
{
    size_t count = 0;

    if (streams->unwelcome == 0)
        return 0;
    for (size_t i = 0; i < streams->count; i++) {
        if (streams->items[i].address != NULL || walk_will_free(streams->items[i].session))
            continue;
        end(&streams->items[i], "too many connections");
        count++;
    }
    streams->unwelcome = 0;
    streams->turned_away += count;
    return count;
}

size_t streams_hurry(struct streams *streams, int64_t now_ms)
{
    size_t count = 0;

    for (size_t i = 0; i < streams->count; i++) {
        const struct stream *stream = &streams->items[i];

        if (now_ms - stream->since_ms < STREAMS_HANDSHAKE_MS || walk_will_free(stream->session) ||
            coap_session_get_state(stream->session) == COAP_SESSION_STATE_ESTABLISHED)
            continue;
        end(stream, "its handshake takes too long");
        count++;
    }
    if (count > 0 || streams->turned_away > 0)
        log_info(PART,
                 "ended %zu connections that were too many, %zu whose handshake took too long",
                 streams->turned_away, count);
    streams->turned_away = 0;
    address_book_sweep(&streams->addresses, now_ms);
    return count;
}

size_t streams_count(const struct streams *streams)
{
    return streams->count;
}
