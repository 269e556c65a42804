/*
 * settings: gateway.yaml.
 *
 *     gateway:
 *       id: depot-1                 # CN of the gateway's certificate
 *     state_dir: /var/lib/evroll/gateway
 *     mqtt:                         # the relay; without it units connect to the broker itself
 *       listen: ["0.0.0.0:8883", "[::]:8883"]   # this is the default
 *       broker: 127.0.0.1:1883      # where the broker listens, on loopback
 *       connections_max: 16384      # these four may be left out
 *       connections_per_address: 4096
 *       new_per_second: 100         # of one address
 *       handshake_s: 10
 *     journal:
 *       durability: power-loss      # the default; it needs mqtt. Or: process-crash
 *       budget: 16GiB               # as the broker plugin's journal_budget_bytes
 *     coap:                         # may be left out: no CoAP
 *       listen: 0.0.0.0:5684        # DTLS (UDP) and TLS (TCP); [::]:5684
 *       cert: /etc/evroll/coap.pem  # of this server
 *       key: /etc/evroll/coap.key
 *       ca: /etc/evroll/ca.pem      # whose units are let in
 *       crl: /etc/evroll/crl.pem    # may be left out: nobody is revoked
 *       budget: 16GiB               # of journal/coap; may be left out, as journal.budget
 *       messages_per_s: 200         # of one unit; more is answered with 4.29
 *       messages_at_once: 1000
 *       payload_max: 65536
 *       connections_max: 4096       # over TLS (TCP); the same three as of mqtt
 *       connections_per_address: 1024
 *       new_per_second: 100
 *     registry:
 *       url: https://registry.example:8443
 *       ca: /etc/evroll/ca.pem
 *       cert: /etc/evroll/gateway.pem
 *       key: /etc/evroll/gateway.key
 *     uplink:                       # may be left out
 *       linger_ms: 30000            # how long the first entry of a batch waits for others
 *       rows_max: 5000              # samples in a batch; four times as many while a backlog drains
 *       directory_s: 20             # how often the registry is asked what it knows of units
 *     evidence:                     # may be left out
 *       keep: ["bus-*"]             # units whose raw payloads are sent along and kept
 *       categories: [MUCK_TRUCK]    # and those in vehicles of these categories, by the registry
 *     units:                        # may be left out
 *       admit: all                  # or: registered, none but those that the registry knows
 *       keys_dir: /etc/evroll/keys  # NAME.pem: public key of a unit's security chip (SM2)
 *       layouts:                    # bodies of GB 17691 frames; found out where not given
 *         - {unit: "truck-*", layout: L3}
 *     log:                          # may be left out
 *       level: info                 # error, warn, info, debug
 *
 * What is under state_dir: journal/mqtt (written by the broker plugin), journal/coap (by this
 * process), outbox (read by it),
 * rejects, metrics/gateway.prom, directory.
 */
#ifndef EVROLL_GATEWAY_SETTINGS_H
#define EVROLL_GATEWAY_SETTINGS_H

#include <stdint.h>

#include "gateway/decode/decode.h"
#include "shared/err.h"

struct settings_gateway {
    char *id;
};

struct settings_journal {
    int durability; /* enum settings_durability */
    char *budget;
};

struct settings_mqtt {
    char **listen;
    unsigned listen_count;
    char *broker; /* NULL: no relay */
    uint32_t connections_max, connections_per_address, new_per_second, handshake_s; /* 0: default */
};

struct settings_registry {
    char *url, *ca, *cert, *key;
};

struct settings_coap {
    char *listen, *cert, *key, *ca; /* listen NULL: no CoAP */
    char *crl, *budget;
    uint32_t messages_per_s, messages_at_once, payload_max; /* 0: the endpoint's default */
    uint32_t connections_max, connections_per_address, new_per_second; /* of TLS (TCP); the same */
};

struct settings_uplink {
    uint32_t linger_ms;
    uint32_t rows_max;
    uint32_t directory_s;
};

struct settings_evidence {
    char **keep; /* shell patterns of unit names */
    unsigned keep_count;
    char **categories; /* of vehicles, as the registry names them */
    unsigned categories_count;
};

struct settings_units {
    int admit;      /* enum roster_admit */
    char *keys_dir; /* NULL: no key is known */
    struct codec_layout_rule *layouts;
    unsigned layouts_count;
};

struct settings_log {
    int level; /* enum log_level + 1; 0 when not given */
};

enum settings_durability { DURABILITY_PROCESS_CRASH = 1, DURABILITY_POWER_LOSS = 2 };

struct settings {
    struct settings_gateway gateway;
    char *state_dir;
    struct settings_mqtt mqtt;
    struct settings_journal journal;
    struct settings_registry registry;
    struct settings_coap coap;
    struct settings_uplink uplink;
    struct settings_evidence evidence;
    struct settings_units units;
    struct settings_log log;

    /* made from state_dir and the budgets */
    char *journal_dir, *coap_journal_dir, *outbox_dir, *rejects_dir, *metrics_file, *directory_file;
    uint64_t budget_bytes, coap_budget_bytes; /* 0 when not given */
};

/* ERR_INPUT with "FILE:LINE:COLUMN: what is wrong; expected …", ERR_IO. */
enum err settings_load(const char *path, struct settings **settings,
                       struct fault *fault) ERR_CHECKED;
void settings_free(struct settings *settings);

/* Can what it names be used: the files of certificates, the state directory? */
enum err settings_check(const struct settings *settings, struct fault *fault) ERR_CHECKED;

#endif
