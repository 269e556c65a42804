/*
 * sources: what stands behind the figures that are not made of vehicles, as rows of CSV. Private to
 * registry/snapshot.
 *
 *     trip          of R2-07: one through a gate          numerator 1 when it counts as yes, of 1
 *     working_time  of R2-08: of a machine, site and day  milliseconds that count as yes, of all
 *     enterprise    its own figure, in the rule's integers
 *     place         a unit of the province
 *     report        in force for the months of the window; numerator: its version
 *     value         that was entered; numerator: in thousandths, denominator: its version
 *     exception     that the verdict rests on
 *
 * Inside a transaction of the caller's. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_SNAPSHOT_SOURCES_H
#define EVROLL_REGISTRY_SNAPSHOT_SOURCES_H

#include "registry/compliance/compliance.h"
#include "registry/snapshot/listing.h"

enum {
    SOURCE_RULE,
    SOURCE_KIND,
    SOURCE_COUNTS,
    SOURCE_ID,
    SOURCE_AT,
    SOURCE_NUMERATOR,
    SOURCE_DENOMINATOR,
    SOURCE_DETAIL,
    SOURCE_COLUMNS
};

enum err sources_list(struct sql *db, const struct compliance *compliance, struct listing *l,
                      struct fault *fault) ERR_CHECKED;

#endif
