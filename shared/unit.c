#include "shared/unit.h"

#include <string.h>

static const struct {
    enum format format;
    const char *name;
} formats[] = {
    {FORMAT_SENML_JSON, "senml-json"},
    {FORMAT_SENML_CBOR, "senml-cbor"},
    {FORMAT_GBT32960, "gbt32960"},
    {FORMAT_GB17691, "gb17691"},
};

bool unit_name_ok(const char *name, size_t len)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    if (len < 1 || len > UNIT_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '\0' || strchr(allowed, name[i]) == NULL)
            return false;
    return true;
}

const char *format_name(enum format format)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].format == format)
            return formats[i].name;
    return NULL;
}

enum format format_parse(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strlen(formats[i].name) == len && memcmp(formats[i].name, name, len) == 0)
            return formats[i].format;
    return FORMAT_NONE;
}
