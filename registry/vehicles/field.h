/*
 * field: the columns of a record as a table, from which files, API and comparison are made.
 *
 * A field is text in a file, a JSON value in the API (both spelled the same; JSON's null is the
 * empty text) and a member of a struct. Tables for vehicles, orgs and exemptions are in
 * registry/vehicles/records.h. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_FIELD_H
#define EVROLL_REGISTRY_VEHICLES_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/vehicles/remark.h"
#include "registry/vehicles/vocabulary.h"

enum field_kind {
    FIELD_TEXT,     /* char[] */
    FIELD_WORD,     /* int, of a vocabulary; 0 when empty */
    FIELD_DAY,      /* int32_t; `none` when empty */
    FIELD_LAST_DAY, /* int32_t, kept as the day after it; `none` when empty */
    FIELD_BOOL,     /* bool; 0 or 1 */
    FIELD_TONNES,   /* int64_t; `none` when empty */
    FIELD_DECIMAL,  /* int64_t, thousandths; `none` when empty */
    FIELD_TENTHS,   /* int64_t of 0.1, one decimal at most; `none` when empty */
    FIELD_INSTANT,  /* int64_t, ms; RFC 3339, without an offset China's time */
    FIELD_LONG      /* const char *, borrowed from the text given; at most `size` - 1 bytes */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset, size;
    bool required;
    int32_t none;
    const struct vocabulary *words; /* FIELD_WORD */
};

#define FIELD_TEXT_SIZE 260 /* for field_text */

/* Takes `text` (blanks around it do not count) into the record, or says why not. */
bool field_parse(const struct field *field, const char *text, void *record,
                 struct remarks *remarks);
/* The text of a field, in `out` unless it is a FIELD_LONG; "" when it is empty. */
const char *field_text(const struct field *field, const void *record,
                       char out[static FIELD_TEXT_SIZE]);
bool field_same(const struct field *field, const void *left, const void *right);
void field_copy(const struct field *field, void *to, const void *from);
/* The index of a name in a table of `count`; -1 when there is none. */
int field_find(const struct field *fields, size_t count, const char *name);

#endif
