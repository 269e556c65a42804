/*
 * What happens to a request:
 *
 *     repeated? ─▶ unit? ─▶ flooding? ─▶ path, method, format ─▶ body whole? ─▶ journal ─▶ held
 *
 * Each step either answers or passes on.
 */
#include <stdio.h>
#include <string.h>

#include "gateway/coap/admission.h"
#include "gateway/coap/endpoint_internal.h"
#include "shared/codec/codec.h"

#define HELD_MAX    20000 /* answers that wait for the disk */
#define HELD_MAX_MS 10000 /* how long one does */

#define CODE(number) ((uint8_t)COAP_RESPONSE_CODE(number))

struct request {
    struct endpoint *endpoint;
    struct peer *peer;
    const coap_pdu_t *pdu;
    struct answer answer;
    enum format format;
    const uint8_t *payload;
    size_t len;
    int64_t now_ms; /* mono */
};

static void count(struct endpoint *endpoint, enum endpoint_count which)
{
    atomic_fetch_add_explicit(&endpoint->counts[which], 1, memory_order_relaxed);
}

/* ---- answering ---- */

static void count_answer(struct endpoint *endpoint, uint8_t code)
{
    if (code == CODE(204))
        count(endpoint, COUNT_ACCEPTED);
    else if (code == CODE(400))
        count(endpoint, COUNT_MALFORMED);
    else if (code != CODE(231))
        count(endpoint, COUNT_REFUSED);
    if (code == CODE(503))
        count(endpoint, COUNT_FULL);
    else if (code == CODE(429))
        count(endpoint, COUNT_FLOODING);
}

static void finish(struct endpoint *endpoint, const struct answer *answer)
{
    struct peer *peer = coap_session_get_app_data(answer->session);

    count_answer(endpoint, answer->code);
    if (peer != NULL && !answer->reliable)
        exchange_answer(&peer->exchanges, answer->message_id, answer->code, answer->max_age,
                        answer->text[0] == '\0' ? NULL : answer->text);
    answer_send(answer);
}

static void say(struct request *request, unsigned code, const char *text)
{
    request->answer.code = CODE(code);
    snprintf(request->answer.text, sizeof request->answer.text, "%s", text);
    finish(request->endpoint, &request->answer);
}

static void say_busy(struct request *request, unsigned code, uint32_t seconds, const char *text)
{
    request->answer.max_age = seconds;
    say(request, code, text);
}

static void say_too_large(struct request *request)
{
    request->answer.size1 = request->endpoint->options.payload_max;
    say(request, 413, "the payload is too large; Size1 says how much is taken");
}

/* ---- the journal ---- */

/* The reason that goes to the unit; "" when the payload decodes. */
static void judge(struct request *request, const struct journal_entry *entry, char *text,
                  size_t room)
{
    const struct endpoint_options *options = &request->endpoint->options;
    struct codec_input input = {
        .unit = entry->unit,
        .received_ms = entry->received_ms,
        .bytes = entry->payload,
        .len = entry->payload_len,
        .layout = codec_layout_of(options->layouts, options->layout_count, entry->unit)};
    struct codec_result result = {0};

    arena_reset(request->endpoint->arena);
    (void)codec_decode(entry->format, &input, request->endpoint->arena, &result);
    if (result.fault.reason != NULL)
        snprintf(text, room, "%s at byte %zu: %s", result.fault.reason, result.fault.at_byte,
                 result.fault.detail);
}

static void acknowledge(struct request *request, uint64_t position)
{
    struct endpoint *endpoint = request->endpoint;

    if (!endpoint->options.power_loss) {
        finish(endpoint, &request->answer);
        return;
    }
    request->answer.position = position;
    request->answer.since_ms = request->now_ms;
    answer_hold(&endpoint->held, &request->answer);
}

