/*
 * store_freight_files: evidence of freight reports: who sent which file for which report, and its
 * bytes, once under their SHA-256 whoever sent them. What a file may be is decided above. Nothing is
 * deleted. Writing is inside SQL_WRITE; errors as in sql.h. What is read belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_FREIGHT_FILES_H
#define EVROLL_REGISTRY_STORE_STORE_FREIGHT_FILES_H

#include "registry/store/store_freight.h"

#define FREIGHT_DIGEST_SIZE 65 /* SHA-256 in hex */

struct store_freight_file {
    int64_t number; /* of the report, from 1 */
    char digest[FREIGHT_DIGEST_SIZE];
    char name[129];
    int type; /* enum freight_file_type */
    int kind; /* enum freight_evidence */
    int64_t bytes;
    char author[65];
    int64_t recorded_at;
};

/* Numbers it and makes its digest. A file that the report has already is ERR_CONFLICT. */
enum err store_freight_file_add(struct sql *db, const struct freight_key *key,
                                struct store_freight_file *file, const void *content,
                                struct fault *fault) ERR_CHECKED;
/* Oldest first. */
enum err store_freight_files(struct sql *db, const struct freight_key *key, struct arena *arena,
                             struct store_freight_file **files, size_t *count,
                             struct fault *fault) ERR_CHECKED;
/* ERR_NOT_FOUND. ERR_IO: what is stored no longer has its digest. */
enum err store_freight_file_read(struct sql *db, const struct freight_key *key, int64_t number,
                                 struct arena *arena, struct store_freight_file *file,
                                 const void **content, struct fault *fault) ERR_CHECKED;

#endif
