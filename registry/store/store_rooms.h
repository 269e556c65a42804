/*
 * store_rooms: how full the journals of gateways are, as each gateway said last. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_ROOMS_H
#define EVROLL_REGISTRY_STORE_STORE_ROOMS_H

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/unit.h"

#define STORE_ROOM_NAME_MAX   16
#define STORE_ROOM_NO_MINUTES (-1) /* nothing comes in: there is room for ever */

struct store_room {
    char gateway[UNIT_NAME_MAX + 1];
    char name[STORE_ROOM_NAME_MAX + 1]; /* of the gateway's journal: mqtt, coap */
    int64_t used_bytes, budget_bytes;
    int64_t waiting; /* messages that are not delivered yet */
    int64_t minutes; /* of the present rate that fit in; STORE_ROOM_NO_MINUTES */
    int64_t at_ms;
};

/* In place of what the gateway said before of this journal. Inside SQL_WRITE. */
enum err store_room_put(struct sql *db, const struct store_room *room,
                        struct fault *fault) ERR_CHECKED;

/* By gateway and name; at most `limit`. Belongs to the arena. */
enum err store_rooms_list(struct sql *db, struct arena *arena, int64_t limit,
                          struct store_room **rooms, size_t *count,
                          struct fault *fault) ERR_CHECKED;

#endif