static void keep(struct request *request)
{
    struct endpoint *endpoint = request->endpoint;
    struct journal_entry entry = {.received_ms = clock_wall_ms(endpoint->clock),
                                  .format = request->format,
                                  .payload = request->payload,
                                  .payload_len = request->len};
    uint64_t position = 0;
    enum err err = endpoint->held.count < HELD_MAX ? ERR_OK : ERR_FULL;

    memcpy(entry.unit, request->peer->identity.name, strlen(request->peer->identity.name) + 1);
    judge(request, &entry, request->answer.text, sizeof request->answer.text);
    request->answer.code = request->answer.text[0] == '\0' ? CODE(204) : CODE(400);
    if (err == ERR_OK)
        err = store_append(endpoint->store, &entry, &position);
    if (err == ERR_OK)
        acknowledge(request, position);
    else
        say_busy(request, 503, ENDPOINT_RETRY_S,
                 err == ERR_FULL ? "there is no room now; keep the data and try again"
                                 : "the journal cannot be written now; keep the data");
}

/* ---- the body ---- */

static bool block_of(const struct request *request, struct body_block *block)
{
    coap_opt_iterator_t at;
    coap_opt_t *option = coap_check_option(request->pdu, COAP_OPTION_SIZE1, &at);

    *block = (struct body_block){.unit = request->peer->identity.name,
                                 .reliable = request->answer.reliable,
                                 .format = request->format,
                                 .bytes = request->payload,
                                 .len = request->len};
    if (option != NULL)
        block->total = coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option));
    option = coap_check_option(request->pdu, COAP_OPTION_RTAG, &at);
    if (option != NULL) {
        block->tag = coap_opt_value(option);
        block->tag_len = coap_opt_length(option);
    }
    return body_block_parse(request->answer.block, request->answer.block_len, block);
}

static void take_whole(struct request *request, struct body *body)
{
    request->payload = body->bytes;
    request->len = body->len;
    keep(request);
    body_clear(body, &request->endpoint->body_room);
}

static void take_block(struct request *request)
{
    struct endpoint *endpoint = request->endpoint;
    struct body *body = &request->peer->body;
    struct body_block block;

    if (!block_of(request, &block)) {
        say(request, 402, "Block1 holds more than three bytes");
        return;
    }
    switch (body_add(body, &block, endpoint->options.payload_max, request->now_ms,
                     &endpoint->body_room)) {
    case BODY_MORE:
        say(request, 231, "");
        break;
    case BODY_WHOLE:
        take_whole(request, body);
        break;
    case BODY_GAP:
        say(request, 408, "not the next block of this body; begin anew");
        break;
    case BODY_BAD:
        say(request, 402, "the block is not of the size that Block1 says");
        break;
    case BODY_TOO_LARGE:
        say_too_large(request);
        break;
    case BODY_TOO_MANY:
        say_busy(request, 429, BODY_GIVEN_UP_MS / 1000,
                 "two bodies in blocks are under way already");
        break;
    case BODY_NO_ROOM:
        say_busy(request, 503, ENDPOINT_RETRY_S, "too many bodies in blocks at once");
        break;
    }
}

/* ---- admission ---- */

static const struct {
    unsigned code;
    const char *text;
} refusals[ADMISSION_COUNT] = {
    [ADMISSION_FORBIDDEN] = {403, "a unit posts to its own path only"},
    [ADMISSION_NOT_FOUND] = {404, "post to v1/units/{unit}/{format}"},
    [ADMISSION_NOT_ALLOWED] = {405, "POST only"},
    [ADMISSION_CONTENT_FORMAT] = {415, "the Content-Format does not fit the path"},
};

static enum admission admit(struct request *request)
{
    coap_opt_iterator_t at;
    coap_opt_t *format = coap_check_option(request->pdu, COAP_OPTION_CONTENT_FORMAT, &at);
    coap_string_t *path = coap_get_uri_path(request->pdu);
    struct admission_request asked = {
        .unit = request->peer->may_send ? request->peer->identity.name : NULL,
        .path = path == NULL ? "" : (const char *)path->s,
        .path_len = path == NULL ? 0 : path->length,
        .post = coap_pdu_get_code(request->pdu) == COAP_REQUEST_CODE_POST,
        .content_format = ADMISSION_NO_CONTENT_FORMAT,
        .payload_len = request->len,
        .payload_max = request->endpoint->options.payload_max};
    enum admission admission = ADMISSION_OK;

    if (format != NULL)
        asked.content_format =
            (long)coap_decode_var_bytes(coap_opt_value(format), coap_opt_length(format));
    admission = admission_check(&asked, &request->format);
    coap_delete_string(path);
    return admission;
}

