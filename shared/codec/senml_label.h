/*
 * senml_label: the labels of a SenML record (RFC 8428 table 4), as JSON and CBOR spell them, and
 * the type of what stands under each. The readers and the encoder take them from here.
 */
#ifndef EVROLL_SHARED_CODEC_SENML_LABEL_H
#define EVROLL_SHARED_CODEC_SENML_LABEL_H

#include <stddef.h>
#include <stdint.h>

/* The labels of RFC 8428 in the order of their CBOR keys, -6 to 8. */
enum senml_label {
    SENML_BS,
    SENML_BV,
    SENML_BU,
    SENML_BT,
    SENML_BN,
    SENML_BVER,
    SENML_N,
    SENML_U,
    SENML_V,
    SENML_VS,
    SENML_VB,
    SENML_S,
    SENML_T,
    SENML_UT,
    SENML_VD,
    SENML_LABEL_COUNT
};

enum senml_type { SENML_NUMBER, SENML_TEXT, SENML_BOOLEAN, SENML_DATA };

const char *senml_label_name(enum senml_label label);
enum senml_type senml_label_type(enum senml_label label);
int senml_label_key(enum senml_label label);

/* SENML_LABEL_COUNT when the RFC has no such label. */
enum senml_label senml_label_by_name(const char *name, size_t len);
enum senml_label senml_label_by_key(int64_t key);

#endif
