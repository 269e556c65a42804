#include "tests/unit_tool/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/ident/vin.h"
#include "shared/when.h"
#include "tests/unit_tool/vehicle_model.h"

struct fleet {
    struct source source; /* first: the interface is the object */
    struct fleet_options options;
    struct vehicle_model *models;
    char (*names)[40];
    char (*vehicles)[18];
    unsigned next_unit;
    int64_t elapsed_ms;
};

/* The pattern of a small city's fleet; unit i takes row i mod its length. */
static const struct kind {
    enum model_class class;
    enum model_drive drive;
    const char *category, *energy, *stage, *owner;
    int built_up;
} kinds[] = {
    {MODEL_BUS, DRIVE_BEV, "BUS", "BEV", "D", "91419001MA9TEA0117", 1},
    {MODEL_TAXI, DRIVE_BEV, "TAXI", "BEV", "D", "91419001MA9TEA02XY", 1},
    {MODEL_RIDEHAIL, DRIVE_PHEV, "RIDEHAIL", "PHEV", "6b", "91419001MA9TEA038Y", 1},
    {MODEL_TRUCK, DRIVE_DIESEL, "LOGISTICS", "DIESEL", "6b", "91419001MA9TEA046R", 1},
    {MODEL_BUS, DRIVE_BEV, "BUS", "BEV", "D", "91419001MA9TEA0117", 0},
    {MODEL_TAXI, DRIVE_PETROL, "TAXI", "PETROL", "6b", "91419001MA9TEA02XY", 1},
    {MODEL_SANITATION, DRIVE_BEV, "SANITATION", "BEV", "D", "91419001MA9TEA0117", 1},
    {MODEL_TRUCK, DRIVE_BEV, "MUCK_TRUCK", "BEV", "D", "91419001MA9TEA046R", 1},
    {MODEL_BUS, DRIVE_PHEV, "BUS", "PHEV", "6a", "91419001MA9TEA0117", 1},
    {MODEL_LOADER, DRIVE_DIESEL, "NON_ROAD", "DIESEL", "3", "91419001MA9TEA054L", 0},
};

static const struct kind *kind_of(unsigned i)
{
    return &kinds[i % (sizeof kinds / sizeof kinds[0])];
}

void fleet_unit_name(const struct fleet_options *options, unsigned i, char name[static 40])
{
    snprintf(name, 40, "%.24s-%04u", options->prefix, i + 1);
}

/* A made-up identification number with a right check digit; machines have their own kind of number.
 */
static void vehicle_id(const struct fleet_options *options, unsigned i, char id[static 18])
{
    if (kind_of(i)->class == MODEL_LOADER) {
        snprintf(id, 18, "SIMLOADER%08u", (i + 1) % 100000000u);
        return;
    }
    snprintf(id, 18, "LTEST%02uX0R%07u", (unsigned)(options->seed % 100), (i + 1) % 10000000u);
    if (vin_check(id).verdict == VIN_BAD_CHECK_DIGIT)
        id[8] = vin_check(id).expected;
}

static enum err fleet_next(struct source *source, struct reading *reading, struct fault *fault)
{
    struct fleet *fleet = (struct fleet *)source;
    const struct fleet_options *o = &fleet->options;
    unsigned i = fleet->next_unit;
    int64_t turn_ms = o->interval_ms * i / o->units;

    (void)fault;
    if (fleet->elapsed_ms >= o->duration_ms)
        return ERR_NOT_FOUND;
    reading->unit = fleet->names[i];
    reading->vehicle = fleet->vehicles[i];
    vehicle_model_step(&fleet->models[i], (double)o->interval_ms / 1000,
                       o->start_ms + fleet->elapsed_ms + turn_ms, &reading->sample);
    if (++fleet->next_unit == o->units) {
        fleet->next_unit = 0;
        fleet->elapsed_ms += o->interval_ms;
    }
    return ERR_OK;
}

static void fleet_close(struct source *source)
{
    struct fleet *fleet = (struct fleet *)source;

    free(fleet->models);
    free(fleet->names);
    free(fleet->vehicles);
    free(fleet);
}

struct source *fleet_open(const struct fleet_options *options)
{
    struct fleet *fleet = mem_alloc(1, sizeof *fleet);
    struct random seeds = {.state = options->seed};

