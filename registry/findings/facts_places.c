#include <stdio.h>
#include <string.h>

#include "registry/findings/facts_internal.h"
#include "registry/store/store_orgs.h"
#include "registry/vehicles/vocabulary.h"
#include "shared/when.h"

#define STAYS_MAX 64 /* sites of one machine in the window */

struct gathering {
    struct facts_stay *stays;
    size_t count;
    struct arena *arena;
};

static struct facts_stay *stay_at(struct gathering *g, const char *site)
{
    for (size_t i = 0; i < g->count; i++)
        if (strcmp(g->stays[i].site_id, site) == 0)
            return &g->stays[i];
    if (g->count == STAYS_MAX)
        return NULL;
    g->stays[g->count] = (struct facts_stay){.site_id = arena_text(g->arena, site)};
    return &g->stays[g->count++];
}

static void gather(void *arg, const struct store_stay_hour *hour)
{
    struct facts_stay *stay = stay_at(arg, hour->stay.site_id);
    int32_t day = when_day_of(hour->hour * WHEN_HOUR_MS);

    if (stay == NULL)
        return;
    if (stay->inside_ms == 0)
        stay->first_ms = hour->hour * WHEN_HOUR_MS;
    stay->last_ms = (hour->hour + 1) * WHEN_HOUR_MS - 1;
    stay->inside_ms += hour->stay.inside_ms;
    stay->operating_ms += hour->stay.operating_ms;
    if (stay->day_count == 0 || stay->last_day != day)
        stay->day_count++;
    stay->last_day = day;
}

/* The kind of the site's owner as of the day; 0: nobody's. */
static enum err owner_kind(const struct loading *l, struct facts_stay *stay, struct fault *fault)
{
    struct store_sites sites;
    struct store_orgs orgs = {.count = 0};
    enum err err = store_site_versions(l->db, stay->site_id, l->arena, &sites, fault);

    for (size_t i = 0; err == ERR_OK && i < sites.count; i++)
        if (sites.items[i].valid_from <= l->facts->day)
            stay->org_id = sites.items[i].org_id;
    if (err == ERR_OK && stay->org_id != NULL)
        err = store_org_versions(l->db, stay->org_id, l->arena, &orgs, fault);
    for (size_t i = 0; err == ERR_OK && i < orgs.count; i++)
        if (orgs.items[i].valid_from <= l->facts->day)
            stay->state_owned = orgs.items[i].kind == OWNER_SOE;
    return err;
}

static enum err load_stays(const struct loading *l, struct fault *fault)
{
    struct gathering g = {.stays = ARENA_ARRAY(l->arena, struct facts_stay, STAYS_MAX),
                          .arena = l->arena};
    int64_t to = ((int64_t)l->facts->last_day + 1) * 24 - 8;
    enum err err = store_stays_of_vehicle(l->db, l->facts->subject, to - FACTS_STAY_DAYS * 24, to,
                                          gather, &g, fault);

    for (size_t i = 0; err == ERR_OK && i < g.count; i++)
        err = owner_kind(l, &g.stays[i], fault);
    l->facts->stays = g.stays;
    l->facts->stay_count = g.count;
    return err;
}

enum err facts_load_places(const struct loading *l, struct fault *fault)
{
    const struct store_vehicle *v = l->facts->vehicle;
    int32_t day = l->facts->last_day + 1; /* the days before it count */
    enum err err = ERR_OK;

    if (v->category == CATEGORY_NON_ROAD && v->stage <= STAGE_2)
        err = load_stays(l, fault);
    if (err == ERR_OK && !v->built_up)
        err = attribution_of(l->db, l->arena, l->facts->subject,
                             day < l->facts->day ? day : l->facts->day, &l->facts->attribution,
                             fault);
    return err;
}
