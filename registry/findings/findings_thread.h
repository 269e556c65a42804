/*
 * findings_thread: looks for findings in the background, with a connection of its own.
 *
 * A subject is looked at five minutes after something changed, so that a vehicle that reports all
 * the time is looked at that often and not with every batch; the walk over everybody begins with the
 * first step of a day.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_FINDINGS_THREAD_H
#define EVROLL_REGISTRY_FINDINGS_FINDINGS_THREAD_H

#include "registry/background/background.h"
#include "shared/clock.h"

/* Stopped with background_stop. `clock` outlives it. */
enum err findings_thread_start(const char *db_url, const struct clock *clock,
                               struct background **thread, struct fault *fault) ERR_CHECKED;

#endif