    fleet->source = (struct source){.next = fleet_next, .close = fleet_close};
    fleet->options = *options;
    fleet->models = mem_alloc(options->units, sizeof *fleet->models);
    fleet->names = mem_alloc(options->units, sizeof *fleet->names);
    fleet->vehicles = mem_alloc(options->units, sizeof *fleet->vehicles);
    for (unsigned i = 0; i < options->units; i++) {
        vehicle_model_init(&fleet->models[i], kind_of(i)->class, kind_of(i)->drive,
                           random_next(&seeds));
        fleet_unit_name(options, i, fleet->names[i]);
        vehicle_id(options, i, fleet->vehicles[i]);
    }
    return &fleet->source;
}

/* ---- its register ---- */

static const char orgs_text[] =
    "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline\n"
    "91419001MA9TEA0117,City transit and sanitation (simulated),SOE,TRANSIT,EXISTING,0,NONE,0\n"
    "91419001MA9TEA02XY,City taxi company (simulated),PRIVATE,TAXI,EXISTING,0,NONE,0\n"
    "91419001MA9TEA038Y,Ride-hailing platform (simulated),PRIVATE,TAXI,EXISTING,0,NONE,0\n"
    "91419001MA9TEA046R,City logistics (simulated),PRIVATE,LOGISTICS_PARK,EXISTING,900000,NONE,0\n"
    "91419001MA9TEA054L,Quarry (simulated),SOE,MINING,EXISTING,1200000,NONE,0\n";

static FILE *create(const char *dir, const char *name, struct fault *fault)
{
    char path[1024];
    FILE *file = NULL;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    file = fopen(path, "we");
    if (file == NULL)
        fault_set(fault, ERR_IO, "%s: %m", path);
    return file;
}

/* GA 36-2018: new-energy plates have six characters behind the letter of the place; small ones
 * begin with the energy letter (D electric, F not purely electric), large ones end with it. */
static void plate(unsigned i, char text[static 32])
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    const struct kind *kind = kind_of(i);
    bool small = kind->class == MODEL_TAXI || kind->class == MODEL_RIDEHAIL;
    char energy = kind->drive == DRIVE_BEV ? 'D' : 'F';
    char series = letters[(i + 1) / 10000 % 24];

    if (kind->class == MODEL_LOADER)
        text[0] = '\0';
    else if (kind->drive == DRIVE_DIESEL || kind->drive == DRIVE_PETROL)
        snprintf(text, 32, "豫U%c%04u", series, (i + 1) % 10000);
    else if (small)
        snprintf(text, 32, "豫U%c%c%04u", energy, series, (i + 1) % 10000);
    else
        snprintf(text, 32, "豫U%05u%c", (i + 1) % 100000, energy);
}

static enum err finish(FILE *file, const char *name, struct fault *fault)
{
    bool bad = ferror(file) != 0;

    if (fclose(file) != 0 || bad)
        return fault_set(fault, ERR_IO, "%s could not be written whole", name);
    return ERR_OK;
}

static void write_vehicle(FILE *file, const struct fleet_options *options, unsigned i)
{
    const struct kind *kind = kind_of(i);
    char id[18], number[32], unit[40], day[WHEN_DAY_TEXT];

    vehicle_id(options, i, id);
    plate(i, number);
    fleet_unit_name(options, i, unit);
    /* Added over the two and a half years before the readings begin. */
    when_day_format(when_day_of(options->start_ms) - 30 - (int32_t)(i * 37 % 900), day);
    fprintf(file, "%s,%s,%s,%s,%s,%s,419001,%d,%s,%s,,%s\n", id, number, kind->category,
            kind->energy, kind->stage, kind->owner, kind->built_up, day, day, unit);
}

enum err fleet_write_register(const struct fleet_options *options, const char *dir,
                              struct fault *fault)
{
    FILE *file = create(dir, "orgs.csv", fault);
    enum err err = ERR_OK;

    if (file == NULL)
        return ERR_IO;
    fputs(orgs_text, file);
    err = finish(file, "orgs.csv", fault);
    if (err != ERR_OK)
        return err;
    file = create(dir, "vehicles.csv", fault);
    if (file == NULL)
        return ERR_IO;
    fputs("vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,"
          "removed,unit\n",
          file);
    for (unsigned i = 0; i < options->units; i++)
        write_vehicle(file, options, i);
    return finish(file, "vehicles.csv", fault);
}
