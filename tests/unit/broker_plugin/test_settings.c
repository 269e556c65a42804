#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/broker_plugin/settings.h"
#include "gateway/journal/journal.h"

/* As mosquitto_plugin.h has it; including that needs the broker's headers around it. */
struct mosquitto_opt {
    char *key;
    char *value;
};

static void what_is_given_is_taken_and_the_rest_has_defaults(void **state)
{
    const struct mosquitto_opt options[] = {{"journal_dir", "/j"},
                                            {"journal_budget_bytes", "17179869184"},
                                            {"crl_file", "/crl.pem"},
                                            {"ca_file", "/ca.pem"}};
    struct settings s;

    (void)state;
    assert_int_equal(settings_read(options, 4, &s, NULL), ERR_OK);
    assert_string_equal(s.journal_dir, "/j");
    assert_int_equal(s.journal_budget_bytes, 17179869184);
    assert_int_equal(s.journal_segment_bytes, 0);
    assert_int_equal(s.payload_max, JOURNAL_PAYLOAD_MAX);
    assert_null(s.outbox_dir);
    assert_string_equal(s.ca_file, "/ca.pem");
}

static void a_bad_option_is_named(void **state)
{
    static const struct {
        struct mosquitto_opt option;
        const char *said;
    } bad[] = {
        {{"journal_dri", "/j"}, "plugin_opt_journal_dri"},
        {{"payload_max", "65537"}, "plugin_opt_payload_max"},
        {{"payload_max", "0"}, "plugin_opt_payload_max"},
        {{"payload_max", "-1"}, "plugin_opt_payload_max"},
        {{"payload_max", "1k"}, "plugin_opt_payload_max"},
        {{"payload_max", ""}, "plugin_opt_payload_max"},
        {{"journal_budget_bytes", "99999999999999999999"}, "plugin_opt_journal_budget_bytes"},
        {{"journal_segment_bytes", "4294967296"}, "plugin_opt_journal_segment_bytes"},
        {{"crl_file", "/crl.pem"}, "plugin_opt_ca_file"},
    };
    struct settings s;
    struct fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct mosquitto_opt options[] = {{"journal_dir", "/j"}, bad[i].option};

        assert_int_equal(settings_read(options, 2, &s, &fault), ERR_INPUT);
        assert_non_null(strstr(fault.text, bad[i].said));
    }
    assert_int_equal(settings_read(NULL, 0, &s, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "plugin_opt_journal_dir"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_taken_and_the_rest_has_defaults),
        cmocka_unit_test(a_bad_option_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
