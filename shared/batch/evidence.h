/*
 * evidence: the raw payloads in a batch ⇄ protobuf, every rule of batch.proto checked on the way
 * in. Private to shared/batch.
 */
#ifndef EVROLL_SHARED_BATCH_EVIDENCE_H
#define EVROLL_SHARED_BATCH_EVIDENCE_H

#include "shared/batch/batch.h"
#include "shared/batch/batch.pb-c.h"

void evidence_pack(const struct batch *batch, struct arena *arena, Evroll__Batch *message);
/* After the header: positions are held against first and next. */
enum err evidence_unpack(const Evroll__Batch *message, struct arena *arena, struct batch *batch,
                         struct fault *fault) ERR_CHECKED;

#endif
