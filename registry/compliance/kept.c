#include "registry/compliance/kept.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "registry/context.h"
#include "registry/store/store_register.h"

/* Shared by the slot and by those who are replying with it; the last one frees it. */
struct kept_answer {
    unsigned users;
    struct store_changes knows; /* read before it was computed, as the next */
    int64_t made_ms;            /* mono */
    uint64_t turn;              /* of the computation that it is from */
    char *text;
    size_t len;
};

struct slot {
    char *question; /* NULL: free */
    struct kept_answer *answer;
    bool computing; /* somebody does: it stays */
    uint64_t asked; /* the greatest was asked for last */
    uint64_t turn;  /* the last computation that ended here; 0: none */
};

struct kept {
    const struct clock *clock;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t computed;
    uint64_t asked, turns;
    struct slot slots[KEPT_MAX];
};

struct kept *kept_create(const struct clock *clock)
{
    struct kept *kept = mem_alloc(1, sizeof *kept);

    kept->clock = clock;
    pthread_mutex_init(&kept->lock, NULL);
    pthread_cond_init(&kept->computed, NULL);
    return kept;
}

static void drop(struct kept_answer *answer)
{
    if (answer == NULL || --answer->users > 0)
        return;
    free(answer->text);
    free(answer);
}

void kept_destroy(struct kept *kept)
{
    if (kept == NULL)
        return;
    for (size_t i = 0; i < KEPT_MAX; i++) {
        drop(kept->slots[i].answer);
        free(kept->slots[i].question);
    }
    pthread_cond_destroy(&kept->computed);
    pthread_mutex_destroy(&kept->lock);
    free(kept);
}

const char *kept_question_text(struct arena *arena, const char *what,
                               const struct compliance_query *q)
{
    const char *owner = q->filter.owner_id == NULL ? "\t" : q->filter.owner_id;
    const char *area = q->filter.area == NULL ? "\t" : q->filter.area;

    return arena_format(arena, "%s\n%s\n%" PRId32 "\n%" PRId32 "\n%" PRId64 "\n%" PRId32 "\n%s\n%s",
                        what, q->plan->id, q->as_of, q->today, q->filter.known_ms, q->close_days,
                        owner, area);
}

/* ---- slots, under the lock ---- */

static struct slot *find_slot(struct kept *kept, const char *question)
{
    for (size_t i = 0; i < KEPT_MAX; i++)
        if (kept->slots[i].question != NULL && strcmp(kept->slots[i].question, question) == 0)
            return &kept->slots[i];
    return NULL;
}

/* NULL: all are being computed. */
static struct slot *take_slot(struct kept *kept, const char *question)
{
    struct slot *oldest = NULL;

    for (size_t i = 0; i < KEPT_MAX; i++) {
        struct slot *slot = &kept->slots[i];
        if (!slot->computing && (oldest == NULL || slot->asked < oldest->asked))
            oldest = slot;
    }
    if (oldest == NULL)
        return NULL;
    drop(oldest->answer);
    free(oldest->question);
    *oldest = (struct slot){.question = strdup(question)};
    assert(oldest->question != NULL);
    return oldest;
}

/* One who asks. */
struct asker {
    const char *question;
    struct store_changes seen;
    uint64_t turns; /* computations that had ended when he came */
};

/* One that knows of more than this connection sees, from before a standby that lags, holds too. And
 * who waited for an answer takes it, however long it took. */
static bool holds(const struct kept *kept, const struct kept_answer *answer,
                  const struct asker *asker)
{
    return answer != NULL && answer->knows.recorded_ms >= asker->seen.recorded_ms &&
           answer->knows.snapshot >= asker->seen.snapshot &&
           (answer->turn > asker->turns ||
            clock_mono_ms(kept->clock) - answer->made_ms < KEPT_AGE_MS);
}

/* Until somebody is done with the question after `turn`; NULL: its slot went to another one. */
static struct slot *next_turn(struct kept *kept, const struct asker *asker, uint64_t turn)
{
    struct slot *slot = NULL;

    do {
        pthread_cond_wait(&kept->computed, &kept->lock);
        slot = find_slot(kept, asker->question);
    } while (slot != NULL && slot->turn == turn);
    return slot;
}

