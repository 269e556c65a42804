/*
 * snapshot_marks: the heads of the audit log that snapshots have signed, against which the log is
 * held (registry/audit/audit_verify.h). Signatures are not checked here.
 */
#ifndef EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_MARKS_H
#define EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_MARKS_H

#include "registry/audit/audit_verify.h"
#include "shared/arena.h"

/* Of the newest `limit` snapshots in the database; `marks` has room for so many. */
enum err snapshot_marks(struct sql *db, size_t limit, struct arena *arena, struct audit_mark *marks,
                        size_t *count, struct fault *fault) ERR_CHECKED;
/* Of an exported one. */
enum err snapshot_mark_of_file(const char *file, struct arena *arena, struct audit_mark *mark,
                               struct fault *fault) ERR_CHECKED;

#endif
