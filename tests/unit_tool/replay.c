#include "tests/unit_tool/replay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "shared/arena.h"
#include "shared/csv.h"
#include "shared/unit.h"
#include "shared/when.h"
#include "tests/unit_tool/mapping.h"

#define TEMPLATE_PARTS_MAX 16

/* A piece of the unit's name: fixed text, or a column. */
struct part {
    char *text;
    int column; /* -1: text */
};

struct replay {
    struct source source; /* first: the interface is the object */
    struct replay_options options;
    struct mapping *mapping;
    gzFile file;
    struct csv_reader *reader;
    struct arena *arena; /* lives as long as the source: names, parts */
    struct part parts[TEMPLATE_PARTS_MAX];
    size_t part_count;
    int time_columns[4];
    int *signal_columns; /* one a mapped signal; -1 for a fixed value */
    int64_t shift_ms;
    bool shift_known;
    struct sample sample; /* of the row being copied */
    unsigned next_copy;   /* 0: a new row is due */
    char name[UNIT_NAME_MAX + 1];
    char copy_name[UNIT_NAME_MAX + 1];
    uint64_t skipped;
    char first_skipped[256];
};

static enum err read_gz(void *arg, char *into, size_t cap, size_t *got)
{
    int n = gzread(arg, into, (unsigned)cap);

    *got = n > 0 ? (size_t)n : 0;
    return n < 0 ? ERR_IO : ERR_OK;
}

static int find_column(const struct csv_record *header, const char *name, size_t len)
{
    for (size_t i = 0; i < header->count; i++)
        if (header->fields[i].len == len && memcmp(header->fields[i].text, name, len) == 0)
            return (int)i;
    return -1;
}

static enum err need_column(const struct replay *r, const struct csv_record *header,
                            const char *name, size_t len, int *column, struct fault *fault)
{
    *column = find_column(header, name, len);
    if (*column < 0)
        return fault_set(fault, ERR_INPUT,
                         "%s: %s names column \"%.*s\", which the recording does not have",
                         r->options.recording_file, r->options.mapping_file, (int)len, name);
    return ERR_OK;
}

/* "bus-{vehicle_id}" → text "bus-", column vehicle_id */
static enum err parse_template(struct replay *r, const struct csv_record *header,
                               struct fault *fault)
{
    const char *at = r->mapping->unit;
    enum err err = ERR_OK;

    while (err == ERR_OK && *at != '\0') {
        struct part *part = &r->parts[r->part_count];
        size_t len = strcspn(at, "{");
        if (r->part_count == TEMPLATE_PARTS_MAX)
            return fault_set(fault, ERR_INPUT, "%s: unit has more than %d pieces",
                             r->options.mapping_file, TEMPLATE_PARTS_MAX);
        part->column = -1;
        if (len == 0) {
            len = strcspn(++at, "}");
            err = need_column(r, header, at, len, &part->column, fault);
            at += len + (at[len] == '}' ? 1 : 0);
        } else {
            part->text = arena_format(r->arena, "%.*s", (int)len, at);
            at += len;
        }
        r->part_count++;
    }
    return err;
}

static enum err bind_columns(struct replay *r, struct fault *fault)
{
    struct csv_record header;
    const struct mapping *m = r->mapping;
    enum err err = ERR_OK;

    if (csv_next(r->reader, &header, fault) != CSV_RECORD)
        return fault_set(fault, ERR_INPUT, "%s: no header row", r->options.recording_file);
    err = parse_template(r, &header, fault);
    for (unsigned i = 0; err == ERR_OK && i < m->time.columns_count; i++)
        err = need_column(r, &header, m->time.columns[i], strlen(m->time.columns[i]),
                          &r->time_columns[i], fault);
    r->signal_columns = ARENA_ARRAY(r->arena, int, m->signals_count);
    for (unsigned i = 0; err == ERR_OK && i < m->signals_count; i++) {
        const char *column = m->signals[i].column;
        r->signal_columns[i] = -1;
        if (column != NULL)
            err = need_column(r, &header, column, strlen(column), &r->signal_columns[i], fault);
    }
    return err;
}

/* ---- one row ---- */

static const char *field(const struct csv_record *row, int column)
{
    return (size_t)column < row->count ? row->fields[column].text : "";
}

static bool row_time(const struct replay *r, const struct csv_record *row, int64_t *at_ms)
{
    const struct mapping_time *t = &r->mapping->time;
    char text[128] = "";
    struct tm tm = {0};
    const char *end = NULL;

    for (unsigned i = 0; i < t->columns_count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "",
                 field(row, r->time_columns[i]));
    }
    if (strcmp(t->format, "rfc3339") == 0)
        return when_instant_parse(text, at_ms);
    end = strptime(text, t->format, &tm);
    if (end == NULL || *end != '\0')
        return false;
    *at_ms = ((int64_t)timegm(&tm) - t->zone_minutes * 60) * 1000;
    return true;
}

