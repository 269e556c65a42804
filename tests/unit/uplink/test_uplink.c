/* The uplink over a real journal, with a scripted registry and a clock moved by hand. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/journal/journal_internal.h"
#include "gateway/uplink/uplink.h"
#include "shared/arena.h"
#include "shared/log.h"
#include "tests/unit/journal/failing_os.h"
#include "tests/unit/uplink/fake_registry.h"

#define NOON  1750000000000
#define STEPS 20000

struct world {
    char dir[64], journal[80], outbox[80], rejects[80];
    struct journal_writer *writer;
    struct journal_syncer *syncer;
    struct journal_reader *reader;
    struct failing_os os; /* the reader's; fails when told to */
    struct decode *decode;
    struct uplink *uplink;
    struct clock_fake clock;
    struct fake_registry registry;
    uint64_t appended;
    size_t rows_max;
    int64_t decode_ms; /* what an entry takes to decode */
};

static void must(enum err err, const struct fault *fault)
{
    if (err != ERR_OK)
        fail_msg("%s: %s", err_name(err), fault->text);
}

/* Asked once for each entry that decodes. */
static const char *take_time(void *arg, const char *unit)
{
    struct world *w = arg;

    (void)unit;
    clock_fake_advance(&w->clock, w->decode_ms);
    return NULL;
}

static void begin_gateway(struct world *w)
{
    static char category[] = "bus", *const categories[] = {category};
    struct decode_options decode = {.rejects_dir = w->rejects,
                                    .outbox_dir = w->outbox,
                                    .evidence_categories = categories,
                                    .evidence_category_count = 1,
                                    .category_of = take_time,
                                    .category_arg = w};
    struct uplink_options options = {.gateway = "gw-1",
                                     .transport = &w->registry.transport,
                                     .clock = &w->clock.clock,
                                     .linger_ms = 1000,
                                     .rows_max = w->rows_max,
                                     .bytes_max = UPLINK_BYTES_MAX,
                                     .seed = 3};
    struct fault fault = {0};

    must(journal_reader_open_os(w->journal, &w->os.os, &w->reader, &fault), &fault);
    must(decode_open(&decode, &w->decode, &fault), &fault);
    options.reader = w->reader;
    options.decode = w->decode;
    must(uplink_create(&options, &w->uplink, &fault), &fault);
}

static void end_gateway(struct world *w)
{
    uplink_destroy(w->uplink);
    decode_close(w->decode);
    journal_reader_close(w->reader);
}

static void restart_gateway(struct world *w)
{
    end_gateway(w);
    begin_gateway(w);
}

