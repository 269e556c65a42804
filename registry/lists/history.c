/* history.c: a vehicle's whole history, and transfers between owners. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/lists/lists_internal.h"
#include "registry/store/store_bindings.h"
#include "registry/store/store_exemptions.h"
#include "registry/store/store_lists.h"
#include "registry/store/store_orgs.h"
#include "registry/vehicles/vocabulary.h"

enum err lists_owner_name(struct sql *db, const char *owner_id, int32_t day, struct arena *arena,
                          const char **name, struct fault *fault)
{
    struct store_orgs orgs;
    enum err err = store_org_versions(db, owner_id, arena, &orgs, fault);

    *name = "";
    for (size_t i = 0; err == ERR_OK && i < orgs.count && orgs.items[i].valid_from <= day; i++)
        *name = orgs.items[i].name;
    return err;
}

/* ---- one vehicle ---- */

static const struct sheet_column history_columns[] = {
    {"vehicle_id", "车辆识别代号", "vehicle", SHEET_TEXT},
    {"day", "日期", "day", SHEET_DAY},
    {"event", "事项", "event", SHEET_TEXT},
    {"plate", "号牌", "plate", SHEET_TEXT},
    {"category", "类别", "category", SHEET_TEXT},
    {"energy", "能源", "energy", SHEET_TEXT},
    {"stage", "排放阶段", "stage", SHEET_TEXT},
    {"owner", "所有人", "owner", SHEET_TEXT},
    {"area", "区划", "area", SHEET_TEXT},
    {"built_up", "建成区", "built-up area", SHEET_BOOL},
    {"added", "进入日期", "added", SHEET_DAY},
    {"removed", "退出日期", "removed", SHEET_DAY},
    {"unit", "终端", "unit", SHEET_TEXT},
    {"detail", "说明", "detail", SHEET_TEXT},
    {"author", "经办", "author", SHEET_TEXT},
};
enum { VEHICLE, DAY, EVENT, UNIT = 12, DETAIL, AUTHOR };

struct event {
    int32_t day;
    size_t place; /* in the order in which it was found: ties */
    struct sheet_cell cells[LISTS_COUNT(history_columns)];
};

struct events {
    struct arena *arena;
    struct event *items;
    size_t count, room;
};

static struct event *add_event(struct events *events, const char *vehicle_id, int32_t day,
                               const char *what)
{
    struct event *e = NULL;

    if (events->count == events->room) {
        struct event *old = events->items;
        events->room = events->room == 0 ? 16 : events->room * 2;
        events->items = ARENA_ARRAY(events->arena, struct event, events->room);
        if (old != NULL)
            memcpy(events->items, old, events->count * sizeof *old);
    }
    e = &events->items[events->count];
    *e = (struct event){.day = day, .place = events->count++};
    e->cells[VEHICLE] = sheet_text(vehicle_id);
    e->cells[DAY] = sheet_day(day);
    e->cells[EVENT] = sheet_text(what);
    return e;
}

/* What a version changes, in words: "owner plate"; the first one is the beginning. */
static const char *version_event(const struct store_vehicle *before, const struct store_vehicle *v,
                                 struct arena *arena)
{
    const char *words = "";
    const struct {
        const char *word;
        bool changed;
    } parts[] = {
        {"plate", before != NULL && strcmp(before->plate, v->plate) != 0},
        {"category", before != NULL && before->category != v->category},
        {"energy", before != NULL && before->energy != v->energy},
        {"stage", before != NULL && before->stage != v->stage},
        {"owner", before != NULL && strcmp(before->owner_id, v->owner_id) != 0},
        {"area",
         before != NULL && (strcmp(before->area, v->area) != 0 || before->built_up != v->built_up)},
        {"removed", before != NULL && before->removed != v->removed},
        {"unit", before != NULL && strcmp(before->unit, v->unit) != 0},
    };

    if (before == NULL)
        return "registered";
    for (size_t i = 0; i < LISTS_COUNT(parts); i++)
        if (parts[i].changed)
            words =
                arena_format(arena, "%s%s%s", words, words[0] == '\0' ? "" : " ", parts[i].word);
    return words[0] == '\0' ? "corrected" : arena_format(arena, "changed: %s", words);
}

