/*
 * accounts_api: signing in and out, passwords, and the administration of accounts, over HTTP: by an
 * admin, and by who manages the accounts of a department or an enterprise. What holds for accounts
 * is registry/auth/account.h's.
 */
#ifndef EVROLL_REGISTRY_ACCOUNTS_ACCOUNTS_API_H
#define EVROLL_REGISTRY_ACCOUNTS_ACCOUNTS_API_H

#include "registry/http/http.h"

/* The handlers; accounts_api.c has their table. */
http_handler session_open, session_show, session_close, sessions_close;
http_handler password_change, password_set;
http_handler accounts_list, account_post, account_get, account_patch, account_post_reset;

extern const struct http_route accounts_routes[];
extern const size_t accounts_route_count;

#endif
