#include "gateway/broker_plugin/settings.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "gateway/journal/journal.h"

/* `most` 0 means text. */
static const struct option {
    const char *name;
    size_t offset;
    uint64_t most;
} known[] = {
    {"journal_dir", offsetof(struct settings, journal_dir), 0},
    {"journal_budget_bytes", offsetof(struct settings, journal_budget_bytes), UINT64_MAX},
    {"journal_segment_bytes", offsetof(struct settings, journal_segment_bytes), UINT32_MAX},
    {"payload_max", offsetof(struct settings, payload_max), JOURNAL_PAYLOAD_MAX},
    {"crl_file", offsetof(struct settings, crl_file), 0},
    {"ca_file", offsetof(struct settings, ca_file), 0},
    {"directory_file", offsetof(struct settings, directory_file), 0},
    {"admit", offsetof(struct settings, admit), 0},
    {"outbox_dir", offsetof(struct settings, outbox_dir), 0},
    {"metrics_file", offsetof(struct settings, metrics_file), 0},
};

static bool number_parse(const char *text, uint64_t most, uint64_t *value)
{
    char *end = NULL;
    unsigned long long parsed = 0;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    parsed = strtoull(text, &end, 10);
    *value = parsed;
    return errno == 0 && *end == '\0' && parsed > 0 && parsed <= most;
}

static enum err option_take(const struct option *option, const char *value,
                            struct settings *settings, struct fault *fault)
{
    char *field = (char *)settings + option->offset;
    uint64_t number = 0;

    if (option->most == 0) {
        memcpy(field, &value, sizeof value);
        return ERR_OK;
    }
    if (!number_parse(value, option->most, &number))
        return fault_set(fault, ERR_INPUT,
                         "plugin_opt_%s must be a whole number from 1 to %llu, got: %s",
                         option->name, (unsigned long long)option->most, value);
    memcpy(field, &number, sizeof number);
    return ERR_OK;
}

static const struct option *option_find(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

static enum err admit_check(const struct settings *settings, struct fault *fault)
{
    const char *admit = settings->admit;

    if (admit == NULL || strcmp(admit, "all") == 0)
        return ERR_OK;
    if (strcmp(admit, "registered") != 0)
        return fault_set(fault, ERR_INPUT, "plugin_opt_admit must be all or registered, got: %s",
                         admit);
    if (settings->directory_file == NULL)
        return fault_set(fault, ERR_INPUT,
                         "plugin_opt_directory_file is missing; plugin_opt_admit registered needs "
                         "to know who is");
    return ERR_OK;
}

enum err settings_read(const struct mosquitto_opt *options, int count, struct settings *settings,
                       struct fault *fault)
{
    enum err err = ERR_OK;

    *settings = (struct settings){.payload_max = JOURNAL_PAYLOAD_MAX};
    for (int i = 0; i < count && err == ERR_OK; i++) {
        const struct option *option = option_find(options[i].key);

        if (option == NULL)
            return fault_set(fault, ERR_INPUT, "plugin_opt_%s is not known; see the example file",
                             options[i].key);
        err = option_take(option, options[i].value, settings, fault);
    }
    if (err == ERR_OK && settings->journal_dir == NULL)
        err = fault_set(fault, ERR_INPUT, "plugin_opt_journal_dir is missing; say where to store");
    if (err == ERR_OK && settings->crl_file != NULL && settings->ca_file == NULL)
        err = fault_set(
            fault, ERR_INPUT,
            "plugin_opt_ca_file is missing; plugin_opt_crl_file needs the CA that signs it");
    return err == ERR_OK ? admit_check(settings, fault) : err;
}
