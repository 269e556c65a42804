/*
 * papers: whether what the register says of a vehicle in one place fits what it says in another.
 * Nothing here is proof: it is a reason to look. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_PAPERS_H
#define EVROLL_REGISTRY_VEHICLES_PAPERS_H

#include "registry/store/store_vehicles.h"

/* Days on which emission stages began (GB 17691-2018, GB 20891-2014, HJ 1014-2020). */
#define PAPERS_CN6_FIRST     18078 /* 2019-07-01: gas; the earliest of all */
#define PAPERS_CN6_HEAVY_ALL 18809 /* 2021-07-01: every heavy diesel */
#define PAPERS_MACHINE_4     19327 /* 2022-12-01 */

struct papers_dates {
    int32_t cn6_heavy_all, cn6_first, machine_4;
};
extern const struct papers_dates papers_dates_default;

enum papers_stage {
    PAPERS_STAGE_FITS,
    PAPERS_TRUCK_BELOW_6,   /* first registered when all heavy diesel trucks were stage 6 */
    PAPERS_6_TOO_EARLY,     /* first registered before there was a stage 6 */
    PAPERS_MACHINE_BELOW_4, /* made when machines were stage 4 */
};
enum papers_stage papers_stage_judge(const struct store_vehicle *vehicle,
                                     const struct papers_dates *dates);

/* False: the letter of a new-energy plate says another energy. */
bool papers_plate_fits(const struct store_vehicle *vehicle);

/* The stage of which characters 5 and 6 of a disclosure number speak ("CN", two letters of the type, "G"
 * and the stage); -1: it has no such place. */
int papers_disclosed_stage(const char *disclosure_no);

#endif
