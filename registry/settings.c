#include "registry/settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "registry/command.h"
#include "shared/config.h"
#include "shared/log.h"

#define PORT_DEFAULT 8443
#define WORKERS_MAX  256

/* ---- the file ---- */

#define TEXT_KEY(name)                                                                             \
    CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct settings, name, \
                           1, 4096)
#define KEEP_KEY(name, kind)                                                                       \
    CYAML_FIELD_UINT(name, CYAML_FLAG_OPTIONAL, struct settings, keep.days[kind])
#define NUMBER_KEY(name) CYAML_FIELD_UINT(#name, CYAML_FLAG_OPTIONAL, struct settings, name)

static const cyaml_schema_field_t keys[] = {
    TEXT_KEY(db),
    TEXT_KEY(db_read),
    TEXT_KEY(address),
    NUMBER_KEY(port),
    TEXT_KEY(cert),
    TEXT_KEY(key),
    TEXT_KEY(client_ca),
    TEXT_KEY(crl),
    NUMBER_KEY(workers),
    NUMBER_KEY(connections),
    NUMBER_KEY(deadline),
    TEXT_KEY(plan_dir),
    TEXT_KEY(factors),
    TEXT_KEY(snapshot_key),
    TEXT_KEY(signed_dir),
    TEXT_KEY(log_level),
    TEXT_KEY(port_file),
    KEEP_KEY("keep_samples_days", STORE_KEPT_SAMPLES),
    KEEP_KEY("keep_evidence_days", STORE_KEPT_EVIDENCE),
    KEEP_KEY("keep_events_days", STORE_KEPT_EVENTS),
    KEEP_KEY("keep_rejects_days", STORE_KEPT_REJECTS),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, keys),
};

static enum err file_read(const char *path, struct settings *settings, struct fault *fault)
{
    void *data = NULL;
    enum err err = config_load(path, &schema, &data, fault);

    if (err == ERR_NOT_FOUND)
        return fault_set(fault, ERR_INPUT, "there is no file %s; name another with --config", path);
    if (err != ERR_OK)
        return err;
    *settings = *(const struct settings *)data;
    settings->from_file = data;
    return ERR_OK;
}

/* ---- options ---- */

enum kind { KIND_TEXT, KIND_NUMBER, KIND_PORT, KIND_SWITCH, KIND_CONFIG };

static const struct {
    const char *name;
    enum kind kind;
    size_t offset;
} definitions[] = {
    {"config", KIND_CONFIG, 0},
    {"db", KIND_TEXT, offsetof(struct settings, db)},
    {"db-read", KIND_TEXT, offsetof(struct settings, db_read)},
    {"address", KIND_TEXT, offsetof(struct settings, address)},
    {"port", KIND_PORT, offsetof(struct settings, port)},
    {"cert", KIND_TEXT, offsetof(struct settings, cert)},
    {"key", KIND_TEXT, offsetof(struct settings, key)},
    {"client-ca", KIND_TEXT, offsetof(struct settings, client_ca)},
    {"crl", KIND_TEXT, offsetof(struct settings, crl)},
    {"workers", KIND_NUMBER, offsetof(struct settings, workers)},
    {"connections", KIND_NUMBER, offsetof(struct settings, connections)},
    {"deadline", KIND_NUMBER, offsetof(struct settings, deadline)},
    {"plan-dir", KIND_TEXT, offsetof(struct settings, plan_dir)},
    {"factors", KIND_TEXT, offsetof(struct settings, factors)},
    {"log-level", KIND_TEXT, offsetof(struct settings, log_level)},
    {"port-file", KIND_TEXT, offsetof(struct settings, port_file)},
    {"snapshot-key", KIND_TEXT, offsetof(struct settings, snapshot_key)},
    {"signed-dir", KIND_TEXT, offsetof(struct settings, signed_dir)},
    {"keep-samples-days", KIND_NUMBER, offsetof(struct settings, keep.days[STORE_KEPT_SAMPLES])},
    {"keep-evidence-days", KIND_NUMBER, offsetof(struct settings, keep.days[STORE_KEPT_EVIDENCE])},
    {"keep-events-days", KIND_NUMBER, offsetof(struct settings, keep.days[STORE_KEPT_EVENTS])},
    {"keep-rejects-days", KIND_NUMBER, offsetof(struct settings, keep.days[STORE_KEPT_REJECTS])},
    {"migrate", KIND_SWITCH, offsetof(struct settings, migrate)},
};

#define DEFINITION_COUNT (sizeof definitions / sizeof definitions[0])

