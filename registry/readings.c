#include "registry/readings.h"

#include <pthread.h>
#include <stdlib.h>

#include "shared/arena.h"

#define REST 10 /* times as long as it took */

struct readings {
    const struct clock *clock;
    pthread_mutex_t lock; /* over the rest */
    char *text;           /* NULL: not read yet */
    size_t len;
    int64_t until_ms; /* mono */
};

struct readings *readings_create(const struct clock *clock)
{
    struct readings *readings = mem_alloc(1, sizeof *readings);

    *readings = (struct readings){.clock = clock};
    pthread_mutex_init(&readings->lock, NULL);
    return readings;
}

void readings_destroy(struct readings *readings)
{
    if (readings == NULL)
        return;
    pthread_mutex_destroy(&readings->lock);
    free(readings->text);
    free(readings);
}

static void read_anew(struct readings *r, void (*read)(FILE *out, void *arg), void *arg)
{
    int64_t begun_ms = clock_mono_ms(r->clock), ended_ms = 0, rest_ms = 0;
    FILE *out = NULL;

    free(r->text);
    r->text = NULL;
    out = open_memstream(&r->text, &r->len);
    if (out == NULL)
        return;
    read(out, arg);
    fclose(out);
    ended_ms = clock_mono_ms(r->clock);
    rest_ms = (ended_ms - begun_ms) * REST;
    r->until_ms = ended_ms + (rest_ms > READINGS_AGE_MS ? rest_ms : READINGS_AGE_MS);
}

void readings_write(struct readings *readings, void (*read)(FILE *out, void *arg), void *arg,
                    FILE *out)
{
    pthread_mutex_lock(&readings->lock);
    if (readings->text == NULL || clock_mono_ms(readings->clock) >= readings->until_ms)
        read_anew(readings, read, arg);
    if (readings->text != NULL)
        fwrite(readings->text, 1, readings->len, out);
    pthread_mutex_unlock(&readings->lock);
}
