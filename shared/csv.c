#include "shared/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/utf8.h"

#define RECORD_BYTES 65536u
#define FIELDS       256u
#define RAW_BYTES    1024u /* of a line given up, for the report */

/*
 * `buffer` holds raw bytes [start, end); a record is parsed from `start` without changing them, its
 * unquoted text goes to `text`. Therefore a malformed record can be given up after its first line
 * and the rest of the bytes parsed anew. When the parse runs out of bytes before the record ends,
 * more are read behind them and the parse begins again; sources give far more than a record at a
 * time, so that is rare.
 */
struct csv_reader {
    csv_source *source;
    void *arg;
    struct csv_limits limits;
    char *buffer;
    size_t cap, start, end;
    uint64_t taken;
    uint64_t line; /* of `start` */
    bool at_end;   /* the source has no more */
    bool begun;    /* the byte order mark has been looked for */
    char *text;
    size_t text_len;
    struct csv_field *fields;
    size_t count;
    char raw[RAW_BYTES];
};

/* One try to parse a record. */
struct parse {
    size_t pos;
    uint64_t line;
    size_t line_start; /* position where the present line begins */
};

enum outcome { PARSED, NEED_MORE, MALFORMED };

enum err csv_from_file(void *arg, char *into, size_t cap, size_t *got)
{
    FILE *file = arg;

    *got = fread(into, 1, cap, file);
    return ferror(file) ? ERR_IO : ERR_OK;
}

enum err csv_from_text(void *arg, char *into, size_t cap, size_t *got)
{
    struct csv_text *text = arg;
    size_t left = text->len - text->pos;

    *got = left < cap ? left : cap;
    if (*got > 0)
        memcpy(into, text->bytes + text->pos, *got);
    text->pos += *got;
    return ERR_OK;
}

struct csv_reader *csv_reader_create(csv_source *source, void *arg, const struct csv_limits *limits)
{
    struct csv_reader *r = mem_alloc(1, sizeof *r);

    r->source = source;
    r->arg = arg;
    r->limits.record_bytes =
        limits != NULL && limits->record_bytes > 0 ? limits->record_bytes : RECORD_BYTES;
    r->limits.fields = limits != NULL && limits->fields > 0 ? limits->fields : FIELDS;
    r->cap = r->limits.record_bytes * 2;
    r->buffer = mem_alloc(r->cap, 1);
    r->text = mem_alloc(r->cap + r->limits.fields + 2, 1);
    r->fields = mem_alloc(r->limits.fields, sizeof *r->fields);
    r->line = 1;
    return r;
}

void csv_reader_destroy(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->buffer);
    free(reader->text);
    free(reader->fields);
    free(reader);
}

void csv_reader_allow(struct csv_reader *r, size_t record_bytes)
{
    if (record_bytes <= r->limits.record_bytes)
        return;
    r->limits.record_bytes = record_bytes;
    r->cap = record_bytes * 2;
    r->buffer = mem_grow(r->buffer, r->cap, 1);
    r->text = mem_grow(r->text, r->cap + r->limits.fields + 2, 1);
}

uint64_t csv_reader_bytes(const struct csv_reader *reader)
{
    return reader->taken;
}

/* Reads behind what is held; the front is given up first. */
static enum err fill(struct csv_reader *r)
{
    size_t got = 0;
    enum err err;

    memmove(r->buffer, r->buffer + r->start, r->end - r->start);
    r->end -= r->start;
    r->start = 0;
    err = r->source(r->arg, r->buffer + r->end, r->cap - r->end, &got);
    if (err != ERR_OK)
        return err;
    r->at_end = got == 0;
    r->end += got;
    r->taken += got;
    if (!r->begun && (r->end >= 3 || r->at_end)) {
        r->begun = true;
        if (r->end >= 3 && memcmp(r->buffer, "\xEF\xBB\xBF", 3) == 0)
            r->start = 3;
    }
    return ERR_OK;
}

static enum outcome malformed(const struct parse *p, size_t pos, const char *what,
                              struct fault *fault)
{
    fault_set(fault, ERR_INPUT, "line %" PRIu64 ", column %zu: %s", p->line,
              pos - p->line_start + 1, what);
    return MALFORMED;
}

/* Does the line end at `pos`? `width` is 1 or 2. A CR at the edge may need the next byte. */
static bool line_end(const struct csv_reader *r, size_t pos, size_t *width)
{
    *width = r->buffer[pos] == '\r' ? 2 : 1;
    if (r->buffer[pos] == '\r')
        return pos + 1 < r->end && r->buffer[pos + 1] == '\n';
    return r->buffer[pos] == '\n';
}

