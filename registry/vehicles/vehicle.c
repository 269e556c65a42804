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
