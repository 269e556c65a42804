#include "registry/rollup/hour_place.h"

#include <string.h>

#include "registry/store/store_built_up.h"
#include "shared/when.h"

static bool is_fix(const struct sample *s)
{
    return sample_has(s, SIGNAL_LAT) && sample_has(s, SIGNAL_LON) &&
           (s->value[SIGNAL_LAT] != 0 || s->value[SIGNAL_LON] != 0);
}

enum err hour_place_load(struct hour_place *p, const int64_t *before, struct fault *fault)
{
    enum err err = store_place_find(p->db, p->arena, p->unit, p->hour, &p->has_old, &p->old, fault);

    if (err == ERR_OK && before != NULL)
        err =
            store_place_find(p->db, p->arena, p->unit, *before, &p->has_before, &p->before, fault);
    return err;
}

static struct store_site_box box_of(const struct block *rows)
{
    struct store_site_box box = STORE_SITE_BOX_NOWHERE;

    for (size_t i = 0; i < rows->count; i++) {
        const struct sample *s = &rows->rows[i].sample;
        const struct store_site_box here = {s->value[SIGNAL_LON], s->value[SIGNAL_LAT],
                                            s->value[SIGNAL_LON], s->value[SIGNAL_LAT]};
        if (is_fix(s))
            box = geometry_box_join(&box, &here);
    }
    return box;
}

void hour_place_begin(struct hour_place *p, const struct block *rows)
{
    const struct presence_input input = {
        .rules = &presence_rules_default,
        .index = p->sites,
        .day = when_day_of(p->hour * WHEN_HOUR_MS),
        .box = box_of(rows),
        .state = p->has_before ? p->before.state : NULL,
        .state_len = p->before.state_len,
    };

    p->presence = presence_begin(&input, p->arena);
}

void hour_place_watch(void *arg, const struct activity_step *step)
{
    struct hour_place *p = arg;

    presence_take(p->presence, &(struct presence_step){.at_ms = step->at->at_ms,
                                                       .has_fix = is_fix(step->at),
                                                       .lat = step->at->value[SIGNAL_LAT],
                                                       .lon = step->at->value[SIGNAL_LON],
                                                       .dt_ms = step->dt_ms,
                                                       .gap = step->gap,
                                                       .operating = step->operating,
                                                       .engine = step->engine});
}

void hour_place_end(struct hour_place *p, int64_t operating_ms)
{
    presence_end(p->presence, &p->out);
    p->operating_ms = operating_ms;
}

bool hour_place_changed(const struct hour_place *p)
{
    return p->presence != NULL && (!p->has_old || p->old.state_len != p->out.state_len ||
                                   memcmp(p->old.state, p->out.state, p->out.state_len) != 0);
}

static struct store_stay *stays_of(const struct hour_place *p)
{
    struct store_stay *stays = ARENA_ARRAY(p->arena, struct store_stay, p->out.stay_count + 1);

    for (size_t i = 0; i < p->out.stay_count; i++) {
        const struct presence_stay *s = &p->out.stays[i];
        stays[i] = (struct store_stay){s->site_id, s->inside_ms, s->operating_ms, s->engine_ms};
    }
    return stays;
}

static struct store_visit_times *times_of(const struct hour_place *p,
                                          const struct presence_visit *visits, size_t count)
{
    struct store_visit_times *times = ARENA_ARRAY(p->arena, struct store_visit_times, count + 1);

    for (size_t i = 0; i < count; i++)
        times[i] =
            (struct store_visit_times){visits[i].site_id, visits[i].entered_ms, visits[i].left_ms};
    return times;
}

/* An hour without a readable sample passes on what it got. */
static void pass_on(const struct hour_place *p, struct store_place *now)
{
    now->box = STORE_SITE_BOX_NOWHERE;
    now->state = p->has_before ? p->before.state : (const uint8_t *)"";
    now->state_len = p->has_before ? p->before.state_len : 0;
}

enum err hour_place_store(const struct hour_place *p, bool has_next, int64_t now_ms,
                          struct fault *fault)
{
    struct store_place now = {.box = p->out.box,
                              .operating_ms = p->operating_ms,
                              .located_ms = p->out.located_ms,
                              .built_up_ms = p->out.built_up_ms,
                              .state = p->out.state,
                              .state_len = p->out.state_len};
    const struct store_place_hour hour = {
        .unit = p->unit,
        .hour = p->hour,
        .old = p->has_old ? &p->old : NULL,
        .now = &now,
        .stays = stays_of(p),
        .stay_count = p->out.stay_count,
        .visits = times_of(p, p->out.visits, p->out.visit_count),
        .visit_count = p->out.visit_count,
    };
    int32_t day = when_day_of(p->hour * WHEN_HOUR_MS);
    enum err err = ERR_OK;

    if (p->presence == NULL)
        pass_on(p, &now);
    err = store_place_put(p->db, &hour, fault);
    if (err == ERR_OK && !has_next && p->presence != NULL)
        err = store_presence_put(p->db, p->unit, times_of(p, p->out.open, p->out.open_count),
                                 p->out.open_count, fault);
    if (err == ERR_OK && site_index_has_built_up(p->sites, day))
        err = store_built_up_queue_unit(p->db, p->unit, day, now_ms, fault);
    return err;
}
