#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/batch/block.h"
#include "tests/unit/batch/random_rows.h"

#define ROWS_MAX 400

/* Few times and few values, so that equal samples from different origins are common. */
static size_t some_rows(uint64_t *seed, struct block_row *rows)
{
    size_t count = 1 + (size_t)random_below(seed, ROWS_MAX / 2);

    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct block_row){.sample.at_ms = (int64_t)random_below(seed, 20),
                                     .received_ms = (int64_t)random_below(seed, 5),
                                     .position = random_below(seed, 50),
                                     .source = (uint32_t)random_below(seed, 3),
                                     .format = FORMAT_SENML_JSON};
        sample_set(&rows[i].sample, SIGNAL_SOC, (int64_t)random_below(seed, 3));
        if (random_below(seed, 4) == 0)
            sample_mark(&rows[i].sample, SIGNAL_RPM, QUALITY_INVALID);
    }
    return count;
}

static void shuffle(uint64_t *seed, struct block_row *rows, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)random_below(seed, i);
        struct block_row row = rows[i - 1];

        rows[i - 1] = rows[other];
        rows[other] = row;
    }
}

static void assert_same(const struct block *a, const struct block *b, uint64_t seed)
{
    if (a->count != b->count)
        fail_msg("seed %llu: %zu rows and %zu", (unsigned long long)seed, a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        if (!rows_equal(&a->rows[i], &b->rows[i]))
            fail_msg("seed %llu: row %zu differs", (unsigned long long)seed, i);
}

static void shuffled_and_repeated_rows_settle_to_the_same(void **state)
{
    static struct block_row rows[ROWS_MAX], again[ROWS_MAX];

    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        uint64_t seed = round;
        size_t count = some_rows(&seed, rows);
        struct block settled = {rows, count}, other = {again, count * 2};

        for (size_t i = 0; i < count; i++)
            again[i] = again[count + i] = rows[i];
        shuffle(&seed, again, other.count);
        block_settle(&settled);
        assert_int_equal(block_settle(&other), count * 2 - settled.count);
        assert_same(&settled, &other, round);
        assert_int_equal(block_settle(&settled), 0);
    }
}

static void rows_settled_in_parts_and_together_are_the_same(void **state)
{
    static struct block_row rows[ROWS_MAX], parts[ROWS_MAX];

    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        uint64_t seed = round + 1000;
        size_t count = some_rows(&seed, rows), cut = (size_t)random_below(&seed, count + 1);
        struct block whole = {rows, count}, left = {parts, cut}, right = {parts + cut, count - cut};

        memcpy(parts, rows, count * sizeof rows[0]);
        block_settle(&left);
        block_settle(&right);
        memmove(parts + left.count, right.rows, right.count * sizeof parts[0]);
        left.count += right.count;
        block_settle(&left);
        block_settle(&whole);
        assert_same(&whole, &left, round + 1000);
    }
}

static void the_earliest_origin_is_kept(void **state)
{
    struct block_row rows[] = {{.received_ms = 9, .position = 3},
                               {.received_ms = 7, .position = 8},
                               {.received_ms = 7, .position = 5, .source = 1}};
    struct block block = {rows, 3};

    (void)state;
    assert_int_equal(block_settle(&block), 2);
    assert_int_equal(block.rows[0].received_ms, 7);
    assert_int_equal(block.rows[0].position, 8);
}

static void two_things_said_about_one_instant_both_stay(void **state)
{
    struct block_row rows[2] = {{.position = 1}, {.position = 1}};
    struct block block = {rows, 2};

    (void)state;
    sample_set(&rows[0].sample, SIGNAL_SOC, 5);
    assert_int_equal(block_settle(&block), 0);
    assert_int_equal(block.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_and_repeated_rows_settle_to_the_same),
        cmocka_unit_test(rows_settled_in_parts_and_together_are_the_same),
        cmocka_unit_test(the_earliest_origin_is_kept),
        cmocka_unit_test(two_things_said_about_one_instant_both_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
