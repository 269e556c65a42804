#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/broker_plugin/policy.h"

static enum verdict publish(const char *topic, enum format *format)
{
    return policy_publish(&(struct policy_publish){.client_id = "bus-1",
                                                   .username = "bus-1",
                                                   .topic = topic,
                                                   .payload_len = 10,
                                                   .payload_max = 100,
                                                   .qos = 1},
                          format);
}

static void a_unit_writes_its_own_telemetry_in_every_format(void **state)
{
    static const struct {
        const char *topic;
        enum format format;
    } own[] = {
        {"evroll/v1/units/bus-1/senml-json", FORMAT_SENML_JSON},
        {"evroll/v1/units/bus-1/senml-cbor", FORMAT_SENML_CBOR},
        {"evroll/v1/units/bus-1/gbt32960", FORMAT_GBT32960},
        {"evroll/v1/units/bus-1/gb17691", FORMAT_GB17691},
    };
    enum format format = FORMAT_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        assert_int_equal(publish(own[i].topic, &format), VERDICT_OK);
        assert_int_equal(format, own[i].format);
    }
}

static void every_other_topic_is_foreign(void **state)
{
    static const char *const foreign[] = {
        "evroll/v1/units/bus-2/senml-json",
        "evroll/v1/units/bus-10/senml-json",
        "evroll/v1/units/bus-/senml-json",
        "evroll/v1/units/bus-1/senml-xml",
        "evroll/v1/units/bus-1/senml-json/",
        "evroll/v1/units/bus-1/senml-jso",
        "evroll/v1/units/bus-1/errors",
        "evroll/v1/units/bus-1/",
        "evroll/v1/units/bus-1",
        "evroll/v1/units//senml-json",
        "/evroll/v1/units/bus-1/senml-json",
        "evroll/v2/units/bus-1/senml-json",
        "EVROLL/v1/units/bus-1/senml-json",
        "$SYS/broker/connection/x/state",
        "$CONTROL/dynamic-security/v1",
        "",
        "evroll/v1/units/+/senml-json",
        "#",
        "evroll/v1/units/BUS-1/senml-json",
        NULL,
    };
    enum format format = FORMAT_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        assert_int_equal(publish(foreign[i], &format), VERDICT_FOREIGN_TOPIC);
}

static void size_qos_and_retain_have_their_own_verdicts(void **state)
{
    struct policy_publish p = {.client_id = "bus-1",
                               .username = "bus-1",
                               .topic = "evroll/v1/units/bus-1/gbt32960",
                               .payload_len = 100,
                               .payload_max = 100};
    enum format format = FORMAT_NONE;

    (void)state;
    assert_int_equal(policy_publish(&p, &format), VERDICT_OK);
    p.payload_len = 0;
    assert_int_equal(policy_publish(&p, &format), VERDICT_OK);
    p.payload_len = 101;
    assert_int_equal(policy_publish(&p, &format), VERDICT_TOO_LARGE);
    p.qos = 2;
    assert_int_equal(policy_publish(&p, &format), VERDICT_QOS);
    p.retain = true;
    assert_int_equal(policy_publish(&p, &format), VERDICT_RETAINED);
}

static void a_client_whose_user_name_is_not_its_id_does_nothing(void **state)
{
    static const char *const pairs[][2] = {
        {"bus-1", NULL}, {NULL, "bus-1"},           {NULL, NULL}, {"bus-1", "bus-2"}, {"", ""},
        {"a/b", "a/b"},  {"bus-1\xff", "bus-1\xff"}};
    enum format format = FORMAT_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct policy_publish p = {.client_id = pairs[i][0],
                                   .username = pairs[i][1],
                                   .topic = "evroll/v1/units/bus-1/senml-json",
                                   .payload_max = 100};

        assert_int_equal(policy_publish(&p, &format), VERDICT_NOT_SIGNED_IN);
        assert_int_equal(policy_read(pairs[i][0], pairs[i][1], "evroll/v1/units/bus-1/errors"),
                         VERDICT_NOT_SIGNED_IN);
    }
}

static void a_unit_reads_its_own_errors_and_config_only(void **state)
{
    static const char *const denied[] = {"evroll/v1/units/bus-1/senml-json",
                                         "evroll/v1/units/bus-2/errors",
                                         "evroll/v1/units/bus-1/+",
                                         "evroll/v1/units/+/errors",
                                         "evroll/v1/units/bus-1/errors/#",
                                         "evroll/v1/units/bus-1/#",
                                         "$share/g/evroll/v1/units/bus-1/errors",
                                         "$SYS/#",
                                         "#",
                                         NULL};

    (void)state;
    assert_int_equal(policy_read("bus-1", "bus-1", "evroll/v1/units/bus-1/errors"), VERDICT_OK);
    assert_int_equal(policy_read("bus-1", "bus-1", "evroll/v1/units/bus-1/config"), VERDICT_OK);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
        assert_int_equal(policy_read("bus-1", "bus-1", denied[i]), VERDICT_FOREIGN_TOPIC);
}

static void connecting_needs_a_units_certificate_and_its_name_as_client_id(void **state)
{
    struct tls_identity id = {.name = "bus-1", .kind = "unit"};

    (void)state;
    assert_int_equal(policy_connect(&id, "bus-1"), VERDICT_OK);
    assert_int_equal(policy_connect(&id, "bus-2"), VERDICT_WRONG_CLIENT_ID);
    assert_int_equal(policy_connect(&id, NULL), VERDICT_WRONG_CLIENT_ID);
    assert_int_equal(policy_connect(NULL, "bus-1"), VERDICT_NO_CERTIFICATE);
    strcpy(id.kind, "");
    assert_int_equal(policy_connect(&id, "bus-1"), VERDICT_OK);
    strcpy(id.kind, "gateway");
    assert_int_equal(policy_connect(&id, "bus-1"), VERDICT_BAD_CERTIFICATE);
    strcpy(id.kind, "unit");
    strcpy(id.name, "bus 1");
    assert_int_equal(policy_connect(&id, "bus 1"), VERDICT_BAD_CERTIFICATE);
    strcpy(id.name, "a-name-that-is-longer-than-allowed");
    assert_int_equal(policy_connect(&id, id.name), VERDICT_BAD_CERTIFICATE);
}

static void every_verdict_has_a_name(void **state)
{
    (void)state;
    for (enum verdict v = VERDICT_OK; v < VERDICT_COUNT; v++)
        assert_non_null(policy_verdict_name(v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_writes_its_own_telemetry_in_every_format),
        cmocka_unit_test(every_other_topic_is_foreign),
        cmocka_unit_test(size_qos_and_retain_have_their_own_verdicts),
        cmocka_unit_test(a_client_whose_user_name_is_not_its_id_does_nothing),
        cmocka_unit_test(a_unit_reads_its_own_errors_and_config_only),
        cmocka_unit_test(connecting_needs_a_units_certificate_and_its_name_as_client_id),
        cmocka_unit_test(every_verdict_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
