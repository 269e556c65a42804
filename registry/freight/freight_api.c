#include "registry/freight/freight_api.h"

#include "registry/freight/files.h"

#define READERS    (HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER) | HTTP_ALSO(HTTP_DEPARTMENT))
#define WRITERS    (HTTP_OFFICER | HTTP_ALSO(HTTP_REPORTER))
#define REPORT     "/v1/freight/reports/{id}"
#define FORM_MAX   (512u << 10)
#define REASON_MAX (4u << 10)
#define IMPORT_MAX (32u << 20)

const struct http_route freight_routes[] = {
    {"GET", "/v1/freight/reports", READERS, 0, freight_reports_list},
    {"POST", "/v1/freight/reports", WRITERS, FORM_MAX, freight_report_post},
    {"POST", "/v1/freight/reports:import", HTTP_OFFICER, IMPORT_MAX, freight_reports_import},
    {"GET", REPORT, READERS, 0, freight_report_get},
    {"PUT", REPORT, WRITERS, FORM_MAX, freight_report_put},
    {"POST", REPORT ":submit", WRITERS, REASON_MAX, freight_report_submit},
    {"POST", REPORT ":return", HTTP_OFFICER, REASON_MAX, freight_report_return},
    {"POST", REPORT ":accept", HTTP_OFFICER, REASON_MAX, freight_report_accept},
    {"POST", REPORT ":amend", WRITERS, REASON_MAX, freight_report_amend},
    {"POST", REPORT ":lock", HTTP_OFFICER, REASON_MAX, freight_report_lock},
    {"POST", REPORT ":discard", WRITERS, REASON_MAX, freight_report_discard},
    {"GET", REPORT "/versions/{version}", READERS, 0, freight_version_get},
    {"GET", REPORT "/compare", READERS, 0, freight_compare},
    {"POST", REPORT "/files", WRITERS, FREIGHT_FILE_MAX, freight_file_post},
    {"GET", REPORT "/files/{file}", READERS, 0, freight_file_get},
    {"GET", "/v1/freight/missing", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, freight_missing_get},
    {"GET", "/v1/freight/reminders", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0,
     freight_reminders_get},
    {"GET", "/v1/freight/shares", READERS, 0, freight_shares_get},
};
const size_t freight_route_count = sizeof freight_routes / sizeof freight_routes[0];