static void add_versions(struct events *events, const struct store_vehicles *versions)
{
    for (size_t i = 0; i < versions->count; i++) {
        const struct store_vehicle *v = &versions->items[i];
        struct event *e =
            add_event(events, v->vehicle_id, v->valid_from,
                      version_event(i == 0 ? NULL : &versions->items[i - 1], v, events->arena));
        const struct sheet_cell cells[] = {
            sheet_text(v->plate),
            sheet_text(vocabulary_word(&vocabulary_category, v->category)),
            sheet_text(vocabulary_word(&vocabulary_energy, v->energy)),
            sheet_text(vocabulary_word(&vocabulary_stage, v->stage)),
            sheet_text(v->owner_id),
            sheet_text(v->area),
            sheet_bool(v->built_up),
            sheet_day(v->added),
            sheet_day(v->removed),
            sheet_text(v->unit),
        };
        memcpy(&e->cells[EVENT + 1], cells, sizeof cells);
        e->cells[AUTHOR] = sheet_text(v->author);
    }
}

static void add_bindings(struct events *events, const struct store_bindings *bindings)
{
    for (size_t i = 0; i < bindings->count; i++) {
        const struct store_binding *b = &bindings->items[i];
        add_event(events, b->vehicle_id, b->from, "unit bound")->cells[UNIT] = sheet_text(b->unit);
        if (b->to != WHEN_DAY_NEVER)
            add_event(events, b->vehicle_id, b->to, "unit removed")->cells[UNIT] =
                sheet_text(b->unit);
    }
}

static void add_exemptions(struct events *events, const struct store_exemptions *exemptions)
{
    for (size_t i = 0; i < exemptions->count; i++) {
        const struct store_exemption *e = &exemptions->items[i];
        const char *detail = arena_format(
            events->arena, "%s %s", vocabulary_word(&vocabulary_exempt, e->reason), e->document);
        struct event *begin = NULL;
        if (e->until == e->from) /* withdrawn */
            continue;
        begin = add_event(events, e->vehicle_id, e->from, "exemption begins");
        begin->cells[DETAIL] = sheet_text(detail);
        begin->cells[AUTHOR] = sheet_text(e->author);
        if (e->until != WHEN_DAY_NEVER)
            add_event(events, e->vehicle_id, e->until, "exemption is over")->cells[DETAIL] =
                sheet_text(detail);
    }
}

