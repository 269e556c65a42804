#include "registry/lists/list.h"

#include <stdlib.h>
#include <string.h>

#include "registry/compliance/compliance.h"
#include "registry/lists/lists_internal.h"
#include "registry/vehicles/vocabulary.h"

const struct list *const lists[] = {
    &list_additions_not_nev, &list_official_cars, &list_special_need,    &list_exemptions_ending,
    &list_companies,         &list_townships,     &list_vehicle_history, &list_transfers,
    &list_no_terminal,       &list_siding,        &list_province,        &list_charging,
    &list_reports,           &list_composition,
};
const size_t list_count = sizeof lists / sizeof lists[0];

const struct list *list_find(const char *id)
{
    for (size_t i = 0; i < list_count; i++)
        if (strcmp(lists[i]->head.id, id) == 0)
            return lists[i];
    return NULL;
}

/* ---- parameters ---- */

const struct list_param_info list_params[] = {
    {LIST_AS_OF, "as_of", "a day, YYYY-MM-DD (default: today)"},
    {LIST_SPAN, "from", "the first day of the period"},
    {LIST_SPAN, "to", "the last day of the period (default: as_of)"},
    {LIST_DAYS, "days", "how many days ahead, 0 to 3660"},
    {LIST_CATEGORY, "category", "a category, such as BUS"},
    {LIST_ENERGY, "energy", "an energy, such as DIESEL"},
    {LIST_BUILT_UP, "built_up", "1: of the built-up area only, 0: outside it only"},
    {LIST_AREA, "area", "a division code, or its beginning"},
    {LIST_OWNER, "owner", "the id of an owner"},
    {LIST_Q, "q", "a plate, an old plate, a VIN or a machine's code"},
    {LIST_RULE, "rule", "a rule of the plan, such as R2-05a"},
    {LIST_SORT, "sort", "share or change (default: share)"},
};
const size_t list_param_count = sizeof list_params / sizeof list_params[0];

struct list_query list_query_blank(const struct plan *plan, int32_t today)
{
    return (struct list_query){
        .as_of = today,
        .from = VEHICLE_DAY_NONE,
        .to = VEHICLE_DAY_NONE,
        .days = -1,
        .built_up = -1,
        .plan = plan,
    };
}

static bool take_number(const char *text, int64_t max, int64_t *number)
{
    if (text[0] == '\0' || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text))
        return false;
    *number = strtoll(text, NULL, 10);
    return *number <= max;
}

static bool take_word(const struct vocabulary *words, const char *text, int *code)
{
    *code = vocabulary_code(words, text);
    return *code != 0;
}

static bool take_text(const char *text, const char **out)
{
    *out = text;
    return text[0] != '\0' && strlen(text) < VEHICLE_ID_SIZE;
}

static bool take_built_up(const char *text, int *built_up)
{
    *built_up = text[0] - '0';
    return (text[0] == '0' || text[0] == '1') && text[1] == '\0';
}

static bool take_rule(const char *text, struct list_query *q)
{
    q->rule = plan_rule(q->plan, text, q->as_of);
    return q->rule != NULL;
}

static bool take_sort(const char *text, const char **sort)
{
    *sort = text;
    return strcmp(text, "share") == 0 || strcmp(text, "change") == 0;
}

static bool take_value(const struct list_param_info *info, const char *text, struct list_query *q)
{
    switch (info->param) {
    case LIST_AS_OF:
        return when_day_parse(text, &q->as_of);
    case LIST_SPAN:
        return when_day_parse(text, strcmp(info->name, "from") == 0 ? &q->from : &q->to);
    case LIST_DAYS:
        return take_number(text, 3660, &q->days);
    case LIST_CATEGORY:
        return take_word(&vocabulary_category, text, &q->category);
    case LIST_ENERGY:
        return take_word(&vocabulary_energy, text, &q->energy);
    case LIST_BUILT_UP:
        return take_built_up(text, &q->built_up);
    case LIST_AREA:
        return take_text(text, &q->area) && compliance_area_ok(text);
    case LIST_OWNER:
        return take_text(text, &q->owner);
    case LIST_Q:
        return take_text(text, &q->q);
    case LIST_RULE:
        return take_rule(text, q);
    case LIST_SORT:
        return take_sort(text, &q->sort);
    }
    return false;
}

enum err list_query_take(const struct list *list, const char *name, const char *text,
                         struct list_query *query, struct fault *fault)
{
    for (size_t i = 0; i < list_param_count; i++) {
        const struct list_param_info *info = &list_params[i];
        if (strcmp(info->name, name) != 0 || (list->params & info->param) == 0)
            continue;
        if (take_value(info, text, query))
            return ERR_OK;
        return fault_set(fault, ERR_INPUT, "%s=%.60s: expected %s", name, text, info->help);
    }
    return fault_set(fault, ERR_INPUT, "the list %s takes no \"%.40s\"", list->head.id, name);
}

/* ---- reading ---- */

static enum err check_given(const struct list *list, const struct list_query *q,
                            struct fault *fault)
{
    if ((list->required & LIST_RULE) != 0 && q->rule == NULL)
        return fault_set(fault, ERR_INPUT, "%s: rule is required, such as R2-05a", list->head.id);
    if ((list->required & LIST_Q) != 0 && q->q == NULL)
        return fault_set(fault, ERR_INPUT,
                         "%s: q is required: a plate, an old plate, a VIN or a machine's code",
                         list->head.id);
    if (q->from != VEHICLE_DAY_NONE && q->to != VEHICLE_DAY_NONE && q->to < q->from)
        return fault_set(fault, ERR_INPUT, "%s: `to` is before `from`", list->head.id);
    return ERR_OK;
}

enum err list_read(struct sql *db, const struct list *list, const struct list_query *query,
                   struct list_page *page, struct fault *fault)
{
    struct list_query q = *query;
    enum err err = check_given(list, query, fault);

    page->next = NULL;
    if (q.to == VEHICLE_DAY_NONE)
        q.to = q.as_of;
    if (err == ERR_OK)
        err = sql_begin(db, SQL_READ, fault);
    if (err != ERR_OK)
        return err;
    err = list->read(db, &q, page, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

/* ---- keys of pages ---- */

enum err lists_skip(const struct list_query *query, int64_t *skip, struct fault *fault)
{
    *skip = 0;
    if (query->after == NULL || (take_number(query->after, INT64_MAX, skip) && *skip > 0))
        return ERR_OK;
    return fault_set(fault, ERR_INPUT, "cursor is none that this list gave; leave it out");
}
