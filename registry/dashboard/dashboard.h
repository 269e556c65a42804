/*
 * dashboard: the pages people use in a browser, served from files built into the program
 * (docs/dashboard.md). They are made of app/ by build.mjs when the program is built; where node or
 * the npm packages were not there the program has none, and `/` says so.
 *
 *   /assets/NAME-DIGEST.js …   a file, for ever: its name changes with its contents
 *   / and every view's address (/rules/R2-05a …)   the one page, which shows the view
 *
 * The views are the page's own affair, so this is what answers a GET that no other route fits
 * (http_options.otherwise): under /v1 and for whoever does not ask for text/html it is 404 as ever.
 * Files are sent as they are kept, compressed by gzip, or unpacked for who cannot take that. No
 * shared state.
 */
#ifndef EVROLL_REGISTRY_DASHBOARD_DASHBOARD_H
#define EVROLL_REGISTRY_DASHBOARD_DASHBOARD_H

#include "registry/http/http.h"

extern const struct http_route dashboard_route;

#endif
