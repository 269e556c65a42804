/* What a batch may make the registry take: a gateway's certificate does not make its bytes friendly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/batch/batch.h"
#include "shared/batch/frame.h"

#define NOON          1750000000000
#define PAYLOADS_MAX  (4u << 20) /* that a gateway puts into one batch while a backlog drains */
#define DEFAULT_ROWS  20000u
#define BLOCK_RAM_MAX (36u << 20)
#define PART_BYTES    24u

static const uint8_t journal_id[BATCH_JOURNAL_ID_BYTES] = "0123456789abcdef";

/* Two bytes again and again, up to the limit of what is decompressed. */
static uint8_t *pairs(struct arena *arena, uint8_t tag, uint8_t value, size_t *len)
{
    uint8_t *bytes = arena_alloc(arena, *len = BATCH_PLAIN_BYTES_MAX, 1);

    for (size_t i = 0; i < *len; i += 2) {
        bytes[i] = tag;
        bytes[i + 1] = value;
    }
    return bytes;
}

static void assert_cheap(const uint8_t *plain, size_t plain_len, const char *why)
{
    struct arena *outside = arena_create(), *arena = arena_create();
    struct batch batch;
    struct fault fault = {0};
    uint8_t *line = NULL;
    size_t len = 0;

    assert_int_equal(frame_seal(plain, plain_len, outside, &line, &len, &fault), ERR_OK);
    assert_int_equal(batch_decode(line, len, arena, &batch, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, why));
    assert_true(arena_bytes(arena) <= BATCH_MEMORY_BYTES_MAX);
    arena_destroy(arena);
    arena_destroy(outside);
}

static void a_small_line_cannot_make_the_registry_take_gigabytes(void **state)
{
    /* first; an empty block, reject, event, piece of evidence; an unknown field; an empty name */
    static const uint8_t tags[] = {0x18, 0x3A, 0x42, 0x4A, 0x52, 0x78, 0x0A};
    struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < sizeof tags; i++) {
        size_t len = 0;
        const uint8_t *bytes = pairs(arena, tags[i], i == 0 || i == 5, &len);

        assert_cheap(bytes, len, "too many parts");
        arena_reset(arena);
    }
    arena_destroy(arena);
}

/* A header that holds, and parts whose length justifies what unpacking takes (each is an unknown field):
 * only their number is wrong. */
static void parts_are_counted_before_memory_is_taken_for_them(void **state)
{
    static const uint8_t header[] = "\x0A\x02gw\x12\x10"
                                    "0123456789abcdef\x20\x09";
    static const uint8_t tags[] = {0x3A, 0x42, 0x4A, 0x52};
    static uint8_t bytes[sizeof header - 1 + (BATCH_PARTS_MAX + 1) * PART_BYTES];

    (void)state;
    memcpy(bytes, header, sizeof header - 1);
    for (size_t i = 0; i < sizeof tags; i++) {
        for (uint8_t *at = bytes + sizeof header - 1; at < bytes + sizeof bytes; at += PART_BYTES)
            memcpy(at, (uint8_t[]){tags[i], PART_BYTES - 2, 0x7A, PART_BYTES - 4}, 4);
        assert_cheap(bytes, sizeof bytes, "65537 parts");
    }
}

static void a_block_cannot_take_more_than_a_full_one(void **state)
{
    static const uint8_t tags[] = {0x08, 0x40, 0x78, 0x42}; /* rows, a delta, unknown, no deltas */
    struct arena *outside = arena_create(), *arena = arena_create();
    struct block block;

    (void)state;
    for (size_t i = 0; i < sizeof tags; i++) {
        size_t len = 0;
        const uint8_t *bytes = pairs(outside, tags[i], 0, &len);

        assert_int_equal(block_decode(bytes, len, arena, &block, NULL), ERR_INPUT);
        assert_true(arena_bytes(arena) <= BLOCK_RAM_MAX);
        arena_reset(arena);
        arena_reset(outside);
    }
    arena_destroy(arena);
    arena_destroy(outside);
}

