/*
 * Do the gates of an enterprise agree with its report? What they counted by truck against what it
 * declares by truck, all goods. What a person explains (the finding gate-tonnes) contradicts no more.
 * Rules ask about the same days and enterprises again and again: one reading of some days serves all.
 */
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/store/store_findings.h"
#include "registry/store/store_gate_usage.h"

#define TRUCK_MODES                                                                                \
    (1u << FREIGHT_TRUCK_NEV | 1u << FREIGHT_TRUCK_CN6 | 1u << FREIGHT_TRUCK_CN5 |                 \
     1u << FREIGHT_TRUCK_LE4)

static enum freight_mode mode_of(int energy, int stage)
{
    if (energy_is_nev((enum energy)energy))
        return FREIGHT_TRUCK_NEV;
    if (stage == STAGE_6A || stage == STAGE_6B)
        return FREIGHT_TRUCK_CN6;
    return stage == STAGE_5 ? FREIGHT_TRUCK_CN5 : FREIGHT_TRUCK_LE4;
}

/* ---- what the gates of all enterprises counted in some days, read once ---- */

struct gate_org {
    const char *id;
    int64_t gates; /* 0.1 t */
    int64_t by_mode[FREIGHT_MODE_COUNT];
};

struct gate_book {
    struct gate_days days;
    struct gate_org *orgs; /* whose gates counted anything, by id */
    size_t count, room;
    struct store_findings found; /* gate-tonnes of these days */
    struct gate_book *next;
};

struct reading {
    struct work *w;
    struct gate_book *book;
};

static struct gate_org *add_org(struct work *w, struct gate_book *book, const char *id)
{
    book->orgs = arena_grow(w->arena, book->orgs, book->count, 1, &book->room, sizeof *book->orgs);
    book->orgs[book->count] = (struct gate_org){.id = arena_text(w->arena, id)};
    return &book->orgs[book->count++];
}

/* Rows come by enterprise. */
static void take_gates(void *arg, const struct store_gate_sum *sum)
{
    const struct reading *r = arg;
    struct gate_book *book = r->book;
    struct gate_org *last = book->count == 0 ? NULL : &book->orgs[book->count - 1];
    struct gate_org *org = last != NULL && strcmp(last->id, sum->org_id) == 0
                               ? last
                               : add_org(r->w, book, sum->org_id);

    org->gates += sum->tonnes;
    org->by_mode[mode_of(sum->energy, sum->stage)] += sum->tonnes;
}

static enum err read_found(struct reading *r)
{
    const struct gate_days *days = &r->book->days;
    const struct store_finding_search search = {
        .kind = "gate-tonnes",
        .subject_kind = FINDING_OF_REPORT,
        .states = 1u << FINDING_OPEN | 1u << FINDING_CONFIRMED | 1u << FINDING_EXPLAINED,
        .from_ms = days->from * WHEN_DAY_MS - WHEN_ZONE_MS,
        .to_ms = (days->to + 1) * WHEN_DAY_MS - WHEN_ZONE_MS,
        .limit = INT32_MAX,
    };

    return store_finding_search(r->w->db, r->w->arena, &search, &r->book->found, r->w->fault);
}

static enum err read_book(struct work *w, struct gate_book *book)
{
    const struct scope_filter *filter = &w->out->query.filter;
    const struct store_gate_query query = {.from = book->days.from,
                                           .to = book->days.to,
                                           .org_id = filter->owner_id,
                                           .by = GATE_BY_ORG,
                                           .known_ms = filter->known_ms};
    struct reading r = {w, book};
    enum err err = store_gate_usage(w->db, &query, take_gates, &r, w->fault);

    if (err == ERR_OK && book->count > 0)
        err = read_found(&r);
    return err;
}

static enum err find_book(struct work *w, const struct gate_days *days,
                          const struct gate_book **found)
{
    struct gate_book *book = w->books->gates;
    enum err err = ERR_OK;

    while (book != NULL && (book->days.from != days->from || book->days.to != days->to))
        book = book->next;
    if (book == NULL) {
        book = ARENA_NEW(w->arena, struct gate_book);
        book->days = *days;
        book->next = w->books->gates;
        err = read_book(w, book);
        if (err == ERR_OK)
            w->books->gates = book;
    }
    *found = book;
    return err;
}

/* ---- one enterprise ---- */

static int by_id(const void *key, const void *item)
{
    return strcmp(key, ((const struct gate_org *)item)->id);
}

