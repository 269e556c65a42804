/*
 * audit: who did what, as a chain of entries in which nothing can be changed, put in between or
 * taken out unseen.
 *
 * A change is entered in the transaction that makes it: both are there or neither is. The head of
 * the chain is taken last in that transaction, so that writers wait for each other as briefly as
 * can be. A look (somebody reads where a vehicle was) is entered after its answer, in batches, by a
 * thread of its own: reading does not wait for the log. When looks can no longer be entered, looking
 * is refused.
 *
 * An entry's hash is SHA-256 over this text, the details as they stand and the strings in canonical
 * JSON (canonical.h):
 *
 *     {"action":…,"at_ms":…,"details":{…},"number":…,"previous":"…","role":…,"subject":…,"who":…}
 *
 * `previous` is the hash of entry number - 1, 64 zeros for the first. docs/audit.md has the list of
 * actions: "thing.verb". Nothing secret goes into details.
 *
 *     err = audit_append(db, &act, fault);       a change, the last thing before sql_commit
 *     if (!audit_look(call, "samples.look", unit, NULL)) return;  a look, before the answer is given
 */
#ifndef EVROLL_REGISTRY_AUDIT_AUDIT_H
#define EVROLL_REGISTRY_AUDIT_AUDIT_H

#include <jansson.h>

#include "registry/http/http.h"
#include "registry/store/sql.h"
#include "registry/store/store_audit.h"

#define AUDIT_TEXT_MAX 512 /* of who, action, subject; longer ones are cut */

/* One thing done. Texts are copied. */
struct audit_act {
    int64_t at_ms;
    const char *who;     /* a name people can look up: a token's, an account's */
    const char *role;    /* in which role: the API's word, or AUDIT_COMMAND */
    const char *action;  /* "vehicle.change" */
    const char *subject; /* what it was done to: an id */
    json_t *details;     /* an object without fractions; taken over; NULL: none */
};

#define AUDIT_COMMAND "command" /* the role of whoever works with the command line */

/* Inside SQL_WRITE, when everything else of it is written. */
enum err audit_append(struct sql *db, const struct audit_act *act, struct fault *fault) ERR_CHECKED;

/* For a handler: the caller's name and role, now. */
struct audit_act audit_act_of(const struct http_call *call, const char *action, const char *subject,
                              json_t *details);

/* Several acts of one transaction, collected and appended in its end in the order in which they were
 * added. Owned by the caller; one thread. */
struct audit_batch;

struct audit_batch *audit_batch_create(void);
void audit_batch_destroy(struct audit_batch *batch);
void audit_batch_add(struct audit_batch *batch, const struct audit_act *act);
size_t audit_batch_count(const struct audit_batch *batch);
void audit_batch_drop(struct audit_batch *batch);
/* Like audit_append. The batch keeps what it has until it is dropped: a transaction that failed may
 * be repeated. */
enum err audit_batch_append(struct audit_batch *batch, struct sql *db,
                            struct fault *fault) ERR_CHECKED;

/* Notes that the caller looks at `subject`; details NULL: the query's span and page. False: it could
 * not be noted, and the call is answered with 503. Where nothing collects looks (context.h) it is
 * entered at once. */
bool audit_look(struct http_call *call, const char *action, const char *subject, json_t *details);

/* The hash of an entry, from its other members. */
void audit_hash(const struct store_audit_entry *entry, char hash[static STORE_AUDIT_HASH]);

#endif
