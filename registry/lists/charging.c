/*
 * charging.c: new-energy vehicles for each public charge point and swap station, by area. The points
 * and stations are what was entered by hand: the newest value of each division code. The vehicles are
 * those of the register on the day whose division begins with that code, machines left out.
 */
#include <string.h>

#include "registry/compliance/compliance.h"
#include "registry/lists/lists_internal.h"
#include "registry/store/store_statistics.h"
#include "registry/vehicles/vocabulary.h"

#define PER 100 /* vehicles for so many points: two digits behind the point without fractions */

enum { POINTS, STATIONS, KINDS };

#define KIND_COLUMNS(id, zh, en)                                                                   \
    {id, zh, en, SHEET_INT},                                                                       \
        {"nev_per_100_" id, "每百个" zh "新能源汽车", "NEVs per 100 " en, SHEET_INT},              \
        {id "_on", zh "截至", en " on", SHEET_DAY},                                                \
        {id "_source", zh "来源", en " source", SHEET_TEXT},                                       \
    {                                                                                              \
        id "_published", zh "发布日期", en " published", SHEET_DAY                                 \
    }

static const struct sheet_column columns[] = {
    {"area", "区划", "area", SHEET_TEXT},
    {"nev", "新能源汽车", "NEVs", SHEET_INT},
    KIND_COLUMNS("charge_points", "充电桩", "charge points"),
    KIND_COLUMNS("swap_stations", "换电站", "swap stations"),
};

struct place {
    const char *area;
    const struct store_statistic *newest[KINDS]; /* NULL: there is none */
    int64_t nev;
};

struct places { /* by area */
    struct place *items;
    size_t count;
};

static bool wanted(const struct list_query *q, const char *subject)
{
    return compliance_area_ok(subject) &&
           (q->area == NULL || strncmp(subject, q->area, strlen(q->area)) == 0);
}

static const struct store_statistic *value_at(const struct store_statistics *values, size_t at)
{
    return at < values->count ? &values->items[at] : NULL;
}

/* The next area of either list; what each has for it is passed over. NULL: both are through. */
static const char *next_area(const struct store_statistics *values, size_t at[KINDS],
                             const struct store_statistic *newest[KINDS])
{
    const char *area = NULL;
    const struct store_statistic *value = NULL;

    for (int kind = 0; kind < KINDS; kind++) {
        value = value_at(&values[kind], at[kind]);
        if (value != NULL && (area == NULL || strcmp(value->subject, area) < 0))
            area = value->subject;
    }
    if (area == NULL)
        return NULL;
    for (int kind = 0; kind < KINDS; kind++)
        while ((value = value_at(&values[kind], at[kind])) != NULL &&
               strcmp(value->subject, area) == 0) {
            newest[kind] = value; /* in the order of their last days */
            at[kind]++;
        }
    return area;
}

static enum err read_places(struct sql *db, const struct list_query *q, struct arena *arena,
                            struct places *out, struct fault *fault)
{
    static const int indicators[KINDS] = {INDICATOR_CHARGE_POINTS, INDICATOR_SWAP_STATIONS};
    struct store_statistics values[KINDS] = {{0}};
    size_t at[KINDS] = {0};
    enum err err = ERR_OK;

    for (int kind = 0; kind < KINDS && err == ERR_OK; kind++) {
        const struct store_statistic_span span = {
            .indicator = indicators[kind], .from = 0, .to = q->as_of};
        err = store_statistics_of(db, &span, arena, &values[kind], fault);
    }
    if (err != ERR_OK)
        return err;
    out->items =
        ARENA_ARRAY(arena, struct place, values[POINTS].count + values[STATIONS].count + 1);
    for (;;) {
        struct place place = {.nev = 0};
        place.area = next_area(values, at, place.newest);
        if (place.area == NULL)
            return ERR_OK;
        if (wanted(q, place.area))
            out->items[out->count++] = place;
    }
}

static void count_nev(void *arg, const struct count_dims *dims, int64_t n)
{
    struct places *places = arg;

    if (!energy_is_nev((enum energy)dims->energy) || dims->category == CATEGORY_NON_ROAD)
        return;
    for (size_t i = 0; i < places->count; i++)
        if (strncmp(dims->area, places->items[i].area, strlen(places->items[i].area)) == 0)
            places->items[i].nev += n;
}

/* The columns of a kind, in their order. */
static void put_kind(const struct store_statistic *value, int64_t nev, struct sheet_cell *cells)
{
    if (value == NULL)
        return;
    cells[0] = sheet_int(value->value / STATISTIC_ONE);
    if (value->value > 0)
        cells[1] = sheet_int(nev * PER * STATISTIC_ONE / value->value);
    cells[2] = sheet_day(value->until - 1);
    cells[3] = sheet_text(value->source);
    cells[4] = sheet_day(value->published);
}

static void put_place(const struct place *place, struct sheet *sheet)
{
    struct sheet_cell cells[LISTS_COUNT(columns)] = {sheet_text(place->area),
                                                     sheet_int(place->nev)};

    put_kind(place->newest[POINTS], place->nev, &cells[2]);
    put_kind(place->newest[STATIONS], place->nev, &cells[7]);
    sheet_row(sheet, cells);
}

static enum err read_charging(struct sql *db, const struct list_query *q, struct list_page *page,
                              struct fault *fault)
{
    const struct count_query stock = {
        .measure = COUNT_STOCK, .to = q->as_of, .filter = {.area_prefix = q->area}};
    struct places places = {0};
    int64_t skip = 0;
    enum err err = lists_skip(q, &skip, fault);

    if (err == ERR_OK)
        err = read_places(db, q, page->arena, &places, fault);
    if (err == ERR_OK)
        err = counts_read(db, &stock, count_nev, &places, fault);
    for (int64_t i = skip; err == ERR_OK && i < (int64_t)places.count; i++) {
        if (i - skip == q->limit) {
            page->next = arena_format(page->arena, "%lld", (long long)i);
            break;
        }
        put_place(&places.items[i], page->sheet);
    }
    return err;
}

const struct list list_charging = {
    .head = {"nev-per-charge-point", "各区划车桩比与车站比", "NEVs per charge point and station",
             columns, LISTS_COUNT(columns)},
    .note_zh =
        "各区划新能源汽车数（不含非道路机械）与公共充电桩、换电站数之比；桩、站数为人工录入，"
        "附来源与发布日期",
    .note_en = "new-energy vehicles (machines left out) for 100 public charge points and swap "
               "stations, by division code; points and stations as entered by hand, with source "
               "and day",
    .params = LIST_AS_OF | LIST_AREA,
    .read = read_charging,
};
