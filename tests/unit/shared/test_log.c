#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"

/* What was written to stderr since capture_begin; the real stderr comes back. */
struct capture {
    FILE *file;
    int saved;
    char text[8192];
};

static void capture_begin(struct capture *c)
{
    (void)fflush(stderr);
    c->saved = dup(STDERR_FILENO);
    c->file = tmpfile();
    assert_non_null(c->file);
    assert_true(dup2(fileno(c->file), STDERR_FILENO) >= 0);
}

static const char *capture_end(struct capture *c)
{
    size_t len = 0;

    assert_true(dup2(c->saved, STDERR_FILENO) >= 0);
    (void)close(c->saved);
    rewind(c->file);
    len = fread(c->text, 1, sizeof c->text - 1, c->file);
    c->text[len] = '\0';
    (void)fclose(c->file);
    return c->text;
}

static int without_journal(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_INFO);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    return unsetenv("JOURNAL_STREAM");
}

static void a_line_has_time_level_part_and_sentence(void **state)
{
    struct capture c;
    const char *line = NULL;

    (void)state;
    capture_begin(&c);
    log_warn("uplink", "the registry answered %d; trying again in %d s", 503, 4);
    line = capture_end(&c);
    assert_int_equal(line[10], 'T');
    assert_int_equal(line[23], 'Z');
    assert_string_equal(line + 24,
                        " warn  uplink: the registry answered 503; trying again in 4 s\n");
}

static void control_characters_cannot_forge_a_line(void **state)
{
    struct capture c;
    const char *line = NULL;

    (void)state;
    capture_begin(&c);
    log_error("mqtt", "%s", "a\nb\r\t\x1b[2J\x7f\xc2\x9b!");
    line = capture_end(&c);
    assert_non_null(strstr(line, "mqtt: a\\x0ab\\x0d\\x09\\x1b[2J\\x7f\\xc2\\x9b!\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void chinese_text_passes_as_it_is(void **state)
{
    struct capture c;

    (void)state;
    capture_begin(&c);
    log_info("plan", "%s", "济源市\xc2\xa0新能源");
    assert_non_null(strstr(capture_end(&c), "plan: 济源市\xc2\xa0新能源\n"));
}

static void what_is_below_the_level_is_dropped(void **state)
{
    struct capture c;
    const char *lines = NULL;

    (void)state;
    capture_begin(&c);
    log_debug("part", "not shown");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("part", "shown");
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("part", "not shown");
    lines = capture_end(&c);
    assert_null(strstr(lines, "not shown"));
    assert_non_null(strstr(lines, "debug part: shown\n"));
}

static void long_lines_and_parts_are_cut_to_one_line(void **state)
{
    struct capture c;
    const char *line = NULL;
    char words[6000];

    (void)state;
    memset(words, '\n', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    capture_begin(&c);
    log_info("part", "%s", words);
    line = capture_end(&c);
    assert_true(strlen(line) > 1000 && strlen(line) < 2300);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);

    memset(words, 'p', sizeof words - 1);
    capture_begin(&c);
    log_info(words, "said");
    line = capture_end(&c);
    assert_true(strlen(line) < 200);
    assert_non_null(strstr(line, "said\n"));
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_int_equal(log_level_parse("error"), LOG_LEVEL_ERROR);
    assert_int_equal(log_level_parse("warn"), LOG_LEVEL_WARN);
    assert_int_equal(log_level_parse("info"), LOG_LEVEL_INFO);
    assert_int_equal(log_level_parse("debug"), LOG_LEVEL_DEBUG);
    assert_int_equal(log_level_parse("Info"), -1);
    assert_int_equal(log_level_parse(""), -1);
}

static void the_journal_gets_a_level_prefix_and_no_time(void **state)
{
    struct capture c;
    struct stat st;
    char stream[64];

    (void)state;
    capture_begin(&c);
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    log_error("store", "disk full");
    assert_string_equal(capture_end(&c), "<3>store: disk full\n");
}

static void an_inherited_journal_stream_is_not_this_stderr(void **state)
{
    struct capture c;

    (void)state;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
    capture_begin(&c);
    log_error("store", "disk full");
    assert_non_null(strstr(capture_end(&c), "Z error store: disk full\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_has_time_level_part_and_sentence, without_journal),
        cmocka_unit_test_setup(control_characters_cannot_forge_a_line, without_journal),
        cmocka_unit_test_setup(chinese_text_passes_as_it_is, without_journal),
        cmocka_unit_test_setup(what_is_below_the_level_is_dropped, without_journal),
        cmocka_unit_test_setup(long_lines_and_parts_are_cut_to_one_line, without_journal),
        cmocka_unit_test(levels_have_names),
        cmocka_unit_test_setup(the_journal_gets_a_level_prefix_and_no_time, without_journal),
        cmocka_unit_test_setup(an_inherited_journal_stream_is_not_this_stderr, without_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
