#include "registry/auth/turns.h"

#include <pthread.h>
#include <stdlib.h>

#include "shared/arena.h"

struct turns {
    const struct clock *clock;
    int64_t at_once, every_ms;
    pthread_mutex_t lock; /* over the rest */
    int64_t paid_ms;      /* mono */
};

struct turns *turns_create(const struct clock *clock, int64_t at_once, int64_t every_ms)
{
    struct turns *turns = mem_alloc(1, sizeof *turns);

    turns->clock = clock;
    turns->at_once = at_once;
    turns->every_ms = every_ms;
    turns->paid_ms = clock_mono_ms(clock);
    pthread_mutex_init(&turns->lock, NULL);
    return turns;
}

void turns_destroy(struct turns *turns)
{
    if (turns == NULL)
        return;
    pthread_mutex_destroy(&turns->lock);
    free(turns);
}

int64_t turns_take(struct turns *turns)
{
    int64_t now_ms = 0, wait_ms = 0;

    if (turns == NULL)
        return 0;
    pthread_mutex_lock(&turns->lock);
    now_ms = clock_mono_ms(turns->clock);
    if (turns->paid_ms < now_ms)
        turns->paid_ms = now_ms;
    wait_ms = turns->paid_ms - now_ms - (turns->at_once - 1) * turns->every_ms;
    if (wait_ms <= 0)
        turns->paid_ms += turns->every_ms;
    pthread_mutex_unlock(&turns->lock);
    return wait_ms > 0 ? wait_ms : 0;
}
