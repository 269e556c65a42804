#include "registry/vehicles/vehicle.h"

#include <string.h>

struct count_dims vehicle_dims(const struct vehicle *vehicle)
{
    const struct store_vehicle *v = &vehicle->at;
    struct count_dims dims = {
        .category = v->category,
        .energy = v->energy,
        .stage = v->stage,
        .owner_kind = (int)vehicle->owner_kind,
        .exempt = vehicle->exempt,
        .built_up = v->built_up,
    };

    memcpy(dims.area, v->area, sizeof dims.area);
    return dims;
}

unsigned vehicle_exempt_on(const struct store_exemptions *exemptions, int32_t day)
{
    unsigned mask = 0;

    for (size_t i = 0; i < exemptions->count; i++)
        if (exemptions->items[i].from <= day && day < exemptions->items[i].until)
            mask |= 1u << exemptions->items[i].reason;
    return mask;
}
