#include "registry/sites/presence.h"

#include <stdlib.h>
#include <string.h>

#include "registry/sites/site.h"
#include "shared/arena.h"
#include "shared/wire.h"

#define STATE_VERSION 1
#define STATE_PLACES  1000 /* a unit at more sites at once is a fault of the sites */

const struct presence_rules presence_rules_default = {
    .fixes = 3,
    .stay_ms = 60000,
    .fix_gap_ms = 300000,
};

struct sums {
    int64_t inside_ms, operating_ms, engine_ms;
};

/* Consecutive fixes that say the contrary of `there`. */
struct run {
    int64_t fixes; /* 0: none */
    int64_t since_ms;
    int64_t stay_ms;  /* whole stretches since the first of them */
    struct sums sums; /* what counts as inside if they turn out to have been, or to mean nothing */
};

/* A site, or with the id "" the built-up area. */
struct place {
    const char *site_id;
    const struct site_area *area; /* NULL: no fix of this hour can lie in it */
    bool there;
    int64_t entered_ms, last_ms;
    struct run run;
    struct sums hour;
};

struct presence {
    struct presence_input in;
    struct arena *arena;
    struct place *places; /* by site id; the first is the built-up area */
    size_t place_count;
    bool has_fix;
    int64_t fix_ms;      /* the last fix */
    struct sums stretch; /* since then */
    bool broken;         /* by a gap */
    struct presence_hour out;
    size_t visit_room;
};

/* ---- the state between hours ---- */

static void read_run(struct wire *w, struct run *run)
{
    run->fixes = (int64_t)wire_le64(w);
    run->since_ms = (int64_t)wire_le64(w);
    run->stay_ms = (int64_t)wire_le64(w);
    run->sums.inside_ms = (int64_t)wire_le64(w);
    run->sums.operating_ms = (int64_t)wire_le64(w);
    run->sums.engine_ms = (int64_t)wire_le64(w);
}

static void read_place(struct presence *p, struct wire *w, struct place *place)
{
    size_t len = wire_u8(w);
    const uint8_t *id = wire_bytes(w, len);
    char *text = arena_alloc(p->arena, len + 1, 1);

    if (id != NULL)
        memcpy(text, id, len);
    place->site_id = text;
    place->there = wire_u8(w) != 0;
    place->entered_ms = (int64_t)wire_le64(w);
    place->last_ms = (int64_t)wire_le64(w);
    read_run(w, &place->run);
}

/* What cannot be read is as none: the unit is nowhere yet. */
static bool read_state(struct presence *p)
{
    struct wire w = wire_over(p->in.state, p->in.state_len);
    size_t count = 0;

    if (wire_u8(&w) != STATE_VERSION)
        return false;
    p->has_fix = wire_u8(&w) != 0;
    p->broken = wire_u8(&w) != 0;
    p->fix_ms = (int64_t)wire_le64(&w);
    p->stretch.operating_ms = (int64_t)wire_le64(&w);
    p->stretch.engine_ms = (int64_t)wire_le64(&w);
    count = wire_le16(&w);
    p->places = ARENA_ARRAY(p->arena, struct place, count + 1);
    for (size_t i = 0; i < count && wire_ok(&w); i++)
        read_place(p, &w, &p->places[p->place_count++]);
    return wire_ok(&w);
}

static void write_place(struct wire_out *w, const struct place *place)
{
    const int64_t numbers[] = {place->entered_ms,
                               place->last_ms,
                               place->run.fixes,
                               place->run.since_ms,
                               place->run.stay_ms,
                               place->run.sums.inside_ms,
                               place->run.sums.operating_ms,
                               place->run.sums.engine_ms};
    size_t len = strlen(place->site_id);

    wire_put_le(w, len, 1);
    wire_put(w, place->site_id, len);
    wire_put_le(w, place->there, 1);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        wire_put_le(w, (uint64_t)numbers[i], 8);
}

static bool matters(const struct place *place)
{
    return place->there || place->run.fixes > 0;
}

static void write_state(struct presence *p)
{
    size_t cap = 29 + p->place_count * (2 + 64 + 8 * 8);
    struct wire_out w = wire_into(arena_alloc(p->arena, cap, 1), cap);
    size_t count = 0;

    for (size_t i = 0; i < p->place_count; i++)
        count += matters(&p->places[i]) && count < STATE_PLACES;
    wire_put_le(&w, STATE_VERSION, 1);
    wire_put_le(&w, p->has_fix, 1);
    wire_put_le(&w, p->broken, 1);
    wire_put_le(&w, (uint64_t)p->fix_ms, 8);
    wire_put_le(&w, (uint64_t)p->stretch.operating_ms, 8);
    wire_put_le(&w, (uint64_t)p->stretch.engine_ms, 8);
    wire_put_le(&w, count, 2);
    for (size_t i = 0; i < p->place_count && count > 0; i++)
        if (matters(&p->places[i])) {
            write_place(&w, &p->places[i]);
            count--;
        }
    p->out.state = w.base;
    p->out.state_len = w.pos;
}

/* ---- the places of the hour ---- */

static struct place *place_of(struct place *places, size_t count, const char *site_id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(places[i].site_id, site_id) == 0)
            return &places[i];
    return NULL;
}

static int by_site(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->site_id, ((const struct place *)b)->site_id);
}

