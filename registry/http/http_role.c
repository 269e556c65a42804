#include <string.h>

#include "registry/http/http.h"

static const char *const names[] = {
    [HTTP_ANYONE] = "anyone",   [HTTP_REPORTER] = "reporter", [HTTP_DEPARTMENT] = "department",
    [HTTP_VIEWER] = "viewer",   [HTTP_OFFICER] = "officer",   [HTTP_ADMIN] = "admin",
    [HTTP_GATEWAY] = "gateway",
};

const char *http_role_name(enum http_role role)
{
    return names[role];
}

enum http_role http_role_parse(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return (enum http_role)i;
    return HTTP_ANYONE;
}

enum http_role http_route_role(const struct http_route *route)
{
    return (enum http_role)(route->role & 0xffu);
}

bool http_role_admits(unsigned wanted, enum http_role role)
{
    return role != HTTP_GATEWAY &&
           (role >= (enum http_role)(wanted & 0xffu) || (wanted & HTTP_ALSO(role)) != 0);
}

bool http_route_admits(const struct http_route *route, enum http_role role)
{
    return http_role_admits(route->role, role);
}

const char *http_own_org(const struct http_principal *principal)
{
    return principal->role == HTTP_REPORTER ? principal->org : NULL;
}
