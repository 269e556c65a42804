#include "gateway/coap/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/coap/admission.h"
#include "gateway/coap/endpoint_internal.h"

#define PATH "v1/units/%.32s/config"

/* ---- the table ---- */

static int compare(const struct setting_resource *item, const char *unit,
                   const coap_context_t *context)
{
    int order = strcmp(item->unit, unit);

    return order != 0 ? order : (item->context > context) - (item->context < context);
}

/* The first item that is not before it. */
static size_t place_of(const struct setting_table *table, const char *unit,
                       const coap_context_t *context)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&table->items[middle], unit, context) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct setting_resource *insert(struct setting_table *table, size_t at)
{
    if (table->count == table->room) {
        table->room = table->room == 0 ? 64 : table->room * 2;
        table->items = mem_grow(table->items, table->room, sizeof *table->items);
    }
    memmove(&table->items[at + 1], &table->items[at], (table->count - at) * sizeof *table->items);
    table->count++;
    return &table->items[at];
}

void setting_clear(struct setting_table *table)
{
    free(table->items);
    *table = (struct setting_table){0};
}

/* ---- GET ---- */

static size_t text_of(const struct endpoint *endpoint, const char *unit,
                      char text[static ROSTER_CONFIG_MAX])
{
    const struct roster *roster = endpoint->bar.roster;
    struct roster_entry entry;
    size_t len = 0;

    if (roster != NULL && roster_find(roster, unit, &entry))
        len = roster_config(&entry, text);
    return len > 0 ? len : (size_t)snprintf(text, ROSTER_CONFIG_MAX, "{}");
}

static bool is_its_own(const struct peer *peer, coap_resource_t *resource)
{
    const coap_str_const_t *path = coap_resource_get_uri_path(resource);
    char own[sizeof PATH + UNIT_NAME_MAX];

    snprintf(own, sizeof own, PATH, peer->identity.name);
    return peer->may_send && path->length == strlen(own) && memcmp(path->s, own, path->length) == 0;
}

/* Of a notification the library asks as of a request. */
static void on_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                   const coap_string_t *query, coap_pdu_t *response)
{
    struct endpoint *endpoint = coap_get_app_data(coap_session_get_context(session));
    const struct peer *peer = peer_of(&endpoint->peers, session, &endpoint->bar);
    char text[ROSTER_CONFIG_MAX];
    uint8_t media[4];

    (void)request;
    (void)query;
    if (!is_its_own(peer, resource)) {
        coap_pdu_set_code(response, COAP_RESPONSE_CODE_FORBIDDEN);
        return;
    }
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    coap_add_option(response, COAP_OPTION_CONTENT_FORMAT,
                    coap_encode_var_safe(media, sizeof media, COAP_MEDIATYPE_APPLICATION_JSON),
                    media);
    coap_add_data(response, text_of(endpoint, peer->identity.name, text), (const uint8_t *)text);
}

/* ---- from the endpoint ---- */

void setting_offer(struct endpoint *endpoint, const struct peer *peer)
{
    coap_context_t *context = coap_session_get_context(peer->session);
    struct setting_table *table = &endpoint->settings;
    const char *unit = peer->identity.name;
    char path[sizeof PATH + UNIT_NAME_MAX];
    coap_resource_t *resource = NULL;
    size_t at = 0;

    if (!admission_unit(&peer->identity))
        return;
    at = place_of(table, unit, context);
    if (at < table->count && compare(&table->items[at], unit, context) == 0)
        return;
    snprintf(path, sizeof path, PATH, unit);
    resource = coap_resource_init(coap_new_str_const((const uint8_t *)path, strlen(path)),
                                  COAP_RESOURCE_FLAGS_RELEASE_URI | COAP_RESOURCE_FLAGS_NOTIFY_CON);
    if (resource == NULL)
        return;
    coap_resource_set_get_observable(resource, 1);
    coap_register_request_handler(resource, COAP_REQUEST_GET, on_get);
    coap_add_resource(context, resource);
    *insert(table, at) = (struct setting_resource){.context = context, .resource = resource};
    memcpy(table->items[at].unit, unit, strlen(unit) + 1);
}

void setting_tell(struct endpoint *endpoint)
{
    const struct setting_table *table = &endpoint->settings;
    struct roster *roster = endpoint->bar.roster;
    struct roster_entry entry;

    for (size_t i = 0; roster != NULL && i < roster_count(roster); i++) {
        roster_at(roster, i, &entry);
        if (!entry.news)
            continue;
        for (size_t at = place_of(table, entry.unit, NULL);
             at < table->count && strcmp(table->items[at].unit, entry.unit) == 0; at++)
            (void)coap_resource_notify_observers(table->items[at].resource, NULL);
        roster_told(roster, i);
    }
}
