/*
 * api: what the handlers of the register share: query parameters, JSON forms over field tables,
 * pages, and the answers to refusals. Every function that returns false has answered the call.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_API_H
#define EVROLL_REGISTRY_VEHICLES_API_H

#include <jansson.h>

#include "registry/context.h"
#include "registry/http/http.h"
#include "registry/sheet/sheet.h"
#include "registry/vehicles/import_kind.h"

/* The handlers; vehicles_api.c has their table. */
http_handler vehicles_list, vehicle_get, vehicle_history, vehicle_post, vehicle_patch;
http_handler orgs_list, org_get, org_post;
http_handler exemptions_list, exemption_post;
http_handler exceptions_list, exception_post;
http_handler statistics_list, statistic_post;
http_handler units_list, unit_post;
http_handler unit_settings_list, unit_setting_put;
http_handler terminals_list, terminal_get, terminal_revoke, terminal_restore;
http_handler vehicles_import, orgs_import, exemptions_import, exceptions_import, statistics_import,
    units_import;

/* ---- the query ---- */
struct registry_context *api_context(const struct http_call *call);
/* A day; today in China when the parameter is absent. `given` may be NULL. */
bool api_day(struct http_call *call, const char *name, int32_t *day, bool *given);
/* A word of a list; 0 when absent. */
bool api_word(struct http_call *call, const char *name, const struct vocabulary *list, int *code);

/* A page: `limit` (default 100, at most 1,000) and the opaque `cursor`: the key after which it
 * begins, NULL for the start. Ask the store for limit + 1; `next` is made of the last key when there
 * was one more. */
struct api_page {
    int64_t limit;
    const char *after;
};
bool api_page(struct http_call *call, struct api_page *page);
json_t *api_cursor(struct http_call *call, const char *last_key);
const char *api_cursor_read(struct arena *arena, const char *text); /* NULL when it is none */

/* ---- JSON ---- */
/* All fields of a record, empty ones as null. */
json_t *api_record(const struct field *fields, size_t count, const void *record);
json_t *api_day_json(int32_t day); /* null for WHEN_DAY_NEVER and VEHICLE_DAY_NONE */
json_t *api_instant_json(int64_t instant_ms);
/* The body as an object. */
json_t *api_body(struct http_call *call); /* NULL: answered; else json_decref it */
/* Members into a record; `given` is the mask of fields. "effective" is taken when `effective` is
 * not NULL. Members of other names are refused. What is wrong goes to `remarks`. */
void api_form(json_t *body, const struct field *fields, size_t count, void *record, unsigned *given,
              int32_t *effective, struct remarks *remarks);
/* The whole body into a record, every required member given. False: answered. */
bool api_whole(struct http_call *call, const struct field *fields, size_t count, void *record,
               struct remarks *remarks);
json_t *api_warnings(const struct remarks *remarks);
/* The problem document of a refusal: every reason with its column. */
void api_refuse(struct http_call *call, const struct remarks *remarks);

/* A query with another parameter: `?` or `&`, the name, and the value with what is not plain as %XX.
 * "" to begin with. From the arena. */
const char *api_query_add(struct arena *arena, const char *query, const char *name,
                          const char *value);

/* ---- a list in several formats ---- */
/* What Accept asks for: JSON, else XLSX, else CSV; JSON when it names none of them. */
enum sheet_format api_format(const struct http_call *call);
/* `limit` and `cursor` as in api_page; a CSV or an XLSX holds up to 100,000 rows. */
bool api_sheet_page(struct http_call *call, enum sheet_format format, struct api_page *page);
struct api_sheet {
    struct sheet *sheet; /* with its rows; stays the caller's */
    enum sheet_format format;
    const char *name;         /* of the file, without its ending */
    const char *rows;         /* JSON: the member that holds the rows */
    json_t *members;          /* JSON: what stands beside them; is taken */
    const char *const *known; /* the parameters of the route, for the Link header */
    const char *next;         /* the key after which the next page begins; NULL: it was the last */
};
/* JSON: the members, the rows and `next`; else the document, with a Link header when more follow. */
void api_reply_sheet(struct http_call *call, const struct api_sheet *answer);

/* ---- a change ---- */
/* Runs `change` in a transaction of a registrar whose author is the caller, again when the database
 * was busy. False: answered, a fault or a refusal. */
typedef enum err api_change(struct registrar *registrar, void *arg, struct remarks *remarks,
                            struct fault *fault);
bool api_commit(struct http_call *call, api_change *change, void *arg, struct remarks *remarks);
/* The same, but a refusal is left to the caller. False: answered, a fault. */
bool api_try(struct http_call *call, api_change *change, void *arg, struct remarks *remarks);

/* ---- lost updates ---- */
/* Adds the entity tag (RFC 9110 8.8.3) of something that was changed `stand` times. */
void api_add_etag(struct http_call *call, int64_t stand);
/* If-Match, asked inside the transaction of a change: `stand` is what it was before. Not given, the
 * field is required where something would be overwritten; `*` fits whatever is there. What does not
 * fit is refused, and api_refuse answers 412 or 428. */
void api_match(struct http_call *call, int64_t stand, bool overwrites, struct remarks *remarks);

/* Imports the body, a file of this kind, and answers with what came of its rows. */
void api_import(struct http_call *call, const struct import_kind *kind);

#endif
