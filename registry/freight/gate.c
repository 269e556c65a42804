#include "registry/freight/gate.h"

#include <stdlib.h>

#include "registry/freight/definition.h"

bool freight_apart(int64_t value, int64_t declared, int percent)
{
    return llabs(value - declared) * 100 > declared * percent;
}

struct gate_comparison gate_compare(const struct freight_modes *modes, int64_t seen)
{
    uint32_t clean = green_definition_find("clean_no_trucks")->modes;
    struct gate_comparison gate = {.declared = freight_tonnes(modes, FREIGHT_TRUCKS), .seen = seen};

    gate.apart = freight_apart(seen, gate.declared, FREIGHT_TOLERANCE_PERCENT);
    gate.clean_num = freight_tonnes(modes, clean);
    gate.clean_den = freight_tonnes(modes, FREIGHT_MODES_ALL & ~FREIGHT_TRUCKS) + seen;
    return gate;
}
