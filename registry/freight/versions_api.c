/* versions_api.c: a version of a report as it was, and two of them side by side. */
#include <stdlib.h>
#include <string.h>

#include "registry/freight/form.h"
#include "registry/freight/freight_api.h"
#include "registry/freight/report_json.h"
#include "registry/vehicles/api.h"

static int64_t number_of(const char *text)
{
    bool digits = text != NULL && text[0] != '\0' && strlen(text) < 10 &&
                  strspn(text, "0123456789") == strlen(text);

    return digits ? strtoll(text, NULL, 10) : 0;
}

/* A version the caller may see; answered when not. */
static bool read_version(struct http_call *call, const struct store_freight_report *report,
                         const struct freight_access *access, int64_t number,
                         struct store_freight_content *content)
{
    struct fault fault;
    enum err err = store_freight_read(api_context(call)->db, &report->key, number, http_arena(call),
                                      content, &fault);

    if (err == ERR_OK && !access->drafts && content->head.submitted_at == 0)
        err = fault_set(&fault, ERR_NOT_FOUND, "the report has no version %lld", (long long)number);
    if (err != ERR_OK)
        http_reply_fault(call, &fault);
    return err == ERR_OK;
}

void freight_version_get(struct http_call *call)
{
    static const char *const known[] = {NULL};
    struct store_freight_report report;
    struct store_freight_content content;
    struct freight_access access;

    if (http_query_known(call, known) && report_of_call(call, &report, &access) &&
        read_version(call, &report, &access, number_of(http_path_value(call, "version")), &content))
        http_reply_json(call, 200, freight_content_json(&content));
}

/* ---- side by side ---- */

static const struct store_freight_line *line_like(const struct store_freight_content *content,
                                                  const struct store_freight_line *line)
{
    for (size_t i = 0; i < content->line_count; i++)
        if (freight_line_same_way(&content->lines[i], line))
            return &content->lines[i];
    return NULL;
}

static bool same_line(const struct store_freight_line *a, const struct store_freight_line *b)
{
    return a->tonnes == b->tonnes && a->km == b->km && strcmp(a->station, b->station) == 0 &&
           strcmp(a->evidence, b->evidence) == 0;
}

static json_t *pair(const char *change, const struct store_freight_line *from,
                    const struct store_freight_line *to)
{
    return json_pack("{s:s, s:o, s:o}", "change", change, "from",
                     from == NULL ? json_null() : freight_line_json(from), "to",
                     to == NULL ? json_null() : freight_line_json(to));
}

static json_t *lines_side_by_side(const struct store_freight_content *from,
                                  const struct store_freight_content *to)
{
    json_t *list = json_array();

    for (size_t i = 0; i < from->line_count; i++) {
        const struct store_freight_line *old = &from->lines[i];
        const struct store_freight_line *now = line_like(to, old);
        json_array_append_new(list, pair(now == NULL           ? "removed"
                                         : same_line(old, now) ? "same"
                                                               : "changed",
                                         old, now));
    }
    for (size_t i = 0; i < to->line_count; i++)
        if (line_like(from, &to->lines[i]) == NULL)
            json_array_append_new(list, pair("added", NULL, &to->lines[i]));
    return list;
}

static json_t *heads_side_by_side(const struct store_freight_version *from,
                                  const struct store_freight_version *to)
{
    json_t *list = json_array();
    json_t *old = api_record(freight_head_fields, FREIGHT_HEAD_FIELDS, from);
    json_t *now = api_record(freight_head_fields, FREIGHT_HEAD_FIELDS, to);
    const char *name = NULL;
    json_t *value = NULL;

    json_object_set_new(old, "explanation", json_string(from->explanation));
    json_object_set_new(now, "explanation", json_string(to->explanation));
    json_object_foreach(old, name, value)
    {
        if (!json_equal(value, json_object_get(now, name)))
            json_array_append_new(list, json_pack("{s:s, s:O, s:O}", "column", name, "from", value,
                                                  "to", json_object_get(now, name)));
    }
    json_decref(old);
    json_decref(now);
    return list;
}

/* ?from=&to=; without them the version in force and the newest. */
static bool take_numbers(struct http_call *call, const struct store_freight_report *report,
                         int64_t *from, int64_t *to)
{
    const char *first = http_query(call, "from");
    const char *second = http_query(call, "to");

    *from = first != NULL ? number_of(first) : report->accepted != 0 ? report->accepted : 1;
    *to = second != NULL ? number_of(second) : report->version;
    if (*from > 0 && *to > 0)
        return true;
    http_reply_problem(call, 400, "from and to are numbers of versions");
    return false;
}

void freight_compare(struct http_call *call)
{
    static const char *const known[] = {"from", "to", NULL};
    struct store_freight_report report;
    struct store_freight_content old;
    struct store_freight_content now;
    struct freight_access access;
    int64_t from = 0;
    int64_t to = 0;

    if (!http_query_known(call, known) || !report_of_call(call, &report, &access) ||
        !take_numbers(call, &report, &from, &to) ||
        !read_version(call, &report, &access, from, &old) ||
        !read_version(call, &report, &access, to, &now))
        return;
    http_reply_json(call, 200,
                    json_pack("{s:I, s:I, s:o, s:o}", "from", (json_int_t)from, "to",
                              (json_int_t)to, "head", heads_side_by_side(&old.head, &now.head),
                              "lines", lines_side_by_side(&old, &now)));
}
