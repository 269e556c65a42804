/* register_fixture: a register in memory for tests, and short ways to change it and count it. */
#ifndef EVROLL_TESTS_UNIT_VEHICLES_REGISTER_FIXTURE_H
#define EVROLL_TESTS_UNIT_VEHICLES_REGISTER_FIXTURE_H

#include <stdio.h>

#include "registry/vehicles/counts.h"
#include "registry/vehicles/registrar.h"

struct register_fixture {
    struct sql *db;
    struct clock_fake clock;
    struct registrar *registrar;
};

/* Copies text into a member that is large enough. */
#define SET_TEXT(member, text) snprintf(member, sizeof(member), "%s", text)

/* "2024-05-01" as a day; fails the test when it is none. */
int32_t day_of(const char *text);

void fixture_open(struct register_fixture *fixture, const char *today);
void fixture_close(struct register_fixture *fixture);
void fixture_today(struct register_fixture *fixture, const char *today);

/* An org of a kind, from `effective` (NULL: today), in a transaction of its own. */
enum change_outcome fixture_org(struct register_fixture *fixture, const char *id,
                                enum owner_kind kind, const char *effective);

/* A change given as "field=value" words, NULL at the end, in a transaction of its own. `remarks`
 * may be NULL; then a refusal fails the test. "effective" is a field here. */
enum change_outcome fixture_vehicle(struct register_fixture *fixture, enum change_mode mode,
                                    struct remarks *remarks, ...);
enum change_outcome fixture_exemption(struct register_fixture *fixture, const char *vehicle_id,
                                      enum exempt_reason reason, const char *from, const char *to);

/* Gives every unit with an hour its row in unit_total, as the rollup does. */
void fixture_heard(struct register_fixture *fixture);

/* Sums of n; the first from the counts, the second from the scan. Both must be equal to be given. */
int64_t fixture_stock(struct register_fixture *fixture, const char *day,
                      struct count_filter filter);
int64_t fixture_added(struct register_fixture *fixture, const char *from, const char *to,
                      struct count_filter filter);

/* Fails the test unless counts_read and vehicles_scan give the same combinations with the same n. */
void fixture_compare(struct register_fixture *fixture, const struct count_query *query,
                     const char *what);

#endif
