/*
 * sync_loop: a thread that brings the journal to stable storage every 50 ms (durability
 * process-crash). After a failure it says so once and tries again from the start: nothing new is
 * sent meanwhile, because the uplink reads only what is synced.
 */
#ifndef EVROLL_GATEWAY_SYNC_LOOP_H
#define EVROLL_GATEWAY_SYNC_LOOP_H

#include "shared/err.h"

#define SYNC_LOOP_EVERY_MS 50

struct sync_loop;

/* `dir` is a journal that is there; the text must outlive the loop. */
enum err sync_loop_start(const char *dir, struct sync_loop **loop, struct fault *fault) ERR_CHECKED;

/* Ends the thread and waits for it. NULL is allowed. */
void sync_loop_stop(struct sync_loop *loop);

#endif
