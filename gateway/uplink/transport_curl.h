/*
 * transport_curl: batches and pages over HTTPS with libcurl. TLS 1.2 or newer, the gateway's certificate, no
 * CA but the given one, no redirects, no proxies, one connection that is kept.
 *
 * A post or get blocks, for a minute at most. Meanwhile `stop_fd` is watched: when it becomes readable
 * it ends with ERR_STOPPED (the byte stays in it); and `alive` is called about once a second.
 */
#ifndef EVROLL_GATEWAY_UPLINK_TRANSPORT_CURL_H
#define EVROLL_GATEWAY_UPLINK_TRANSPORT_CURL_H

#include "gateway/uplink/transport.h"

#define TRANSPORT_CURL_CONNECT_MS 10000
#define TRANSPORT_CURL_WHOLE_MS   60000

/* The texts must outlive the transport. */
struct transport_curl_options {
    const char *url; /* of the registry, https://HOST[:PORT]; the path is appended */
    const char *ca_file, *cert_file, *key_file;
    int stop_fd;              /* -1: none */
    void (*alive)(void *arg); /* NULL: none */
    void *arg;
};

enum err transport_curl_open(const struct transport_curl_options *options,
                             struct transport **transport, struct fault *fault) ERR_CHECKED;

#endif
