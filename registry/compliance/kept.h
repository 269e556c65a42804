/*
 * kept: answers about figures, kept as they were given for whoever asks the same again.
 *
 * An answer holds while both are true:
 *   - no person changed anything since. Every transaction of a registrar (vehicles, owners, exemptions,
 *     exceptions, statistics, sites, gates, reports, decisions on findings) moves the register's own time, which
 *     is in the database: who changed something sees it in the next answer of every registry;
 *   - it was computed less than KEPT_AGE_MS ago: telemetry that was rolled up, and what detectors found, shows
 *     that late. The answer says when it was computed (`computed_at`).
 *
 *     question ─▶ the register's time? ─▶ one that holds ──────────────────────────────▶ answer
 *                                           └ one that somebody computes: wait ─┐       ▲
 *                                           └ none: compute ───────────────────┴───────┘
 *
 * Who asks what is being computed waits for it, so that many who ask at once cost one computation; when
 * that fails, or gives more than is kept, those who waited compute for themselves. At most
 * KEPT_MAX answers of at most KEPT_LARGEST bytes; the one that was not asked for longest goes. Threads: any.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_KEPT_H
#define EVROLL_REGISTRY_COMPLIANCE_KEPT_H

#include <jansson.h>

#include "registry/compliance/compliance.h"
#include "registry/http/http.h"
#include "shared/clock.h"

#define KEPT_AGE_MS  5000
#define KEPT_MAX     64
#define KEPT_LARGEST (1 << 20)

struct kept;

struct kept *kept_create(const struct clock *clock);
void kept_destroy(struct kept *kept); /* NULL is allowed; nobody asks any more */

struct kept_question {
    const char *text; /* all that the answer depends on, beside what the database holds */
    /* Computes it: an object. What it reads is no older than the call. */
    enum err (*compute)(void *arg, json_t **answer, struct fault *fault);
    void *arg;
};

/* "WHAT" asked with this query: what `text` may be. */
const char *kept_question_text(struct arena *arena, const char *what,
                               const struct compliance_query *query);

struct kept_answer;

/* What it gives is given back. Fails as computing does. */
enum err kept_take(struct kept *kept, struct sql *db, const struct kept_question *question,
                   struct kept_answer **answer, struct fault *fault) ERR_CHECKED;
const char *kept_text(const struct kept_answer *answer); /* JSON */
void kept_give_back(struct kept *kept, struct kept_answer *answer);

/* Replies with the answer or the fault, from the context's `kept`. */
void kept_reply(struct http_call *call, const struct kept_question *question);

#endif
