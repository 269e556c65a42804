/*
 * tally: the vehicles of a scope, by what they count as, and the share that they make. Plain
 * values; reading is a query of the prepared counts, or of one owner's vehicles through the owner's
 * index. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_TALLY_H
#define EVROLL_REGISTRY_COMPLIANCE_TALLY_H

#include "registry/compliance/scope.h"
#include "registry/compliance/share.h"
#include "registry/store/sql.h"

struct tally {
    int64_t n[COUNTS_AS_COUNT];
    int64_t zero_emission; /* of the "yes": BEV or FCEV */
};

/* yes / (yes + no + unknown) */
struct share tally_share(const struct tally *tally);

/* BEV or FCEV: what R2-01 promotes beside the wider NEV. */
bool tally_is_zero_emission(const struct count_dims *dims);

/* `n` vehicles of these dimensions; negative takes them away. */
void tally_add(struct tally *tally, const struct rule *rule, const struct count_dims *dims,
               int64_t n);

/* Every combination of dimensions in the scope; none when it is `nothing`. Where attributed.h
 * moves vehicles one comes again, with n < 0 for what leaves it. */
enum err tally_rows(struct sql *db, const struct scope *scope, count_row *each, void *arg,
                    struct fault *fault) ERR_CHECKED;

/* The scope's rule, tallied. Inside the caller's transaction. */
enum err tally_read(struct sql *db, const struct scope *scope, struct tally *tally,
                    struct fault *fault) ERR_CHECKED;

#endif
