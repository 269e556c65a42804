/*
 * service: `evroll-gateway run`. Waits for the journal to appear, then decodes and sends what comes
 * until SIGTERM or SIGINT, which it answers at once, also in the middle of a transfer. Nothing is
 * lost by that: the cursor is on disk, and a batch under way is sent again.
 *
 * Threads: the caller's, and one that syncs the journal. Under systemd it reports readiness,
 * stopping and, when asked to, that it is alive.
 */
#ifndef EVROLL_GATEWAY_SERVICE_H
#define EVROLL_GATEWAY_SERVICE_H

#include "gateway/settings.h"
#include "shared/err.h"

/* ERR_OK: asked to stop. ERR_BUSY: another gateway works on the same state. */
enum err service_run(const struct settings *settings, struct fault *fault) ERR_CHECKED;

#endif
