#include "register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/arena.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"

int32_t day_of(const char *text)
{
    int32_t day = 0;

    assert_true(when_day_parse(text, &day));
    return day;
}

static void must(enum err err, const struct fault *fault)
{
    if (err != ERR_OK)
        fail_msg("%s: %s", err_name(err), fault->text);
}

void fixture_today(struct register_fixture *f, const char *today)
{
    f->clock.wall_now_ms = day_of(today) * WHEN_DAY_MS - WHEN_ZONE_MS + 9 * WHEN_HOUR_MS;
}

void fixture_open(struct register_fixture *f, const char *today)
{
    clock_fake_init(&f->clock, 0);
    fixture_today(f, today);
    f->db = scratch_open("sqlite::memory:");
    f->registrar = registrar_create(f->db, &f->clock.clock, "tester");
}

void fixture_close(struct register_fixture *f)
{
    registrar_destroy(f->registrar);
    sql_close(f->db);
}

enum change_outcome fixture_org(struct register_fixture *f, const char *id, enum owner_kind kind,
                                const char *effective)
{
    struct org_change change = {.mode = CHANGE_PUT, .to = org_blank(), .fields = 7};
    struct remarks remarks = {0};
    enum change_outcome outcome;
    struct fault fault;

    change.effective = effective == NULL ? VEHICLE_DAY_NONE : day_of(effective);
    SET_TEXT(change.to.org_id, id);
    SET_TEXT(change.to.name, id);
    change.to.kind = (int)kind;
    must(registrar_begin(f->registrar, &fault), &fault);
    must(registrar_org(f->registrar, &change, &outcome, &remarks, &fault), &fault);
    must(registrar_commit(f->registrar, &fault), &fault);
    assert_false(remarks.refused);
    return outcome;
}

static void take_word(struct vehicle_change *change, const char *word, struct remarks *remarks)
{
    char name[32] = "";
    const char *value = strchr(word, '=') + 1;
    int field;

    memcpy(name, word, (size_t)(value - word - 1));
    if (strcmp(name, "effective") == 0) {
        change->effective = day_of(value);
        return;
    }
    field = field_find(vehicle_fields, VEHICLE_FIELDS, name);
    assert_true(field >= 0);
    if (field_parse(&vehicle_fields[field], value, &change->to, remarks))
        change->fields |= 1u << field;
}

enum change_outcome fixture_vehicle(struct register_fixture *f, enum change_mode mode,
                                    struct remarks *remarks, ...)
{
    struct vehicle_change change = {
        .mode = mode, .to = vehicle_blank(), .effective = VEHICLE_DAY_NONE};
    struct remarks own = {0};
    enum change_outcome outcome;
    struct fault fault;
    va_list words;

    va_start(words, remarks);
    for (const char *w = va_arg(words, const char *); w != NULL; w = va_arg(words, const char *))
        take_word(&change, w, &own);
    va_end(words);
    must(registrar_begin(f->registrar, &fault), &fault);
    must(registrar_vehicle(f->registrar, &change, NULL, &outcome, &own, &fault), &fault);
    must(registrar_commit(f->registrar, &fault), &fault);
    if (remarks != NULL)
        *remarks = own;
    else if (own.refused)
        fail_msg("%s: %s", own.items[own.count - 1].column, own.items[own.count - 1].reason);
    return outcome;
}

enum change_outcome fixture_exemption(struct register_fixture *f, const char *vehicle_id,
                                      enum exempt_reason reason, const char *from, const char *to)
{
    struct store_exemption exemption = exemption_blank();
    struct remarks remarks = {0};
    enum change_outcome outcome;
    struct fault fault;

    SET_TEXT(exemption.vehicle_id, vehicle_id);
    SET_TEXT(exemption.document, "D-1");
    exemption.reason = (int)reason;
    exemption.from = day_of(from);
    exemption.until = to == NULL ? WHEN_DAY_NEVER : day_of(to) + 1;
    must(registrar_begin(f->registrar, &fault), &fault);
    must(registrar_exemption(f->registrar, CHANGE_PUT, &exemption, &outcome, &remarks, &fault),
         &fault);
    must(registrar_commit(f->registrar, &fault), &fault);
    return outcome;
}

