/*
 * form: the content of a report as people send it and see it: JSON in the API, columns in
 * freight.csv, both over the same tables of fields.
 *
 * A draft may be unfinished: a word, a number may be missing; what must be there is asked for when it
 * is submitted (checks.h). What is there must make sense by itself. A commodity outside the list is
 * taken as OTHER_BULK with the word as its note. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_FORM_H
#define EVROLL_REGISTRY_FREIGHT_FORM_H

#include <jansson.h>

#include "registry/store/store_freight.h"
#include "registry/vehicles/field.h"

#define FREIGHT_LINES_MAX 500

/* A line with what surrounds it in a file. */
struct freight_row {
    char org_id[65];
    char period[FREIGHT_PERIOD_SIZE];
    char commodity[65]; /* as written */
    struct store_freight_line line;
};

/* The columns of freight.csv, and those of a line in the API. */
#define FREIGHT_ROW_FIELDS  12
#define FREIGHT_LINE_FIELDS 11
extern const struct field freight_row_fields[FREIGHT_ROW_FIELDS];
extern const struct field freight_line_fields[FREIGHT_LINE_FIELDS];
/* The head's fields of one line of text or a number. */
#define FREIGHT_HEAD_FIELDS 5
extern const struct field freight_head_fields[FREIGHT_HEAD_FIELDS];

/* The rows and columns that tell one line from another. */
bool freight_line_same_way(const struct store_freight_line *a, const struct store_freight_line *b);
struct freight_row freight_row_blank(void);
/* Finds the commodity of a row that was parsed. */
void freight_row_settle(struct freight_row *row, struct remarks *remarks);

/* The head's members and "lines" into `content`; members that only an answer has are passed over.
 * Lines belong to the arena. */
void freight_form_read(json_t *body, struct arena *arena, struct store_freight_content *content,
                       struct remarks *remarks);
/* A text of several lines, of at most size - 1 bytes, into `out`. */
void freight_text_read(const json_t *value, const char *name, char *out, size_t size,
                       struct remarks *remarks);

/* The head with who did what when, and its lines. */
json_t *freight_content_json(const struct store_freight_content *content);
json_t *freight_version_json(const struct store_freight_version *head);
json_t *freight_line_json(const struct store_freight_line *line);

#endif
