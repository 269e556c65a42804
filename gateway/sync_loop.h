/*
 * sync_loop: a thread that brings the journal to stable storage: every 50 ms, and as soon as
 * somebody wants it, so that one fdatasync serves all that wait.
 *
 * After a failed fdatasync it says so once and syncs nothing until the writer has a new epoch. A
 * journal that is not there yet is waited for. The uplink reads only what is synced, so nothing new
 * is sent meanwhile.
 */
#ifndef EVROLL_GATEWAY_SYNC_LOOP_H
#define EVROLL_GATEWAY_SYNC_LOOP_H

#include <stdbool.h>

#include "shared/err.h"

#define SYNC_LOOP_EVERY_MS 50

/* From the beginning of one wanted sync to that of the next, when several wait: long enough that
 * most of those under load are served together, short beside the way to a unit. */
#define SYNC_LOOP_CYCLE_MS 2

struct sync_loop;

/* `dir` must outlive the loop; it need not be a journal yet. */
enum err sync_loop_start(const char *dir, struct sync_loop **loop, struct fault *fault) ERR_CHECKED;

/* `synced` is called from the loop's thread after each sync, successful or not. Set it before the
 * first sync_loop_want; NULL: nobody any more, and when this returns nobody is being called. */
void sync_loop_listen(struct sync_loop *loop, void (*synced)(void *arg), void *arg);

/* What is appended now is to be synced soon; `alone`: at once, there is nobody to share with. Any
 * thread. */
void sync_loop_want(struct sync_loop *loop, bool alone);

/* The directory may hold another journal now. NULL is allowed. */
void sync_loop_reopen(struct sync_loop *loop);

/* Ends the thread and waits for it. NULL is allowed. */
void sync_loop_stop(struct sync_loop *loop);

#endif
