/* exemptions.c: exemptions that are about to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/lists/lists_internal.h"
#include "registry/store/store_exemptions.h"
#include "registry/vehicles/vocabulary.h"

#define DAYS_DEFAULT 30

static const struct sheet_column columns[] = {
    {"vehicle_id", "车辆识别代号", "vehicle", SHEET_TEXT},
    {"reason", "事由", "reason", SHEET_TEXT},
    {"document", "文号", "document", SHEET_TEXT},
    {"from", "开始", "from", SHEET_DAY},
    {"to", "截止", "last day", SHEET_DAY},
    {"days_left", "剩余天数", "days left", SHEET_INT},
};

struct listing {
    const struct list_query *query;
    struct list_page *page;
    int64_t given;
    struct store_exemption last;
};

/* "VEHICLE\x1fFROM\x1fREASON\x1fDOCUMENT" */
#define APART "\x1f"

static const char *key_text(struct arena *arena, const struct store_exemption *e)
{
    return arena_format(arena, "%s" APART "%d" APART "%d" APART "%s", e->vehicle_id, e->from,
                        e->reason, e->document);
}

static bool key_read(struct arena *arena, const char *text, struct store_exemption_key *key)
{
    char *rest = arena_text(arena, text);

    key->vehicle_id = strsep(&rest, APART);
    if (rest == NULL)
        return false;
    key->from = (int32_t)strtol(rest, &rest, 10);
    if (*rest != APART[0])
        return false;
    key->reason = (int)strtol(rest + 1, &rest, 10);
    key->document = rest + 1;
    return *rest == APART[0];
}

static void put_exemption(void *arg, const struct store_exemption *e)
{
    struct listing *l = arg;

    if (l->given == l->query->limit) {
        l->page->next = key_text(l->page->arena, &l->last);
        return;
    }
    const struct sheet_cell cells[LISTS_COUNT(columns)] = {
        sheet_text(e->vehicle_id), sheet_text(vocabulary_word(&vocabulary_exempt, e->reason)),
        sheet_text(e->document),   sheet_day(e->from),
        sheet_day(e->until - 1),   sheet_int(e->until - 1 - l->query->as_of),
    };
    sheet_row(l->page->sheet, cells);
    l->given++;
    l->last = *e;
}

static enum err read_ending(struct sql *db, const struct list_query *q, struct list_page *page,
                            struct fault *fault)
{
    struct listing l = {.query = q, .page = page};
    struct store_exemption_key after;
    const struct store_exemption_search search = {
        .as_of = q->as_of,
        .ends_by = q->as_of + (int32_t)(q->days < 0 ? DAYS_DEFAULT : q->days),
        .after = q->after == NULL ? NULL : &after,
        .limit = q->limit + 1,
    };

    if (q->after != NULL && !key_read(page->arena, q->after, &after))
        return fault_set(fault, ERR_INPUT, "cursor is none that this list gave; leave it out");
    return store_exemption_find(db, &search, put_exemption, &l, fault);
}

const struct list list_exemptions_ending = {
    .head = {"exemptions-ending", "即将到期的豁免", "exemptions that run out", columns,
             LISTS_COUNT(columns)},
    .note_zh = "30天内到期的豁免",
    .note_en = "exemptions whose last day is within 30 days (or `days`) of as_of",
    .params = LIST_AS_OF | LIST_DAYS,
    .read = read_ending,
};
