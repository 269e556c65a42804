#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shared/batch/block.h"
#include "tests/unit/batch/random_rows.h"

/* `seed` is printed on failure, to find the same rows again. */
static void assert_identity_of(const struct block *block, uint64_t seed)
{
    struct arena *arena = arena_create();
    struct block back = {0};
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    block_encode(block, arena, &bytes, &len);
    if (block_decode(bytes, len, arena, &back, &fault) != ERR_OK)
        fail_msg("seed %llu: refused: %s", (unsigned long long)seed, fault.text);
    assert_int_equal(back.count, block->count);
    for (size_t i = 0; i < back.count; i++)
        if (!rows_equal(&block->rows[i], &back.rows[i]))
            fail_msg("seed %llu: row %zu came back changed", (unsigned long long)seed, i);
    arena_destroy(arena);
}

static void assert_identity(const struct block *block)
{
    assert_identity_of(block, 0);
}

static void decoding_gives_back_what_was_encoded(void **state)
{
    static struct block_row rows[300];

    (void)state;
    for (uint64_t round = 0; round < 500; round++) {
        uint64_t seed = round;
        struct block block = {rows, 1 + (size_t)random_below(&seed, 300)};

        for (size_t i = 0; i < block.count; i++)
            rows[i] = random_row(&seed);
        assert_identity_of(&block, round);
    }
}

static void a_block_of_the_largest_size_survives(void **state)
{
    struct block block = {mem_alloc(BLOCK_ROWS_MAX, sizeof block.rows[0]), BLOCK_ROWS_MAX};
    uint64_t seed = 7;

    (void)state;
    for (size_t i = 0; i < block.count; i++)
        block.rows[i] = random_row(&seed);
    assert_identity(&block);
    free(block.rows);
}

static void rows_without_any_signal_survive(void **state)
{
    struct block_row rows[3] = {{.position = 1}, {.position = 2}, {.position = 4}};

    (void)state;
    assert_identity(&(struct block){rows, 3});
    assert_identity(&(struct block){rows, 1});
}

static void steady_rows(struct block_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct block_row){.sample.at_ms = 1750000000000 + (int64_t)i * 10000,
                                     .received_ms = 1750000000120 + (int64_t)i * 10000,
                                     .position = 5 + i * 1000,
                                     .format = FORMAT_SENML_CBOR};
        sample_set(&rows[i].sample, SIGNAL_SOC, 6700);
        sample_set(&rows[i].sample, SIGNAL_ODO, 123456700 + (int64_t)i * 100);
    }
}

static void constant_and_evenly_stepping_columns_cost_the_same_for_any_count(void **state)
{
    static struct block_row rows[60000];
    struct arena *arena = arena_create();
    uint8_t *bytes = NULL;
    size_t few = 0, many = 0;

    (void)state;
    steady_rows(rows, 60000);
    block_encode(&(struct block){rows, 3}, arena, &bytes, &few);
    block_encode(&(struct block){rows, 60000}, arena, &bytes, &many);
    assert_true(many <= few + 2);
    assert_true(many < 64);
    assert_identity(&(struct block){rows, 60000});
    arena_destroy(arena);
}

static void a_common_divisor_is_taken_out_of_the_deltas(void **state)
{
    struct block_row rows[64] = {0};
    struct arena *arena = arena_create();
    uint8_t *bytes = NULL;
    size_t coarse = 0, fine = 0;

    (void)state;
    for (int i = 0; i < 64; i++)
        sample_set(&rows[i].sample, SIGNAL_SPEED, 41300 + (i * 7 % 20) * 1000);
    block_encode(&(struct block){rows, 64}, arena, &bytes, &coarse);
    assert_identity(&(struct block){rows, 64});
    sample_set(&rows[5].sample, SIGNAL_SPEED, 41301);
    block_encode(&(struct block){rows, 64}, arena, &bytes, &fine);
    assert_true(coarse + 40 < fine);
    arena_destroy(arena);
}

static void a_value_outside_its_range_is_refused(void **state)
{
    struct block_row rows[2] = {0};
    struct arena *arena = arena_create();
    struct block back = {0};
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    (void)state;
    sample_set(&rows[1].sample, SIGNAL_SOC, 10001);
    block_encode(&(struct block){rows, 2}, arena, &bytes, &len);
    assert_int_equal(block_decode(bytes, len, arena, &back, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "soc"));
    rows[1] = (struct block_row){.sample.at_ms = INT64_MAX};
    rows[0].sample.at_ms = INT64_MIN;
    block_encode(&(struct block){rows, 2}, arena, &bytes, &len);
    assert_int_equal(block_decode(bytes, len, arena, &back, &fault), ERR_INPUT);
    arena_destroy(arena);
}

/* Cut and flipped blocks may decode to something else (the frame's checksum keeps that out), but
 * only to something sound. */
static void assert_sound(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_create();
    struct block back = {0};

    if (block_decode(bytes, len, arena, &back, NULL) == ERR_OK)
        assert_identity(&back);
    arena_destroy(arena);
}

static void a_damaged_block_is_refused_or_sound(void **state)
{
    struct arena *arena = arena_create();
    struct block_row rows[20];
    uint64_t seed = 11;
    uint8_t *bytes = NULL;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < 20; i++)
        rows[i] = random_row(&seed);
    block_encode(&(struct block){rows, 20}, arena, &bytes, &len);
    for (size_t cut = 0; cut < len; cut++)
        assert_sound(bytes, cut);
    for (size_t bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_sound(bytes, len);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    arena_destroy(arena);
}

