#include "gateway/coap/body.h"

#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"

#define BLOCK_MAX  1024u
#define FIRST_ROOM 4096u
#define ANY_NUMBER 7u /* size exponent of RFC 8323 */

void body_clear(struct body *body, struct body_room *room)
{
    if (body->link != NULL) {
        *body->link = body->next;
        if (body->next != NULL)
            body->next->link = body->link;
    }
    room->left += body->room;
    free(body->bytes);
    memset(body, 0, sizeof *body);
}

bool body_block_parse(const uint8_t *value, size_t len, struct body_block *block)
{
    uint32_t all = 0;

    if (len > 3)
        return false;
    for (size_t i = 0; i < len; i++)
        all = all << 8 | value[i];
    block->number = all >> 4;
    block->more = (all >> 3 & 1) != 0;
    block->size_exponent = all & 7;
    return true;
}

static size_t unit_of(const struct body_block *block)
{
    return block->size_exponent == ANY_NUMBER ? BLOCK_MAX : (size_t)16 << block->size_exponent;
}

static bool size_ok(const struct body_block *block)
{
    size_t unit = unit_of(block);

    if (block->size_exponent == ANY_NUMBER)
        return block->reliable && (!block->more || (block->len > 0 && block->len % unit == 0));
    return block->more ? block->len == unit : block->len <= unit;
}

static bool same_body(const struct body *body, const struct body_block *block)
{
    return body->bytes != NULL && body->format == block->format &&
           body->tag_len == block->tag_len &&
           (body->tag_len == 0 || memcmp(body->tag, block->tag, body->tag_len) == 0);
}

static bool make_room(struct body *body, size_t wanted, struct body_room *room)
{
    size_t bytes = body->room == 0 ? FIRST_ROOM : body->room;

    while (bytes < wanted)
        bytes *= 2;
    if (bytes == body->room)
        return true;
    if (bytes - body->room > room->left)
        return false;
    room->left -= bytes - body->room;
    body->bytes = mem_grow(body->bytes, bytes, 1);
    body->room = bytes;
    return true;
}

/* May the unit begin another one? Its sessions may be many, and one that broke off is noticed late. */
static bool unit_may_begin(const char *unit, int64_t now_ms, struct body_room *room)
{
    struct body *oldest = NULL;
    size_t count = 0;

    for (struct body *body = room->first; body != NULL; body = body->next) {
        if (strcmp(body->unit, unit) != 0)
            continue;
        count++;
        if (oldest == NULL || body->touched_ms < oldest->touched_ms)
            oldest = body;
    }
    if (count < BODY_UNIT_MAX)
        return true;
    if (now_ms - oldest->touched_ms < BODY_GIVEN_UP_MS)
        return false;
    body_clear(oldest, room);
    return true;
}

static void begin(struct body *body, const struct body_block *block, struct body_room *room)
{
    body->unit = block->unit;
    body->next = room->first;
    body->link = &room->first;
    if (body->next != NULL)
        body->next->link = &body->next;
    room->first = body;
    body->format = block->format;
    body->tag_len = block->tag_len;
    if (block->tag_len > 0)
        memcpy(body->tag, block->tag, block->tag_len);
}

static enum body_outcome append(struct body *body, const struct body_block *block, size_t max,
                                struct body_room *room)
{
    if (body->len + block->len > max || (block->number == 0 && block->total > max))
        return BODY_TOO_LARGE;
    if (!make_room(body, body->len + block->len, room))
        return BODY_NO_ROOM;
    if (block->len > 0) /* what is not there has no address */
        memcpy(body->bytes + body->len, block->bytes, block->len);
    body->last_at = body->len;
    body->len += block->len;
    return block->more ? BODY_MORE : BODY_WHOLE;
}

static enum body_outcome take_first(struct body *body, const struct body_block *block, size_t max,
                                    int64_t now_ms, struct body_room *room)
{
    body_clear(body, room);
    if (block->more && !unit_may_begin(block->unit, now_ms, room))
        return BODY_TOO_MANY;
    begin(body, block, room);
    return append(body, block, max, room);
}

enum body_outcome body_add(struct body *body, const struct body_block *block, size_t max,
                           int64_t now_ms, struct body_room *room)
{
    size_t at = (size_t)block->number * unit_of(block);
    enum body_outcome outcome = BODY_BAD;

    if (block->tag_len > BODY_TAG_MAX || !size_ok(block))
        outcome = BODY_BAD;
    else if (at > 0 && same_body(body, block) && at == body->last_at && block->more)
        return BODY_MORE; /* the answer to it was lost */
    else if (at > 0 && (!same_body(body, block) || at != body->len))
        outcome = BODY_GAP;
    else if (at == 0)
        outcome = take_first(body, block, max, now_ms, room);
    else
        outcome = append(body, block, max, room);
    body->touched_ms = now_ms;
    if (outcome != BODY_MORE && outcome != BODY_WHOLE)
        body_clear(body, room);
    return outcome;
}
