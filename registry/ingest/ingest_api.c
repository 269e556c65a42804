#include "registry/ingest/ingest_api.h"

#include <string.h>
#include <strings.h>

#include "registry/context.h"
#include "registry/ingest/ingest.h"
#include "shared/log.h"

#define DEADLINE_MS 15000

static bool header_is(const struct http_call *call, const char *name, const char *wanted)
{
    const char *value = http_header(call, name);
    size_t len = strlen(wanted);

    return value != NULL && strncasecmp(value, wanted, len) == 0 &&
           (value[len] == '\0' || value[len] == ';' || value[len] == ' ');
}

static bool check_type(struct http_call *call)
{
    if (header_is(call, "Content-Type", "application/x-protobuf") &&
        header_is(call, "Content-Encoding", "zstd"))
        return true;
    http_add_header(call, "Accept", "application/x-protobuf");
    http_add_header(call, "Accept-Encoding", "zstd");
    http_reply_problem(call, 415,
                       "a batch is Content-Type application/x-protobuf with Content-Encoding zstd");
    return false;
}

static void reply_expected(struct http_call *call, const struct ingest_result *result,
                           const struct fault *fault)
{
    json_t *members = json_object();

    json_object_set_new(members, "expected", json_integer((json_int_t)result->next));
    http_reply_problem_with(call, 409, fault->text, members);
}

static void reply(struct http_call *call, enum err err, const struct ingest_result *result,
                  const struct fault *fault)
{
    switch (err) {
    case ERR_OK:
        http_reply_json(call, 200,
                        json_pack("{s:I, s:b}", "next", (json_int_t)result->next, "stored",
                                  (int)result->stored));
        return;
    case ERR_CONFLICT:
        reply_expected(call, result, fault);
        return;
    case ERR_INPUT:
        http_reply_problem(call, 422, "%s", fault->text);
        return;
    default: /* whatever it is, the batch is safe to send again */
        log_warn("ingest", "a batch cannot be stored now: %s", fault->text);
        http_add_header(call, "Retry-After", "2");
        http_reply_problem(call, 503, "%s", fault->text);
    }
}

static void post_batch(struct http_call *call)
{
    const struct registry_context *context = http_context(call);
    const struct http_principal *principal = http_principal(call);
    struct ingest_result result = {.stored = false};
    struct fault fault = {.code = ERR_OK};
    struct batch batch;
    size_t len = 0;
    const uint8_t *body = http_body(call, &len);
    enum err err = ERR_OK;

    if (!check_type(call))
        return;
    if (batch_decode(body, len, http_arena(call), &batch, &fault) != ERR_OK) {
        http_reply_problem(call, 400, "%s", fault.text);
        return;
    }
    if (strcmp(batch.gateway, principal->name) != 0) {
        http_reply_problem(call, 403, "the batch is of gateway %s, the certificate of %s",
                           batch.gateway, principal->name);
        return;
    }
    err = ingest_batch(context->db, context->clock, clock_mono_ms(context->clock) + DEADLINE_MS,
                       &batch, &result, &fault);
    if (err == ERR_OK && result.stored && context->wake != NULL)
        context->wake(context->wake_arg);
    reply(call, err, &result, &fault);
}

const struct http_route ingest_routes[] = {
    {"POST", "/v1/ingest/batches", HTTP_GATEWAY, BATCH_LINE_BYTES_MAX, post_batch},
};

const size_t ingest_route_count = sizeof ingest_routes / sizeof ingest_routes[0];
