#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "shared/batch/batch.h"
#include "tests/unit/batch/random_rows.h"

#define FIRST 1000u
#define NOON  1750000000000 /* any instant */

static const uint8_t journal_id[BATCH_JOURNAL_ID_BYTES] = "0123456789abcdef";

struct line {
    const uint8_t *bytes;
    size_t len;
};

static struct batch_reject a_reject(uint64_t position)
{
    return (struct batch_reject){.position = position,
                                 .unit = "bus-3",
                                 .format = FORMAT_SENML_JSON,
                                 .received_ms = NOON,
                                 .reason = "json-syntax",
                                 .detail = "string expected",
                                 .at_byte = 7,
                                 .payload = (const uint8_t *)"{\"n\":odo}",
                                 .payload_len = 9};
}

static void fill(struct batch_builder *builder, uint64_t entries)
{
    for (uint64_t i = 0; i < entries; i++) {
        struct sample sample = {.at_ms = NOON + (int64_t)i * 700};
        struct batch_reject reject = a_reject(FIRST + i);
        char unit[16] = "";

        snprintf(unit, sizeof unit, "bus-%d", (int)(i % 7));
        sample_set(&sample, SIGNAL_SPEED, (int64_t)(i * 37 % 90000));
        sample_set(&sample, SIGNAL_SOC, 6700);
        if (i % 11 == 3)
            batch_builder_add_reject(builder, &reject);
        else if (i % 13 == 5)
            batch_builder_add_damaged(builder, FIRST + i, 1);
        else
            batch_builder_add_samples(builder, unit, FORMAT_SENML_JSON, FIRST + i,
                                      sample.at_ms + 80, &sample, 1);
        if (i % 10 == 4)
            batch_builder_add_event(builder, &(struct batch_event){.position = FIRST + i,
                                                                   .unit = "bus-4",
                                                                   .received_ms = NOON,
                                                                   .at_ms = NOON,
                                                                   .kind = CODEC_EVENT_LOGIN,
                                                                   .number = (int64_t)i,
                                                                   .text = "898600"});
        if (i % 50 == 6)
            batch_builder_add_evidence(
                builder, &(struct batch_evidence){.position = FIRST + i,
                                                  .unit = "bus-6",
                                                  .format = FORMAT_GBT32960,
                                                  .received_ms = NOON,
                                                  .payload = (const uint8_t *)"##\x02\xFE",
                                                  .payload_len = 4});
    }
}

static struct batch_builder *a_builder(uint64_t entries)
{
    struct batch_builder *builder = batch_builder_create("gw-1", journal_id);

    batch_builder_begin(builder, FIRST - 4, FIRST);
    fill(builder, entries);
    return builder;
}

static struct line finished(struct batch_builder *builder, uint64_t next)
{
    struct line line = {0};
    struct fault fault = {0};

