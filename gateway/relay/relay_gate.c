#include "gateway/relay/relay_gate.h"

#include <stddef.h>

void relay_gate_init(struct relay_gate *gate, const char *journal_dir, int64_t heartbeat_ms)
{
    *gate = (struct relay_gate){.heartbeat_ms = heartbeat_ms};
    if (journal_dir != NULL)
        gate->journal = journal_gate_create(journal_dir);
    else
        gate->state = RELAY_GATE_OPEN;
}

void relay_gate_clear(struct relay_gate *gate)
{
    journal_gate_destroy(gate->journal);
    gate->journal = NULL;
}

static void epoch_begin(struct relay_gate *gate, const struct journal_stand *stand)
{
    gate->epoch = stand->epoch;
    gate->synced = 0;
    gate->heartbeat = stand->heartbeat;
    gate->beaten = false;
    gate->state = RELAY_GATE_WAITING;
}

/* Takes over what the writer says. False: it says nothing that can be trusted. */
static bool writer_look(struct relay_gate *gate, int64_t now_ms, struct journal_stand *stand)
{
    if (journal_gate_look(gate->journal, stand, &gate->why) != ERR_OK) {
        gate->state = RELAY_GATE_SHUT;
        return false;
    }
    if (stand->epoch != gate->epoch)
        epoch_begin(gate, stand);
    if (stand->heartbeat != gate->heartbeat) {
        gate->heartbeat = stand->heartbeat;
        gate->beaten = true;
        gate->beat_at_ms = now_ms;
    }
    return true;
}

bool relay_gate_mark(struct relay_gate *gate, int64_t now_ms, uint64_t *position)
{
    struct journal_stand stand;

    *position = 0;
    if (gate->journal == NULL)
        return true;
    if (!writer_look(gate, now_ms, &stand) || gate->state == RELAY_GATE_SHUT)
        return false;
    *position = stand.appended;
    return true;
}

void relay_gate_refresh(struct relay_gate *gate, int64_t now_ms)
{
    struct journal_stand stand;

    if (gate->journal == NULL || !writer_look(gate, now_ms, &stand))
        return;
    if (journal_gate_synced(gate->journal, gate->epoch, &gate->synced)) {
        (void)fault_set(&gate->why, ERR_IO,
                        "the journal could not be brought to stable storage (fdatasync failed)");
        gate->state = RELAY_GATE_SHUT;
    } else if (gate->beaten && now_ms - gate->beat_at_ms < gate->heartbeat_ms) {
        gate->state = RELAY_GATE_OPEN;
    } else {
        gate->state = RELAY_GATE_WAITING;
        /* The directory may have been moved away and another journal begun in its place. */
        if (now_ms - gate->beat_at_ms >= gate->heartbeat_ms)
            journal_gate_reopen(gate->journal);
    }
}
