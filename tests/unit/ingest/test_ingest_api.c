#include "tests/unit/rollup/api_world.h"

#include "shared/when.h"

#define BEGIN (480000 * WHEN_HOUR_MS)
#define TYPE  "Content-Type: application/x-protobuf\r\nContent-Encoding: zstd\r\n"

/* A batch of `count` messages from `first` on. */
static uint8_t *make_batch(const char *gateway, uint64_t first, uint64_t count, size_t *len)
{
    const uint8_t id[BATCH_JOURNAL_ID_BYTES] = {7};
    struct batch_builder *builder = batch_builder_create(gateway, id);
    const uint8_t *bytes = NULL;
    uint8_t *copy = NULL;

    batch_builder_begin(builder, first, first);
    for (uint64_t i = first; i < first + count; i++) {
        struct sample sample = {.at_ms = BEGIN + (int64_t)i * 1000};
        sample_set(&sample, SIGNAL_SPEED, 5);
        batch_builder_add_samples(builder, "bus-1", FORMAT_SENML_JSON, i, BEGIN, &sample, 1);
    }
    assert_int_equal(batch_builder_finish(builder, first + count, &bytes, len, NULL), ERR_OK);
    copy = malloc(*len);
    assert_non_null(copy);
    memcpy(copy, bytes, *len);
    batch_builder_destroy(builder);
    return copy;
}

/* POSTs with the certificate of GATEWAY. */
static struct https_answer *post(const struct api_world *world, const char *type,
                                 const uint8_t *body, size_t len)
{
    const struct https_world *w = world->https;
    X509 *cert = leaf_make(w->key, GATEWAY, "URI:urn:evroll:gateway:" GATEWAY, 5, w->ca, w->key);
    struct https_client c = client_open(w, cert);
    struct https_answer *a = NULL;
    char head[512];

    snprintf(head, sizeof head,
             "POST /v1/ingest/batches HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n", type,
             len);
    client_send(&c, head);
    if (len > 0)
        client_send_bytes(&c, body, len);
    a = client_answer(&c, false);
    client_close(&c);
    X509_free(cert);
    return a;
}

static struct https_answer *post_batch(const struct api_world *world, const char *gateway,
                                       uint64_t first, uint64_t count)
{
    size_t len = 0;
    uint8_t *bytes = make_batch(gateway, first, count, &len);
    struct https_answer *a = post(world, TYPE, bytes, len);

    free(bytes);
    return a;
}

static void a_batch_is_answered_with_the_cursor(void **state)
{
    struct api_world *world = *state;
    struct https_answer *a = post_batch(world, GATEWAY, 0, 10);

    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "{\"next\":10,\"stored\":true}");
    assert_int_equal(__atomic_load_n(&world->woken, __ATOMIC_SEQ_CST), 1);
    a = post_batch(world, GATEWAY, 0, 10);
    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "{\"next\":10,\"stored\":false}");
    assert_int_equal(__atomic_load_n(&world->woken, __ATOMIC_SEQ_CST), 1);
}

static void a_gap_is_answered_with_what_is_expected(void **state)
{
    struct https_answer *a = NULL;
    json_t *problem = NULL;

    assert_int_equal(post_batch(*state, GATEWAY, 0, 10)->status, 200);
    a = post_batch(*state, GATEWAY, 12, 3);
    assert_int_equal(a->status, 409);
    assert_string_equal(answer_field(a, "Content-Type"), "application/problem+json");
    problem = json_loads(a->body, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(problem, "expected")), 10);
    json_decref(problem);
}

static void another_gateways_batch_is_forbidden(void **state)
{
    struct https_answer *a = post_batch(*state, "gw-2", 0, 3);

    assert_int_equal(a->status, 403);
    assert_non_null(strstr(a->body, "gw-2"));
}

static void a_body_that_is_no_batch_is_malformed(void **state)
{
    size_t len = 0;
    uint8_t *bytes = make_batch(GATEWAY, 0, 50, &len);

    bytes[len / 2] ^= 0x10;
    assert_int_equal(post(*state, TYPE, bytes, len)->status, 400);
    assert_int_equal(post(*state, TYPE, bytes, len / 2)->status, 400);
    assert_int_equal(post(*state, TYPE, (const uint8_t *)"hello", 5)->status, 400);
    assert_int_equal(post(*state, TYPE, NULL, 0)->status, 400);
    free(bytes);
}

static void another_type_or_encoding_is_refused(void **state)
{
    static const char *const types[] = {
        "", "Content-Type: application/x-protobuf\r\n",
        "Content-Type: application/json\r\nContent-Encoding: zstd\r\n",
        "Content-Type: application/x-protobuf\r\nContent-Encoding: gzip\r\n"};

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(post(*state, types[i], (const uint8_t *)"x", 1)->status, 415);
}

static void nobody_without_a_gateways_certificate_delivers(void **state)
{
    struct api_world *world = *state;
    struct https_answer *a =
        world_ask(world->https, "POST /v1/ingest/batches HTTP/1.1\r\n" HOST TYPE
                                "Authorization: Bearer admin\r\nContent-Length: 1\r\n\r\nx");

    assert_true(a->status == 401 || a->status == 403);
}

static void what_is_wrong_with_the_database_is_not_the_batchs_fault(void **state)
{
    struct api_world *world = *state;
    struct https_answer *a = NULL;

    assert_int_equal(sql_exec(world->db, "DROP TABLE arrival", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    a = post_batch(world, GATEWAY, 0, 3);
    assert_int_equal(a->status, 503);
    assert_non_null(answer_field(a, "Retry-After"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_is_answered_with_the_cursor),
        TEST(a_gap_is_answered_with_what_is_expected),
        TEST(another_gateways_batch_is_forbidden),
        TEST(a_body_that_is_no_batch_is_malformed),
        TEST(another_type_or_encoding_is_refused),
        TEST(nobody_without_a_gateways_certificate_delivers),
        TEST(what_is_wrong_with_the_database_is_not_the_batchs_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