static int event_compare(const void *left, const void *right)
{
    const struct event *a = left;
    const struct event *b = right;

    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static enum err add_vehicle(struct sql *db, const char *id, struct events *events,
                            struct fault *fault)
{
    struct store_vehicles versions = {0};
    struct store_bindings bindings = {0};
    struct store_exemptions exemptions = {0};
    size_t begin = events->count;
    enum err err = store_vehicle_versions(db, id, events->arena, &versions, fault);

    if (err == ERR_OK)
        err = store_bindings_of_vehicle(db, id, events->arena, &bindings, fault);
    if (err == ERR_OK)
        err = store_exemptions_of(db, id, events->arena, &exemptions, fault);
    if (err != ERR_OK)
        return err;
    add_versions(events, &versions);
    add_bindings(events, &bindings);
    add_exemptions(events, &exemptions);
    if (events->count > begin)
        qsort(events->items + begin, events->count - begin, sizeof *events->items, event_compare);
    return ERR_OK;
}

struct ids {
    struct arena *arena;
    const char *items[100]; /* a plate that more vehicles had is no plate */
    size_t count;
};

static void take_id(void *arg, const char *vehicle_id)
{
    struct ids *ids = arg;

    if (ids->count < LISTS_COUNT(ids->items))
        ids->items[ids->count++] = arena_text(ids->arena, vehicle_id);
}

static enum err find_ids(struct sql *db, const char *q, struct ids *ids, struct fault *fault)
{
    bool known = false;
    enum err err = store_vehicle_known(db, q, &known, fault);

    if (err == ERR_OK && known)
        take_id(ids, q);
    if (err == ERR_OK && !known)
        err = store_lists_by_plate(db, q, take_id, ids, fault);
    return err;
}

static enum err read_history(struct sql *db, const struct list_query *q, struct list_page *page,
                             struct fault *fault)
{
    struct events events = {.arena = page->arena};
    struct ids ids = {.arena = page->arena};
    int64_t skip = 0;
    enum err err = lists_skip(q, &skip, fault);

    if (err == ERR_OK)
        err = find_ids(db, q->q, &ids, fault);
    for (size_t i = 0; i < ids.count && err == ERR_OK; i++)
        err = add_vehicle(db, ids.items[i], &events, fault);
    for (int64_t i = skip; err == ERR_OK && i < (int64_t)events.count; i++) {
        if (i - skip == q->limit) {
            page->next = arena_format(page->arena, "%lld", (long long)i);
            break;
        }
        sheet_row(page->sheet, events.items[i].cells);
    }
    return err;
}

const struct list list_vehicle_history = {
    .head = {"vehicle-history", "车辆履历", "history of a vehicle", history_columns,
             LISTS_COUNT(history_columns)},
    .note_zh = "按号牌、旧号牌、车辆识别代号或机械编码查询车辆全部履历",
    .note_en =
        "all that is known of the vehicles that have or had the plate, VIN or machine code q: "
        "owners, plates, categories, stages, units, exemptions, in the order of days",
    .params = LIST_Q,
    .required = LIST_Q,
    .read = read_history,
};

/* ---- transfers ---- */

static const struct sheet_column transfer_columns[] = {
    {"day", "日期", "day", SHEET_DAY},
    {"vehicle_id", "车辆识别代号", "vehicle", SHEET_TEXT},
    {"plate", "号牌", "plate", SHEET_TEXT},
    {"category", "类别", "category", SHEET_TEXT},
    {"energy", "能源", "energy", SHEET_TEXT},
    {"from_owner", "原所有人", "owner before", SHEET_TEXT},
    {"to_owner", "新所有人", "owner after", SHEET_TEXT},
    {"area", "区划", "area", SHEET_TEXT},
};

struct transfers {
    const struct list_query *query;
    struct list_page *page;
    int64_t given;
    char last[VEHICLE_ID_SIZE + 16];
};

static void put_transfer(void *arg, const struct store_transfer *transfer)
{
    const struct store_vehicle *v = &transfer->now;
    struct transfers *t = arg;

    if (t->given == t->query->limit) {
        t->page->next = arena_text(t->page->arena, t->last);
        return;
    }
    const struct sheet_cell cells[LISTS_COUNT(transfer_columns)] = {
        sheet_day(v->valid_from),
        sheet_text(v->vehicle_id),
        sheet_text(v->plate),
        sheet_text(vocabulary_word(&vocabulary_category, v->category)),
        sheet_text(vocabulary_word(&vocabulary_energy, v->energy)),
        sheet_text(transfer->from_owner),
        sheet_text(v->owner_id),
        sheet_text(v->area),
    };
    sheet_row(t->page->sheet, cells);
    t->given++;
    snprintf(t->last, sizeof t->last, "%d %s", v->valid_from, v->vehicle_id);
}

static enum err read_transfers(struct sql *db, const struct list_query *q, struct list_page *page,
                               struct fault *fault)
{
    struct transfers t = {.query = q, .page = page};
    struct store_transfer_search search = {
        .from = q->from != VEHICLE_DAY_NONE ? q->from : q->to - when_date(q->to).day + 1,
        .to = q->to,
        .after_day = INT32_MIN,
        .after_id = "",
        .limit = q->limit + 1,
    };
    char *end = NULL;

    if (q->after != NULL) {
        search.after_day = (int32_t)strtol(q->after, &end, 10);
        search.after_id = end + 1;
        if (*end != ' ')
            return fault_set(fault, ERR_INPUT, "cursor is none that this list gave; leave it out");
    }
    return store_lists_transfers(db, &search, put_transfer, &t, fault);
}

const struct list list_transfers = {
    .head = {"transfers", "企业间过户", "transfers between owners", transfer_columns,
             LISTS_COUNT(transfer_columns)},
    .note_zh = "本月（或所选期间）在用车辆的过户；过户不计为新增",
    .note_en =
        "vehicles of the fleet that changed their owner this month (or from..to); a transfer "
        "is no addition",
    .params = LIST_AS_OF | LIST_SPAN,
    .read = read_transfers,
};
