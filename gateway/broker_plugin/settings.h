/*
 * settings: the plugin_opt_* lines of mosquitto.conf. Strings belong to the broker, which keeps
 * them until the plugin's cleanup.
 */
#ifndef EVROLL_GATEWAY_BROKER_PLUGIN_SETTINGS_H
#define EVROLL_GATEWAY_BROKER_PLUGIN_SETTINGS_H

#include <stdint.h>

#include "shared/err.h"

struct settings {
    const char *journal_dir;        /* required */
    uint64_t journal_budget_bytes;  /* 0: the journal's default */
    uint64_t journal_segment_bytes; /* 0: the journal's default */
    uint64_t payload_max;           /* default and most: JOURNAL_PAYLOAD_MAX */
    const char *crl_file;           /* NULL: nobody is revoked */
    const char *ca_file;            /* required with crl_file: who may sign it */
    const char *directory_file;     /* what the registry says of units; NULL: it is not asked */
    const char *admit;              /* "registered": only units it knows; NULL, "all": any */
    const char *outbox_dir;         /* NULL: no messages to units */
    const char *metrics_file;       /* NULL: none is written */
};

struct mosquitto_opt;

/* ERR_INPUT names the option that is unknown, missing or malformed. */
enum err settings_read(const struct mosquitto_opt *options, int count, struct settings *settings,
                       struct fault *fault) ERR_CHECKED;

#endif
