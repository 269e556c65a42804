#include "gateway/coap/answer.h"

#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"

static const uint8_t *option_value(const coap_pdu_t *pdu, coap_option_num_t number, size_t *len)
{
    coap_opt_iterator_t at;
    coap_opt_t *option = coap_check_option(pdu, number, &at);

    if (option == NULL)
        return NULL;
    *len = coap_opt_length(option);
    return coap_opt_value(option);
}

void answer_take_over(struct answer *answer, coap_session_t *session, const coap_pdu_t *request,
                      coap_pdu_t *response)
{
    coap_bin_const_t token = coap_pdu_get_token(request);
    const uint8_t *value = NULL;
    size_t len = 0;

    /* An empty message that confirms nothing is dropped by libcoap. */
    coap_pdu_set_type(response, COAP_MESSAGE_NON);
    memset(answer, 0, sizeof *answer);
    answer->session = session;
    answer->reliable = COAP_PROTO_RELIABLE(coap_session_get_proto(session));
    answer->confirmable = coap_pdu_get_type(request) == COAP_MESSAGE_CON;
    answer->message_id = (uint16_t)coap_pdu_get_mid(request);
    answer->token_len = token.length <= ANSWER_TOKEN_MAX ? token.length : 0;
    if (answer->token_len > 0)
        memcpy(answer->token, token.s, answer->token_len);
    value = option_value(request, COAP_OPTION_BLOCK1, &len);
    answer->has_block = value != NULL && len <= sizeof answer->block;
    if (answer->has_block && len > 0)
        memcpy(answer->block, value, answer->block_len = len);
    value = option_value(request, COAP_OPTION_NORESPONSE, &len);
    answer->no_response = value == NULL ? 0 : coap_decode_var_bytes(value, len);
}

/* ---- sending ---- */

/* RFC 7967. An error to a confirmable request is always said: nothing but an acknowledgement could
 * take its place, and that would look like success. */
static bool unwanted(const struct answer *answer)
{
    unsigned class = COAP_RESPONSE_CLASS(answer->code);

    if ((answer->no_response >> (class - 1) & 1) == 0)
        return false;
    return class == 2 || (!answer->confirmable && !answer->reliable);
}

static bool add_number(coap_pdu_t *pdu, coap_option_num_t number, uint32_t value)
{
    uint8_t bytes[4];

    return coap_add_option(pdu, number, coap_encode_var_safe(bytes, sizeof bytes, value), bytes) >
           0;
}

static bool fill(coap_pdu_t *pdu, const struct answer *answer)
{
    bool ok = coap_add_token(pdu, answer->token_len, answer->token) != 0;

    if (ok && answer->max_age > 0)
        ok = add_number(pdu, COAP_OPTION_MAXAGE, answer->max_age);
    if (ok && answer->has_block && COAP_RESPONSE_CLASS(answer->code) == 2)
        ok = coap_add_option(pdu, COAP_OPTION_BLOCK1, answer->block_len, answer->block) > 0;
    if (ok && answer->size1 > 0)
        ok = add_number(pdu, COAP_OPTION_SIZE1, answer->size1);
    if (ok && answer->text[0] != '\0')
        ok = coap_add_data(pdu, strlen(answer->text), (const uint8_t *)answer->text) != 0;
    return ok;
}

void answer_send(const struct answer *answer)
{
    coap_session_t *session = answer->session;
    coap_pdu_t *pdu = NULL;
    bool ack = answer->confirmable && !answer->reliable, silent = unwanted(answer);

    if (coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED || (silent && !ack))
        return;
    pdu = coap_pdu_init(ack ? COAP_MESSAGE_ACK : COAP_MESSAGE_NON,
                        silent ? COAP_EMPTY_CODE : (coap_pdu_code_t)answer->code,
                        ack ? answer->message_id : coap_new_message_id(session),
                        coap_session_max_pdu_size(session));
    if (pdu == NULL)
        return;
    if (silent || fill(pdu, answer))
        (void)coap_send(session, pdu);
    else
        coap_delete_pdu(pdu);
}

/* ---- held ---- */

void answer_hold(struct answer_queue *queue, const struct answer *answer)
{
    struct answer *held = mem_alloc(1, sizeof *held);

    *held = *answer;
    held->next = NULL;
    (void)coap_session_reference(held->session);
    if (queue->last == NULL)
        queue->first = held;
    else
        queue->last->next = held;
    queue->last = held;
    queue->count++;
}

struct answer *answer_next(struct answer_queue *queue, uint64_t synced)
{
    struct answer *first = queue->first;

    if (first == NULL || first->position >= synced)
        return NULL;
    queue->first = first->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    return first;
}

void answer_free(struct answer *answer)
{
    coap_session_release(answer->session);
    free(answer);
}