static void text_put(struct csv_reader *r, const char *bytes, size_t n)
{
    memcpy(r->text + r->text_len, bytes, n);
    r->text_len += n;
}

static enum outcome parse_plain(struct csv_reader *r, struct parse *p, struct fault *fault)
{
    size_t from = p->pos;

    while (p->pos < r->end && strchr(",\"\r\n", r->buffer[p->pos]) == NULL)
        p->pos++;
    if (p->pos < r->end && r->buffer[p->pos] == '\0')
        return malformed(p, p->pos, "a NUL byte; the file is not text", fault);
    if (p->pos == r->end && !r->at_end)
        return NEED_MORE;
    if (p->pos < r->end && r->buffer[p->pos] == '"')
        return malformed(p, p->pos,
                         "a quote inside a field that does not begin with one; put the field in "
                         "quotes and double the quote",
                         fault);
    text_put(r, r->buffer + from, p->pos - from);
    return PARSED;
}

static enum outcome parse_quoted(struct csv_reader *r, struct parse *p, struct fault *fault)
{
    const struct parse opened = *p;

    for (p->pos++; p->pos < r->end; p->pos++) {
        char c = r->buffer[p->pos];
        if (c == '\0')
            return malformed(p, p->pos, "a NUL byte; the file is not text", fault);
        if (c == '"') {
            if (p->pos + 1 == r->end && !r->at_end)
                return NEED_MORE;
            if (p->pos + 1 == r->end || r->buffer[p->pos + 1] != '"') {
                p->pos++;
                return PARSED;
            }
            p->pos++;
        }
        text_put(r, &c, 1);
        if (c == '\n') {
            p->line++;
            p->line_start = p->pos + 1;
        }
    }
    if (!r->at_end)
        return NEED_MORE;
    return malformed(&opened, opened.pos, "this quote is never closed", fault);
}

static enum outcome parse_field(struct csv_reader *r, struct parse *p, struct fault *fault)
{
    struct csv_field *field = &r->fields[r->count];
    size_t text_from = r->text_len;
    enum outcome outcome;

    if (r->count == r->limits.fields)
        return malformed(p, p->pos, "more fields than a record may have", fault);
    field->line = p->line;
    field->column = p->pos - p->line_start + 1;
    outcome = p->pos < r->end && r->buffer[p->pos] == '"' ? parse_quoted(r, p, fault)
                                                          : parse_plain(r, p, fault);
    if (outcome != PARSED)
        return outcome;
    field->text = r->text + text_from;
    field->len = r->text_len - text_from;
    text_put(r, "", 1);
    r->count++;
    if (!utf8_ok(field->text)) {
        fault_set(fault, ERR_INPUT,
                  "line %" PRIu64 ", column %" PRIu64
                  ": the field is not UTF-8; save the file as \"CSV UTF-8\"",
                  field->line, field->column);
        return MALFORMED;
    }
    return PARSED;
}

/* Fields up to the line end; on PARSED `p` stands behind it. */
static enum outcome parse_record(struct csv_reader *r, struct parse *p, struct fault *fault)
{
    r->count = 0;
    r->text_len = 0;
    for (;;) {
        size_t width = 0;
        enum outcome outcome = parse_field(r, p, fault);

        if (outcome != PARSED || p->pos == r->end)
            return outcome == PARSED && !r->at_end ? NEED_MORE : outcome;
        if (r->buffer[p->pos] == ',') {
            p->pos++;
            continue;
        }
        if (line_end(r, p->pos, &width)) {
            p->pos += width;
            p->line++;
            return PARSED;
        }
        if (r->buffer[p->pos] == '\r' && p->pos + 1 == r->end && !r->at_end)
            return NEED_MORE;
        if (r->buffer[p->pos] == '\r')
            return malformed(p, p->pos, "a carriage return that ends no line", fault);
        return malformed(p, p->pos,
                         "text behind the closing quote; double the quotes inside a field", fault);
    }
}

/* Keeps the start of the line that is given up, cut where it stops to be UTF-8. */
static void keep_raw(struct csv_reader *r, size_t len)
{
    const char *good = r->raw;

    if (len > RAW_BYTES - 1)
        len = RAW_BYTES - 1;
    memcpy(r->raw, r->buffer + r->start, len);
    r->raw[len] = '\0';
    r->raw[strcspn(r->raw, "\r\n")] = '\0';
    while (utf8_next(&good) > 0)
        continue;
    r->raw[good - r->raw] = '\0';
}

