#include "registry/outlook/outlook_api_internal.h"

#include "registry/outlook/avoided_answer.h"
#include "registry/vehicles/api.h"

static bool take_query(struct http_call *call, struct avoided_query *query)
{
    const struct registry_context *context = api_context(call);
    struct fault fault = {0};

    *query = avoided_blank(context->factors, when_day_of(clock_wall_ms(context->clock)));
    if (!http_query_known(call, avoided_params))
        return false;
    for (const char *const *name = avoided_params; *name != NULL; name++) {
        const char *text = http_query(call, *name);
        if (text != NULL && avoided_take(query, *name, text, &fault) != ERR_OK) {
            http_reply_fault(call, &fault);
            return false;
        }
    }
    return true;
}

static void reply_rows(struct http_call *call, const struct avoided *avoided,
                       enum sheet_format format)
{
    struct sheet *sheet = sheet_create(format, &avoided_head);
    const struct api_sheet answer = {
        .sheet = sheet, .format = format, .name = "avoided-emissions", .known = avoided_params};

    avoided_rows(avoided, sheet);
    api_reply_sheet(call, &answer);
    sheet_destroy(sheet);
}

void avoided_get(struct http_call *call)
{
    enum sheet_format format = api_format(call);
    struct avoided_query query;
    struct avoided avoided;
    struct fault fault = {0};

    if (!take_query(call, &query))
        return;
    if (avoided_compute(api_context(call)->db, &query, &avoided, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else if (format == SHEET_JSON)
        http_reply_json(call, 200, avoided_json(&avoided));
    else
        reply_rows(call, &avoided, format);
}
