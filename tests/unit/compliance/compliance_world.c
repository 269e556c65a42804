#include "tests/unit/compliance/compliance_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void world_begin(struct world *w)
{
    *w = (struct world){.arena = arena_create()};
    fixture_open(&w->fixture, TODAY);
    assert_int_equal(plan_set_load(NULL, &w->plans, NULL), ERR_OK);
}

void world_end(struct world *w)
{
    arena_destroy(w->arena);
    plan_set_free(w->plans);
    fixture_close(&w->fixture);
}

int world_open(void **state)
{
    static struct world world;

    world_begin(&world);
    fixture_org(&world.fixture, SOE, OWNER_SOE, "2000-01-01");
    fixture_org(&world.fixture, FIRM, OWNER_PRIVATE, "2000-01-01");
    *state = &world;
    return 0;
}

int world_close(void **state)
{
    world_end(*state);
    return 0;
}

const struct compliance_rule *world_ask_known(struct world *w, const char *rule, const char *as_of,
                                              int64_t known_ms)
{
    const struct compliance_query query = {.plan = plan_set_find(w->plans, NULL),
                                           .as_of = day_of(as_of),
                                           .today = day_of(TODAY),
                                           .filter = {.known_ms = known_ms},
                                           .rule_id = rule};
    struct fault fault = {0};

    if (compliance_compute(w->fixture.db, &query, w->arena, &w->answer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return &w->answer.rules[0];
}

const struct compliance_rule *world_ask(struct world *w, const char *rule, const char *as_of)
{
    return world_ask_known(w, rule, as_of, 0);
}

const struct compliance_view *world_view(const struct compliance_rule *r, const char *id)
{
    for (size_t i = 0; i < r->view_count; i++)
        if (strcmp(r->views[i].id, id) == 0)
            return &r->views[i];
    fail_msg("there is no view %s", id);
    return NULL;
}

/* ---- rows ---- */

void world_sql(struct world *w, const char *format, ...)
{
    struct fault fault = {0};
    char text[1024];
    const char *kept = NULL;
    va_list args;

    va_start(args, format);
    assert_true(vsnprintf(text, sizeof text, format, args) < (int)sizeof text);
    va_end(args);
    kept = arena_text(w->arena, text); /* statements are kept by address */
    if (sql_exec(w->fixture.db, kept, SQL_NO_VALUES, NULL, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

void world_put_site(struct world *w, const char *site, const char *org)
{
    world_sql(w,
              "INSERT INTO site_version (site_id, valid_from, version, org_id, name, kind, "
              "polygon, lon_min, lat_min, lon_max, lat_max, recorded_at, author) VALUES "
              "('%s', -25567, 1, '%s', 's', 1, '', 0, 0, 0, 0, 0, 't')",
              site, org);
}

void world_put_exception(struct world *w, const struct world_exception *e)
{
    world_sql(w,
              "INSERT INTO exception_version (rule, subject_kind, subject, document, from_day, "
              "version, until_day, approved, approved_by, evidence, recorded_at, author) VALUES "
              "('%s', %d, '%s', 'D', %d, 1, %d, %d, 'a', 'e', 0, 't')",
              e->rule, (int)e->kind, e->subject, day_of(e->from), day_of(e->to) + 1,
              day_of(e->from));
}

int64_t world_put_finding(struct world *w, const struct world_finding *f)
{
    long long number = ++w->findings;

    world_sql(w,
              "INSERT INTO finding (finding_no, kind, subject_kind, subject, about, state, cause, "
              "evidence, first_ms, last_ms, reopened, decision, decided_cause) VALUES "
              "(%lld, '%s', %d, '%s', '', %d, 'c', '{}', %lld, %lld, 0, 0, '')",
              number, f->kind, (int)f->subject_kind, f->subject, (int)f->state,
              (long long)(day_of(f->from) * WHEN_DAY_MS), (long long)(day_of(f->to) * WHEN_DAY_MS));
    world_sql(w,
              "INSERT INTO finding_span (finding_no, cause, from_day, to_day) VALUES "
              "(%lld, 'c', %d, %d)",
              number, day_of(f->from), day_of(f->to));
    return number;
}

void world_put_hour(struct world *w, const char *unit, int64_t hour, int64_t engine_ms)
{
    world_sql(w,
              "INSERT INTO unit_hour (unit_id, hour, rows_received, rows_unique, distance_m, "
              "electric_m, engine_ms, operating_ms, covered_ms, discharged_mwh, charged_mwh, "
              "fuel_ul, gaps, gap_ms, anomalies, rpm_max, clock_ahead_ms, first_ms, last_ms, "
              "last_sample) VALUES ('%s', %lld, 1, 1, 0, 0, %lld, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
              "0, CAST('' AS BYTEA))",
              unit, (long long)hour, (long long)engine_ms);
    fixture_heard(&w->fixture);
}

void world_put_site_hour(struct world *w, const char *unit, const char *site, int64_t hour,
                         int64_t operating_ms)
{
    world_sql(w,
              "INSERT INTO unit_hour_site (unit_id, hour, site_id, inside_ms, operating_ms, "
              "engine_ms) VALUES ('%s', %lld, '%s', 3600000, %lld, 0)",
              unit, (long long)hour, site, (long long)operating_ms);
}
