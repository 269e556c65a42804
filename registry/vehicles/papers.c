#include "registry/vehicles/papers.h"

#include <string.h>

#include "registry/vehicles/vocabulary.h"
#include "shared/ident/plate.h"

const struct papers_dates papers_dates_default = {PAPERS_CN6_HEAVY_ALL, PAPERS_CN6_FIRST,
                                                  PAPERS_MACHINE_4};

enum papers_stage papers_stage_judge(const struct store_vehicle *v,
                                     const struct papers_dates *dates)
{
    bool cn6 = v->stage == STAGE_6A || v->stage == STAGE_6B;
    int32_t first = v->first_registered;

    if (first == VEHICLE_DAY_NONE)
        return PAPERS_STAGE_FITS;
    if (category_is_truck((enum category)v->category) && v->energy == ENERGY_DIESEL &&
        v->stage <= STAGE_5 && first >= dates->cn6_heavy_all)
        return PAPERS_TRUCK_BELOW_6;
    if (cn6 && first < dates->cn6_first)
        return PAPERS_6_TOO_EARLY;
    if (v->category == CATEGORY_NON_ROAD && v->stage <= STAGE_3 && first >= dates->machine_4)
        return PAPERS_MACHINE_BELOW_4;
    return PAPERS_STAGE_FITS;
}

bool papers_plate_fits(const struct store_vehicle *v)
{
    struct plate plate = plate_read(v->plate);

    if (plate.energy == PLATE_ENERGY_NONE)
        return true;
    if (plate.energy == PLATE_ENERGY_ELECTRIC)
        return v->energy == ENERGY_BEV;
    return energy_is_nev((enum energy)v->energy) && v->energy != ENERGY_BEV;
}

int papers_disclosed_stage(const char *disclosure_no)
{
    if (strncmp(disclosure_no, "CN", 2) != 0 || strlen(disclosure_no) < 6 ||
        disclosure_no[4] != 'G' || disclosure_no[5] < '0' || disclosure_no[5] > '9')
        return -1;
    return disclosure_no[5] - '0';
}