static void options_fill(struct option options[static DEFINITION_COUNT + 1])
{
    for (size_t i = 0; i < DEFINITION_COUNT; i++)
        options[i] = (struct option){
            .name = definitions[i].name,
            .has_arg = definitions[i].kind == KIND_SWITCH ? no_argument : required_argument,
            .val = (int)i,
        };
    options[DEFINITION_COUNT] = (struct option){0};
}

static bool number_parse(const char *text, unsigned long max, unsigned long *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoul(text, &end, 10);
    return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number <= max;
}

static enum err option_set(struct settings *settings, size_t i, const char *value,
                           struct fault *fault)
{
    void *place = (char *)settings + definitions[i].offset;
    unsigned long max = definitions[i].kind == KIND_PORT ? UINT16_MAX : UINT32_MAX;
    unsigned long number = 0;

    switch (definitions[i].kind) {
    case KIND_CONFIG:
        return ERR_OK;
    case KIND_TEXT:
        *(const char **)place = value;
        return ERR_OK;
    case KIND_SWITCH:
        *(bool *)place = true;
        return ERR_OK;
    case KIND_NUMBER:
    case KIND_PORT:
        break;
    }
    if (!number_parse(value, max, &number))
        return fault_set(fault, ERR_INPUT, "--%s takes a number from 0 to %lu, not \"%s\"",
                         definitions[i].name, max, value);
    if (definitions[i].kind == KIND_PORT)
        *(uint16_t *)place = (uint16_t)number;
    else
        *(uint32_t *)place = (uint32_t)number;
    return ERR_OK;
}

/* Goes over argv once: with `config` it only looks for that option, without it sets the others. */
static enum err options_walk(int argc, char **argv, const char **config, struct settings *settings,
                             struct fault *fault)
{
    struct option options[DEFINITION_COUNT + 1];
    enum err err = ERR_OK;
    int i = 0;

    options_fill(options);
    optind = 0;
    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
    while (err == ERR_OK && (i = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (i == '?' || i == ':')
            return fault_set(fault, ERR_INPUT, "\"%s\" %s; see evroll-registry serve --help",
                             argv[optind - 1], i == '?' ? "is not known" : "lacks its value");
        if (config == NULL)
            err = option_set(settings, (size_t)i, optarg, fault);
        else if (definitions[i].kind == KIND_CONFIG)
            *config = optarg;
    }
    if (err == ERR_OK && optind < argc)
        return fault_set(fault, ERR_INPUT,
                         "\"%s\" is not expected; see evroll-registry serve --help", argv[optind]);
    return err;
}

/* ---- both ---- */

static void defaults_fill(struct settings *settings)
{
    if (settings->db == NULL)
        settings->db = command_default_db();
    if (settings->address == NULL)
        settings->address = "127.0.0.1";
    if (settings->port == 0)
        settings->port = PORT_DEFAULT;
    if (settings->log_level == NULL)
        settings->log_level = "info";
}

static enum err settings_check(const struct settings *settings, struct fault *fault)
{
    if (settings->cert == NULL || settings->key == NULL)
        return fault_set(fault, ERR_INPUT,
                         "no certificate: give cert and key in the file, or --cert and --key");
    if (settings->workers > WORKERS_MAX)
        return fault_set(fault, ERR_INPUT, "%u workers are too many; at most %d, 0 is one a core",
                         settings->workers, WORKERS_MAX);
    if (settings->crl != NULL && settings->client_ca == NULL)
        return fault_set(fault, ERR_INPUT, "crl needs client_ca, which signs the list");
    if (log_level_parse(settings->log_level) < 0)
        return fault_set(fault, ERR_INPUT,
                         "the log level \"%s\" is none of error, warn, info, debug",
                         settings->log_level);
    return ERR_OK;
}

enum err settings_read(int argc, char **argv, struct settings *settings, struct fault *fault)
{
    const char *config = NULL;
    enum err err = ERR_OK;

    *settings = (struct settings){.db = NULL};
    err = options_walk(argc, argv, &config, NULL, fault);
    if (err == ERR_OK && config != NULL)
        err = file_read(config, settings, fault);
    if (err != ERR_OK)
        return err;
    defaults_fill(settings);
    err = options_walk(argc, argv, NULL, settings, fault);
    if (err == ERR_OK)
        err = settings_check(settings, fault);
    if (err == ERR_OK)
        err = retention_days_settle(&settings->keep, fault);
    if (err != ERR_OK)
        settings_free(settings);
    return err;
}

void settings_free(struct settings *settings)
{
    config_free(&schema, settings->from_file);
    *settings = (struct settings){.db = NULL};
}
