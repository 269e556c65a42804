/*
 * files: what a file of evidence may be. Its kind is found in its bytes, never in its name: a file that
 * lies about it is refused. PDF, PNG, JPEG, CSV (UTF-8 text) and XLSX. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_FILES_H
#define EVROLL_REGISTRY_FREIGHT_FILES_H

#include <jansson.h>

#include "registry/store/store_freight.h"
#include "registry/vehicles/vocabulary.h"

#define FREIGHT_FILE_MAX    (8u << 20)        /* bytes a file */
#define FREIGHT_FILES_MAX   50                /* files a report */
#define FREIGHT_FILES_BYTES INT64_C(67108864) /* bytes a report */

/* The numbers stand in the database. */
enum freight_file_type {
    FREIGHT_FILE_NONE,
    FREIGHT_FILE_PDF,
    FREIGHT_FILE_PNG,
    FREIGHT_FILE_JPEG,
    FREIGHT_FILE_CSV,
    FREIGHT_FILE_XLSX,
    FREIGHT_FILE_TYPE_COUNT
};
extern const struct vocabulary vocabulary_freight_file;
/* WAYBILLS, WEIGHBRIDGE, METER, CONTRACT, GATE_LEDGER, OTHER */
extern const struct vocabulary vocabulary_freight_evidence;

/* FREIGHT_FILE_NONE: it is none of them. */
enum freight_file_type freight_file_type(const void *bytes, size_t len);
/* "application/pdf" */
const char *freight_file_media(enum freight_file_type type);
/* Does the ending of the name go with the type? */
bool freight_file_named(const char *name, enum freight_file_type type);

/* Sets the member "files" of a report. */
enum err freight_files_json(struct sql *db, const struct freight_key *key, struct arena *arena,
                            json_t *object, struct fault *fault) ERR_CHECKED;

#endif
