/*
 * registrar: the one way in which the register changes. It adds versions, and in the same
 * transaction brings counts and bindings to what the versions say.
 *
 *     registrar_begin → registrar_vehicle, _org, _exemption, …, any number → registrar_commit
 *
 * What a change means. A change names fields and a day from which they hold. It is carried forward
 * into versions that begin later, field by field, until one of those changed the field itself: a
 * transfer entered late does not end at the next, unrelated version. `added` is a fact about the
 * vehicle and not a state: a correction holds for its whole life. A vehicle is added once; transfer
 * and return are no additions.
 *
 * A change that is refused (`outcome`, with the reasons in `remarks`) has written nothing, and the
 * transaction goes on. An error of the store ends it: call registrar_rollback. Owned by the caller.
 * Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_REGISTRAR_H
#define EVROLL_REGISTRY_VEHICLES_REGISTRAR_H

#include "registry/audit/audit.h"
#include "registry/store/sql.h"
#include "registry/vehicles/records.h"
#include "shared/clock.h"

struct registrar;

/* `author` is copied. */
struct registrar *registrar_create(struct sql *db, const struct clock *clock, const char *author);
void registrar_destroy(struct registrar *registrar); /* rolls back what is not committed */

/* The role in which the author acts (AUDIT_COMMAND at first). Each change is entered in the audit log
 * in the same transaction, unless `each` is false (true at first): then the caller enters one thing
 * for all of them, with registrar_note. */
void registrar_act_as(struct registrar *registrar, const char *role, bool each);
/* Enters something more in the audit log of this transaction; takes `details` over. */
void registrar_note(struct registrar *registrar, const char *action, const char *subject,
                    json_t *details);

/* A change as the audit log tells it: the fields given (a mask) as they are to be. */
struct noted {
    const struct field *fields;
    size_t count;
    unsigned given;
    const void *record;
    int32_t from; /* the day from which it holds; VEHICLE_DAY_NONE: not told */
    bool created;
};
void registrar_note_change(struct registrar *registrar, const char *action, const char *subject,
                           const struct noted *noted);

enum err registrar_begin(struct registrar *registrar, struct fault *fault) ERR_CHECKED;
enum err registrar_commit(struct registrar *registrar, struct fault *fault) ERR_CHECKED;
void registrar_rollback(struct registrar *registrar);

/* Today in China, and the instant at which all of the transaction is recorded (store_register.h): what has a
 * memory of its own is stamped with it, so that a snapshot's `known` is a cut through all. */
int32_t registrar_today(const struct registrar *registrar);
int64_t registrar_recorded_ms(const struct registrar *registrar);
/* For parts that change what is theirs in the same transaction. */
struct sql *registrar_db(const struct registrar *registrar);
const char *registrar_author(const struct registrar *registrar);

enum change_mode {
    CHANGE_PUT,    /* there or not: what a file's row says */
    CHANGE_CREATE, /* refused when it is there */
    CHANGE_PATCH   /* refused when it is not there */
};

enum change_outcome { CHANGE_CREATED, CHANGE_CHANGED, CHANGE_UNCHANGED, CHANGE_REFUSED };

struct vehicle_change {
    enum change_mode mode;
    struct store_vehicle to; /* vehicle_id, and the fields given */
    unsigned fields;         /* mask of 1u << enum vehicle_field: which are given */
    /* The day from which it holds; VEHICLE_DAY_NONE: today. A new vehicle holds from its `added`
     * day. A removal in the past holds from its own day, whenever it is recorded, and a correction
     * of one from the earlier of both. */
    int32_t effective;
};

/* `now` (may be NULL) is the state on the day of the change, unless it was refused. */
enum err registrar_vehicle(struct registrar *registrar, const struct vehicle_change *change,
                           struct store_vehicle *now, enum change_outcome *outcome,
                           struct remarks *remarks, struct fault *fault) ERR_CHECKED;

struct org_change {
    enum change_mode mode;
    struct store_org to;
    unsigned fields;   /* mask of 1u << index in org_fields */
    int32_t effective; /* VEHICLE_DAY_NONE: today. A new org holds from ORG_ALWAYS */
};

/* A change of kind recounts all vehicles the org ever had. */
enum err registrar_org(struct registrar *registrar, const struct org_change *change,
                       enum change_outcome *outcome, struct remarks *remarks,
                       struct fault *fault) ERR_CHECKED;

/* An exemption is known by vehicle, reason, document and first day; given again with another last
 * day it is changed. `mode` CHANGE_CREATE refuses that. */
enum err registrar_exemption(struct registrar *registrar, enum change_mode mode,
                             const struct store_exemption *exemption, enum change_outcome *outcome,
                             struct remarks *remarks, struct fault *fault) ERR_CHECKED;

/* An exception is known by rule, subject, document and first day. Given again with another end,
 * approval or evidence it is changed. */
enum err registrar_exception(struct registrar *registrar, const struct store_exception *exception,
                             enum change_outcome *outcome, struct remarks *remarks,
                             struct fault *fault) ERR_CHECKED;

/* A statistic is known by indicator, subject and period. Given again with another value or source
 * it is changed. */
enum err registrar_statistic(struct registrar *registrar, const struct store_statistic *statistic,
                             enum change_outcome *outcome, struct remarks *remarks,
                             struct fault *fault) ERR_CHECKED;

#endif
