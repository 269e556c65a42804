/* delivery: what a gateway would send, for tests: samples go in, the batch is ingested. */
#ifndef EVROLL_TESTS_UNIT_ROLLUP_DELIVERY_H
#define EVROLL_TESTS_UNIT_ROLLUP_DELIVERY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "registry/ingest/ingest.h"
#include "registry/ingest/sorting.h"

/* One gateway's journal. */
struct delivery {
    const char *gateway;
    uint8_t journal_id[BATCH_JOURNAL_ID_BYTES];
    uint64_t next;
    struct batch_builder *builder;
};

static inline void delivery_open(struct delivery *delivery, const char *gateway, uint8_t journal)
{
    memset(delivery, 0, sizeof *delivery);
    delivery->gateway = gateway;
    memset(delivery->journal_id, journal, sizeof delivery->journal_id);
    delivery->builder = batch_builder_create(gateway, delivery->journal_id);
    batch_builder_begin(delivery->builder, 0, 0);
}

static inline void delivery_close(struct delivery *delivery)
{
    batch_builder_destroy(delivery->builder);
}

/* A message with one sample. */
static inline void delivery_add(struct delivery *delivery, const char *unit,
                                const struct sample *sample)
{
    batch_builder_add_samples(delivery->builder, unit, FORMAT_SENML_JSON, delivery->next++,
                              sample->at_ms + 200, sample, 1);
}

/* Sends what was added. */
static inline void delivery_send(struct delivery *delivery, struct sql *db)
{
    struct arena *arena = arena_create();
    struct ingest_result result;
    struct batch batch;
    struct fault fault = {.code = ERR_OK};
    const uint8_t *bytes = NULL;
    size_t len = 0;

    assert_int_equal(batch_builder_finish(delivery->builder, delivery->next, &bytes, &len, &fault),
                     ERR_OK);
    assert_int_equal(batch_decode(bytes, len, arena, &batch, &fault), ERR_OK);
    if (ingest_batch(db, &clock_system, 0, &batch, &result, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_true(result.stored);
    assert_true(result.next == delivery->next);
    batch_builder_begin(delivery->builder, delivery->next, delivery->next);
    arena_destroy(arena);
}

/* Makes blocks of everything that was sent. */
static inline void delivery_sort(struct sql *db)
{
    size_t did = 1;

    while (did > 0)
        assert_int_equal(sorting_step(db, INT64_MAX, INT64_MAX, &did, NULL), ERR_OK);
}

#endif
