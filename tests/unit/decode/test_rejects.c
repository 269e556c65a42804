#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/decode/rejects.h"
#include "shared/arena.h"

#define NOON 1750000000000

static const uint8_t journal_id[JOURNAL_ID_BYTES] = "0123456789abcdef";

struct world {
    char dir[64], store[80];
};

static int set_up(void **state)
{
    struct world *w = mem_alloc(1, sizeof *w);

    strcpy(w->dir, "/tmp/evroll-rejects-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->store, sizeof w->store, "%s/rejects", w->dir);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char command[128] = "";

    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0); /* NOLINT(concurrency-mt-unsafe) */
    free(w);
    return 0;
}

static struct rejects *opened(const struct world *w, uint64_t budget)
{
    struct rejects *rejects = NULL;
    struct fault fault = {0};

    if (rejects_open(w->store, budget, &rejects, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return rejects;
}

static void put(struct rejects *rejects, uint64_t position, const char *unit)
{
    struct batch_reject reject = {.position = position,
                                  .format = FORMAT_SENML_JSON,
                                  .received_ms = NOON + (int64_t)position * 1000,
                                  .reason = "json-syntax",
                                  .detail = "a \"quoted\" \xE9\xA9\xAC",
                                  .at_byte = 3,
                                  .payload = (const uint8_t *)"\xFF\xEE{",
                                  .payload_len = 3};

    snprintf(reject.unit, sizeof reject.unit, "%s", unit);
    assert_int_equal(rejects_append(rejects, journal_id, &reject, NULL), ERR_OK);
}

struct seen {
    size_t count;
    uint64_t first, last;
    char text[1024];
};

static void see(void *arg, const struct reject_line *line, const char *text, size_t len)
{
    struct seen *seen = arg;

    if (seen->count++ == 0)
        seen->first = line->position;
    seen->last = line->position;
    assert_true(len < sizeof seen->text);
    memcpy(seen->text, text, len + 1);
}

static struct seen shown(const struct world *w, const char *unit, int64_t since_ms)
{
    struct rejects_filter filter = {.unit = unit, .since_ms = since_ms};
    struct seen seen = {0};
    struct fault fault = {0};

    if (rejects_each(w->store, &filter, see, &seen, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return seen;
}

static void a_reject_is_shown_as_it_was_refused(void **state)
{
    struct rejects *rejects = opened(*state, 0);
    struct seen seen;

    put(rejects, 7, "bus-1");
    rejects_close(rejects);
    seen = shown(*state, NULL, INT64_MIN);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.text,
                        "{\"reason\":\"json-syntax\",\"detail\":\"a \\\"quoted\\\" \xE9\xA9\xAC\","
                        "\"at_byte\":3,\"received\":\"2025-06-15T15:06:47.000Z\","
                        "\"format\":\"senml-json\",\"journal\":\"30313233343536373839616263646566"
                        "\",\"position\":7,\"unit\":\"bus-1\",\"payload\":\"_-57\"}");
}

static void rejects_are_chosen_by_unit_and_time(void **state)
{
    struct rejects *rejects = opened(*state, 0);

    for (uint64_t i = 0; i < 10; i++)
        put(rejects, i, i % 2 == 0 ? "bus-1" : "bus-2");
    rejects_close(rejects);
    assert_int_equal(shown(*state, "bus-1", INT64_MIN).count, 5);
    assert_int_equal(shown(*state, "bus-9", INT64_MIN).count, 0);
    assert_int_equal(shown(*state, NULL, NOON + 6000).first, 6);
    assert_int_equal(shown(*state, "bus-2", NOON + 6000).count, 2);
}

static void a_repeated_line_is_shown_once(void **state)
{
    struct rejects *rejects = opened(*state, 0);

    put(rejects, 1, "bus-1");
    put(rejects, 2, "bus-1");
    rejects_close(rejects);
    rejects = opened(*state, 0);
    put(rejects, 1, "bus-1");
    put(rejects, 2, "bus-1");
    put(rejects, 3, "bus-1");
    rejects_close(rejects);
    assert_int_equal(shown(*state, NULL, INT64_MIN).count, 3);
}

static void half_a_line_costs_only_itself(void **state)
{
    struct world *w = *state;
    struct rejects *rejects = opened(w, 0);
    char path[128] = "";
    struct stat st = {0};

    put(rejects, 1, "bus-1");
    put(rejects, 2, "bus-1");
    rejects_close(rejects);
    snprintf(path, sizeof path, "%s/00000001.jsonl", w->store);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - 20), 0);
    rejects = opened(w, 0);
    put(rejects, 3, "bus-1");
    rejects_close(rejects);
    assert_int_equal(shown(w, NULL, INT64_MIN).count, 2);
    assert_int_equal(shown(w, NULL, INT64_MIN).last, 3);
}

static void the_oldest_go_when_the_budget_is_used_up(void **state)
{
    struct rejects *rejects = opened(*state, 16384);
    struct seen seen;

    for (uint64_t i = 0; i < 1000; i++) {
        put(rejects, i, "bus-1");
        if (i % 100 == 0) { /* also across restarts */
            rejects_close(rejects);
            rejects = opened(*state, 16384);
        }
    }
    rejects_close(rejects);
    seen = shown(*state, NULL, INT64_MIN);
    assert_int_equal(seen.last, 999);
    assert_int_equal(seen.first, 1000 - seen.count);
    assert_in_range(seen.count * 200, 16384 / 2, 16384);
}

static void no_store_yet_is_said(void **state)
{
    const struct world *w = *state;
    struct rejects_filter filter = {.since_ms = INT64_MIN};

    assert_int_equal(rejects_each(w->store, &filter, see, NULL, NULL), ERR_NOT_FOUND);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Half of a line is what a full disk takes. */
static void a_line_cut_by_a_full_disk_costs_only_itself(void **state)
{
    struct world *w = *state;
    struct rejects *rejects = opened(w, 0);
    struct batch_reject cut = {.position = 2,
                               .unit = "bus-1",
                               .format = FORMAT_SENML_JSON,
                               .received_ms = NOON,
                               .reason = "json-syntax",
                               .detail = ""};
    struct rlimit old, tight;
    char path[128] = "";
    struct stat st = {0};

    put(rejects, 1, "bus-1");
    snprintf(path, sizeof path, "%s/00000001.jsonl", w->store);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = (struct rlimit){(rlim_t)st.st_size + 20, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_equal(rejects_append(rejects, journal_id, &cut, NULL), ERR_IO);
    assert_int_equal(rejects_append(rejects, journal_id, &cut, NULL), ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    put(rejects, 3, "bus-1");
    rejects_close(rejects);
    assert_int_equal(shown(w, NULL, INT64_MIN).count, 2);
    assert_int_equal(shown(w, NULL, INT64_MIN).last, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_reject_is_shown_as_it_was_refused),
        IN_A_WORLD(rejects_are_chosen_by_unit_and_time),
        IN_A_WORLD(a_repeated_line_is_shown_once),
        IN_A_WORLD(half_a_line_costs_only_itself),
        IN_A_WORLD(the_oldest_go_when_the_budget_is_used_up),
        IN_A_WORLD(no_store_yet_is_said),
        IN_A_WORLD(a_line_cut_by_a_full_disk_costs_only_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
