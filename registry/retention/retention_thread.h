/*
 * retention_thread: the removal in the background, with a connection of its own; looks every ten
 * minutes whether there is something to do. Errors are logged and tried again.
 */
#ifndef EVROLL_REGISTRY_RETENTION_RETENTION_THREAD_H
#define EVROLL_REGISTRY_RETENTION_RETENTION_THREAD_H

#include "registry/retention/retention.h"

struct retention_thread;

/* `keep` is settled. */
enum err retention_thread_start(const char *db_url, const struct retention_days *keep,
                                const struct clock *clock, struct retention_thread **thread,
                                struct fault *fault) ERR_CHECKED;

/* Ends the step in hand, then the thread. NULL is allowed. */
void retention_thread_stop(struct retention_thread *thread);

#endif
