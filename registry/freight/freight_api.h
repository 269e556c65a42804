/*
 * freight_api: the handlers of /v1/freight. What somebody may see or do with an enterprise's reports is
 * asked of access.h; what a report looks like is said by report_json.h.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_FREIGHT_API_H
#define EVROLL_REGISTRY_FREIGHT_FREIGHT_API_H

#include "registry/http/http.h"

extern const struct http_route freight_routes[];
extern const size_t freight_route_count;

/* reports_api.c */
http_handler freight_reports_list, freight_report_get, freight_report_post, freight_report_put;
http_handler freight_report_submit, freight_report_return, freight_report_accept,
    freight_report_amend, freight_report_lock, freight_report_discard, freight_reports_import;
/* versions_api.c */
http_handler freight_version_get, freight_compare;
/* files_api.c */
http_handler freight_file_post, freight_file_get;
/* missing_api.c */
http_handler freight_missing_get, freight_reminders_get;
/* shares_api.c */
http_handler freight_shares_get;

#endif