/* No two differences alike: every column as long as it can be. */
static void a_full_block_passes(void **state)
{
    static struct block_row rows[BLOCK_ROWS_MAX];
    struct arena *arena = arena_create();
    struct block block;
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < BLOCK_ROWS_MAX; i++) {
        rows[i] = (struct block_row){
            .received_ms = NOON + (int64_t)(i * i),
            .position = i * i % 1009,
            .source = (uint32_t)(i * i % 7),
            .format = (enum format)(i * i % 5),
            .sample = {.at_ms = NOON - (int64_t)(i * i % 1013), .signature = (uint8_t)(i % 4)}};
        for (unsigned id = 0; id < SIGNAL_COUNT; id++) {
            const struct signal_def *def = signal_def((enum signal_id)id);

            if (i % 1000 == id)
                sample_mark(&rows[i].sample, (enum signal_id)id, QUALITY_INVALID);
            else
                sample_set(&rows[i].sample, (enum signal_id)id,
                           def->min + (int64_t)(i * i) % (def->max - def->min + 1));
        }
    }
    block_encode(&(struct block){rows, BLOCK_ROWS_MAX}, arena, &bytes, &len);
    if (block_decode(bytes, len, arena, &block, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(block.count, BLOCK_ROWS_MAX);
    arena_destroy(arena);
}

/* Names as long as they may be, every signal, every payload kept and an event beside each. */
static void add(struct batch_builder *builder, uint64_t position, const uint8_t *payload,
                size_t len)
{
    struct sample sample = {.at_ms = NOON + (int64_t)position * 37};
    struct batch_event event = {.position = position,
                                .received_ms = NOON,
                                .at_ms = NOON,
                                .kind = CODEC_EVENT_LOGIN,
                                .number = (int64_t)position,
                                .text = "89860012345678901234"};
    struct batch_evidence evidence = {.position = position,
                                      .format = FORMAT_GBT32960,
                                      .received_ms = NOON,
                                      .payload = payload,
                                      .payload_len = len};

    for (unsigned id = 0; id < SIGNAL_COUNT; id++)
        sample_set(&sample, (enum signal_id)id, signal_def((enum signal_id)id)->max);
    snprintf(event.unit, sizeof event.unit, "unit-of-a-long-name-%012u", (unsigned)position);
    memcpy(evidence.unit, event.unit, sizeof event.unit);
    batch_builder_add_samples(builder, event.unit, FORMAT_GBT32960, position, sample.at_ms + 80,
                              &sample, 1);
    batch_builder_add_evidence(builder, &evidence);
    if (position % 2 == 0)
        batch_builder_add_event(builder, &event);
}

static void assert_passes(uint64_t entries)
{
    uint8_t *payload = mem_alloc(1, PAYLOADS_MAX / entries);
    struct batch_builder *builder = batch_builder_create("gw-1", journal_id);
    struct arena *arena = arena_create();
    struct batch batch;
    struct fault fault = {0};
    const uint8_t *bytes = NULL;
    size_t len = 0;

    for (uint64_t i = 0; i < entries; i++)
        add(builder, i, payload, PAYLOADS_MAX / entries);
    if (batch_builder_finish(builder, entries, &bytes, &len, &fault) != ERR_OK ||
        batch_decode(bytes, len, arena, &batch, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(batch.block_count, entries);
    assert_int_equal(batch.evidence_count, entries);
    arena_destroy(arena);
    batch_builder_destroy(builder);
    free(payload);
}

static void what_a_gateway_collects_with_its_own_settings_passes(void **state)
{
    (void)state;
    assert_passes(DEFAULT_ROWS);
}

/* What the builder lets through, the registry takes: it is halved here and not there. */
static void as_many_parts_as_may_be_sent_are_taken(void **state)
{
    (void)state;
    assert_passes(BATCH_PARTS_MAX * 2 / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_line_cannot_make_the_registry_take_gigabytes),
        cmocka_unit_test(parts_are_counted_before_memory_is_taken_for_them),
        cmocka_unit_test(a_block_cannot_take_more_than_a_full_one),
        cmocka_unit_test(a_full_block_passes),
        cmocka_unit_test(what_a_gateway_collects_with_its_own_settings_passes),
        cmocka_unit_test(as_many_parts_as_may_be_sent_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
