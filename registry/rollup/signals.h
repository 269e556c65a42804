/*
 * signals: what an hour's samples say beyond activity: which signals a vehicle has, what the
 * exhaust treatment reports, and whether position, odometer and clock can be believed. Findings are
 * made of it. A pure function like activity.h, over the same settled samples; every figure is a
 * sum, a largest or a smallest, so that days are made of hours. No threshold is applied that
 * somebody could want otherwise.
 *
 *   battery   samples with a traction battery signal (soc, batt_v, batt_a, charging)
 *   mode      samples that say how the vehicle drives
 *   running   samples with rpm > 0; fuel: samples with a fuel rate > 0
 *   nox       samples with rpm > 0 and NOx, and the sum of it; urea, mil: samples that have it, the
 *             fullest tank, and how many have the lamp on
 *   frozen    growth of the odometer between instants whose positions are equal to the last digit
 *   odo back  falls of the odometer between two instants: how many, and the deepest
 *   jump      the fastest step between two positions at least JUMP_MIN_M apart: its length, and the
 *             speed it would need
 *   box       the smallest and largest latitude and longitude
 *   behind    by how much all samples are older than their arrival, in an hour that arrived as
 *             slowly as it was measured; 0 for one that came from a store at once
 *
 * A step belongs to the hour of its later end; the last instant before the hour begins the first.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_SIGNALS_H
#define EVROLL_REGISTRY_ROLLUP_SIGNALS_H

#include "registry/store/store_signals.h"
#include "shared/batch/block.h"

#define SIGNALS_JUMP_MIN_M 5000

/* `rows` came out of block_settle and hold at least one row; `before` may be NULL. Fills the zeroed
 * `hour` but for its number. */
void signals_of_hour(const struct sample *before, const struct block *rows,
                     struct store_hour_signals *hour);

#endif
