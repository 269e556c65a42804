#include "gateway/relay/hostport.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/relay/relay.h"

static bool port_parse(const char *text, in_port_t *port)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value == 0 || value > 65535)
        return false;
    *port = htons((uint16_t)value);
    return true;
}

/* The host alone, without brackets. */
static bool host_copy(const char *text, const char *colon, char *host, size_t room)
{
    bool bracketed = text[0] == '[';
    const char *from = bracketed ? text + 1 : text, *to = bracketed ? colon - 1 : colon;

    if (to <= from || (bracketed && *to != ']') || (size_t)(to - from) >= room)
        return false;
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = '\0';
    return bracketed == (strchr(host, ':') != NULL);
}

bool hostport_parse(const char *text, struct hostport *hostport)
{
    const char *colon = strrchr(text, ':');
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&hostport->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&hostport->address;
    char host[INET6_ADDRSTRLEN] = "";

    *hostport = (struct hostport){0};
    if (colon == NULL || !host_copy(text, colon, host, sizeof host))
        return false;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        hostport->len = sizeof *v4;
        return port_parse(colon + 1, &v4->sin_port);
    }
    v6->sin6_family = AF_INET6;
    hostport->len = sizeof *v6;
    return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1 && port_parse(colon + 1, &v6->sin6_port);
}

bool relay_address_ok(const char *text)
{
    struct hostport hostport;

    return hostport_parse(text, &hostport);
}

const char *hostport_text(const struct sockaddr *address, char text[HOSTPORT_TEXT_MAX])
{
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;
    char host[INET6_ADDRSTRLEN] = "?";

    if (address->sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(text, HOSTPORT_TEXT_MAX, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(text, HOSTPORT_TEXT_MAX, "%s:%u", host, ntohs(v4->sin_port));
    }
    return text;
}