/* Waits for whoever computes the question. `*in_vain`: he failed, or gave what is not kept. */
static struct slot *settled_slot(struct kept *kept, const struct asker *asker, bool *in_vain)
{
    struct slot *slot = find_slot(kept, asker->question);

    *in_vain = false;
    while (!*in_vain && slot != NULL && slot->computing && !holds(kept, slot->answer, asker)) {
        slot = next_turn(kept, asker, slot->turn);
        *in_vain = slot == NULL || slot->answer == NULL || slot->answer->turn <= asker->turns;
    }
    return slot;
}

/* An answer that holds, or NULL and the slot in which to put one. Who waited in vain computes for
 * himself, beside all others who did, and not one after the other. */
static struct kept_answer *look(struct kept *kept, const struct asker *asker, struct slot **to)
{
    bool in_vain = false;
    struct slot *slot = settled_slot(kept, asker, &in_vain);

    if (slot == NULL && !in_vain)
        slot = take_slot(kept, asker->question);
    if (slot != NULL)
        slot->asked = ++kept->asked;
    if (slot != NULL && holds(kept, slot->answer, asker)) {
        slot->answer->users++;
        return slot->answer;
    }
    if (in_vain)
        slot = NULL;
    if (slot != NULL)
        slot->computing = true;
    *to = slot;
    return NULL;
}

static void put(struct kept *kept, struct slot *slot, struct kept_answer *answer)
{
    slot->computing = false;
    slot->turn = ++kept->turns;
    if (answer != NULL && answer->len <= KEPT_LARGEST) {
        drop(slot->answer);
        slot->answer = answer;
        answer->turn = slot->turn;
        answer->users++;
    }
    pthread_cond_broadcast(&kept->computed);
}

/* ---- computing ---- */

static enum err compute(const struct clock *clock, const struct kept_question *question,
                        const struct store_changes *knows, struct kept_answer **out,
                        struct fault *fault)
{
    int64_t made_ms = clock_mono_ms(clock);
    char now[WHEN_INSTANT_TEXT];
    json_t *json = NULL;
    enum err err = ERR_OK;

    when_instant_format(clock_wall_ms(clock), now);
    err = question->compute(question->arg, &json, fault);
    if (err != ERR_OK)
        return err;
    json_object_set_new(json, "computed_at", json_string(now));
    *out = mem_alloc(1, sizeof **out);
    **out = (struct kept_answer){
        .users = 1, .knows = *knows, .made_ms = made_ms, .text = http_json_text(json)};
    (*out)->len = strlen((*out)->text);
    json_decref(json);
    return ERR_OK;
}

enum err kept_take(struct kept *kept, struct sql *db, const struct kept_question *question,
                   struct kept_answer **answer, struct fault *fault)
{
    struct slot *slot = NULL;
    struct asker asker = {.question = question->text};
    enum err err = store_changes_read(db, &asker.seen, fault);

    if (err != ERR_OK)
        return err;
    pthread_mutex_lock(&kept->lock);
    asker.turns = kept->turns;
    *answer = look(kept, &asker, &slot);
    pthread_mutex_unlock(&kept->lock);
    if (*answer != NULL)
        return ERR_OK;
    err = compute(kept->clock, question, &asker.seen, answer, fault);
    pthread_mutex_lock(&kept->lock);
    if (slot != NULL)
        put(kept, slot, *answer);
    pthread_mutex_unlock(&kept->lock);
    return err;
}

const char *kept_text(const struct kept_answer *answer)
{
    return answer->text;
}

void kept_give_back(struct kept *kept, struct kept_answer *answer)
{
    pthread_mutex_lock(&kept->lock);
    drop(answer);
    pthread_mutex_unlock(&kept->lock);
}

void kept_reply(struct http_call *call, const struct kept_question *question)
{
    const struct registry_context *context = http_context(call);
    struct kept_answer *answer = NULL;
    struct fault fault = {0};

    if (kept_take(context->kept, context->db, question, &answer, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_bytes(call, 200, "application/json", answer->text, answer->len);
    kept_give_back(context->kept, answer);
}
