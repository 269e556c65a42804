/* Prints the registry's routes, one a line: method, pattern, role, whether it takes a body, and the
 * outside roles that may call it too. */
#include <stdio.h>

#include "registry/routes.h"

static void print_route(const struct http_route *route)
{
    printf("%s %s %s %d", route->method, route->pattern, http_role_name(http_route_role(route)),
           route->body_max > 0);
    for (enum http_role role = HTTP_REPORTER; role <= HTTP_DEPARTMENT; role++)
        if ((route->role & HTTP_ALSO(role)) != 0)
            printf(" %s", http_role_name(role));
    printf("\n");
}

int main(void)
{
    struct arena *arena = arena_create();
    size_t count = 0;
    const struct http_route *routes = routes_all(arena, &count);

    for (size_t i = 0; i < count; i++)
        print_route(&routes[i]);
    arena_destroy(arena);
    return 0;
}
