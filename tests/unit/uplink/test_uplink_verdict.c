#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/uplink/verdict.h"

static struct verdict judge(int status, const char *body)
{
    static struct transport_answer answer;

    answer.status = status;
    answer.retry_after_s = -1;
    answer.len = strlen(body);
    memcpy(answer.body, body, answer.len);
    return verdict_of(&answer);
}

static void an_answer_with_its_position_is_believed(void **state)
{
    (void)state;
    assert_int_equal(judge(200, "{\"next\": 17}").kind, VERDICT_STORED);
    assert_int_equal(judge(200, "{\"next\": 17, \"rows\": 3}").position, 17);
    assert_int_equal(judge(409, "{\"title\": \"gap\", \"expected\": 0}").kind, VERDICT_EXPECTED);
    assert_int_equal(judge(409, "{\"expected\": 12}").position, 12);
}

static void a_garbled_answer_is_never_taken_for_stored(void **state)
{
    static const char *const bodies[] = {"",
                                         "{\"next\": 1",
                                         "{\"next\": \"17\"}",
                                         "{\"next\": -1}",
                                         "{\"next\": 1.5}",
                                         "{\"expected\": 17}",
                                         "{\"text\": \"\\\"next\\\": 17\"}",
                                         "{\"deep\": {\"next\": 17}}",
                                         "[17]",
                                         "17",
                                         "<html>next</html>",
                                         "{\"next\": 1, \"next\": 2}",
                                         "{\"next\": 17} trailing",
                                         "{\"next\": 99999999999999999999}"};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_int_equal(judge(200, bodies[i]).kind, VERDICT_STRANGE);
        if (strstr(bodies[i], "expected") == NULL)
            assert_int_equal(judge(409, bodies[i]).kind, VERDICT_STRANGE);
    }
}

static void every_status_has_its_meaning(void **state)
{
    static const struct {
        int status;
        enum verdict_kind kind;
    } cases[] = {
        {400, VERDICT_STRANGE}, {422, VERDICT_STRANGE}, {413, VERDICT_TOO_LARGE},
        {401, VERDICT_DENIED},  {403, VERDICT_DENIED},  {408, VERDICT_LATER},
        {425, VERDICT_LATER},   {429, VERDICT_LATER},   {500, VERDICT_LATER},
        {502, VERDICT_LATER},   {503, VERDICT_LATER},   {599, VERDICT_LATER},
        {100, VERDICT_STRANGE}, {201, VERDICT_STRANGE}, {204, VERDICT_STRANGE},
        {301, VERDICT_STRANGE}, {302, VERDICT_STRANGE}, {404, VERDICT_STRANGE},
        {405, VERDICT_STRANGE}, {415, VERDICT_STRANGE}, {0, VERDICT_STRANGE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(judge(cases[i].status, "{\"next\": 5}").kind, cases[i].kind);
}

static void a_refusal_counts_only_when_it_is_the_registrys(void **state)
{
    (void)state;
    assert_int_equal(judge(400, "{\"type\": \"about:blank\", \"status\": 400}").kind,
                     VERDICT_REFUSED);
    assert_int_equal(judge(422, "{\"status\": 422, \"detail\": \"no\"}").kind, VERDICT_REFUSED);
    assert_int_equal(judge(422, "{\"status\": 400}").kind, VERDICT_STRANGE);
    assert_int_equal(judge(400, "{\"status\": \"400\"}").kind, VERDICT_STRANGE);
    assert_int_equal(judge(400, "<html>Bad Request</html>").kind, VERDICT_STRANGE);
    assert_int_equal(judge(400, "").kind, VERDICT_STRANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_with_its_position_is_believed),
        cmocka_unit_test(a_garbled_answer_is_never_taken_for_stored),
        cmocka_unit_test(every_status_has_its_meaning),
        cmocka_unit_test(a_refusal_counts_only_when_it_is_the_registrys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
