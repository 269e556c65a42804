/*
 * unit: the name of an onboard unit and the formats it may send, as topics, URIs, the journal and
 * the batch spell them. Plain values, any thread.
 */
#ifndef EVROLL_SHARED_UNIT_H
#define EVROLL_SHARED_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#define UNIT_NAME_MAX 32

/* Numbers are part of the journal and block formats: only ever added. */
enum format {
    FORMAT_NONE = 0,
    FORMAT_SENML_JSON = 1,
    FORMAT_SENML_CBOR = 2,
    FORMAT_GBT32960 = 3,
    FORMAT_GB17691 = 4,
    FORMAT_UNIT_ERROR = 64, /* gateway to unit: JSON for evroll/v1/units/{unit}/errors */
};

/* [A-Za-z0-9._-]{1,32} */
bool unit_name_ok(const char *name, size_t len);

/* The word in topics and URIs ("senml-json", …), and back. NULL and FORMAT_NONE when unknown. */
const char *format_name(enum format format);
enum format format_parse(const char *name, size_t len);

#endif