/* ---- comparing ---- */

struct tally_row {
    struct count_dims dims;
    int64_t n;
};

struct tally {
    struct arena *arena;
    struct tally_row *rows;
    size_t count, cap;
    int64_t sum;
    char last[VEHICLE_ID_SIZE];
};

static bool same_dims(const struct count_dims *a, const struct count_dims *b)
{
    return a->category == b->category && a->energy == b->energy && a->stage == b->stage &&
           a->owner_kind == b->owner_kind && a->exempt == b->exempt && a->built_up == b->built_up &&
           strcmp(a->area, b->area) == 0;
}

static struct tally_row *tally_row(struct tally *t, const struct count_dims *dims)
{
    for (size_t i = 0; i < t->count; i++)
        if (same_dims(&t->rows[i].dims, dims))
            return &t->rows[i];
    if (t->count == t->cap) {
        t->cap = t->cap == 0 ? 64 : t->cap * 2;
        t->rows = mem_grow(t->rows, t->cap, sizeof *t->rows);
    }
    t->rows[t->count] = (struct tally_row){.dims = *dims};
    return &t->rows[t->count++];
}

static void tally_count(void *arg, const struct count_dims *dims, int64_t n)
{
    struct tally *t = arg;

    tally_row(t, dims)->n += n;
    t->sum += n;
}

static void tally_vehicle(void *arg, const struct vehicle *vehicle)
{
    struct tally *t = arg;
    struct count_dims dims = vehicle_dims(vehicle);

    assert_true(strcmp(t->last, vehicle->at.vehicle_id) < 0); /* in order, each once */
    memcpy(t->last, vehicle->at.vehicle_id, sizeof t->last);
    tally_count(t, &dims, 1);
}

void fixture_compare(struct register_fixture *f, const struct count_query *query, const char *what)
{
    struct tally counted = {0};
    struct tally scanned = {0};
    const struct vehicle_scan scan = {.query = *query};
    struct fault fault;

    must(counts_read(f->db, query, tally_count, &counted, &fault), &fault);
    must(vehicles_scan(f->db, &scan, tally_vehicle, &scanned, &fault), &fault);
    if (counted.sum != scanned.sum || counted.count != scanned.count)
        fail_msg("%s: counted %d in %d combinations, scanned %d in %d", what, (int)counted.sum,
                 (int)counted.count, (int)scanned.sum, (int)scanned.count);
    for (size_t i = 0; i < scanned.count; i++)
        if (tally_row(&counted, &scanned.rows[i].dims)->n != scanned.rows[i].n)
            fail_msg("%s: combination %d differs", what, (int)i);
    free(counted.rows);
    free(scanned.rows);
}

static int64_t sum_of(struct register_fixture *f, const struct count_query *query)
{
    struct tally counted = {0};
    struct fault fault;

    fixture_compare(f, query, "sum");
    must(counts_read(f->db, query, tally_count, &counted, &fault), &fault);
    free(counted.rows);
    return counted.sum;
}

int64_t fixture_stock(struct register_fixture *f, const char *day, struct count_filter filter)
{
    return sum_of(
        f, &(struct count_query){.measure = COUNT_STOCK, .to = day_of(day), .filter = filter});
}

int64_t fixture_added(struct register_fixture *f, const char *from, const char *to,
                      struct count_filter filter)
{
    return sum_of(
        f, &(struct count_query){
               .measure = COUNT_ADDED, .from = day_of(from), .to = day_of(to), .filter = filter});
}

void fixture_heard(struct register_fixture *f)
{
    static const char text[] =
        "INSERT INTO unit_total (unit_id, hours, rows_received, rows_unique, last_ms) "
        "SELECT h.unit_id, COUNT(*), COUNT(*), COUNT(*), 0 FROM unit_hour h WHERE NOT EXISTS "
        "(SELECT 1 FROM unit_total t WHERE t.unit_id = h.unit_id) GROUP BY h.unit_id";
    struct fault fault;

    must(sql_exec(f->db, text, SQL_NO_VALUES, NULL, &fault), &fault);
}
