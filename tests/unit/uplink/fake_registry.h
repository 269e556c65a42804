/*
 * fake_registry: a transport that keeps what a registry would keep, and answers by script. Each
 * step of the script is used once; behind its end everything is stored.
 */
#ifndef EVROLL_TESTS_UNIT_UPLINK_FAKE_REGISTRY_H
#define EVROLL_TESTS_UNIT_UPLINK_FAKE_REGISTRY_H

#include <stdio.h>
#include <string.h>

#include "gateway/uplink/transport.h"
#include "shared/batch/batch.h"

#define FAKE_POSITIONS 4096
#define FAKE_STEPS     4096

enum fake_act {
    FAKE_STORE,
    FAKE_STORE_AND_LOSE, /* stored, but the answer does not arrive */
    FAKE_STATUS,         /* `status`, `body`, `retry_after_s`; nothing stored */
    FAKE_FAIL            /* `err`; nothing stored */
};

struct fake_step {
    enum fake_act act;
    int status;
    const char *body;
    int64_t retry_after_s;
    enum err err;
};

struct fake_registry {
    struct transport transport; /* first */
    struct fake_step steps[FAKE_STEPS];
    size_t step, step_count;

    /* what it knows */
    uint64_t cursor;
    uint8_t rows[FAKE_POSITIONS];    /* how often a row of this position was stored */
    uint8_t rejects[FAKE_POSITIONS]; /* the same for rejects */
    uint64_t damaged, lost;
    char reason[65]; /* of the last reject */
    size_t posts, largest_rows;
    bool same_as_before; /* the last two posts were the same bytes */
    uint8_t last[1 << 20];
    size_t last_len;

    /* what it will not take */
    bool refuses;
    uint64_t poison;     /* batches with rows of this position: 422 */
    bool refuses_reject; /* with a reject of it too */
    size_t rows_max;     /* 413 above; 0: any */

    /* the line to it: what has more rows is cut off after 30 s; 0: any */
    size_t line_rows;
    struct clock_fake *clock;
};

static inline void fake_answer(struct transport_answer *answer, int status, const char *key,
                               uint64_t position)
{
    answer->status = status;
    answer->retry_after_s = -1;
    answer->len = (size_t)snprintf(answer->body, sizeof answer->body, "{\"%s\": %llu}", key,
                                   (unsigned long long)position);
}

static inline bool fake_refuses(const struct fake_registry *r, const struct batch *batch,
                                struct arena *arena)
{
    bool poisoned = false;

    for (size_t i = 0; r->refuses && i < batch->block_count; i++) {
        struct block block = {0};

        if (block_decode(batch->blocks[i].bytes, batch->blocks[i].len, arena, &block, NULL) !=
            ERR_OK)
            return true;
        for (size_t k = 0; k < block.count; k++)
            poisoned = poisoned || block.rows[k].position == r->poison;
    }
    for (size_t i = 0; r->refuses_reject && i < batch->reject_count; i++)
        poisoned = poisoned || batch->rejects[i].position == r->poison;
    return poisoned;
}

static inline void fake_keep(struct fake_registry *r, const struct batch *batch,
                             struct arena *arena)
{
    for (size_t i = 0; i < batch->block_count; i++) {
        struct block block = {0};

        if (block_decode(batch->blocks[i].bytes, batch->blocks[i].len, arena, &block, NULL) ==
            ERR_OK)
            for (size_t k = 0; k < block.count; k++)
                r->rows[block.rows[k].position]++;
    }
    for (size_t i = 0; i < batch->reject_count; i++) {
        r->rejects[batch->rejects[i].position]++;
        snprintf(r->reason, sizeof r->reason, "%s", batch->rejects[i].reason);
    }
    r->damaged += batch->damaged;
    r->lost += batch->first - batch->lost_from;
    r->cursor = batch->next;
}

static inline size_t fake_rows(const struct batch *batch)
{
    size_t rows = 0;

    for (size_t i = 0; i < batch->block_count; i++)
        rows += batch->blocks[i].rows;
    return rows;
}

static inline void fake_store(struct fake_registry *r, const struct batch *batch,
                              struct arena *arena, struct transport_answer *answer)
{
    size_t rows = fake_rows(batch);

    r->largest_rows = rows > r->largest_rows ? rows : r->largest_rows;
    if (batch->next <= r->cursor) {
        fake_answer(answer, 200, "next", r->cursor);
    } else if (batch->lost_from != r->cursor) {
        fake_answer(answer, 409, "expected", r->cursor);
    } else if (r->rows_max > 0 && rows > r->rows_max) {
        fake_answer(answer, 413, "limit", r->rows_max);
    } else if (fake_refuses(r, batch, arena)) {
        fake_answer(answer, 422, "status", 422);
    } else {
        fake_keep(r, batch, arena);
        fake_answer(answer, 200, "next", r->cursor);
    }
}

static inline void fake_remember(struct fake_registry *r, const uint8_t *bytes, size_t len)
{
    r->posts++;
    r->same_as_before = len == r->last_len && memcmp(bytes, r->last, len) == 0;
    r->last_len = len < sizeof r->last ? len : sizeof r->last;
    memcpy(r->last, bytes, r->last_len);
}

static inline enum err fake_post(struct transport *self, const uint8_t *bytes, size_t len,
                                 struct transport_answer *answer, struct fault *fault)
{
    struct fake_registry *r = (struct fake_registry *)self;
    struct fake_step step = {0};
    struct arena *arena = arena_create();
    struct batch batch = {0};
    enum err err = ERR_OK;

    fake_remember(r, bytes, len);
    if (r->step < r->step_count)
        step = r->steps[r->step++];
    if (step.act == FAKE_FAIL) {
        err = fault_set(fault, step.err, "scripted");
    } else if (step.act == FAKE_STATUS) {
        answer->status = step.status;
        answer->retry_after_s = step.retry_after_s == 0 ? -1 : step.retry_after_s;
        answer->len = step.body == NULL ? 0 : strlen(step.body);
        memcpy(answer->body, step.body == NULL ? "" : step.body, answer->len);
    } else {
        err = batch_decode(bytes, len, arena, &batch, fault);
        if (err == ERR_OK && r->line_rows > 0 && fake_rows(&batch) > r->line_rows) {
            clock_fake_advance(r->clock, 30000);
            err = fault_set(fault, ERR_PEER, "the registry closed the connection");
        } else if (err == ERR_OK) {
            fake_store(r, &batch, arena, answer);
        }
        if (step.act == FAKE_STORE_AND_LOSE)
            err = fault_set(fault, ERR_PEER, "the answer got lost");
    }
    arena_destroy(arena);
    return err;
}

static inline void fake_close(struct transport *self)
{
    (void)self;
}

static inline void fake_init(struct fake_registry *r)
{
    memset(r, 0, sizeof *r);
    r->transport = (struct transport){.post = fake_post, .close = fake_close};
}

static inline void fake_script(struct fake_registry *r, struct fake_step step)
{
    r->steps[r->step_count++] = step;
}

#endif
