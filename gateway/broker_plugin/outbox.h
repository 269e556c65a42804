/*
 * outbox: the journal in the other direction. evroll-gateway writes what units have to be told
 * (which payload was malformed, and why), the broker reads it and publishes to
 * evroll/v1/units/{unit}/errors.
 *
 * At least once: what was published and not yet released is published again after a restart. For a
 * unit that is away and keeps no session the broker drops it; the reason stands in the rejects
 * anyway. One thread; opening is tried again at each call until the writer has made the journal, or
 * another one in its place.
 */
#ifndef EVROLL_GATEWAY_BROKER_PLUGIN_OUTBOX_H
#define EVROLL_GATEWAY_BROKER_PLUGIN_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

struct outbox;

/* True when it was handed over, false to stop here and offer it again later. */
typedef bool outbox_publish_fn(void *context, const char *topic, const void *payload, size_t len);

struct outbox_result {
    size_t published, skipped;
};

struct outbox *outbox_create(const char *dir);
void outbox_destroy(struct outbox *outbox);

/* Publishes at most `most` entries. */
enum err outbox_deliver(struct outbox *outbox, size_t most, outbox_publish_fn *publish,
                        void *context, struct outbox_result *result,
                        struct fault *fault) ERR_CHECKED;

/* Lets go of what was published. Opens and writes a small file without waiting for the disk, so call
 * it about once a second. */
enum err outbox_release(struct outbox *outbox, struct fault *fault) ERR_CHECKED;

#endif
