/* siding.c: parks and enterprises with bulk volume but neither siding nor pipeline. */
#include <stdio.h>
#include <string.h>

#include "registry/compliance/scope.h"
#include "registry/freight/sums.h"
#include "registry/lists/lists_internal.h"
#include "registry/store/store_orgs.h"
#include "registry/vehicles/vocabulary.h"

#define NEW_T      1500000 /* the clause: new and relocated ones, from here on */
#define EXISTING_T 1300000 /* near the line: worth a look */
#define SCAN_ROWS  1000

static const struct sheet_column columns[] = {
    {"org_id", "企业代码", "enterprise", SHEET_TEXT},
    {"name", "企业名称", "name", SHEET_TEXT},
    {"industry", "行业", "industry", SHEET_TEXT},
    {"project_status", "项目状态", "project status", SHEET_TEXT},
    {"bulk_t_per_year", "申报大宗年运量（吨）", "declared bulk t per year", SHEET_INT},
    {"reported_t", "近四个季度填报大宗运量（吨）", "reported bulk t of four quarters", SHEET_INT},
    {"siding", "铁路专用线", "siding", SHEET_TEXT},
    {"pipeline", "管道", "pipeline", SHEET_BOOL},
    {"finding", "情形", "finding", SHEET_TEXT},
};

struct search {
    const struct list_query *query;
    struct list_page *page;
    struct lists_groups reported; /* by enterprise; n[0]: 0.1 t of bulk goods in four quarters */
    int64_t given, scanned;
    char last[65], after[65]; /* of the rows given; of the rows scanned */
};

static void take_sum(void *arg, const struct store_freight_sum *sum)
{
    struct search *s = arg;

    lists_group_of(&s->reported, sum->org_id)->n[0] += sum->tonnes;
}

/* Once for all enterprises, as R3-02 counts them: each by itself, whoever else reports the same goods. */
static enum err read_reported(struct sql *db, struct search *s, struct fault *fault)
{
    struct freight_scope scope = {.goods = FREIGHT_BULK};
    struct store_freight_query query;

    scope_quarters(s->query->as_of, &scope.from, &scope.to);
    query = freight_scope_query(&scope);
    query.once = false;
    s->reported = lists_groups_make(s->page->arena);
    return store_freight_sums_read(db, &query, take_sum, s, fault);
}

/* Of a year's volume: the larger of what is declared and what is reported. NULL: nothing to see here. */
static const char *finding_of(const struct store_org *o, int64_t reported_t)
{
    int64_t tonnes = reported_t > o->bulk_t_per_year ? reported_t : o->bulk_t_per_year;
    const char *status = vocabulary_word(&vocabulary_project_status, o->project_status);
    const char *siding = vocabulary_word(&vocabulary_siding, o->siding);
    bool is_new = strcmp(status, "NEW") == 0 || strcmp(status, "RELOCATED") == 0;

    if (strcmp(siding, "OWN") == 0 || strcmp(siding, "SHARED") == 0 || o->pipeline)
        return NULL;
    if (is_new && tonnes >= NEW_T)
        return "in scope, without siding or pipeline";
    return tonnes >= EXISTING_T ? "near the line" : NULL;
}

static void take_org(void *arg, const struct store_org *o)
{
    struct search *s = arg;
    int64_t reported_t = lists_group_of(&s->reported, o->org_id)->n[0] / 10;
    const char *finding = finding_of(o, reported_t);

    s->scanned++;
    memcpy(s->after, o->org_id, sizeof s->after);
    if (finding == NULL || s->page->next != NULL)
        return;
    if (s->given == s->query->limit) {
        s->page->next = arena_text(s->page->arena, s->last);
        return;
    }
    const struct sheet_cell cells[LISTS_COUNT(columns)] = {
        sheet_text(o->org_id),
        sheet_text(o->name),
        sheet_text(vocabulary_word(&vocabulary_industry, o->industry)),
        sheet_text(vocabulary_word(&vocabulary_project_status, o->project_status)),
        o->bulk_t_per_year == ORG_BULK_NONE ? sheet_none() : sheet_int(o->bulk_t_per_year),
        sheet_int(reported_t),
        sheet_text(vocabulary_word(&vocabulary_siding, o->siding)),
        sheet_bool(o->pipeline),
        sheet_text(finding),
    };
    sheet_row(s->page->sheet, cells);
    s->given++;
    memcpy(s->last, o->org_id, sizeof s->last);
}

static enum err read_siding(struct sql *db, const struct list_query *q, struct list_page *page,
                            struct fault *fault)
{
    struct search s = {.query = q, .page = page};
    enum err err = ERR_OK;

    if (q->after != NULL && strlen(q->after) >= sizeof s.after)
        return fault_set(fault, ERR_INPUT, "cursor is none that this list gave; leave it out");
    if (q->after != NULL)
        snprintf(s.after, sizeof s.after, "%s", q->after);
    err = read_reported(db, &s, fault);
    if (err != ERR_OK)
        return err;
    do {
        char after[sizeof s.after]; /* apart: s.after moves while the scan runs */
        memcpy(after, s.after, sizeof after);
        const struct store_org_search search = {
            .as_of = q->as_of, .after = after, .limit = SCAN_ROWS};
        s.scanned = 0;
        err = store_org_find(db, &search, take_org, &s, fault);
    } while (err == ERR_OK && page->next == NULL && s.scanned == SCAN_ROWS);
    return err;
}

const struct list list_siding = {
    .head = {"parks-without-siding", "未接入铁路专用线或管道的企业", "parks without a siding",
             columns, LISTS_COUNT(columns)},
    .note_zh =
        "大宗年运量150万吨以上的新建、迁建物流园区和工矿企业，及接近该界线（130万吨以上）的企业，"
        "未接入铁路专用线或管道；运量取申报量与近四个完整季度填报量中的较大者",
    .note_en = "new or relocated enterprises of 1,500,000 t a year or more, and all others of "
               "1,300,000 t or more, with neither a siding in use nor a pipeline: by the larger of "
               "what they declare for a year and what they report for four whole quarters",
    .params = LIST_AS_OF,
    .read = read_siding,
};