static const struct gate_org *find_org(const struct gate_book *book, const char *id)
{
    return book->count == 0 ? NULL
                            : bsearch(id, book->orgs, book->count, sizeof *book->orgs, by_id);
}

static bool is_apart(const struct gate_check *check, const struct plan_parameter *tolerance)
{
    int64_t off = check->gates > check->declared ? check->gates - check->declared
                                                 : check->declared - check->gates;

    return (__int128)off * tolerance->den > (__int128)tolerance->num * check->declared;
}

static bool is_about(const struct store_finding *finding, const char *org_id)
{
    size_t len = strlen(org_id);

    return strncmp(finding->subject, org_id, len) == 0 && finding->subject[len] == '/';
}

/* Somebody explained a report of the days, and of no other it stands that the gates say otherwise. */
static bool is_explained(const struct store_findings *found, const char *org_id)
{
    bool explained = false, stands = false;

    for (size_t i = 0; i < found->count; i++) {
        if (!is_about(&found->items[i], org_id))
            continue;
        explained = explained || found->items[i].state == FINDING_EXPLAINED;
        stands = stands || found->items[i].state != FINDING_EXPLAINED;
    }
    return explained && !stands;
}

enum err compliance_gate_check(struct work *w, const struct plan_parameter *tolerance,
                               const struct gate_days *days, const char *org_id,
                               struct gate_check *check)
{
    const struct freight_scope scope = {.from = days->from,
                                        .to = days->to,
                                        .org_id = org_id,
                                        .known_at = w->out->query.filter.known_ms};
    const struct gate_book *book = NULL;
    const struct gate_org *org = NULL;
    enum err err = ERR_OK;

    *check = (struct gate_check){0};
    if (tolerance == NULL)
        return ERR_OK;
    err = find_book(w, days, &book);
    if (err == ERR_OK)
        org = find_org(book, org_id);
    if (org != NULL)
        err = compliance_org_freight(w, &scope, &check->all);
    if (err != ERR_OK || org == NULL)
        return err;
    check->gates = org->gates;
    memcpy(check->by_mode, org->by_mode, sizeof check->by_mode);
    check->known = freight_tonnes(&check->all, FREIGHT_MODES_ALL) > 0;
    check->declared = freight_tonnes(&check->all, TRUCK_MODES);
    check->explained = check->known && is_explained(&book->found, org_id);
    check->contradicts = check->known && is_apart(check, tolerance) && !check->explained;
    return ERR_OK;
}

void compliance_gate_count(struct compliance_rule *result, const struct gate_check *check)
{
    if (check->contradicts)
        result->verified.contradicted++;
    else if (check->known)
        result->verified.by_telemetry++;
}

struct share compliance_declared_share(const struct gate_check *check, uint32_t counted)
{
    return (struct share){freight_tonnes(&check->all, counted & TRUCK_MODES), check->declared};
}

struct share compliance_gates_share(const struct gate_check *check, uint32_t counted)
{
    struct share share = {0, check->gates};

    for (int mode = FREIGHT_TRUCK_NEV; mode <= FREIGHT_TRUCK_LE4; mode++)
        if ((counted >> mode & 1u) != 0)
            share.num += check->by_mode[mode];
    return share;
}

struct share compliance_gate_share(const struct gate_check *check,
                                   const struct freight_modes *modes, uint32_t counted)
{
    int64_t bulk_trucks = freight_tonnes(modes, TRUCK_MODES);
    int64_t other = check->declared - bulk_trucks; /* trucks with other goods */
    int64_t trucks = check->gates > other ? check->gates - other : 0;
    struct share share = {freight_tonnes(modes, counted & ~TRUCK_MODES),
                          freight_tonnes(modes, FREIGHT_MODES_ALL & ~TRUCK_MODES) + trucks};

    for (int mode = FREIGHT_TRUCK_NEV; mode <= FREIGHT_TRUCK_LE4; mode++)
        if ((counted >> mode & 1u) != 0 && check->gates > 0)
            share.num += (int64_t)((__int128)check->by_mode[mode] * trucks / check->gates);
    return share;
}

bool compliance_differs(struct share declared, struct share measured,
                        const struct plan_parameter *tolerance)
{
    __int128 a = (__int128)declared.num * measured.den;
    __int128 b = (__int128)measured.num * declared.den;

    return (a > b ? a - b : b - a) * tolerance->den > a * tolerance->num;
}
