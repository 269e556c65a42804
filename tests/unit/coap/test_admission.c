#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/coap/admission.h"

#define JSON 110

static enum admission ask(const char *path, long content_format, size_t len)
{
    const struct admission_request request = {.unit = "bus-1",
                                              .path = path,
                                              .path_len = strlen(path),
                                              .post = true,
                                              .content_format = content_format,
                                              .payload_len = len,
                                              .payload_max = 100};
    enum format format = FORMAT_NONE;

    return admission_check(&request, &format);
}

static void a_unit_posts_to_its_own_path_in_a_format_that_exists(void **state)
{
    static const struct {
        const char *path;
        enum admission admission;
    } cases[] = {
        {"v1/units/bus-1/senml-json", ADMISSION_OK},
        {"v1/units/bus-2/senml-json", ADMISSION_FORBIDDEN},
        {"v1/units/bus-10/senml-json", ADMISSION_FORBIDDEN},
        {"v1/units/bus-/senml-json", ADMISSION_FORBIDDEN},
        {"v1/units/bus-1/senml-xml", ADMISSION_NOT_FOUND},
        {"v1/units/bus-1/senml-json/", ADMISSION_NOT_FOUND},
        {"v1/units/bus-1/", ADMISSION_NOT_FOUND},
        {"v1/units/bus-1", ADMISSION_NOT_FOUND},
        {"v1/units//senml-json", ADMISSION_NOT_FOUND},
        {"v1/units/bus%2F1/senml-json", ADMISSION_NOT_FOUND},
        {"v1/units/", ADMISSION_NOT_FOUND},
        {"v1/units", ADMISSION_NOT_FOUND},
        {"/v1/units/bus-1/senml-json", ADMISSION_NOT_FOUND},
        {"v2/units/bus-1/senml-json", ADMISSION_NOT_FOUND},
        {"", ADMISSION_NOT_FOUND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ask(cases[i].path, JSON, 1), cases[i].admission);
}

static void the_content_format_must_fit_the_path_and_may_be_missing(void **state)
{
    static const struct {
        const char *path;
        long content_format;
        enum admission admission;
    } cases[] = {
        {"v1/units/bus-1/senml-json", 110, ADMISSION_OK},
        {"v1/units/bus-1/senml-json", 112, ADMISSION_CONTENT_FORMAT},
        {"v1/units/bus-1/senml-json", 50, ADMISSION_CONTENT_FORMAT},
        {"v1/units/bus-1/senml-json", 0, ADMISSION_CONTENT_FORMAT},
        {"v1/units/bus-1/senml-cbor", 112, ADMISSION_OK},
        {"v1/units/bus-1/senml-cbor", 110, ADMISSION_CONTENT_FORMAT},
        {"v1/units/bus-1/gbt32960", 42, ADMISSION_OK},
        {"v1/units/bus-1/gbt32960", 60, ADMISSION_OK},
        {"v1/units/bus-1/gbt32960", 110, ADMISSION_CONTENT_FORMAT},
        {"v1/units/bus-1/gb17691", 42, ADMISSION_OK},
        {"v1/units/bus-1/gb17691", 0, ADMISSION_CONTENT_FORMAT},
        {"v1/units/bus-1/gb17691", ADMISSION_NO_CONTENT_FORMAT, ADMISSION_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ask(cases[i].path, cases[i].content_format, 1), cases[i].admission);
}

static void what_is_larger_than_the_limit_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ask("v1/units/bus-1/senml-json", JSON, 100), ADMISSION_OK);
    assert_int_equal(ask("v1/units/bus-1/senml-json", JSON, 101), ADMISSION_TOO_LARGE);
}

static void other_methods_and_strangers_are_refused(void **state)
{
    struct admission_request request = {.unit = "bus-1",
                                        .path = "v1/units/bus-1/senml-json",
                                        .path_len = sizeof "v1/units/bus-1/senml-json" - 1,
                                        .content_format = JSON};
    enum format format = FORMAT_NONE;

    (void)state;
    assert_int_equal(admission_check(&request, &format), ADMISSION_NOT_ALLOWED);
    request.unit = NULL;
    request.path = "anything";
    assert_int_equal(admission_check(&request, &format), ADMISSION_FORBIDDEN);
}

static void only_certificates_of_units_may_send(void **state)
{
    static const struct {
        struct tls_identity identity;
        bool ok;
    } cases[] = {
        {{.name = "bus-1", .kind = "unit"}, true},
        {{.name = "bus-1", .kind = ""}, true},
        {{.name = "gw-1", .kind = "gateway"}, false},
        {{.name = "bus 1", .kind = "unit"}, false},
        {{.name = "", .kind = "unit"}, false},
        {{.name = "123456789012345678901234567890123", .kind = "unit"}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(admission_unit(&cases[i].identity), cases[i].ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_posts_to_its_own_path_in_a_format_that_exists),
        cmocka_unit_test(the_content_format_must_fit_the_path_and_may_be_missing),
        cmocka_unit_test(what_is_larger_than_the_limit_is_refused),
        cmocka_unit_test(other_methods_and_strangers_are_refused),
        cmocka_unit_test(only_certificates_of_units_may_send),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
