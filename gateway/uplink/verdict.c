#include "gateway/uplink/verdict.h"

#include <jansson.h>
#include <stdbool.h>

/* The statuses that mean something; the rest is 5xx or strange. `key` holds the position; of a
 * refusal the status again, as in every problem of the registry's and in no proxy's page. */
static const struct {
    int status;
    enum verdict_kind kind;
    const char *key;
} statuses[] = {
    {200, VERDICT_STORED, "next"},    {409, VERDICT_EXPECTED, "expected"},
    {400, VERDICT_REFUSED, "status"}, {422, VERDICT_REFUSED, "status"},
    {413, VERDICT_TOO_LARGE, NULL},   {401, VERDICT_DENIED, NULL},
    {403, VERDICT_DENIED, NULL},      {408, VERDICT_LATER, NULL},
    {425, VERDICT_LATER, NULL},       {429, VERDICT_LATER, NULL},
};

static bool take_number(const struct transport_answer *answer, const char *key, uint64_t *number)
{
    json_t *json = json_loadb(answer->body, answer->len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *value = json_object_get(json, key);
    bool ok = json_is_integer(value) && json_integer_value(value) >= 0;

    *number = ok ? (uint64_t)json_integer_value(value) : 0;
    json_decref(json);
    return ok;
}

struct verdict verdict_of(const struct transport_answer *answer)
{
    struct verdict verdict = {.kind = VERDICT_STRANGE, .retry_after_s = answer->retry_after_s};
    uint64_t number = 0;

    if (answer->status >= 500 && answer->status <= 599)
        verdict.kind = VERDICT_LATER;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].status == answer->status &&
            (statuses[i].key == NULL || take_number(answer, statuses[i].key, &number)))
            verdict.kind = statuses[i].kind;
    if (verdict.kind == VERDICT_REFUSED && number != (uint64_t)answer->status)
        verdict.kind = VERDICT_STRANGE;
    if (verdict.kind == VERDICT_STORED || verdict.kind == VERDICT_EXPECTED)
        verdict.position = number;
    return verdict;
}