/* Passes over the line at `start`, however long it is. */
static enum err give_up_line(struct csv_reader *r)
{
    bool kept = false;

    for (;;) {
        size_t held = r->end - r->start;
        const char *newline = memchr(r->buffer + r->start, '\n', held);
        size_t len = newline != NULL ? (size_t)(newline - (r->buffer + r->start)) + 1 : held;

        if (!kept)
            keep_raw(r, len);
        kept = true;
        r->start += len;
        if (newline != NULL) {
            r->line++;
            return ERR_OK;
        }
        if (r->at_end)
            return ERR_OK;
        if (fill(r) != ERR_OK)
            return ERR_IO;
    }
}

static enum csv_got broken(const struct csv_reader *r, struct fault *fault)
{
    fault_set(fault, ERR_IO, "reading failed near line %" PRIu64 ": %m", r->line);
    return CSV_BROKEN;
}

static bool skip_empty_line(struct csv_reader *r)
{
    size_t width = 0;

    if (r->start == r->end || !line_end(r, r->start, &width))
        return false;
    r->start += width;
    r->line++;
    return true;
}

static enum csv_got bad_record(struct csv_reader *r, struct csv_record *record, struct fault *fault)
{
    *record = (struct csv_record){.line = r->line, .raw = r->raw};
    return give_up_line(r) == ERR_OK ? CSV_BAD : broken(r, fault);
}

enum csv_got csv_next(struct csv_reader *r, struct csv_record *record, struct fault *fault)
{
    for (;;) {
        struct parse p;
        enum outcome outcome = NEED_MORE;

        while (skip_empty_line(r))
            continue;
        p = (struct parse){.pos = r->start, .line = r->line, .line_start = r->start};
        if (r->start == r->end && r->at_end)
            return CSV_END;
        if (r->start < r->end)
            outcome = parse_record(r, &p, fault);
        if (outcome == PARSED && p.pos - r->start <= r->limits.record_bytes) {
            *record = (struct csv_record){.line = r->line, .fields = r->fields, .count = r->count};
            r->start = p.pos;
            r->line = p.line;
            return CSV_RECORD;
        }
        if (outcome != NEED_MORE || r->end - r->start > r->limits.record_bytes) {
            if (outcome != MALFORMED)
                fault_set(fault, ERR_INPUT,
                          "line %" PRIu64 ", column 1: the record is longer than %zu bytes; is a "
                          "quote missing?",
                          r->line, r->limits.record_bytes);
            return bad_record(r, record, fault);
        }
        if (fill(r) != ERR_OK)
            return broken(r, fault);
    }
}

static void room(struct csv_writer *w, size_t more)
{
    if (w->cap - w->len >= more)
        return;
    w->cap = (w->cap + more) * 2;
    w->text = mem_grow(w->text, w->cap, 1);
}

static bool needs_quotes(const char *field)
{
    size_t len = strlen(field);

    return strpbrk(field, ",\"\r\n") != NULL ||
           (len > 0 && (field[0] == ' ' || field[len - 1] == ' '));
}

void csv_put(struct csv_writer *w, const char *field)
{
    const char *text = field == NULL ? "" : field;
    bool quoted = needs_quotes(text);

    room(w, strlen(text) * 2 + 3);
    if (w->in_row)
        w->text[w->len++] = ',';
    w->in_row = true;
    if (quoted)
        w->text[w->len++] = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"')
            w->text[w->len++] = '"';
        w->text[w->len++] = *text;
    }
    if (quoted)
        w->text[w->len++] = '"';
}

void csv_put_int(struct csv_writer *w, int64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, number);
    csv_put(w, text);
}

void csv_end_row(struct csv_writer *w)
{
    room(w, 2);
    memcpy(w->text + w->len, "\r\n", 2);
    w->len += 2;
    w->in_row = false;
}

enum err csv_flush(struct csv_writer *w, FILE *file, struct fault *fault)
{
    size_t put = w->len == 0 ? 0 : fwrite(w->text, 1, w->len, file);

    if (put != w->len)
        return fault_set(fault, ERR_IO, "writing failed: %m");
    w->len = 0;
    return ERR_OK;
}

void csv_writer_free(struct csv_writer *w)
{
    free(w->text);
    *w = (struct csv_writer){0};
}
