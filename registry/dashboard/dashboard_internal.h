/* dashboard_internal: the files that build.mjs made, by the order of their paths. */
#ifndef EVROLL_REGISTRY_DASHBOARD_DASHBOARD_INTERNAL_H
#define EVROLL_REGISTRY_DASHBOARD_DASHBOARD_INTERNAL_H

#include <stddef.h>

struct dashboard_file {
    const char *path; /* "/" for the page, else "/assets/…" */
    const char *type;
    const char *digest; /* of the unpacked bytes */
    const unsigned char *gzip;
    size_t gzip_len;
    size_t len; /* unpacked */
};

extern const struct dashboard_file dashboard_files[];
extern const size_t dashboard_file_count; /* 0: the pages were not built */

#endif
