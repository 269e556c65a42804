/* Prints the registry's routes, one a line: method, pattern, role, whether it takes a body. */
#include <stdio.h>

#include "registry/routes.h"

int main(void)
{
    struct arena *arena = arena_create();
    size_t count = 0;
    const struct http_route *routes = routes_all(arena, &count);

    for (size_t i = 0; i < count; i++)
        printf("%s %s %s %d\n", routes[i].method, routes[i].pattern, http_role_name(routes[i].role),
               routes[i].body_max > 0);
    arena_destroy(arena);
    return 0;
}
