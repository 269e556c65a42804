/*
 * looks: entries of looks on their way into the audit log. Workers add, a thread appends what there
 * is in one transaction as soon as the one before is committed; so a look waits for milliseconds,
 * and many at once cost one commit. Stopping appends what is left. A process that is killed loses
 * the looks of those milliseconds, and no more.
 *
 * When the log cannot be written, up to LOOKS_MAX wait; then adding fails with ERR_FULL. Threads:
 * looks_add from any, the rest from the one that started it.
 */
#ifndef EVROLL_REGISTRY_AUDIT_LOOKS_H
#define EVROLL_REGISTRY_AUDIT_LOOKS_H

#include "registry/audit/audit.h"

#define LOOKS_MAX 10000

struct audit_looks;

/* Opens a connection of its own. */
enum err looks_start(const char *db_url, struct audit_looks **looks,
                     struct fault *fault) ERR_CHECKED;
void looks_stop(struct audit_looks *looks); /* NULL is allowed */

enum err looks_add(struct audit_looks *looks, const struct audit_act *act,
                   struct fault *fault) ERR_CHECKED;
/* Appends one at once, in a transaction of its own. */
enum err looks_enter(struct sql *db, const struct audit_act *act, struct fault *fault) ERR_CHECKED;

#endif
