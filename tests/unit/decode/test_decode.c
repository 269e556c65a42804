#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/decode/decode.h"
#include "gateway/decode/rejects.h"
#include "shared/arena.h"
#include "shared/codec/gbt32960_encode.h"

#define NOON 1750000000000

static const uint8_t journal_id[JOURNAL_ID_BYTES] = "0123456789abcdef";

struct world {
    char dir[64], outbox[80], rejects[80];
    struct decode *decode;
    struct batch_builder *builder;
    struct arena *arena;
    struct batch batch; /* after finish */
};

static int set_up(void **state)
{
    struct world *w = mem_alloc(1, sizeof *w);
    static char *const kept[] = {"bus-[12]", "truck-*"};
    struct decode_options options = {
        .rejects_dir = w->rejects, .outbox_dir = w->outbox, .evidence = kept, .evidence_count = 2};
    struct fault fault = {0};

    strcpy(w->dir, "/tmp/evroll-decode-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->outbox, sizeof w->outbox, "%s/outbox", w->dir);
    snprintf(w->rejects, sizeof w->rejects, "%s/rejects", w->dir);
    if (decode_open(&options, &w->decode, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    decode_begin_journal(w->decode, journal_id);
    w->builder = batch_builder_create("gw-1", journal_id);
    w->arena = arena_create();
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char command[128] = "";

    decode_close(w->decode);
    batch_builder_destroy(w->builder);
    arena_destroy(w->arena);
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0); /* NOLINT(concurrency-mt-unsafe) */
    free(w);
    return 0;
}

static struct journal_entry an_entry(uint64_t position, enum format format, const char *text)
{
    return (struct journal_entry){.position = position,
                                  .received_ms = NOON,
                                  .unit = "bus-1",
                                  .format = format,
                                  .payload = (const uint8_t *)text,
                                  .payload_len = strlen(text)};
}

static void take(struct world *w, uint64_t position, enum format format, const char *text)
{
    struct journal_entry entry = an_entry(position, format, text);

    decode_entry(w->decode, &entry, w->builder);
}

static void finish(struct world *w, uint64_t next)
{
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct fault fault = {0};

    if (batch_builder_finish(w->builder, next, &bytes, &len, &fault) != ERR_OK ||
        batch_decode(bytes, len, w->arena, &w->batch, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

static void samples_go_into_the_batch_and_unknown_names_are_counted(void **state)
{
    struct world *w = *state;

    take(w, 0, FORMAT_SENML_JSON,
         "[{\"bt\":1750000000,\"n\":\"soc\",\"v\":50},{\"n\":\"radio\",\"v\":1},"
         "{\"n\":\"soc\",\"v\":51,\"t\":1}]");
    finish(w, 1);
    assert_int_equal(w->batch.blocks[0].rows, 2);
    assert_int_equal(decode_counted(w->decode)->samples, 2);
    assert_int_equal(decode_counted(w->decode)->unknown_names, 1);
    assert_int_equal(decode_counted(w->decode)->rejects, 0);
}

static void count_line(void *arg, const struct reject_line *line, const char *text, size_t len)
{
    (void)line;
    (void)text;
    (void)len;
    ++*(size_t *)arg;
}

static size_t stored_lines(const struct world *w)
{
    struct rejects_filter filter = {.since_ms = INT64_MIN};
    size_t count = 0;

    assert_int_equal(rejects_each(w->rejects, &filter, count_line, &count, NULL), ERR_OK);
    return count;
}

static void a_refused_payload_is_sent_stored_and_told(void **state)
{
    struct world *w = *state;
    struct journal_reader *outbox = NULL;
    struct journal_entry told = {0};
    char text[512] = "";

    take(w, 4, FORMAT_SENML_JSON, "[{\"n\":");
    finish(w, 5);
    assert_int_equal(w->batch.reject_count, 1);
    assert_int_equal(w->batch.rejects[0].payload_len, 6);
    assert_int_equal(stored_lines(w), 1);
    assert_int_equal(journal_reader_open(w->outbox, &outbox, NULL), ERR_OK);
    assert_int_equal(journal_read(outbox, &told, NULL), ERR_OK);
    assert_string_equal(told.unit, "bus-1");
    assert_int_equal(told.format, FORMAT_UNIT_ERROR);
    memcpy(text, told.payload, told.payload_len);
    assert_non_null(strstr(text, "\"reason\":\""));
    assert_non_null(strstr(text, "\"received\":\"2025-06-15T15:06:40.000Z\""));
    assert_non_null(strstr(text, "\"format\":\"senml-json\""));
    journal_reader_close(outbox);
}

static void a_position_given_again_is_told_and_counted_once(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 3; i++) {
        batch_builder_begin(w->builder, 0, 0);
        take(w, 0, FORMAT_SENML_JSON, "nonsense");
        take(w, 1, FORMAT_SENML_JSON, "[{\"n\":\"soc\",\"v\":50}]");
    }
    finish(w, 2);
    assert_int_equal(w->batch.reject_count, 1);
    assert_int_equal(decode_counted(w->decode)->entries, 2);
    assert_int_equal(decode_counted(w->decode)->rejects, 1);
    assert_int_equal(decode_counted(w->decode)->reason_count, 1);
    assert_int_equal(decode_counted(w->decode)->samples, 1);
}

static void a_format_without_a_decoder_is_a_reject(void **state)
{
    struct world *w = *state;

    take(w, 0, (enum format)77, "?");
    finish(w, 1);
    assert_int_equal(w->batch.reject_count, 1);
    assert_string_equal(w->batch.rejects[0].reason, "unknown-format");
    assert_int_equal(w->batch.rejects[0].format, 77);
}

static void damaged_positions_are_counted_as_such(void **state)
{
    struct world *w = *state;

    decode_entry(w->decode,
                 &(struct journal_entry){.position = 0, .damaged = true, .damaged_count = 3},
                 w->builder);
    take(w, 3, FORMAT_SENML_JSON, "[{\"n\":\"soc\",\"v\":50}]");
    finish(w, 4);
    assert_int_equal(w->batch.damaged, 3);
    assert_int_equal(decode_counted(w->decode)->damaged, 3);
    assert_int_equal(decode_counted(w->decode)->entries, 4);
}

static void a_full_outbox_is_counted_and_holds_nothing_up(void **state)
{
    struct world *w = *state;
    uint64_t position = 0;

    for (; decode_counted(w->decode)->outbox_dropped == 0 && position < 400000; position++) {
        if (position % 1000 == 0)
            batch_builder_begin(w->builder, position, position);
        take(w, position, FORMAT_SENML_JSON, "x");
    }
    assert_true(decode_counted(w->decode)->outbox_dropped > 0);
    assert_int_equal(decode_counted(w->decode)->rejects, position);
}

static void two_gateways_on_one_state_are_kept_apart(void **state)
{
    struct world *w = *state;
    struct decode_options options = {.rejects_dir = w->rejects, .outbox_dir = w->outbox};
    struct decode *second = NULL;

    assert_int_equal(decode_open(&options, &second, NULL), ERR_BUSY);
}

static void the_evidence_of_the_units_asked_for_travels_along(void **state)
{
    static const char *const units[] = {"bus-1", "bus-3", "truck-7", "my-truck-7"};
    struct world *w = *state;

    for (uint64_t i = 0; i < 8; i++) {
        struct journal_entry entry =
            an_entry(i, FORMAT_SENML_JSON, i < 4 ? "[{\"n\":\"soc\",\"v\":50}]" : "[{");

        snprintf(entry.unit, sizeof entry.unit, "%s", units[i % 4]);
        decode_entry(w->decode, &entry, w->builder);
    }
    finish(w, 8);
    assert_int_equal(w->batch.evidence_count, 2);
    assert_int_equal(w->batch.evidence[0].position, 0);
    assert_string_equal(w->batch.evidence[1].unit, "truck-7");
    assert_int_equal(w->batch.evidence[1].payload_len, 20);
    assert_int_equal(w->batch.reject_count, 4);
    assert_int_equal(decode_counted(w->decode)->evidence, 2);
}

/* Login, a report, a report whose check byte is wrong, logout. */
static size_t a_shift(uint8_t *bytes, size_t room)
{
    const struct gbt32960_sender from = {.edition = GBT32960_2016, .vin = "LGHEXAMPLE0000001"};
    struct wire_out out = wire_into(bytes, room);
    struct sample sample = {.at_ms = NOON};

    sample_set(&sample, SIGNAL_SPEED, 45200);
    gbt32960_encode_login(&out, &from, NOON, 3, "89860012345678901234");
    gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &sample, NULL);
    sample.at_ms += 10000;
    gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &sample, NULL);
    bytes[out.pos - 1] ^= 0xFF;
    gbt32960_encode_logout(&out, &from, NOON + 20000, 3);
    assert_false(out.failed);
    return out.pos;
}

static size_t count_events(const struct world *w, enum codec_event_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < w->batch.event_count; i++)
        count += w->batch.events[i].kind == kind ? 1 : 0;
    return count;
}

static void what_is_good_in_a_payload_is_kept_and_its_fault_is_sent(void **state)
{
    struct world *w = *state;
    uint8_t bytes[1024];
    struct journal_entry entry = an_entry(0, FORMAT_GBT32960, "");

    entry.payload_len = a_shift(bytes, sizeof bytes);
    entry.payload = bytes;
    decode_entry(w->decode, &entry, w->builder);
    entry.position = 1;
    decode_entry(w->decode, &entry, w->builder);
    finish(w, 2);
    assert_int_equal(w->batch.block_count, 1);
    assert_int_equal(w->batch.blocks[0].rows, 2);
    assert_int_equal(w->batch.reject_count, 2);
    assert_string_equal(w->batch.rejects[0].reason, "bad-bcc");
    assert_int_equal(w->batch.rejects[0].payload_len, entry.payload_len);
    assert_int_equal(count_events(w, CODEC_EVENT_LOGIN), 2);
    assert_int_equal(count_events(w, CODEC_EVENT_LOGOUT), 2);
    assert_int_equal(count_events(w, CODEC_EVENT_VIN), 1);
    assert_string_equal(w->batch.events[0].unit, "bus-1");
    assert_int_equal(w->batch.evidence_count, 2);
    assert_memory_equal(w->batch.evidence[0].payload, bytes, entry.payload_len);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* A full disk, for one: delivering is what makes room on it. */
static void decoding_goes_on_where_nothing_can_be_written(void **state)
{
    struct world *w = *state;
    char file[96], outbox[112], rejects[112];
    struct decode_options options = {.rejects_dir = rejects, .outbox_dir = outbox};

    snprintf(file, sizeof file, "%s/outbox/journal.id", w->dir); /* under a file there is no room */
    snprintf(outbox, sizeof outbox, "%s/outbox", file);
    snprintf(rejects, sizeof rejects, "%s/rejects", file);
    decode_close(w->decode);
    w->decode = NULL;
    assert_int_equal(decode_open(&options, &w->decode, NULL), ERR_OK);
    decode_begin_journal(w->decode, journal_id);
    take(w, 0, FORMAT_SENML_JSON, "{");
    take(w, 1, FORMAT_SENML_JSON, "[{\"n\":\"soc\",\"v\":50}]");
    finish(w, 2);
    assert_int_equal(w->batch.reject_count, 1);
    assert_int_equal(w->batch.block_count, 1);
    assert_int_equal(decode_counted(w->decode)->outbox_dropped, 1);
    assert_int_equal(decode_counted(w->decode)->store_failed, 1);
}

static void a_clock_gone_astray_makes_no_batch_that_nobody_takes(void **state)
{
    static const int64_t clocks[] = {INT64_MIN, -1, 0, BLOCK_INSTANT_MAX_MS + 1, INT64_MAX};
    static const char *const texts[] = {"{", "[{\"n\":\"soc\",\"v\":50}]",
                                        "[{\"bt\":1750000000,\"n\":\"soc\",\"v\":50}]",
                                        "[{\"t\":-5,\"n\":\"soc\",\"v\":50}]"};
    struct world *w = *state;
    uint64_t position = 0;

    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
            struct journal_entry entry = an_entry(position++, FORMAT_SENML_JSON, texts[k]);
            entry.received_ms = clocks[i];
            decode_entry(w->decode, &entry, w->builder);
        }
    finish(w, position);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(samples_go_into_the_batch_and_unknown_names_are_counted),
        IN_A_WORLD(a_refused_payload_is_sent_stored_and_told),
        IN_A_WORLD(a_position_given_again_is_told_and_counted_once),
        IN_A_WORLD(a_format_without_a_decoder_is_a_reject),
        IN_A_WORLD(damaged_positions_are_counted_as_such),
        IN_A_WORLD(a_full_outbox_is_counted_and_holds_nothing_up),
        IN_A_WORLD(two_gateways_on_one_state_are_kept_apart),
        IN_A_WORLD(decoding_goes_on_where_nothing_can_be_written),
        IN_A_WORLD(what_is_good_in_a_payload_is_kept_and_its_fault_is_sent),
        IN_A_WORLD(the_evidence_of_the_units_asked_for_travels_along),
        IN_A_WORLD(a_clock_gone_astray_makes_no_batch_that_nobody_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
