/*
 * relay_gate: may bytes that arrived when the journal stood at a position leave now?
 *
 *     SHUT ── a page that is right ──▶ WAITING ── its heartbeat moves ──▶ OPEN
 *      ▲                                  ▲            it stands still ────┘ │
 *      └──── no page, a wrong one, or an epoch whose sync failed ────────────┘
 *
 * A new epoch goes through WAITING again. Thread safety: one gate, one thread.
 */
#ifndef EVROLL_GATEWAY_RELAY_RELAY_GATE_H
#define EVROLL_GATEWAY_RELAY_RELAY_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/journal/journal_gate.h"

enum relay_gate_state { RELAY_GATE_SHUT, RELAY_GATE_WAITING, RELAY_GATE_OPEN };

struct relay_gate {
    struct journal_gate *journal; /* NULL: everything passes */
    int64_t heartbeat_ms;
    enum relay_gate_state state;
    uint64_t epoch;  /* the last one seen */
    uint64_t synced; /* of that epoch */
    uint64_t heartbeat;
    bool beaten; /* the heartbeat was seen to move in this epoch */
    int64_t beat_at_ms;
    struct fault why; /* SHUT: why, for a person */
};

void relay_gate_init(struct relay_gate *gate, const char *journal_dir, int64_t heartbeat_ms);
void relay_gate_clear(struct relay_gate *gate);

/* Where the journal stands now: what arrived before the call may leave once this passes. False: not
 * known; the gate is shut. */
bool relay_gate_mark(struct relay_gate *gate, int64_t now_ms, uint64_t *position);

/* Looks at everything again: after a sync, and from time to time. */
void relay_gate_refresh(struct relay_gate *gate, int64_t now_ms);

static inline bool relay_gate_passes(const struct relay_gate *gate, uint64_t position)
{
    return gate->state == RELAY_GATE_OPEN && position <= gate->synced;
}

#endif
