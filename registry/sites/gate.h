/*
 * gate: the columns of gate-trips.csv and what must or should be true of a passage.
 *
 * Kept of the ledger (HJ 1321-2023): site, gate, direction, time, plate, VIN or machine code,
 * energy, stage, cargo, its quantity, fleet, driving licence, photo. The quantity is 0.1 t and at
 * most 999.9 t, as the ledger's field has it. A passage needs a plate or a vehicle id; one whose
 * vehicle is not in the register is kept as unmatched. Threads: the connection's.
 */
#ifndef EVROLL_REGISTRY_SITES_GATE_H
#define EVROLL_REGISTRY_SITES_GATE_H

#include "registry/store/store_gate_trips.h"
#include "registry/vehicles/import_kind.h"

enum gate_direction { GATE_DIRECTION_NONE, GATE_IN, GATE_OUT, GATE_DIRECTION_COUNT };
extern const struct vocabulary vocabulary_gate_direction;

#define GATE_FIELDS 13
extern const struct field gate_fields[GATE_FIELDS];

extern const struct import_kind import_gate_trips;

struct store_gate_trip gate_blank(void);

/* Takes a passage into the ledger: new, corrected, or there already word for word. Inside the
 * registrar's transaction; fills what is matched. */
enum err gate_put(struct registrar *registrar, struct store_gate_trip *trip,
                  enum change_outcome *outcome, struct remarks *remarks,
                  struct fault *fault) ERR_CHECKED;

#endif
