/*
 * hostport: "192.0.2.1:8883", "[2001:db8::1]:8883" as a socket address, and back. No names: where a
 * gateway listens must not depend on a name server.
 */
#ifndef EVROLL_GATEWAY_RELAY_HOSTPORT_H
#define EVROLL_GATEWAY_RELAY_HOSTPORT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define HOSTPORT_TEXT_MAX 64

struct hostport {
    struct sockaddr_storage address;
    socklen_t len;
};

bool hostport_parse(const char *text, struct hostport *hostport);
const char *hostport_text(const struct sockaddr *address, char text[HOSTPORT_TEXT_MAX]);

#endif
