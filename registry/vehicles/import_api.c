#include "registry/vehicles/api.h"
#include "registry/vehicles/import.h"
#include "registry/vehicles/unit_change.h"

#define ROWS_SHOWN 10000 /* of each list; the counts are of all */

struct report {
    json_t *rejected, *warned;
    int64_t omitted;
};

static void list_remark(struct report *report, json_t *list, int64_t line,
                        const struct remark *remark)
{
    if (json_array_size(list) >= ROWS_SHOWN) {
        report->omitted++;
        return;
    }
    json_array_append_new(list, json_pack("{s:I, s:s, s:s}", "line", (json_int_t)line, "column",
                                          remark->column, "reason", remark->reason));
}

static void take_row(void *arg, const struct import_row *row)
{
    struct report *report = arg;

    for (size_t i = 0; i < row->remarks->count; i++) {
        const struct remark *remark = &row->remarks->items[i];
        list_remark(report, remark->refusal ? report->rejected : report->warned, row->line, remark);
    }
}

static void reply_report(struct http_call *call, const struct import_kind *kind,
                         const struct import_counts *c, struct report *report)
{
    http_reply_json(call, 200,
                    json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I}", "kind",
                              kind->name, "rows", (json_int_t)c->rows, "created",
                              (json_int_t)c->created, "changed", (json_int_t)c->changed,
                              "unchanged", (json_int_t)c->unchanged, "rejected",
                              (json_int_t)c->rejected, "warnings", (json_int_t)c->warnings,
                              "rejected_rows", report->rejected, "warned_rows", report->warned,
                              "omitted", (json_int_t)report->omitted));
}

void api_import(struct http_call *call, const struct import_kind *kind)
{
    struct registry_context *context = api_context(call);
    struct report report = {json_array(), json_array(), 0};
    struct csv_text text = {0};
    struct import_counts counts;
    struct fault fault;
    const struct import_options options = {
        .db = context->db,
        .clock = context->clock,
        .author = http_principal(call)->name,
        .role = http_role_name(http_principal(call)->role),
        .kind = kind,
        .source = csv_from_text,
        .source_arg = &text,
        .arg = &report,
        .row = take_row,
    };

    text.bytes = (const char *)http_body(call, &text.len);
    if (import_run(&options, &counts, &fault) == ERR_OK) {
        reply_report(call, kind, &counts, &report);
        return;
    }
    json_decref(report.rejected);
    json_decref(report.warned);
    http_reply_fault(call, &fault);
}

void vehicles_import(struct http_call *call)
{
    api_import(call, &import_vehicles);
}

void orgs_import(struct http_call *call)
{
    api_import(call, &import_orgs);
}

void exceptions_import(struct http_call *call)
{
    api_import(call, &import_exceptions);
}

void statistics_import(struct http_call *call)
{
    api_import(call, &import_statistics);
}

void units_import(struct http_call *call)
{
    api_import(call, &import_units);
}

void exemptions_import(struct http_call *call)
{
    api_import(call, &import_exemptions);
}
