/*
 * amend: a change of some fields from a day on, as new versions of a vehicle. Pure.
 *
 * The version of that day gets the new values; so do the versions that begin later, for each field
 * up to the first of them that changed the field itself. Nothing is overwritten: the new versions
 * stand beside the old ones and win by their number.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_AMEND_H
#define EVROLL_REGISTRY_VEHICLES_AMEND_H

#include "registry/vehicles/records.h"
#include "shared/arena.h"

/* Puts new versions into `versions` (in the arena; order and numbers are kept right). `to` has the
 * fields of the mask. With no version on the day, the first one is taken back to it. */
void amend(struct store_vehicles *versions, const struct store_vehicle *to, unsigned fields,
           int32_t day, struct arena *arena);

/* The fields of the mask in which the two differ. */
unsigned amend_difference(const struct store_vehicle *left, const struct store_vehicle *right,
                          unsigned fields);

#endif
