/*
 * answer: what a request is answered, sent at once or when the journal is on stable storage.
 *
 * libcoap would send an empty acknowledgement as soon as the handler returns without an answer, and
 * the answer in a message of its own later, which the unit must acknowledge in turn. Instead the
 * handler's own message is dropped (answer_take_over), and the acknowledgement itself waits: a few
 * milliseconds, while a unit waits two seconds before it repeats a request.
 *
 * Thread safety: the endpoint's thread.
 */
#ifndef EVROLL_GATEWAY_COAP_ANSWER_H
#define EVROLL_GATEWAY_COAP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <coap3/coap.h>

#define ANSWER_TOKEN_MAX 8
#define ANSWER_TEXT_MAX  280

struct answer {
    /* from the request */
    coap_session_t *session;
    bool reliable, confirmable;
    uint16_t message_id;
    uint8_t token[ANSWER_TOKEN_MAX];
    size_t token_len;
    uint8_t block[3]; /* its Block1 option, which goes back with success */
    size_t block_len;
    bool has_block;
    unsigned no_response; /* RFC 7967 */

    uint8_t code;
    uint32_t max_age; /* 0: not said */
    uint32_t size1;   /* 0: not said */
    char text[ANSWER_TEXT_MAX];

    /* while it is held */
    uint64_t position;
    int64_t since_ms;
    struct answer *next;
};

/* From the request; nothing is answered yet. `response` will not be sent. */
void answer_take_over(struct answer *answer, coap_session_t *session, const coap_pdu_t *request,
                      coap_pdu_t *response);

/* A lost session, or no memory, is like a lost datagram: the unit asks again. */
void answer_send(const struct answer *answer);

/* ---- held ---- */

struct answer_queue {
    struct answer *first, *last;
    size_t count;
};

/* Copies it and keeps the session. Positions must not fall. */
void answer_hold(struct answer_queue *queue, const struct answer *answer);

/* Takes the first one out when its position is below `synced`; NULL: none. Give it back to
 * answer_free. */
struct answer *answer_next(struct answer_queue *queue, uint64_t synced);
void answer_free(struct answer *answer);

#endif
