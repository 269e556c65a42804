#include "registry/lists/lists_api.h"

#include "registry/lists/lists_internal.h"
#include "registry/vehicles/api.h"

static json_t *columns_json(const struct sheet_head *head)
{
    static const char *const types[] = {[SHEET_TEXT] = "text",
                                        [SHEET_INT] = "integer",
                                        [SHEET_SHARE] = "share",
                                        [SHEET_DAY] = "day",
                                        [SHEET_BOOL] = "boolean"};
    json_t *columns = json_array();

    for (size_t i = 0; i < head->column_count; i++) {
        const struct sheet_column *c = &head->columns[i];
        json_array_append_new(columns,
                              json_pack("{s:s, s:s, s:s, s:s}", "id", c->id, "title", c->title_zh,
                                        "title_en", c->title_en, "type", types[c->type]));
    }
    return columns;
}

static json_t *params_json(const struct list *list)
{
    json_t *params = json_array();

    for (size_t i = 0; i < list_param_count; i++) {
        const struct list_param_info *info = &list_params[i];
        if ((list->params & info->param) != 0)
            json_array_append_new(params, json_pack("{s:s, s:s, s:b}", "name", info->name, "help",
                                                    info->help, "required",
                                                    (list->required & info->param) != 0));
    }
    return params;
}

json_t *list_json(const struct list *list)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "id", list->head.id, "title",
                     list->head.title_zh, "title_en", list->head.title_en, "note", list->note_zh,
                     "note_en", list->note_en, "columns", columns_json(&list->head), "parameters",
                     params_json(list));
}

static void get_lists(struct http_call *call)
{
    static const char *const known[] = {NULL};
    json_t *all = NULL;

    if (!http_query_known(call, known))
        return;
    all = json_array();
    for (size_t i = 0; i < list_count; i++)
        json_array_append_new(all, list_json(lists[i]));
    http_reply_json(call, 200, json_pack("{s:o}", "lists", all));
}

/* ---- one list ---- */

static const char *const known[] = {"plan",   "as_of",    "from",   "to",    "days", "category",
                                    "energy", "built_up", "area",   "owner", "q",    "rule",
                                    "sort",   "limit",    "cursor", NULL};

static bool take_query(struct http_call *call, const struct list *list, struct list_query *query)
{
    const struct registry_context *context = api_context(call);
    const struct plan *plan = plan_set_find(context->plans, http_query(call, "plan"));
    struct fault fault = {0};

    if (plan == NULL) {
        http_reply_problem(call, 404, "there is no plan \"%s\"", http_query(call, "plan"));
        return false;
    }
    *query = list_query_blank(plan, when_day_of(clock_wall_ms(context->clock)));
    for (size_t i = 0; i < list_param_count; i++) {
        const char *text = http_query(call, list_params[i].name);
        if (text != NULL &&
            list_query_take(list, list_params[i].name, text, query, &fault) != ERR_OK) {
            http_reply_fault(call, &fault);
            return false;
        }
    }
    return true;
}

static void reply_list(struct http_call *call, const struct list *list,
                       const struct list_query *query, enum sheet_format format)
{
    struct sheet *sheet = sheet_create(format, &list->head);
    struct list_page page = {.sheet = sheet, .arena = http_arena(call)};
    struct fault fault = {0};

    if (list_read(api_context(call)->db, list, query, &page, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
    } else {
        const struct api_sheet answer = {
            .sheet = sheet,
            .format = format,
            .name = list->head.id,
            .rows = "rows",
            .members = format != SHEET_JSON
                           ? NULL
                           : json_pack("{s:s, s:s, s:s, s:o}", "list", list->head.id, "title",
                                       list->head.title_zh, "title_en", list->head.title_en,
                                       "as_of", api_day_json(query->as_of)),
            .known = known,
            .next = page.next,
        };
        api_reply_sheet(call, &answer);
    }
    sheet_destroy(sheet);
}

static void get_list(struct http_call *call)
{
    const struct list *list = list_find(http_path_value(call, "id"));
    enum sheet_format format = api_format(call);
    struct list_query query;
    struct api_page page;

    if (list == NULL) {
        http_reply_problem(call, 404, "there is no list \"%.60s\"; GET /v1/lists names them",
                           http_path_value(call, "id"));
        return;
    }
    if (!http_query_known(call, known) || !take_query(call, list, &query) ||
        !api_sheet_page(call, format, &page))
        return;
    query.limit = page.limit;
    query.after = page.after;
    reply_list(call, list, &query, format);
}

const struct http_route lists_routes[] = {
    {"GET", "/v1/lists", HTTP_VIEWER, 0, get_lists},
    {"GET", "/v1/lists/{id}", HTTP_VIEWER, 0, get_list},
};
const size_t lists_route_count = sizeof lists_routes / sizeof lists_routes[0];
