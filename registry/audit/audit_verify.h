/*
 * audit_verify: walks the whole chain of the audit log and says where it first does not fit: an
 * entry that was changed, put in or taken out, or a log that ends before a head that somebody kept
 * (a signed snapshot holds one). One read transaction, a page of entries in memory.
 */
#ifndef EVROLL_REGISTRY_AUDIT_AUDIT_VERIFY_H
#define EVROLL_REGISTRY_AUDIT_AUDIT_VERIFY_H

#include "registry/store/store_audit.h"

/* A head as it was kept outside the log. */
struct audit_mark {
    struct store_audit_head head;
    const char *source; /* for people: "snapshot 3" */
};

struct audit_verify_options {
    const struct audit_mark *marks;
    size_t mark_count;
    /* After each page; may be NULL. */
    void (*progress)(void *arg, int64_t done, int64_t all);
    void *arg;
};

struct audit_verdict {
    bool whole;
    int64_t entries; /* that fit, from the first on */
    int64_t number;  /* not whole: the first that does not fit */
    char reason[300];
    struct store_audit_head head;
};

/* A log that does not fit is no error: the verdict says so. */
enum err audit_verify(struct sql *db, const struct audit_verify_options *options,
                      struct audit_verdict *verdict, struct fault *fault) ERR_CHECKED;

#endif