    if (batch_builder_finish(builder, next, &line.bytes, &line.len, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return line;
}

static void what_was_built_comes_back(void **state)
{
    struct batch_builder *builder = a_builder(200);
    struct line line = finished(builder, FIRST + 200);
    struct arena *arena = arena_create();
    struct batch batch = {0};
    struct fault fault = {0};
    size_t rows = 0;

    (void)state;
    if (batch_decode(line.bytes, line.len, arena, &batch, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_string_equal(batch.gateway, "gw-1");
    assert_memory_equal(batch.journal_id, journal_id, sizeof journal_id);
    assert_int_equal(batch.first, FIRST);
    assert_int_equal(batch.next, FIRST + 200);
    assert_int_equal(batch.lost_from, FIRST - 4);
    for (size_t i = 0; i < batch.block_count; i++)
        rows += batch.blocks[i].rows;
    assert_int_equal(rows, batch_builder_rows(builder));
    assert_int_equal(rows + batch.reject_count + batch.damaged, 200);
    assert_int_equal(batch.block_count, 7);
    assert_string_equal(batch.rejects[0].reason, "json-syntax");
    assert_string_equal(batch.rejects[0].detail, "string expected");
    assert_int_equal(batch.rejects[0].at_byte, 7);
    assert_int_equal(batch.rejects[0].payload_len, 9);
    assert_memory_equal(batch.rejects[0].payload, "{\"n\":odo}", 9);
    arena_destroy(arena);
    batch_builder_destroy(builder);
}

static void an_empty_batch_moves_the_cursor_too(void **state)
{
    struct batch_builder *builder = a_builder(0);
    struct line line = finished(builder, FIRST + 3);
    struct arena *arena = arena_create();
    struct batch batch = {0};

    (void)state;
    assert_int_equal(batch_decode(line.bytes, line.len, arena, &batch, NULL), ERR_OK);
    assert_int_equal(batch.next, FIRST + 3);
    assert_int_equal(batch.block_count, 0);
    arena_destroy(arena);
    batch_builder_destroy(builder);
}

static void a_builder_begins_anew(void **state)
{
    struct batch_builder *builder = a_builder(500);
    struct batch_builder *fresh = a_builder(20);
    struct line again = {0}, once = {0};

    (void)state;
    (void)finished(builder, FIRST + 500);
    batch_builder_begin(builder, FIRST - 4, FIRST);
    assert_int_equal(batch_builder_rows(builder), 0);
    fill(builder, 20);
    again = finished(builder, FIRST + 20);
    once = finished(fresh, FIRST + 20);
    assert_int_equal(again.len, once.len);
    assert_memory_equal(again.bytes, once.bytes, once.len);
    batch_builder_destroy(builder);
    batch_builder_destroy(fresh);
}

static void blocks_are_cut_at_the_hour_and_at_the_row_limit(void **state)
{
    struct batch_builder *builder = batch_builder_create("gw-1", journal_id);
    struct arena *arena = arena_create();
    struct batch batch = {0};
    struct line line = {0};

    (void)state;
    batch_builder_begin(builder, 0, 0);
    for (uint64_t i = 0; i < BLOCK_ROWS_MAX + 10; i++)
        batch_builder_add_samples(builder, "bus-1", FORMAT_SENML_JSON, i, NOON,
                                  &(struct sample){.at_ms = WHEN_HOUR_MS * 3 + (int64_t)i}, 1);
    batch_builder_add_samples(builder, "bus-1", FORMAT_SENML_JSON, BLOCK_ROWS_MAX + 10, NOON,
                              &(struct sample){.at_ms = WHEN_HOUR_MS * 3 - 1}, 1);
    line = finished(builder, BLOCK_ROWS_MAX + 11);
    assert_int_equal(batch_decode(line.bytes, line.len, arena, &batch, NULL), ERR_OK);
    assert_int_equal(batch.block_count, 3);
    assert_int_equal(batch.blocks[0].hour, 2);
    assert_int_equal(batch.blocks[1].rows, BLOCK_ROWS_MAX);
    assert_int_equal(batch.blocks[2].rows, 10);
    arena_destroy(arena);
    batch_builder_destroy(builder);
}

static void a_detail_becomes_one_clean_line(void **state)
{
    struct batch_builder *builder = a_builder(0);
    struct batch_reject reject = a_reject(FIRST);
    struct arena *arena = arena_create();
    struct batch batch = {0};
    struct line line = {0};

    (void)state;
    reject.detail = "name \xE9\xA9\xAC\xFF\xC0\x80\x1B[2J\xED\xA0\x80 cut \xE9\xA9";
    reject.payload_len = 0;
    batch_builder_add_reject(builder, &reject);
    line = finished(builder, FIRST + 1);
    assert_int_equal(batch_decode(line.bytes, line.len, arena, &batch, NULL), ERR_OK);
    assert_string_equal(batch.rejects[0].detail, "name \xE9\xA9\xAC????[2J??? cut ??");
    arena_destroy(arena);
    batch_builder_destroy(builder);
}

static void every_truncation_is_refused(void **state)
{
    struct batch_builder *builder = a_builder(300);
    struct line line = finished(builder, FIRST + 300);

    (void)state;
    for (size_t len = 0; len < line.len; len++) {
        struct arena *arena = arena_create();
        struct batch batch = {0};

        assert_int_equal(batch_decode(line.bytes, len, arena, &batch, NULL), ERR_INPUT);
        arena_destroy(arena);
    }
    batch_builder_destroy(builder);
}

static void every_flipped_bit_is_refused(void **state)
{
    struct batch_builder *builder = a_builder(300);
    struct line line = finished(builder, FIRST + 300);
    struct arena *arena = arena_create();
    uint8_t *bytes = arena_copy(arena, line.bytes, line.len);
    size_t taken = 0;

    (void)state;
    for (size_t bit = 0; bit < line.len * 8; bit++) {
        struct arena *scratch = arena_create();
        struct batch batch = {0};

        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (batch_decode(bytes, line.len, scratch, &batch, NULL) != ERR_INPUT) {
            print_error("bit %zu of byte %zu of %zu\n", bit % 8, bit / 8, line.len);
            taken++;
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        arena_destroy(scratch);
    }
    assert_int_equal(taken, 0);
    arena_destroy(arena);
    batch_builder_destroy(builder);
}

static void bytes_behind_the_frame_are_refused(void **state)
{
    struct batch_builder *builder = a_builder(5);
    struct line line = finished(builder, FIRST + 5);
    struct arena *arena = arena_create();
    uint8_t *twice = arena_alloc(arena, line.len * 2, 1);
    struct batch batch = {0};

    (void)state;
    memcpy(twice, line.bytes, line.len);
    memcpy(twice + line.len, line.bytes, line.len);
    assert_int_equal(batch_decode(twice, line.len + 1, arena, &batch, NULL), ERR_INPUT);
    assert_int_equal(batch_decode(twice, line.len * 2, arena, &batch, NULL), ERR_INPUT);
    arena_destroy(arena);
    batch_builder_destroy(builder);
}

/* Each case breaks one rule of batch.proto in an otherwise sound batch. */
static void assert_refused(const struct batch *batch, const char *why)
{
    struct arena *arena = arena_create();
    struct batch back = {0};
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    assert_int_equal(batch_encode(batch, arena, &bytes, &len, &fault), ERR_OK);
    assert_int_equal(batch_decode(bytes, len, arena, &back, &fault), ERR_INPUT);
    if (strstr(fault.text, why) == NULL)
        fail_msg("said \"%s\", expected \"%s\"", fault.text, why);
    arena_destroy(arena);
}

static struct batch_block a_block(struct arena *arena, const struct block_row *rows, size_t count)
{
    struct batch_block block = {.unit = "bus-1"};
    uint8_t *bytes = NULL;

    block_encode(&(struct block){(struct block_row *)rows, count}, arena, &bytes, &block.len);
    block.bytes = bytes;
    return block;
}

static void blocks_that_break_a_rule_are_refused(void **state)
{
    const struct block_row hours[] = {{.sample.at_ms = 0}, {.sample.at_ms = WHEN_HOUR_MS}};
    const struct block_row late = {.position = 9};
    const struct block_row merged = {.source = 1};
    struct arena *arena = arena_create();
    struct batch_block block = a_block(arena, hours, 2);
    struct batch batch = {.gateway = "gw", .next = 9, .blocks = &block, .block_count = 1};

    (void)state;
    assert_refused(&batch, "another hour");
    block = a_block(arena, &late, 1);
    assert_refused(&batch, "outside the batch");
    block = a_block(arena, &merged, 1);
    assert_refused(&batch, "outside the batch");
    block = a_block(arena, hours, 1);
    strcpy(block.unit, "bus 1");
    assert_refused(&batch, "name");
    strcpy(block.unit, "bus-1");
    block.len--;
    assert_refused(&batch, "block 0");
    arena_destroy(arena);
}

static void headers_and_rejects_that_break_a_rule_are_refused(void **state)
{
    struct batch_reject rejects[2] = {a_reject(4), a_reject(3)};
    struct batch batch = {.gateway = "gw", .first = 2, .next = 9, .lost_from = 2};

    (void)state;
    batch.next = 1;
    assert_refused(&batch, "out of order");
    batch.next = 9;
    batch.damaged = 8;
    assert_refused(&batch, "out of order");
    batch.damaged = 0;
    batch.next = BATCH_POSITION_MAX + 1;
    assert_refused(&batch, "out of order");
    batch.next = 9;
    batch.gateway[0] = '\0';
    assert_refused(&batch, "name");
    strcpy(batch.gateway, "gw");
    batch.rejects = rejects;
    batch.reject_count = 2;
    assert_refused(&batch, "order of position");
    rejects[1].position = 9;
    assert_refused(&batch, "outside the batch");
    rejects[1] = a_reject(5);
    rejects[1].reason = "Not a word";
    assert_refused(&batch, "reason");
    rejects[1].reason = "word";
    rejects[1].detail = "two\nlines";
    assert_refused(&batch, "detail");
}

/* ---- what a unit chooses ---- */

#define GROUPS 16000 /* a batch behind a backlog */
#define SLOTS  65536 /* of the builder's table then */

/* Where FNV-1a over the name, stirred with the hour and nothing else, puts them. */
static uint64_t guess(const char *unit, int64_t hour)
{
    uint64_t h = 0xCBF29CE484222325u ^ (uint64_t)hour;

    for (; *unit != '\0'; unit++)
        h = (h ^ (uint8_t)*unit) * 0x100000001B3u;
    return h ^ h >> 32;
}

static int64_t cpu_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Of all hours that a sample may have, GROUPS of those that fall into one `rarity`th of the table. */
static void choose(uint64_t rarity, int64_t hours[static GROUPS])
{
    int64_t hour = BLOCK_INSTANT_MIN_MS / WHEN_HOUR_MS + 1;

    for (int found = 0; found < GROUPS; hour++)
        if (guess("bus-1", hour) % SLOTS < SLOTS / rarity)
            hours[found++] = hour;
    assert_true(hour < BLOCK_INSTANT_MAX_MS / WHEN_HOUR_MS);
}

/* What a sample in each of them costs. */
static int64_t cost_of_hours(uint64_t rarity)
{
    static int64_t hours[GROUPS];
    struct batch_builder *builder = batch_builder_create("gw-1", journal_id);
    int64_t begun_us = 0, cost_us = 0;

    choose(rarity, hours);
    begun_us = cpu_us();
    for (int i = 0; i < GROUPS; i++) {
        struct sample sample = {.at_ms = hours[i] * WHEN_HOUR_MS};

        batch_builder_add_samples(builder, "bus-1", FORMAT_SENML_JSON, (uint64_t)i, NOON, &sample,
                                  1);
    }
    cost_us = cpu_us() - begun_us;
    batch_builder_destroy(builder);
    return cost_us;
}

/* They all fell in one place, and each walked past those before it. */
static void hours_that_a_unit_chooses_cost_little_more_than_others(void **state)
{
    int64_t any_us = cost_of_hours(1), chosen_us = cost_of_hours(128);

    (void)state;
    if (chosen_us > 10 * any_us + 20000)
        fail_msg("%lld us, others %lld us", (long long)chosen_us, (long long)any_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_built_comes_back),
        cmocka_unit_test(an_empty_batch_moves_the_cursor_too),
        cmocka_unit_test(a_builder_begins_anew),
        cmocka_unit_test(blocks_are_cut_at_the_hour_and_at_the_row_limit),
        cmocka_unit_test(a_detail_becomes_one_clean_line),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(bytes_behind_the_frame_are_refused),
        cmocka_unit_test(blocks_that_break_a_rule_are_refused),
        cmocka_unit_test(headers_and_rejects_that_break_a_rule_are_refused),
        cmocka_unit_test(hours_that_a_unit_chooses_cost_little_more_than_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
