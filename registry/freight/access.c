#include "registry/freight/access.h"

#include <string.h>

struct freight_access freight_access(const struct http_principal *principal, const char *org_id)
{
    static const struct freight_access bureau = {true, true, FREIGHT_BUREAU};
    static const struct freight_access reader = {true, false, FREIGHT_NOBODY};
    static const struct freight_access own = {true, true, FREIGHT_ENTERPRISE};
    static const struct freight_access none = {false, false, FREIGHT_NOBODY};
    const char *bound = http_own_org(principal);

    if (bound != NULL)
        return strcmp(bound, org_id) == 0 ? own : none;
    if (principal->role == HTTP_OFFICER || principal->role == HTTP_ADMIN)
        return bureau;
    return principal->role == HTTP_VIEWER || principal->role == HTTP_DEPARTMENT ? reader : none;
}