/* Those that the unit was at or near, and those that it may come to. */
static void gather(struct presence *p)
{
    const struct site_area **areas = NULL;
    size_t known = p->place_count;
    size_t near = site_index_find(p->in.index, p->in.day, &p->in.box, p->arena, &areas);
    struct place *all = ARENA_ARRAY(p->arena, struct place, known + near + 1);
    size_t count = known;

    if (known > 0)
        memcpy(all, p->places, known * sizeof *all);
    if (place_of(all, known, "") == NULL)
        all[count++].site_id = "";
    for (size_t i = 0; i < near; i++) {
        struct place *place = place_of(all, known, areas[i]->site_id);
        if (place == NULL) {
            place = &all[count++];
            place->site_id = areas[i]->site_id;
        }
        place->area = areas[i];
    }
    qsort(all, count, sizeof *all, by_site);
    p->places = all;
    p->place_count = count;
}

struct presence *presence_begin(const struct presence_input *input, struct arena *arena)
{
    struct presence *p = ARENA_NEW(arena, struct presence);

    p->in = *input;
    p->arena = arena;
    p->out.box = STORE_SITE_BOX_NOWHERE;
    if (input->state == NULL || !read_state(p))
        *p = (struct presence){.in = *input, .arena = arena, .out.box = STORE_SITE_BOX_NOWHERE};
    gather(p);
    return p;
}

/* ---- a fix ---- */

static void add(struct sums *to, const struct sums *more)
{
    to->inside_ms += more->inside_ms;
    to->operating_ms += more->operating_ms;
    to->engine_ms += more->engine_ms;
}

static void note_visit(struct presence *p, const struct place *place)
{
    struct presence_hour *out = &p->out;

    if (place->site_id[0] == '\0')
        return; /* the built-up area is no site */
    if (out->visit_count == p->visit_room) {
        struct presence_visit *old = out->visits;
        p->visit_room = p->visit_room * 2 + 4;
        out->visits = ARENA_ARRAY(p->arena, struct presence_visit, p->visit_room);
        if (old != NULL)
            memcpy(out->visits, old, out->visit_count * sizeof *old);
    }
    out->visits[out->visit_count++] =
        (struct presence_visit){place->site_id, place->entered_ms, place->last_ms};
}

/* One more fix that says the contrary of `there`. The stretch before the first of a run outside
 * began inside; that before the first of a run inside did not. */
static void run_on(struct place *place, int64_t at_ms, const struct sums *stretch)
{
    struct run *run = &place->run;

    if (run->fixes == 0)
        *run = (struct run){.since_ms = at_ms};
    else
        run->stay_ms += stretch->inside_ms;
    if (run->fixes > 0 || place->there)
        add(&run->sums, stretch);
    run->fixes++;
}

static void decide(struct presence *p, struct place *place, int64_t at_ms)
{
    const struct run *run = &place->run;

    if (run->fixes < p->in.rules->fixes && run->stay_ms < p->in.rules->stay_ms)
        return;
    if (place->there) {
        note_visit(p, place);
    } else {
        place->entered_ms = run->since_ms;
        place->last_ms = at_ms;
        add(&place->hour, &run->sums);
    }
    place->there = !place->there;
    place->run = (struct run){0};
}

static void place_take(struct presence *p, struct place *place, bool inside, int64_t at_ms,
                       const struct sums *stretch)
{
    if (inside != place->there) {
        run_on(place, at_ms, stretch);
        decide(p, place, at_ms);
        return;
    }
    if (place->there) {
        add(&place->hour, &place->run.sums);
        add(&place->hour, stretch);
        place->last_ms = at_ms;
    }
    place->run = (struct run){0};
}

static void take_fix(struct presence *p, const struct presence_step *step)
{
    const struct store_site_box here = {step->lon, step->lat, step->lon, step->lat};
    bool whole = p->has_fix && !p->broken && step->at_ms - p->fix_ms <= p->in.rules->fix_gap_ms;
    bool built_up = false;
    struct sums stretch = {0};

    if (whole) {
        stretch = p->stretch;
        stretch.inside_ms = step->at_ms - p->fix_ms;
    }
    p->out.box = geometry_box_join(&p->out.box, &here);
    p->out.located_ms += stretch.operating_ms;
    for (size_t i = 1; i < p->place_count; i++) {
        const struct site_area *area = p->places[i].area;
        bool inside = area != NULL && site_area_contains(area, step->lat, step->lon);
        place_take(p, &p->places[i], inside, step->at_ms, &stretch);
        built_up |= inside && area->kind == SITE_BUILT_UP;
    }
    place_take(p, &p->places[0], built_up, step->at_ms, &stretch);
}

void presence_take(struct presence *p, const struct presence_step *step)
{
    p->broken |= step->gap;
    if (!step->gap) {
        p->stretch.operating_ms += step->operating ? step->dt_ms : 0;
        p->stretch.engine_ms += step->engine ? step->dt_ms : 0;
    }
    if (!step->has_fix)
        return;
    take_fix(p, step);
    p->has_fix = true;
    p->fix_ms = step->at_ms;
    p->stretch = (struct sums){0};
    p->broken = false;
}

/* ---- the end ---- */

void presence_end(struct presence *p, struct presence_hour *hour)
{
    struct presence_hour *out = &p->out;

    out->stays = ARENA_ARRAY(p->arena, struct presence_stay, p->place_count);
    out->open = ARENA_ARRAY(p->arena, struct presence_visit, p->place_count);
    for (size_t i = 1; i < p->place_count; i++) {
        const struct place *place = &p->places[i];
        const struct sums *sums = &place->hour;
        if (sums->inside_ms > 0)
            out->stays[out->stay_count++] = (struct presence_stay){
                place->site_id, sums->inside_ms, sums->operating_ms, sums->engine_ms};
        if (place->there)
            out->open[out->open_count++] =
                (struct presence_visit){place->site_id, place->entered_ms, place->last_ms};
    }
    out->built_up_ms = p->places[0].hour.operating_ms;
    write_state(p);
    *hour = *out;
}
