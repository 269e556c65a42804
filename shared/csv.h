/*
 * csv: RFC 4180 records, read from a stream with the line and column of every field, and written.
 *
 * The reader holds one record at a time. A record that is malformed (a quote in the middle of a
 * field, text behind a closing quote, a quote that is never closed, bytes that are no UTF-8, more
 * than the limits) is reported with its place and costs its first line only: reading goes on with
 * the line after it, so that one stray quote does not swallow the file. Line ends are CRLF or LF; a
 * byte order mark at the start and empty lines are passed over.
 *
 *     struct csv_reader *reader = csv_reader_create(csv_from_file, file, NULL);
 *     while ((got = csv_next(reader, &record, &fault)) != CSV_END) …
 *
 * Owned by the caller: csv_reader_destroy. What a record points to is valid until the next
 * csv_next. Blocking: as the source does. Threads: a reader belongs to one.
 */
#ifndef EVROLL_SHARED_CSV_H
#define EVROLL_SHARED_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/err.h"

/* Fills `into` with up to `cap` bytes and sets `got`; 0 is the end. */
typedef enum err csv_source(void *arg, char *into, size_t cap, size_t *got);

struct csv_text { /* the argument of csv_from_text */
    const char *bytes;
    size_t len;
    size_t pos;
};

csv_source csv_from_file; /* arg: FILE * */
csv_source csv_from_text; /* arg: struct csv_text * */

struct csv_limits {
    size_t record_bytes; /* 0: 65,536 */
    size_t fields;       /* 0: 256 */
};

struct csv_field {
    const char *text; /* unquoted, NUL-terminated, holds no other NUL */
    size_t len;
    uint64_t line;   /* from 1 */
    uint64_t column; /* byte of its line where it begins, from 1; at the quote if it has one */
};

struct csv_record {
    uint64_t line; /* where it begins */
    const struct csv_field *fields;
    size_t count;
    const char *raw; /* CSV_BAD: the line given up, as far as it is kept and is UTF-8 */
};

enum csv_got {
    CSV_RECORD,
    CSV_BAD, /* fault: "line L, column C: …"; go on reading */
    CSV_END,
    CSV_BROKEN /* the source failed; fault says how */
};

struct csv_reader;

/* `limits` may be NULL. */
struct csv_reader *csv_reader_create(csv_source *source, void *arg,
                                     const struct csv_limits *limits);
void csv_reader_destroy(struct csv_reader *reader);
/* Takes longer records from here on. */
void csv_reader_allow(struct csv_reader *reader, size_t record_bytes);
enum csv_got csv_next(struct csv_reader *reader, struct csv_record *record, struct fault *fault);
/* Bytes taken from the source, for progress. */
uint64_t csv_reader_bytes(const struct csv_reader *reader);

/* The writer collects text; what is collected can be moved to a file at any time. Rows end in CRLF;
 * a field is quoted when it has to be. Zero-initialize it; csv_writer_free in the end. */
struct csv_writer {
    char *text; /* not NUL-terminated */
    size_t len;
    size_t cap;
    bool in_row;
};

void csv_put(struct csv_writer *writer, const char *field); /* NULL is an empty field */
void csv_put_int(struct csv_writer *writer, int64_t number);
void csv_end_row(struct csv_writer *writer);
enum err csv_flush(struct csv_writer *writer, FILE *file, struct fault *fault) ERR_CHECKED;
void csv_writer_free(struct csv_writer *writer);

#endif
