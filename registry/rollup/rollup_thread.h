/*
 * rollup_thread: works the rollup's queue off in the background, with a connection of its own.
 *
 * In rounds: what arrived is sorted (registry/ingest/sorting.h), then its hours are rolled up. With
 * little to do an hour is rolled up about a second after something arrived for it; with much to do a
 * round takes longer, and a rest comes after it (pace.h), so that more batches are one piece of work.
 * The thread wakes when told and looks by itself twice a second.
 * Errors are logged and tried again: nothing is lost, the queue stands in the database.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_ROLLUP_THREAD_H
#define EVROLL_REGISTRY_ROLLUP_ROLLUP_THREAD_H

#include <stdio.h>

#include "shared/clock.h"
#include "shared/err.h"

struct rollup_thread;

enum err rollup_thread_start(const char *db_url, const struct clock *clock,
                             struct rollup_thread **thread, struct fault *fault) ERR_CHECKED;

/* Something was queued. Any thread; the argument is the struct rollup_thread, so that it fits
 * registry_context.wake. */
void rollup_thread_wake(void *thread);

/* What it counted since its start, for GET /metrics. Any thread; nothing for NULL. */
void rollup_thread_metrics(const struct rollup_thread *thread, FILE *out);

/* Ends the hour in hand, then the thread. NULL is allowed. */
void rollup_thread_stop(struct rollup_thread *thread);

#endif
