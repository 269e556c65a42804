/*
 * store: the journal behind the endpoint: its one writer, and how far it is on stable storage.
 *
 * After a failed sync the epoch is over: nothing of it is acknowledged any more, the writer is
 * opened anew, and until that works appending fails. Thread safety: one thread.
 */
#ifndef EVROLL_GATEWAY_COAP_STORE_H
#define EVROLL_GATEWAY_COAP_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/journal/journal.h"
#include "shared/err.h"

struct store;

enum err store_open(const struct journal_options *options, struct store **store,
                    struct fault *fault) ERR_CHECKED;
void store_close(struct store *store); /* NULL is allowed */

/* As journal_append; ERR_IO too while the journal could not be opened anew. */
enum err store_append(struct store *store, const struct journal_entry *entry,
                      uint64_t *position) ERR_CHECKED;

/* Everything below `*synced` is on stable storage. False: the epoch has failed; what waits will
 * never get there. */
bool store_synced(struct store *store, uint64_t *synced);

/* Each time the journal is opened anew it begins a segment, which a disk that goes on failing fills
 * the budget with. */
#define STORE_REST_TICKS 10

/* Ten times a second: shows that the writer lives, and looks whether the epoch has failed, which
 * nobody else does where nothing is held. Opens anew after that, in a later call, once in
 * STORE_REST_TICKS. Who holds something calls store_synced between two ticks. */
void store_tick(struct store *store);

#endif
