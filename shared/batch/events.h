/*
 * events: the events of a batch ⇄ protobuf, every rule of batch.proto checked on the way in.
 * Private to shared/batch.
 */
#ifndef EVROLL_SHARED_BATCH_EVENTS_H
#define EVROLL_SHARED_BATCH_EVENTS_H

#include "shared/batch/batch.h"
#include "shared/batch/batch.pb-c.h"

void events_pack(const struct batch *batch, struct arena *arena, Evroll__Batch *message);
/* After the header: positions are held against first and next. */
enum err events_unpack(const Evroll__Batch *message, struct arena *arena, struct batch *batch,
                       struct fault *fault) ERR_CHECKED;

#endif