static int set_up(void **state)
{
    struct world *w = mem_alloc(1, sizeof *w);
    struct journal_options options = {.budget_bytes = 4u << 20, .segment_bytes = 64u << 10};
    struct fault fault = {0};

    log_set_level((enum log_level) - 1); /* faults are expected here */
    /* In memory where that is possible: these tests sync thousands of times. */
    snprintf(w->dir, sizeof w->dir, "%s/evroll-uplink-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->journal, sizeof w->journal, "%s/journal", w->dir);
    snprintf(w->outbox, sizeof w->outbox, "%s/outbox", w->dir);
    snprintf(w->rejects, sizeof w->rejects, "%s/rejects", w->dir);
    options.dir = w->journal;
    must(journal_writer_open(&options, &w->writer, &fault), &fault);
    must(journal_syncer_open(w->journal, &w->syncer, &fault), &fault);
    clock_fake_init(&w->clock, NOON);
    w->os = failing_os_make(CALL_ANY, 0, EIO);
    fake_init(&w->registry);
    w->rows_max = 50;
    begin_gateway(w);
    *state = w;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    struct world *w = *state;

    end_gateway(w);
    journal_syncer_close(w->syncer);
    journal_writer_close(w->writer);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the test has one thread. */
    assert_int_equal(nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(w);
    return 0;
}

static void append_text(struct world *w, const char *text)
{
    struct journal_entry entry = {.received_ms = NOON + (int64_t)w->appended,
                                  .unit = "bus-1",
                                  .format = FORMAT_SENML_JSON,
                                  .payload = (const uint8_t *)text,
                                  .payload_len = strlen(text)};
    struct fault fault = {0};
    uint64_t synced = 0;

    must(journal_append(w->writer, &entry, NULL), &(struct fault){.text = "append"});
    w->appended++;
    must(journal_sync(w->syncer, &synced, &fault), &fault);
}

static void append(struct world *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[96] = "";

        snprintf(text, sizeof text, "[{\"bt\":%lld,\"n\":\"soc\",\"v\":%d}]",
                 NOON / 1000 + (long long)w->appended, (int)(w->appended % 100));
        append_text(w, text);
    }
}

/* Steps, moving the clock as asked, until everything is stored. */
static void drain(struct world *w)
{
    for (int i = 0; i < STEPS && uplink_counted(w->uplink)->cursor < w->appended; i++) {
        struct fault fault = {0};
        int64_t wait_ms = 0;

        must(uplink_step(w->uplink, &wait_ms, &fault), &fault);
        clock_fake_advance(&w->clock, wait_ms);
    }
    assert_int_equal(uplink_counted(w->uplink)->cursor, w->appended);
    assert_int_equal(w->registry.cursor, w->appended);
}

/* Steps once; gives the wait. */
static int64_t step(struct world *w)
{
    struct fault fault = {0};
    int64_t wait_ms = 0;

    must(uplink_step(w->uplink, &wait_ms, &fault), &fault);
    return wait_ms;
}

static void assert_each_once(const struct world *w)
{
    for (uint64_t i = 0; i < w->appended; i++)
        if (w->registry.rows[i] != 1)
            fail_msg("position %llu was stored %d times", (unsigned long long)i,
                     w->registry.rows[i]);
}

static void what_was_appended_is_stored_once_and_in_order(void **state)
{
    struct world *w = *state;

    append(w, 333);
    drain(w);
    assert_each_once(w);
    assert_int_equal(w->registry.posts, 2); /* 200 rows while a backlog drains, then 133 */
}

static void a_lone_entry_waits_for_others_and_a_full_batch_does_not(void **state)
{
    struct world *w = *state;
    int64_t waited = 0;

    append(w, 1);
    while (w->registry.posts == 0) {
        int64_t wait_ms = step(w);
        waited += wait_ms;
        clock_fake_advance(&w->clock, wait_ms);
    }
    assert_int_equal(waited, 1000);
    append(w, 50);
    assert_int_equal(step(w), 0);
    assert_int_equal(w->registry.posts, 2);
}

/* A batch may be of 20,000 entries, and what each takes is up to the unit that sent it. */
static void a_step_ends_in_time_whatever_its_entries_take_to_decode(void **state)
{
    struct world *w = *state;
    int64_t begun_ms = clock_mono_ms(&w->clock.clock);

    append(w, 50);
    w->decode_ms = 200;
    assert_int_equal(step(w), 0);
    assert_true(clock_mono_ms(&w->clock.clock) - begun_ms < UPLINK_STEP_MS + w->decode_ms);
    assert_int_equal(w->registry.posts, 0);
    drain(w);
    assert_each_once(w);
    assert_int_equal(w->registry.posts, 1);
}

static void an_answer_that_got_lost_costs_nothing(void **state)
{
    struct world *w = *state;

    append(w, 120);
    fake_script(&w->registry, (struct fake_step){.act = FAKE_STORE_AND_LOSE});
    drain(w);
    assert_each_once(w);
    assert_int_equal(uplink_counted(w->uplink)->retries, 1);
}

static void what_may_pass_is_tried_again_with_the_same_bytes(void **state)
{
    static const struct fake_step steps[] = {
        {.act = FAKE_FAIL, .err = ERR_PEER},
        {.act = FAKE_FAIL, .err = ERR_TIMEOUT},
        {.act = FAKE_FAIL, .err = ERR_DENIED},
        {.act = FAKE_STATUS, .status = 500},
        {.act = FAKE_STATUS, .status = 503, .retry_after_s = 2},
        {.act = FAKE_STATUS, .status = 429, .retry_after_s = 1},
        {.act = FAKE_STATUS, .status = 401},
        {.act = FAKE_STATUS, .status = 403, .body = "{\"next\": 100}"},
        {.act = FAKE_STATUS, .status = 200},
        {.act = FAKE_STATUS, .status = 200, .body = "{\"next\": 1"},
        {.act = FAKE_STATUS, .status = 200, .body = "{\"next\": 3}"},
        {.act = FAKE_STATUS, .status = 200, .body = "{\"next\": 100000}"},
        {.act = FAKE_STATUS, .status = 409, .body = "{\"expected\": 0}"},
        {.act = FAKE_STATUS, .status = 409, .body = "{\"expected\": 100000}"},
        {.act = FAKE_STATUS, .status = 302},
        {.act = FAKE_STATUS, .status = 404, .body = "<html>"},
    };
    const size_t count = sizeof steps / sizeof steps[0];
    struct world *w = *state;

    append(w, 20);
    for (size_t i = 0; i < count; i++)
        fake_script(&w->registry, steps[i]);
    while (w->registry.posts <= count) {
        size_t before = w->registry.posts;

        clock_fake_advance(&w->clock, step(w));
        if (before > 0 && w->registry.posts > before)
            assert_true(w->registry.same_as_before);
    }
    drain(w);
    assert_each_once(w);
    assert_int_equal(uplink_counted(w->uplink)->retries, count);
}

static void nothing_is_posted_before_retry_after_is_over(void **state)
{
    struct world *w = *state;

    append(w, 50);
    fake_script(&w->registry,
                (struct fake_step){.act = FAKE_STATUS, .status = 503, .retry_after_s = 30});
    (void)step(w);
    assert_true(step(w) >= 30000);
    clock_fake_advance(&w->clock, 29999);
    (void)step(w);
    assert_int_equal(w->registry.posts, 1);
    drain(w);
}

static void a_registry_that_has_more_already_moves_the_cursor_on(void **state)
{
    struct world *w = *state;

    append(w, 100);
    w->registry.cursor = 70;
    drain(w);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(w->registry.rows[i], i < 70 ? 0 : 1);
}

static void a_registry_that_lost_its_last_batches_gets_them_again(void **state)
{
    struct world *w = *state;

    append(w, 100);
    drain(w);
    w->registry.cursor = 40; /* restored from a copy */
    append(w, 10);
    drain(w);
    for (uint64_t i = 0; i < 110; i++)
        assert_int_equal(w->registry.rows[i], i >= 40 && i < 100 ? 2 : 1);
}

static void what_is_gone_from_the_disk_is_reported_as_lost(void **state)
{
    struct world *w = *state;
    struct journal_extent extent = {0};

    append(w, 3000); /* several segments: the first ones are deleted when released */
    drain(w);
    assert_int_equal(journal_reader_extent(w->reader, &extent, NULL), ERR_OK);
    assert_true(extent.oldest > 10);
    w->registry.cursor = 10;
    append(w, 1);
    drain(w);
    assert_int_equal(w->registry.lost, extent.oldest - 10);
    assert_int_equal(uplink_counted(w->uplink)->lost, extent.oldest - 10);
    assert_int_equal(w->registry.rows[3000], 1);
}

/* By hand, under the gateway. The segments that are left begin at what is returned. */
static uint64_t delete_oldest_segment(struct world *w)
{
    struct journal_extent extent = {0};
    char path[128] = "";

    assert_int_equal(journal_reader_extent(w->reader, &extent, NULL), ERR_OK);
    snprintf(path, sizeof path, "%s/%020llu.seg", w->journal, (unsigned long long)extent.oldest);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(journal_reader_extent(w->reader, &extent, NULL), ERR_OK);
    return extent.oldest;
}

static void what_is_deleted_by_hand_is_reported_as_lost_and_not_waited_for(void **state)
{
    struct world *w = *state;
    uint64_t oldest = 0, sent = 0;

    append(w, 1500); /* several segments */
    while (w->registry.posts == 0)
        clock_fake_advance(&w->clock, step(w));
    sent = w->registry.cursor;
    fake_script(&w->registry, (struct fake_step){.act = FAKE_FAIL, .err = ERR_PEER});
    (void)step(w); /* the next batch is sealed: what the reader has is not lost */
    oldest = delete_oldest_segment(w);
    assert_true(sent > 0 && sent + 200 < oldest);
    drain(w);
    assert_int_equal(w->registry.lost, oldest - (sent + 200));
    assert_int_equal(uplink_counted(w->uplink)->lost, w->registry.lost);
    for (uint64_t i = 0; i < w->appended; i++)
        assert_int_equal(w->registry.rows[i], i < sent + 200 || i >= oldest ? 1 : 0);
}

/* The cursor is an old one, as after a power cut or on a full disk. */
static void of_what_is_gone_only_what_the_registry_misses_is_lost(void **state)
{
    struct world *w = *state;
    uint64_t oldest = 0;

    append(w, 100);
    drain(w);
    append(w, 1400);
    oldest = delete_oldest_segment(w);
    w->registry.cursor = oldest - 20;
    restart_gateway(w);
    drain(w);
    assert_int_equal(w->registry.lost, 20);
    assert_int_equal(uplink_counted(w->uplink)->lost, 20);
    for (uint64_t i = 0; i < w->appended; i++)
        assert_int_equal(w->registry.rows[i], i < 100 || i >= oldest ? 1 : 0);
}

static void one_entry_that_is_refused_is_set_aside_and_the_others_go_on(void **state)
{
    for (uint64_t poison = 0; poison < 23; poison++) {
        struct world *w = NULL;

        (void)state;
        assert_int_equal(set_up((void **)&w), 0);
        append(w, 23);
        w->registry.refuses = true;
        w->registry.poison = poison;
        drain(w);
        for (uint64_t i = 0; i < 23; i++) {
            assert_int_equal(w->registry.rows[i], i == poison ? 0 : 1);
            assert_int_equal(w->registry.rejects[i], i == poison ? 1 : 0);
        }
        assert_string_equal(w->registry.reason, "registry-refused");
        assert_int_equal(uplink_counted(w->uplink)->set_aside, 1);
        assert_true(w->registry.posts < 20);
        assert_int_equal(tear_down((void **)&w), 0);
    }
}

static void an_entry_refused_even_as_a_reject_does_not_stop_the_line(void **state)
{
    struct world *w = *state;

    append(w, 30);
    w->registry.refuses = w->registry.refuses_reject = true;
    w->registry.poison = 17;
    drain(w);
    assert_int_equal(w->registry.damaged, 1);
    for (uint64_t i = 0; i < 30; i++)
        assert_int_equal(w->registry.rows[i], i == 17 ? 0 : 1);
}

/* Answers `count` posts with this. */
static void answer_all(struct world *w, size_t count, int status, const char *body)
{
    for (size_t i = 0; i < count; i++)
        fake_script(&w->registry,
                    (struct fake_step){.act = FAKE_STATUS, .status = status, .body = body});
    for (int i = 0; i < 5000 && w->registry.step < w->registry.step_count; i++)
        clock_fake_advance(&w->clock, step(w));
    assert_int_equal(w->registry.step, w->registry.step_count);
    assert_int_equal(uplink_counted(w->uplink)->cursor, 0);
}

static void a_registry_that_refuses_everything_loses_nothing(void **state)
{
    struct world *w = *state;

    append(w, 4);
    answer_all(w, 41, 400, "{\"title\": \"Bad Request\", \"status\": 400}"); /* whole cycles */
    drain(w);
    assert_each_once(w);
    assert_int_equal(w->registry.damaged + w->registry.rejects[0], 0);
}

static void a_refusal_that_is_not_the_registrys_changes_nothing(void **state)
{
    struct world *w = *state;

    append(w, 4);
    answer_all(w, 20, 400, "<html>400 The SSL certificate error</html>");
    answer_all(w, 20, 422, "{\"error\": \"no\"}");
    drain(w);
    assert_each_once(w);
    assert_int_equal(uplink_counted(w->uplink)->refused, 0);
}

static void an_entry_too_large_for_the_way_is_not_dropped(void **state)
{
    struct world *w = *state;

    append(w, 4);
    answer_all(w, 20, 413, "<html>413 Request Entity Too Large</html>");
    drain(w);
    assert_each_once(w);
    assert_int_equal(w->registry.damaged, 0);
    assert_int_equal(uplink_counted(w->uplink)->set_aside, 0);
}

static void an_entry_is_not_set_aside_for_what_another_did(void **state)
{
    struct world *w = *state;

    append(w, 60);
    drain(w);
    append(w, 1);
    fake_script(&w->registry,
                (struct fake_step){.act = FAKE_STATUS, .status = 422, .body = "{\"status\": 422}"});
    while (w->registry.step < w->registry.step_count)
        clock_fake_advance(&w->clock, step(w));
    w->registry.cursor = 40; /* restored from a copy, before the entry comes as a reject */
    drain(w);
    assert_int_equal(w->registry.rejects[40], 0);
    assert_int_equal(w->registry.rows[40], 2);
    assert_int_equal(w->registry.rows[60], 1);
}

static void what_a_restored_registry_asks_for_is_not_deleted_before_it_is_sent(void **state)
{
    struct world *w = *state;
    struct journal_extent extent = {0};
    uint64_t used = 0;

    /* All of the first segment is stored, and the writer is in the second one now. */
    do {
        append(w, 1);
        assert_int_equal(journal_reader_extent(w->reader, &extent, NULL), ERR_OK);
        if (extent.bytes_used == used || used == 0)
            drain(w);
        used = used == 0 ? extent.bytes_used : used;
    } while (extent.bytes_used == used);
    assert_int_equal(extent.oldest, 0);
    w->registry.cursor = 10;
    drain(w);
    assert_int_equal(w->registry.lost, 0);
    for (uint64_t i = 10; i + 1 < w->appended; i++)
        assert_int_equal(w->registry.rows[i], 2);
}

static void a_batch_that_is_too_large_is_halved(void **state)
{
    struct world *w = *state;

    append(w, 50);
    w->registry.rows_max = 7;
    drain(w);
    assert_each_once(w);
    assert_int_equal(uplink_counted(w->uplink)->set_aside, 0);
}

/* Four batches' worth wait; the line carries a quarter of one. */
static void a_batch_that_is_too_much_for_the_line_is_halved_until_it_gets_through(void **state)
{
    struct world *w = *state;

    w->rows_max = 800;
    restart_gateway(w);
    w->registry.clock = &w->clock;
    w->registry.line_rows = 200;
    append(w, 3200);
    drain(w);
    assert_each_once(w);
    assert_int_equal(w->registry.largest_rows, 200);
    assert_int_equal(uplink_counted(w->uplink)->set_aside, 0);
    assert_int_equal(uplink_counted(w->uplink)->refused, 0);
}

/* What adds neither rows nor bytes, while nothing is delivered. */
static void empty_payloads_fill_a_batch_too(void **state)
{
    struct world *w = *state;
    size_t full = w->rows_max * UPLINK_BACKLOG_FACTOR;

    for (size_t i = 0; i < 2 * full; i++)
        append_text(w, "");
    drain(w);
    assert_int_equal(w->registry.cursor, 2 * full);
    assert_true(w->registry.posts >= 2);
    for (size_t i = 0; i < 2 * full; i++)
        assert_int_equal(w->registry.rejects[i], 1);
}

static void malformed_payloads_travel_as_rejects(void **state)
{
    struct world *w = *state;

    append(w, 5);
    append_text(w, "{");
    append(w, 5);
    drain(w);
    assert_int_equal(w->registry.rejects[5], 1);
    assert_int_equal(w->registry.rows[5], 0);
    assert_int_equal(w->registry.rows[10], 1);
}

/* Flips a bit in the payload of one entry, as a bad disk would. */
static void damage(const struct world *w, const char *text)
{
    char path[160] = "", bytes[65536];
    size_t len = 0, at = 0;
    FILE *file = NULL;

    snprintf(path, sizeof path, "%s/00000000000000000000.seg", w->journal);
    file = fopen(path, "r+e");
    assert_non_null(file);
    len = fread(bytes, 1, sizeof bytes, file);
    while (at < len && memcmp(bytes + at, text, strlen(text)) != 0)
        at++;
    assert_true(at < len);
    assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
    assert_int_equal(fputc(text[0] ^ 1, file), text[0] ^ 1);
    assert_int_equal(fclose(file), 0);
}

static void a_damaged_entry_is_reported_and_the_others_are_stored(void **state)
{
    struct world *w = *state;

    append(w, 40);
    damage(w, "\"v\":17}");
    drain(w);
    assert_int_equal(w->registry.damaged, 1);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(w->registry.rows[i], i == 17 ? 0 : 1);
}

static void stopping_in_the_middle_of_a_transfer_loses_nothing(void **state)
{
    struct world *w = *state;
    struct fault fault = {0};
    int64_t wait_ms = 0;

    append(w, 50);
    fake_script(&w->registry, (struct fake_step){.act = FAKE_FAIL, .err = ERR_STOPPED});
    assert_int_equal(uplink_step(w->uplink, &wait_ms, &fault), ERR_STOPPED);
    restart_gateway(w);
    drain(w);
    assert_each_once(w);
}

static void entries_that_are_not_on_stable_storage_are_not_sent(void **state)
{
    struct world *w = *state;
    struct journal_entry entry = {.received_ms = NOON,
                                  .unit = "bus-1",
                                  .format = FORMAT_SENML_JSON,
                                  .payload = (const uint8_t *)"[]",
                                  .payload_len = 2};

    append(w, 10);
    assert_int_equal(journal_append(w->writer, &entry, NULL), ERR_OK);
    for (int i = 0; i < 200; i++)
        clock_fake_advance(&w->clock, step(w));
    assert_int_equal(w->registry.cursor, 10);
}

/* Once each: a batch that is cut, a registry that goes back, and a batch that is stored. */
static void drain_over_faults(struct world *w)
{
    for (int i = 0; i < STEPS && w->registry.cursor < w->appended; i++) {
        struct fault fault = {0};
        int64_t wait_ms = 0;
        enum err err = uplink_step(w->uplink, &wait_ms, &fault);

        assert_true(err == ERR_OK || err == ERR_IO);
        clock_fake_advance(&w->clock, wait_ms);
    }
    assert_int_equal(w->registry.cursor, w->appended);
}

/* There are 1,600 calls, most of them as the one before. Each in turn fails with ./dev crash. */
static int calls_apart(void)
{
    return getenv("EVROLL_EVERY_CALL") != NULL ? 1 : 7; /* NOLINT(concurrency-mt-unsafe) */
}

static void no_entry_is_left_out_whatever_call_of_the_disk_fails(void **state)
{
    const int apart = calls_apart();
    bool over = false;

    (void)state;
    for (int n = 1; !over; n += apart) {
        struct world *w = NULL;

        assert_int_equal(set_up((void **)&w), 0);
        append(w, 23);
        w->registry.refuses = true;
        w->registry.poison = 7;
        w->os.calls = 0;
        w->os.fail_at = n;
        drain_over_faults(w);
        w->registry.cursor = 9; /* restored from a copy */
        append(w, 2);
        drain_over_faults(w);
        for (uint64_t i = 0; i < w->appended; i++)
            assert_int_equal(w->registry.rows[i] + w->registry.rejects[i], i > 8 && i < 23 ? 2 : 1);
        over = w->os.calls < n;
        assert_int_equal(tear_down((void **)&w), 0);
        assert_true(n < 5000);
    }
}

/* Whatever the registry answers and whenever the gateway is started anew. */
static void each_entry_is_stored_once_whatever_happens(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        unsigned dice = seed * 7919 + 1;
        struct world *w = NULL;

        assert_int_equal(set_up((void **)&w), 0);
        append(w, 400);
        for (int i = 0; i < 60; i++) {
            static const int statuses[] = {500, 503, 429, 401, 200, 302};
            int roll = rand_r(&dice) % 10;
            struct fake_step s = {.act = FAKE_STORE};

            if (roll < 3)
                s.act = FAKE_STORE_AND_LOSE;
            else if (roll < 5)
                s = (struct fake_step){.act = FAKE_FAIL, .err = ERR_PEER};
            else if (roll < 8)
                s = (struct fake_step){.act = FAKE_STATUS, .status = statuses[rand_r(&dice) % 6]};
            fake_script(&w->registry, s);
        }
        for (int i = 0; i < 300; i++) {
            clock_fake_advance(&w->clock, step(w));
            if (rand_r(&dice) % 15 == 0)
                restart_gateway(w);
            if (rand_r(&dice) % 10 == 0)
                append(w, (size_t)(rand_r(&dice) % 40));
        }
        drain(w);
        for (uint64_t p = 0; p < w->appended; p++)
            if (w->registry.rows[p] != 1)
                fail_msg("seed %u: position %llu was stored %d times", seed, (unsigned long long)p,
                         w->registry.rows[p]);
        assert_int_equal(tear_down((void **)&w), 0);
    }
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_was_appended_is_stored_once_and_in_order),
        IN_A_WORLD(a_lone_entry_waits_for_others_and_a_full_batch_does_not),
        IN_A_WORLD(a_step_ends_in_time_whatever_its_entries_take_to_decode),
        IN_A_WORLD(an_answer_that_got_lost_costs_nothing),
        IN_A_WORLD(what_may_pass_is_tried_again_with_the_same_bytes),
        IN_A_WORLD(nothing_is_posted_before_retry_after_is_over),
        IN_A_WORLD(a_registry_that_has_more_already_moves_the_cursor_on),
        IN_A_WORLD(a_registry_that_lost_its_last_batches_gets_them_again),
        IN_A_WORLD(what_is_gone_from_the_disk_is_reported_as_lost),
        IN_A_WORLD(what_is_deleted_by_hand_is_reported_as_lost_and_not_waited_for),
        IN_A_WORLD(of_what_is_gone_only_what_the_registry_misses_is_lost),
        cmocka_unit_test(one_entry_that_is_refused_is_set_aside_and_the_others_go_on),
        IN_A_WORLD(an_entry_refused_even_as_a_reject_does_not_stop_the_line),
        IN_A_WORLD(a_registry_that_refuses_everything_loses_nothing),
        IN_A_WORLD(a_refusal_that_is_not_the_registrys_changes_nothing),
        IN_A_WORLD(an_entry_too_large_for_the_way_is_not_dropped),
        IN_A_WORLD(an_entry_is_not_set_aside_for_what_another_did),
        IN_A_WORLD(what_a_restored_registry_asks_for_is_not_deleted_before_it_is_sent),
        IN_A_WORLD(a_batch_that_is_too_large_is_halved),
        IN_A_WORLD(a_batch_that_is_too_much_for_the_line_is_halved_until_it_gets_through),
        IN_A_WORLD(empty_payloads_fill_a_batch_too),
        IN_A_WORLD(malformed_payloads_travel_as_rejects),
        IN_A_WORLD(a_damaged_entry_is_reported_and_the_others_are_stored),
        IN_A_WORLD(stopping_in_the_middle_of_a_transfer_loses_nothing),
        IN_A_WORLD(entries_that_are_not_on_stable_storage_are_not_sent),
        cmocka_unit_test(no_entry_is_left_out_whatever_call_of_the_disk_fails),
        cmocka_unit_test(each_entry_is_stored_once_whatever_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