static bool row_unit(struct replay *r, const struct csv_record *row)
{
    size_t len = 0;

    for (size_t i = 0; i < r->part_count && len < sizeof r->name; i++) {
        const char *text =
            r->parts[i].column < 0 ? r->parts[i].text : field(row, r->parts[i].column);
        len += (size_t)snprintf(r->name + len, sizeof r->name - len, "%s", text);
    }
    return len < sizeof r->name && unit_name_ok(r->name, len);
}

static bool word_set(struct sample *s, const struct signal_def *def, const char *text)
{
    int mode = 0;

    if (def->kind == SIGNAL_MODE_NAME) {
        mode = run_mode_parse(text, strlen(text));
        if (mode != 0)
            sample_set(s, def->id, mode);
        return mode != 0;
    }
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        sample_set(s, def->id, 1);
    else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        sample_set(s, def->id, 0);
    else
        return false;
    return true;
}

static bool signal_set(struct sample *s, const struct mapping_signal *m, const char *text)
{
    bool by_vss = false;
    const struct signal_def *def = signal_find(m->signal, strlen(m->signal), &by_vss);
    char *end = NULL;
    double number = 0;

    if (*text == '\0')
        return true; /* absent in this sample */
    if (def->kind != SIGNAL_NUMBER)
        return word_set(s, def, text);
    number = strtod(text, &end);
    if (*end != '\0' || !isfinite(number))
        return false;
    sample_set_number(s, def->id, number * (m->factor == 0 ? 1 : m->factor) + m->offset);
    return true;
}

static bool row_take(struct replay *r, const struct csv_record *row)
{
    r->sample = (struct sample){0};
    if (!row_time(r, row, &r->sample.at_ms) || !row_unit(r, row))
        return false;
    if (!r->shift_known) {
        r->shift_ms = r->options.start_ms == INT64_MIN ? 0 : r->options.start_ms - r->sample.at_ms;
        r->shift_known = true;
    }
    r->sample.at_ms += r->shift_ms;
    for (unsigned i = 0; i < r->mapping->signals_count; i++) {
        const struct mapping_signal *m = &r->mapping->signals[i];
        if (!signal_set(&r->sample, m,
                        m->value != NULL ? m->value : field(row, r->signal_columns[i])))
            return false;
    }
    return !sample_is_empty(&r->sample);
}

static void row_skip(struct replay *r, uint64_t line, const char *why)
{
    if (r->skipped++ == 0)
        snprintf(r->first_skipped, sizeof r->first_skipped, "%s, line %llu: %s",
                 r->options.recording_file, (unsigned long long)line, why);
}

/* The next row that can be read. */
static enum err next_row(struct replay *r, struct fault *fault)
{
    struct csv_record row;

    for (;;) {
        switch (csv_next(r->reader, &row, fault)) {
        case CSV_RECORD:
            if (row_take(r, &row))
                return ERR_OK;
            row_skip(
                r, row.line,
                "no time, unit name or number where the mapping expects one, or no value at all");
            break;
        case CSV_BAD:
            row_skip(r, row.line, "not a CSV record");
            break;
        case CSV_END:
            return ERR_NOT_FOUND;
        case CSV_BROKEN:
            return ERR_IO;
        }
    }
}

static enum err replay_next(struct source *source, struct reading *reading, struct fault *fault)
{
    struct replay *r = (struct replay *)source;

    if (r->next_copy == 0) {
        enum err err = next_row(r, fault);
        if (err != ERR_OK)
            return err;
    }
    if (r->next_copy == 0)
        snprintf(r->copy_name, sizeof r->copy_name, "%s", r->name);
    else
        snprintf(r->copy_name, sizeof r->copy_name, "%.26s-%u", r->name,
                 (r->next_copy + 1) % 100000);
    *reading = (struct reading){.unit = r->copy_name, .sample = r->sample};
    r->next_copy = (r->next_copy + 1) % r->options.copies;
    return ERR_OK;
}

static void replay_close(struct source *source)
{
    struct replay *r = (struct replay *)source;

    csv_reader_destroy(r->reader);
    if (r->file != NULL)
        gzclose(r->file);
    mapping_free(r->mapping);
    arena_destroy(r->arena);
    free(r);
}

enum err replay_open(const struct replay_options *options, struct source **source,
                     struct fault *fault)
{
    struct replay *r = mem_alloc(1, sizeof *r);
    enum err err = ERR_OK;

    r->source = (struct source){.next = replay_next, .close = replay_close};
    r->options = *options;
    r->arena = arena_create();
    err = mapping_load(options->mapping_file, &r->mapping, fault);
    if (err == ERR_OK) {
        r->file = gzopen(options->recording_file, "rb");
        if (r->file == NULL)
            err = fault_set(fault, ERR_NOT_FOUND, "%s: %m", options->recording_file);
    }
    if (err == ERR_OK) {
        r->reader = csv_reader_create(read_gz, r->file, NULL);
        err = bind_columns(r, fault);
    }
    if (err != ERR_OK) {
        replay_close(&r->source);
        return err;
    }
    *source = &r->source;
    return ERR_OK;
}

uint64_t replay_skipped(const struct source *source, const char **first)
{
    const struct replay *r = (const struct replay *)source;

    if (first != NULL)
        *first = r->first_skipped;
    return r->skipped;
}
