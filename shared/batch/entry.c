#include "shared/batch/entry.h"

#include <string.h>

enum err entry_name(const char *from, char to[static UNIT_NAME_MAX + 1], struct fault *fault)
{
    size_t len = strlen(from);

    if (!unit_name_ok(from, len))
        return fault_set(fault, ERR_INPUT, "a name is not [A-Za-z0-9._-]{1,%d}", UNIT_NAME_MAX);
    memcpy(to, from, len + 1);
    return ERR_OK;
}