static void bytes_behind_a_block_are_refused(void **state)
{
    struct arena *arena = arena_create();
    struct block_row rows[2] = {{.position = 1}, {.position = 2}};
    struct block back = {0};
    uint8_t *bytes = NULL, longer[256] = {0};
    size_t len = 0;

    (void)state;
    block_encode(&(struct block){rows, 2}, arena, &bytes, &len);
    memcpy(longer, bytes, len);
    assert_int_equal(block_decode(longer, len + 1, arena, &back, NULL), ERR_INPUT);
    longer[len] = 15 << 3; /* a field that the schema does not know */
    assert_int_equal(block_decode(longer, len + 2, arena, &back, NULL), ERR_INPUT);
    longer[len] = 8 << 3 | 2; /* deltas that nothing announces */
    longer[len + 1] = 1;
    assert_int_equal(block_decode(longer, len + 3, arena, &back, NULL), ERR_INPUT);
    arena_destroy(arena);
}

static void signatures_cost_nothing_where_there_are_none(void **state)
{
    static struct block_row rows[1000];
    struct arena *arena = arena_create();
    uint8_t *bytes = NULL;
    size_t without = 0, all = 0, one = 0;

    (void)state;
    steady_rows(rows, 1000);
    block_encode(&(struct block){rows, 1000}, arena, &bytes, &without);
    rows[500].sample.signature = SIGNATURE_BAD;
    block_encode(&(struct block){rows, 1000}, arena, &bytes, &one);
    assert_identity(&(struct block){rows, 1000});
    for (size_t i = 0; i < 1000; i++)
        rows[i].sample.signature = SIGNATURE_GOOD;
    block_encode(&(struct block){rows, 1000}, arena, &bytes, &all);
    assert_identity(&(struct block){rows, 1000});
    assert_int_equal(all, without + 4);
    assert_int_equal(one, without + 7);
    arena_destroy(arena);
}

/* A block of two plain rows with these runs of signatures behind it. */
static enum err decode_with_runs(const uint8_t *runs, size_t count)
{
    struct arena *arena = arena_create();
    struct block_row rows[2] = {{.position = 1}, {.position = 2}};
    struct block back = {0};
    uint8_t *bytes = NULL, longer[256] = {0};
    size_t len = 0;
    enum err err = ERR_OK;

    block_encode(&(struct block){rows, 2}, arena, &bytes, &len);
    memcpy(longer, bytes, len);
    longer[len] = 9 << 3 | 2;
    longer[len + 1] = (uint8_t)count;
    memcpy(longer + len + 2, runs, count);
    err = block_decode(longer, len + 2 + count, arena, &back, NULL);
    arena_destroy(arena);
    return err;
}

static void runs_of_signatures_cover_the_rows_in_one_way_only(void **state)
{
    (void)state;
    assert_int_equal(decode_with_runs((const uint8_t[]){2 << 2 | 2}, 1), ERR_OK);
    assert_int_equal(decode_with_runs((const uint8_t[]){1 << 2 | 2, 1 << 2 | 1}, 2), ERR_OK);
    assert_int_equal(decode_with_runs((const uint8_t[]){1 << 2 | 2, 1 << 2 | 2}, 2), ERR_INPUT);
    assert_int_equal(decode_with_runs((const uint8_t[]){1 << 2 | 2}, 1), ERR_INPUT);
    assert_int_equal(decode_with_runs((const uint8_t[]){3 << 2 | 2}, 1), ERR_INPUT);
    assert_int_equal(decode_with_runs((const uint8_t[]){2 << 2 | 0}, 1), ERR_INPUT);
    assert_int_equal(decode_with_runs((const uint8_t[]){0 << 2 | 1, 2 << 2 | 2}, 2), ERR_INPUT);
}

static void counts_are_believed_only_within_bounds(void **state)
{
    static const uint8_t no_rows[] = {0x08, 0x00};
    static const uint8_t four_billion[] = {0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
    struct arena *arena = arena_create();
    struct block back = {0};

    (void)state;
    assert_int_equal(block_decode(NULL, 0, arena, &back, NULL), ERR_INPUT);
    assert_int_equal(block_decode(no_rows, sizeof no_rows, arena, &back, NULL), ERR_INPUT);
    assert_int_equal(block_decode(four_billion, sizeof four_billion, arena, &back, NULL),
                     ERR_INPUT);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_gives_back_what_was_encoded),
        cmocka_unit_test(a_block_of_the_largest_size_survives),
        cmocka_unit_test(rows_without_any_signal_survive),
        cmocka_unit_test(constant_and_evenly_stepping_columns_cost_the_same_for_any_count),
        cmocka_unit_test(a_common_divisor_is_taken_out_of_the_deltas),
        cmocka_unit_test(a_value_outside_its_range_is_refused),
        cmocka_unit_test(a_damaged_block_is_refused_or_sound),
        cmocka_unit_test(bytes_behind_a_block_are_refused),
        cmocka_unit_test(signatures_cost_nothing_where_there_are_none),
        cmocka_unit_test(runs_of_signatures_cover_the_rows_in_one_way_only),
        cmocka_unit_test(counts_are_believed_only_within_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
