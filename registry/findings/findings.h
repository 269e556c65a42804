/*
 * findings: where register, reports and telemetry disagree.
 *
 *     rollup, register ─▶ finding_queue ─take─▶ unit_day made anew ─▶ facts ─▶ detectors ─▶ seen
 *     once a day: everybody whom silence concerns ─▲                                        │
 *                                                          finding, finding_history ◀─ reconciled
 *
 *               raised                 a person: explained        the cause is gone
 *     (none) ──────────▶ OPEN ────────────────────────▶ EXPLAINED ─────────────────▶ CLOSED
 *                          │   ◀── the cause changed ──    │                            │
 *                          └── a person: confirmed ──▶ CONFIRMED ── the cause is gone ──┤
 *                        OPEN ◀── seen again (EXPLAINED when the cause is the explained one)
 *
 * The same finding is kept through all of it: when it was first and last seen, how often it came
 * back, every change with who, when and why. What is written depends on what is stored and on the
 * day alone: looking twice changes nothing. One transaction takes a subject out of the queue and
 * writes all that follows, so being killed at any point repeats it. A unit with more days than one
 * transaction takes is looked at with the last of them: what is half made anew says nothing.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_FINDINGS_H
#define EVROLL_REGISTRY_FINDINGS_FINDINGS_H

#include "registry/store/sql.h"
#include "registry/store/store_findings.h"
#include "shared/clock.h"

/* Subjects a transaction, and days of units that are made anew in it. */
#define FINDINGS_SLICE 64
#define FINDINGS_DAYS  128

/* A slice of the walk over everybody when it is due, else of the queue: those that have waited for
 * `settle_ms`. `*did` 0: there is nothing to do now. */
enum err findings_step(struct sql *db, const struct clock *clock, int64_t settle_ms, size_t *did,
                       struct fault *fault) ERR_CHECKED;

/* Makes the next steps walk over every unit and vehicle again. Inside SQL_WRITE. */
enum err findings_sweep_all(struct sql *db, struct fault *fault) ERR_CHECKED;

/* What a person decides: FINDING_OPEN (nothing is decided), _EXPLAINED, _CONFIRMED. */
struct finding_decision {
    int64_t number;
    enum finding_state state;
    const char *author, *note;
};
/* Inside SQL_WRITE. ERR_NOT_FOUND; ERR_CONFLICT: it is closed. */
enum err findings_decide(struct sql *db, struct arena *arena, int64_t now_ms,
                         const struct finding_decision *decision, struct store_finding *finding,
                         struct fault *fault) ERR_CHECKED;

#endif
