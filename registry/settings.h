/*
 * settings: what `evroll-registry serve` is told, by a YAML file and by options; an option wins.
 * The keys of the file are the names of the options with "_" for "-".
 */
#ifndef EVROLL_REGISTRY_SETTINGS_H
#define EVROLL_REGISTRY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/retention/retention.h"
#include "shared/err.h"

struct settings {
    const char *db;      /* a database URL */
    const char *db_read; /* that of a standby of it; NULL: none */
    const char *address;
    uint16_t port;    /* 0: any free one (as an option; in the file it means the default) */
    const char *cert; /* PEM files */
    const char *key;
    const char *client_ca;
    const char *crl;
    uint32_t workers;     /* 0: one a core; at most 256 */
    uint32_t connections; /* at most, all workers together */
    uint32_t deadline;    /* seconds a request */
    const char *plan_dir; /* folder of plans beside the built-in one */
    const char *factors;  /* a table of emission factors in place of the built-in one */
    const char *log_level;
    const char *port_file;    /* receives the port */
    const char *snapshot_key; /* signs snapshots; NULL: none is made */
    const char *signed_dir;   /* shared with the authority; NULL: none */
    bool migrate;
    struct retention_days keep;
    struct settings *from_file; /* owns the texts that came from there */
};

/* Reads argv (argv[0] is the command's name). ERR_INPUT: says what is wrong and where. */
enum err settings_read(int argc, char **argv, struct settings *settings,
                       struct fault *fault) ERR_CHECKED;
void settings_free(struct settings *settings);

#endif
