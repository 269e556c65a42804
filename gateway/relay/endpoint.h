/*
 * endpoint: "192.0.2.1:8883", "[2001:db8::1]:8883" as a socket address, and back. No names: where a
 * gateway listens must not depend on a name server.
 */
#ifndef EVROLL_GATEWAY_RELAY_ENDPOINT_H
#define EVROLL_GATEWAY_RELAY_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define ENDPOINT_TEXT_MAX 64

struct endpoint {
    struct sockaddr_storage address;
    socklen_t len;
};

bool endpoint_parse(const char *text, struct endpoint *endpoint);
const char *endpoint_text(const struct sockaddr *address, char text[ENDPOINT_TEXT_MAX]);

#endif
