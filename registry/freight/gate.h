/*
 * gate: what an enterprise reports by truck beside what its gates let through. Above the tolerance a
 * figure made of the report is disputed; the clean share is shown again with the gate's tonnes. Pure.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_GATE_H
#define EVROLL_REGISTRY_FREIGHT_GATE_H

#include "registry/freight/sums.h"

#define FREIGHT_TRUCKS                                                                             \
    (1u << FREIGHT_TRUCK_NEV | 1u << FREIGHT_TRUCK_CN6 | 1u << FREIGHT_TRUCK_CN5 |                 \
     1u << FREIGHT_TRUCK_LE4 | 1u << FREIGHT_TRUCK)
#define FREIGHT_TOLERANCE_PERCENT 10 /* a parameter of V5, V8 and V9 */

struct gate_comparison {
    int64_t declared, seen; /* 0.1 t by truck */
    bool apart;             /* by more than the tolerance, of what was declared */
    /* The clean share without trucks, its trucks taken from the gate. */
    int64_t clean_num, clean_den;
};

struct gate_comparison gate_compare(const struct freight_modes *modes, int64_t seen);
/* More than `percent` of `declared` apart. */
bool freight_apart(int64_t value, int64_t declared, int percent);

#endif
