#include "registry/freight/files.h"

#include <string.h>
#include <strings.h>

#include "registry/store/store_freight_files.h"
#include "registry/vehicles/api.h"
#include "shared/utf8.h"

static const char *const type_words[] = {NULL, "PDF", "PNG", "JPEG", "CSV", "XLSX"};
static const char *const evidence_words[] = {NULL,       "WAYBILLS",    "WEIGHBRIDGE", "METER",
                                             "CONTRACT", "GATE_LEDGER", "OTHER"};

const struct vocabulary vocabulary_freight_file = {"type", type_words, FREIGHT_FILE_TYPE_COUNT};
const struct vocabulary vocabulary_freight_evidence = {
    "kind", evidence_words, (int)(sizeof evidence_words / sizeof *evidence_words)};

static const struct {
    const char *sign; /* the first bytes; NULL: looked at in another way */
    size_t len;
    const char *media;
    const char *endings[2];
} types[] = {
    [FREIGHT_FILE_PDF] = {"%PDF-", 5, "application/pdf", {".pdf"}},
    [FREIGHT_FILE_PNG] = {"\x89PNG\r\n\x1a\n", 8, "image/png", {".png"}},
    [FREIGHT_FILE_JPEG] = {"\xff\xd8\xff", 3, "image/jpeg", {".jpg", ".jpeg"}},
    [FREIGHT_FILE_CSV] = {NULL, 0, "text/csv", {".csv"}},
    [FREIGHT_FILE_XLSX] = {NULL,
                           0,
                           "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                           {".xlsx"}},
};

static bool holds(const void *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* A ZIP whose parts are those of a workbook, without macros. */
static bool is_xlsx(const void *bytes, size_t len)
{
    return len > 4 && memcmp(bytes, "PK\3\4", 4) == 0 && holds(bytes, len, "[Content_Types].xml") &&
           holds(bytes, len, "xl/workbook.xml") && !holds(bytes, len, "vbaProject.bin");
}

/* UTF-8 text without control characters, of a row with two fields at least. */
static bool is_csv(const void *bytes, size_t len)
{
    const char *text = bytes;
    size_t line = 0;
    char *copy = NULL;
    bool ok = len > 0;

    for (size_t i = 0; i < len && ok; i++)
        ok = (unsigned char)text[i] >= 0x20 ? text[i] != 0x7f
                                            : strchr("\r\n\t", text[i]) != NULL && text[i] != '\0';
    if (!ok)
        return false;
    while (line < len && text[line] != '\n')
        line++;
    if (memchr(text, ',', line) == NULL && memchr(text, ';', line) == NULL &&
        memchr(text, '\t', line) == NULL)
        return false;
    copy = mem_alloc(len + 1, 1);
    memcpy(copy, text, len);
    ok = utf8_ok(copy);
    free(copy);
    return ok;
}

enum freight_file_type freight_file_type(const void *bytes, size_t len)
{
    for (int type = FREIGHT_FILE_PDF; type < FREIGHT_FILE_TYPE_COUNT; type++)
        if (types[type].sign != NULL && len > types[type].len &&
            memcmp(bytes, types[type].sign, types[type].len) == 0)
            return (enum freight_file_type)type;
    if (is_xlsx(bytes, len))
        return FREIGHT_FILE_XLSX;
    return is_csv(bytes, len) ? FREIGHT_FILE_CSV : FREIGHT_FILE_NONE;
}

const char *freight_file_media(enum freight_file_type type)
{
    return types[type].media;
}

bool freight_file_named(const char *name, enum freight_file_type type)
{
    for (size_t i = 0; i < 2 && types[type].endings[i] != NULL; i++) {
        const char *ending = types[type].endings[i];
        size_t len = strlen(name);
        if (len > strlen(ending) && strcasecmp(name + len - strlen(ending), ending) == 0)
            return true;
    }
    return false;
}

enum err freight_files_json(struct sql *db, const struct freight_key *key, struct arena *arena,
                            json_t *object, struct fault *fault)
{
    struct store_freight_file *files = NULL;
    json_t *list = NULL;
    size_t count = 0;
    enum err err = store_freight_files(db, key, arena, &files, &count, fault);

    if (err != ERR_OK)
        return err;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list,
            json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:o}", "number",
                      (json_int_t)files[i].number, "name", files[i].name, "type",
                      vocabulary_word(&vocabulary_freight_file, files[i].type), "kind",
                      vocabulary_word(&vocabulary_freight_evidence, files[i].kind), "sha256",
                      files[i].digest, "bytes", (json_int_t)files[i].bytes, "author",
                      files[i].author, "recorded_at", api_instant_json(files[i].recorded_at)));
    json_object_set_new(object, "files", list);
    return ERR_OK;
}
