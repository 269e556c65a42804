#include "gateway/coap/admission.h"

#include <string.h>

#define PREFIX "v1/units/"

/* CoAP Content-Format numbers (RFC 7252, RFC 8428, RFC 8949). */
#define OCTET_STREAM 42
#define CBOR         60
#define SENML_JSON   110
#define SENML_CBOR   112

static const struct {
    enum format format;
    long content_formats[2];
} allowed[] = {
    {FORMAT_SENML_JSON, {SENML_JSON, SENML_JSON}},
    {FORMAT_SENML_CBOR, {SENML_CBOR, SENML_CBOR}},
    {FORMAT_GBT32960, {OCTET_STREAM, CBOR}},
    {FORMAT_GB17691, {OCTET_STREAM, CBOR}},
};

bool admission_unit(const struct tls_identity *identity)
{
    /* A certificate of another authority has no kind; one of evroll-ca for a gateway is no unit's.
     */
    return unit_name_ok(identity->name, strlen(identity->name)) &&
           (identity->kind[0] == '\0' || strcmp(identity->kind, "unit") == 0);
}

static bool content_format_ok(enum format format, long content_format)
{
    if (content_format == ADMISSION_NO_CONTENT_FORMAT)
        return true;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (allowed[i].format == format)
            return content_format == allowed[i].content_formats[0] ||
                   content_format == allowed[i].content_formats[1];
    return false;
}

/* "v1/units/{unit}/{format}": where the unit's name begins and how long it is. */
static bool path_split(const struct admission_request *request, const char **unit, size_t *unit_len,
                       enum format *format)
{
    const char *end = request->path + request->path_len, *slash = NULL;
    size_t prefix = sizeof PREFIX - 1;

    if (request->path_len <= prefix || memcmp(request->path, PREFIX, prefix) != 0)
        return false;
    *unit = request->path + prefix;
    slash = memchr(*unit, '/', request->path_len - prefix);
    if (slash == NULL)
        return false;
    *unit_len = (size_t)(slash - *unit);
    *format = format_parse(slash + 1, (size_t)(end - slash - 1));
    return unit_name_ok(*unit, *unit_len) && *format != FORMAT_NONE;
}

enum admission admission_check(const struct admission_request *request, enum format *format)
{
    const char *unit = NULL;
    size_t len = 0;

    *format = FORMAT_NONE;
    if (request->unit == NULL)
        return ADMISSION_FORBIDDEN;
    if (!path_split(request, &unit, &len, format))
        return ADMISSION_NOT_FOUND;
    if (strlen(request->unit) != len || memcmp(request->unit, unit, len) != 0)
        return ADMISSION_FORBIDDEN;
    if (!request->post)
        return ADMISSION_NOT_ALLOWED;
    if (!content_format_ok(*format, request->content_format))
        return ADMISSION_CONTENT_FORMAT;
    return request->payload_len > request->payload_max ? ADMISSION_TOO_LARGE : ADMISSION_OK;
}
