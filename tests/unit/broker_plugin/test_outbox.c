#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/broker_plugin/outbox.h"
#include "gateway/journal/journal.h"

struct world {
    char dir[64], journal[96];
    struct journal_writer *writer;
    struct outbox *outbox;
    char said[1024]; /* "topic=payload;" of each message handed over */
    bool busy;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    strcpy(w->dir, "/tmp/evroll-outbox-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->journal, sizeof w->journal, "%s/outbox", w->dir);
    w->outbox = outbox_create(w->journal);
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

static int teardown(void **state)
{
    struct world *w = *state;

    outbox_destroy(w->outbox);
    if (w->writer != NULL)
        journal_writer_close(w->writer);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the test has one thread. */
    assert_int_equal(nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(w);
    return 0;
}

static void journal_begin(struct world *w)
{
    struct journal_options options = {
        .dir = w->journal, .budget_bytes = 8 << 20, .segment_bytes = 1 << 20};

    assert_int_equal(journal_writer_open(&options, &w->writer, NULL), ERR_OK);
}

static void put(struct world *w, const char *unit, enum format format, const char *payload)
{
    struct journal_entry entry = {.received_ms = 1,
                                  .format = format,
                                  .payload = (const uint8_t *)payload,
                                  .payload_len = strlen(payload)};
    uint64_t position = 0;

    snprintf(entry.unit, sizeof entry.unit, "%s", unit);
    assert_int_equal(journal_append(w->writer, &entry, &position), ERR_OK);
}

static bool hand_over(void *context, const char *topic, const void *payload, size_t len)
{
    struct world *w = context;
    size_t used = strlen(w->said);

    if (w->busy)
        return false;
    snprintf(w->said + used, sizeof w->said - used, "%s=%.*s;", topic, (int)len,
             (const char *)payload);
    return true;
}

static struct outbox_result deliver(struct world *w, size_t most)
{
    struct outbox_result result;
    struct fault fault = {0};

    w->said[0] = '\0';
    assert_int_equal(outbox_deliver(w->outbox, most, hand_over, w, &result, &fault), ERR_OK);
    return result;
}

static void an_outbox_that_is_not_there_yet_is_empty(void **state)
{
    struct world *w = *state;

    assert_int_equal(deliver(w, 10).published, 0);
    assert_int_equal(outbox_release(w->outbox, NULL), ERR_OK);
    journal_begin(w);
    assert_int_equal(deliver(w, 10).published, 0);
    put(w, "bus-1", FORMAT_UNIT_ERROR, "{}");
    assert_int_equal(deliver(w, 10).published, 1);
    assert_string_equal(w->said, "evroll/v1/units/bus-1/errors={};");
}

static void messages_go_out_in_order_and_a_few_at_a_time(void **state)
{
    struct world *w = *state;

    journal_begin(w);
    put(w, "a", FORMAT_UNIT_ERROR, "1");
    put(w, "b", FORMAT_UNIT_ERROR, "2");
    put(w, "a-name-of-just-thirty-two-letter", FORMAT_UNIT_ERROR, "3");
    assert_int_equal(deliver(w, 2).published, 2);
    assert_string_equal(w->said, "evroll/v1/units/a/errors=1;evroll/v1/units/b/errors=2;");
    assert_int_equal(deliver(w, 2).published, 1);
    assert_int_equal(deliver(w, 2).published, 0);
}

static void what_is_no_message_to_a_unit_is_skipped(void **state)
{
    struct world *w = *state;
    struct outbox_result result;

    journal_begin(w);
    put(w, "a", FORMAT_SENML_JSON, "1");
    put(w, "a", FORMAT_UNIT_ERROR, "2");
    result = deliver(w, 10);
    assert_int_equal(result.skipped, 1);
    assert_int_equal(result.published, 1);
}

static void what_was_refused_is_offered_again(void **state)
{
    struct world *w = *state;

    journal_begin(w);
    put(w, "a", FORMAT_UNIT_ERROR, "1");
    put(w, "a", FORMAT_UNIT_ERROR, "2");
    w->busy = true;
    assert_int_equal(deliver(w, 10).published, 0);
    w->busy = false;
    assert_int_equal(deliver(w, 10).published, 2);
    assert_string_equal(w->said, "evroll/v1/units/a/errors=1;evroll/v1/units/a/errors=2;");
}

static void what_was_released_does_not_come_again_and_what_was_not_does(void **state)
{
    struct world *w = *state;

    journal_begin(w);
    put(w, "a", FORMAT_UNIT_ERROR, "1");
    assert_int_equal(deliver(w, 10).published, 1);
    assert_int_equal(outbox_release(w->outbox, NULL), ERR_OK);
    put(w, "a", FORMAT_UNIT_ERROR, "2");
    assert_int_equal(deliver(w, 10).published, 1);
    outbox_destroy(w->outbox);
    w->outbox = outbox_create(w->journal);
    assert_int_equal(deliver(w, 10).published, 1);
    assert_string_equal(w->said, "evroll/v1/units/a/errors=2;");
}

static void an_outbox_that_was_wiped_and_made_anew_is_read_on(void **state)
{
    struct world *w = *state;
    char command[128];

    journal_begin(w);
    put(w, "a", FORMAT_UNIT_ERROR, "1");
    assert_int_equal(deliver(w, 10).published, 1);
    assert_int_equal(outbox_release(w->outbox, NULL), ERR_OK);
    journal_writer_close(w->writer);
    snprintf(command, sizeof command, "rm -r %s", w->journal);
    assert_int_equal(system(command), 0); /* NOLINT(concurrency-mt-unsafe) */
    assert_int_equal(deliver(w, 10).published, 0);
    assert_int_equal(outbox_release(w->outbox, NULL), ERR_OK);
    journal_begin(w);
    put(w, "a", FORMAT_UNIT_ERROR, "2");
    assert_int_equal(deliver(w, 10).published, 1);
    assert_string_equal(w->said, "evroll/v1/units/a/errors=2;");
    assert_int_equal(outbox_release(w->outbox, NULL), ERR_OK);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(an_outbox_that_is_not_there_yet_is_empty),
        IN_A_WORLD(messages_go_out_in_order_and_a_few_at_a_time),
        IN_A_WORLD(what_is_no_message_to_a_unit_is_skipped),
        IN_A_WORLD(what_was_refused_is_offered_again),
        IN_A_WORLD(what_was_released_does_not_come_again_and_what_was_not_does),
        IN_A_WORLD(an_outbox_that_was_wiped_and_made_anew_is_read_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
