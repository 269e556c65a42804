/* Any bytes as CSV: what is read is text with a place, and reads back from what is written. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "shared/csv.h"
#include "shared/utf8.h"

static void check_record(const struct csv_record *record)
{
    struct csv_writer writer = {0};
    struct csv_text text;
    struct csv_reader *reader = NULL;
    struct csv_record again;

    for (size_t i = 0; i < record->count; i++) {
        assert(strlen(record->fields[i].text) == record->fields[i].len);
        assert(utf8_ok(record->fields[i].text) && record->fields[i].column > 0);
        csv_put(&writer, record->fields[i].text);
    }
    csv_end_row(&writer);
    text = (struct csv_text){.bytes = writer.text, .len = writer.len};
    reader = csv_reader_create(csv_from_text, &text, NULL);
    if (writer.len > 5 && memcmp(writer.text, "\xEF\xBB\xBF", 3) != 0) {
        assert(csv_next(reader, &again, NULL) == CSV_RECORD);
        assert(again.count == record->count);
        for (size_t i = 0; i < record->count; i++)
            assert(strcmp(again.fields[i].text, record->fields[i].text) == 0);
    }
    csv_reader_destroy(reader);
    csv_writer_free(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct csv_limits limits = {.record_bytes = 64, .fields = 8};
    struct csv_text text = {.bytes = (const char *)bytes, .len = len};
    struct csv_reader *reader = csv_reader_create(csv_from_text, &text, &limits);
    struct csv_record record;
    uint64_t line = 0;
    enum csv_got got;

    while ((got = csv_next(reader, &record, NULL)) != CSV_END) {
        assert(got != CSV_BROKEN);
        assert(record.line > line);
        line = record.line;
        if (got == CSV_RECORD)
            check_record(&record);
        else
            assert(utf8_ok(record.raw));
    }
    assert(csv_reader_bytes(reader) == len);
    csv_reader_destroy(reader);
    return 0;
}
