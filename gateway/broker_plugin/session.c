#include "gateway/broker_plugin/session.h"

#include <stdlib.h>

#include "shared/arena.h"

static struct session *find(const struct session_table *table, const void *client)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->sessions[i].client == client)
            return &table->sessions[i];
    return NULL;
}

void session_put(struct session_table *table, const void *client,
                 const struct tls_identity *identity)
{
    struct session *session = find(table, client);

    if (session == NULL) {
        if (table->count == table->room) {
            table->room = table->room == 0 ? 64 : table->room * 2;
            table->sessions = mem_grow(table->sessions, table->room, sizeof *table->sessions);
        }
        session = &table->sessions[table->count++];
    }
    *session = (struct session){.client = client, .identity = *identity};
}

void session_remove(struct session_table *table, const void *client)
{
    struct session *session = find(table, client);

    if (session != NULL)
        *session = table->sessions[--table->count];
}

const struct session *session_find_barred(const struct session_table *table, const struct bar *bar)
{
    for (size_t i = 0; i < table->count; i++)
        if (bar_keeps_out(bar, &table->sessions[i].identity))
            return &table->sessions[i];
    return NULL;
}

void session_clear(struct session_table *table)
{
    free(table->sessions);
    *table = (struct session_table){0};
}
