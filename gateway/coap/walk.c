#include "gateway/coap/walk.h"

#include <dlfcn.h>
#include <string.h>

typedef unsigned prepare(coap_context_t *context, coap_tick_t now);

/* The library passes nothing but the context. */
static _Thread_local struct walk *watched;

void walk_watch(struct walk *walk, coap_context_t *context)
{
    *walk = (struct walk){.context = context, .next = watched};
    watched = walk;
}

void walk_leave(struct walk *walk)
{
    struct walk **link = &watched;

    while (*link != NULL && *link != walk)
        link = &(*link)->next;
    if (*link != NULL)
        *link = walk->next;
}

static unsigned library_walk(coap_context_t *context, coap_tick_t now)
{
    void *symbol = dlsym(RTLD_NEXT, "coap_io_prepare_epoll");
    prepare *function = NULL;

    memcpy(&function, &symbol, sizeof function); /* C has no other way from object to function */
    return function(context, now);
}

/* Instead of the library's; coap_io_do_epoll makes no use of what it returns. */
unsigned coap_io_prepare_epoll(coap_context_t *ctx, coap_tick_t now)
{
    struct walk *walk = watched;

    while (walk != NULL && walk->context != ctx)
        walk = walk->next;
    if (walk == NULL)
        return library_walk(ctx, now);
    walk->owed = true;
    return 0;
}

void walk_pay(struct walk *walk)
{
    coap_tick_t now = 0;

    if (!walk->owed)
        return;
    walk->owed = false;
    coap_ticks(&now);
    (void)library_walk(walk->context, now);
}