static bool is_last_block(const struct answer *answer)
{
    struct body_block block = {0};

    return !answer->has_block || !body_block_parse(answer->block, answer->block_len, &block) ||
           !block.more;
}

static uint32_t wait_of(const struct request *request)
{
    uint32_t cost = is_last_block(&request->answer) ? FLOOD_MESSAGE : FLOOD_BLOCK;

    if (!request->peer->may_send)
        return 0;
    return flood_take(request->endpoint->flood, request->peer->identity.name, cost,
                      request->now_ms);
}

static void take(struct request *request)
{
    uint32_t wait_s = wait_of(request);
    enum admission admission = ADMISSION_OK;

    if (wait_s > 0) {
        say_busy(request, 429, wait_s, "too many messages; Max-Age says when to go on");
        return;
    }
    admission = admit(request);
    if (admission == ADMISSION_TOO_LARGE)
        say_too_large(request);
    else if (admission != ADMISSION_OK)
        say(request, refusals[admission].code, refusals[admission].text);
    else if (request->answer.has_block)
        take_block(request);
    else
        keep(request);
}

/* ---- messages that come again ---- */

/* True: there is nothing more to do. One that was not answered yet will be. */
static bool repeated(struct request *request)
{
    struct exchange_ring *ring = &request->peer->exchanges;
    struct answer *answer = &request->answer;
    const struct exchange *known = NULL;

    if (answer->reliable)
        return false;
    known = exchange_find(ring, answer->message_id, request->now_ms);
    if (known == NULL) {
        exchange_begin(ring, answer->message_id, request->now_ms);
        return false;
    }
    count(request->endpoint, COUNT_REPEATED);
    if (known->code == 0 || !answer->confirmable)
        return true;
    answer->code = known->code;
    answer->max_age = known->max_age;
    if (known->code == CODE(413))
        answer->size1 = request->endpoint->options.payload_max;
    if (known->text != NULL)
        snprintf(answer->text, sizeof answer->text, "%s", known->text);
    answer_send(answer);
    return true;
}

static void on_request(coap_resource_t *resource, coap_session_t *session,
                       const coap_pdu_t *request, const coap_string_t *query, coap_pdu_t *response)
{
    struct endpoint *endpoint = coap_get_app_data(coap_session_get_context(session));
    struct request r = {.endpoint = endpoint,
                        .peer = peer_of(&endpoint->peers, session, &endpoint->bar),
                        .pdu = request,
                        .now_ms = clock_mono_ms(endpoint->clock)};

    (void)resource;
    (void)query;
    answer_take_over(&r.answer, session, request, response);
    if (coap_get_data(request, &r.len, &r.payload) == 0)
        r.len = 0;
    if (!repeated(&r))
        take(&r);
}

bool intake_register(coap_context_t *context)
{
    static const coap_request_t others[] = {COAP_REQUEST_GET,    COAP_REQUEST_POST,
                                            COAP_REQUEST_DELETE, COAP_REQUEST_FETCH,
                                            COAP_REQUEST_PATCH,  COAP_REQUEST_IPATCH};
    coap_resource_t *any = coap_resource_unknown_init(on_request);

    if (any == NULL)
        return false;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        coap_register_request_handler(any, others[i], on_request);
    coap_add_resource(context, any);
    return true;
}

/* ---- held ---- */

static void let_go(struct endpoint *endpoint, uint64_t before)
{
    struct answer *answer = NULL;

    while ((answer = answer_next(&endpoint->held, before)) != NULL) {
        struct peer *peer = coap_session_get_app_data(answer->session);

        if (peer != NULL && !answer->reliable)
            exchange_forget(&peer->exchanges, answer->message_id);
        answer_free(answer);
    }
}

void intake_release(struct endpoint *endpoint)
{
    struct answer *answer = NULL;
    uint64_t synced = 0;

    if (endpoint->held.count == 0)
        return;
    if (!store_synced(endpoint->store, &synced)) {
        let_go(endpoint, UINT64_MAX);
        return;
    }
    while ((answer = answer_next(&endpoint->held, synced)) != NULL) {
        finish(endpoint, answer);
        answer_free(answer);
    }
    answer = endpoint->held.first;
    if (answer != NULL && clock_mono_ms(endpoint->clock) - answer->since_ms > HELD_MAX_MS)
        let_go(endpoint, answer->position + 1);
}
