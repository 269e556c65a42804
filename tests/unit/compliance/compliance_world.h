/*
 * compliance_world: a register in memory with the plans of the program, for tests that put rows where
 * other parts would put them and ask what a rule makes of them. A failure fails the test.
 */
#ifndef EVROLL_TESTS_UNIT_COMPLIANCE_COMPLIANCE_WORLD_H
#define EVROLL_TESTS_UNIT_COMPLIANCE_COMPLIANCE_WORLD_H

#include "registry/compliance/compliance.h"
#include "registry/store/store_findings.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-12-31" /* of the world, and of every question */
#define SOE   "91419001MA9TEA0117"
#define FIRM  "91419001MA9TEA02XY"

struct world {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
    struct compliance answer; /* to the last question */
    int64_t findings;         /* put so far */
};

/* Without any owner. */
void world_begin(struct world *world);
void world_end(struct world *world);
/* As set-up and teardown of a test: a world with the state-owned SOE and the private FIRM. */
int world_open(void **state);
int world_close(void **state);
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

/* Valid until the next question. known_ms 0: by all that is known. */
const struct compliance_rule *world_ask_known(struct world *world, const char *rule,
                                              const char *as_of, int64_t known_ms);
const struct compliance_rule *world_ask(struct world *world, const char *rule, const char *as_of);
const struct compliance_view *world_view(const struct compliance_rule *rule, const char *id);

/* ---- rows ---- */

void world_sql(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_put_site(struct world *world, const char *site, const char *org);
/* Approved on its first day; both days included. */
struct world_exception {
    const char *rule;
    enum exception_subject kind;
    const char *subject, *from, *to;
};
void world_put_exception(struct world *world, const struct world_exception *exception);
/* It is so on these days, for the cause "c". Gives its number. */
struct world_finding {
    enum finding_subject subject_kind;
    const char *kind, *subject;
    enum finding_state state;
    const char *from, *to;
};
int64_t world_put_finding(struct world *world, const struct world_finding *finding);
/* An hour of a unit, counted in hours since 1970 (UTC); and what of it was at a site. */
void world_put_hour(struct world *world, const char *unit, int64_t hour, int64_t engine_ms);
void world_put_site_hour(struct world *world, const char *unit, const char *site, int64_t hour,
                         int64_t operating_ms);

#endif
