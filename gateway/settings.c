#include "gateway/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/coap/endpoint.h"
#include "gateway/relay/relay.h"
#include "gateway/uplink/uplink.h"
#include "shared/arena.h"
#include "shared/config.h"
#include "shared/log.h"
#include "shared/roster.h"
#include "shared/unit.h"

#define LINGER_MAX_MS 60000u
#define ROWS_MAX_MAX  50000u
#define BUDGET_MIN    (1ull << 20)
#define HANDSHAKE_MAX 600u
#define AMOUNT_MAX    1000000u
#define DIRECTORY_MAX 86400u

/* ---- schema ---- */

static const cyaml_strval_t durabilities[] = {
    {"process-crash", DURABILITY_PROCESS_CRASH},
    {"power-loss", DURABILITY_POWER_LOSS},
};

static const cyaml_strval_t levels[] = {
    {"error", LOG_LEVEL_ERROR + 1},
    {"warn", LOG_LEVEL_WARN + 1},
    {"info", LOG_LEVEL_INFO + 1},
    {"debug", LOG_LEVEL_DEBUG + 1},
};

#define TEXT(key, structure, member)                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, structure, member, 1, 1024)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const cyaml_schema_field_t gateway_fields[] = {
    TEXT("id", struct settings_gateway, id),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t address_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 64),
};

#define AMOUNT(key) CYAML_FIELD_UINT(#key, CYAML_FLAG_OPTIONAL, struct settings_mqtt, key)

static const cyaml_schema_field_t mqtt_fields[] = {
    CYAML_FIELD_SEQUENCE("listen", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct settings_mqtt,
                         listen, &address_value, 1, RELAY_LISTEN_MOST),
    TEXT("broker", struct settings_mqtt, broker),
    AMOUNT(connections_max),
    AMOUNT(connections_per_address),
    AMOUNT(new_per_second),
    AMOUNT(handshake_s),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t journal_fields[] = {
    CYAML_FIELD_ENUM("durability", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct settings_journal,
                     durability, durabilities, COUNT(durabilities)),
    CYAML_FIELD_STRING_PTR("budget", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct settings_journal, budget, 1, 32),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t registry_fields[] = {
    TEXT("url", struct settings_registry, url),
    TEXT("ca", struct settings_registry, ca),
    TEXT("cert", struct settings_registry, cert),
    TEXT("key", struct settings_registry, key),
    CYAML_FIELD_END,
};

#define COAP_TEXT(key)                                                                             \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct settings_coap,   \
                           key, 1, 1024)
#define COAP_AMOUNT(key) CYAML_FIELD_UINT(#key, CYAML_FLAG_OPTIONAL, struct settings_coap, key)

static const cyaml_schema_field_t coap_fields[] = {
    TEXT("listen", struct settings_coap, listen),
    TEXT("cert", struct settings_coap, cert),
    TEXT("key", struct settings_coap, key),
    TEXT("ca", struct settings_coap, ca),
    COAP_TEXT(crl),
    COAP_TEXT(budget),
    COAP_AMOUNT(messages_per_s),
    COAP_AMOUNT(messages_at_once),
    COAP_AMOUNT(payload_max),
    COAP_AMOUNT(connections_max),
    COAP_AMOUNT(connections_per_address),
    COAP_AMOUNT(new_per_second),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t uplink_fields[] = {
    CYAML_FIELD_UINT("linger_ms", CYAML_FLAG_OPTIONAL, struct settings_uplink, linger_ms),
    CYAML_FIELD_UINT("rows_max", CYAML_FLAG_OPTIONAL, struct settings_uplink, rows_max),
    CYAML_FIELD_UINT("directory_s", CYAML_FLAG_OPTIONAL, struct settings_uplink, directory_s),
    CYAML_FIELD_END,
};

static const cyaml_strval_t layouts[] = {
    {"auto", CODEC_LAYOUT_AUTO}, {"L1", CODEC_LAYOUT_L1}, {"L1b", CODEC_LAYOUT_L1B},
    {"L2", CODEC_LAYOUT_L2},     {"L3", CODEC_LAYOUT_L3},
};

static const cyaml_schema_value_t pattern_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 64),
};

static const cyaml_schema_field_t evidence_fields[] = {
    CYAML_FIELD_SEQUENCE("keep", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct settings_evidence,
                         keep, &pattern_value, 0, 1000),
    CYAML_FIELD_SEQUENCE("categories", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct settings_evidence, categories, &pattern_value, 0, 100),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t layout_fields[] = {
    CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER, struct codec_layout_rule, unit, 1, 64),
    CYAML_FIELD_ENUM("layout", CYAML_FLAG_STRICT, struct codec_layout_rule, layout, layouts,
                     COUNT(layouts)),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t layout_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct codec_layout_rule, layout_fields),
};

static const cyaml_strval_t admits[] = {
    {"all", ROSTER_ADMIT_ALL},
    {"registered", ROSTER_ADMIT_REGISTERED},
};

static const cyaml_schema_field_t units_fields[] = {
    CYAML_FIELD_ENUM("admit", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct settings_units, admit,
                     admits, COUNT(admits)),
    CYAML_FIELD_STRING_PTR("keys_dir", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct settings_units, keys_dir, 1, 1024),
    CYAML_FIELD_SEQUENCE("layouts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct settings_units,
                         layouts, &layout_value, 0, 1000),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t log_fields[] = {
    CYAML_FIELD_ENUM("level", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct settings_log, level,
                     levels, COUNT(levels)),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_MAPPING("gateway", CYAML_FLAG_DEFAULT, struct settings, gateway, gateway_fields),
    TEXT("state_dir", struct settings, state_dir),
    CYAML_FIELD_MAPPING("mqtt", CYAML_FLAG_OPTIONAL, struct settings, mqtt, mqtt_fields),
    CYAML_FIELD_MAPPING("coap", CYAML_FLAG_OPTIONAL, struct settings, coap, coap_fields),
    CYAML_FIELD_MAPPING("journal", CYAML_FLAG_OPTIONAL, struct settings, journal, journal_fields),
    CYAML_FIELD_MAPPING("registry", CYAML_FLAG_DEFAULT, struct settings, registry, registry_fields),
    CYAML_FIELD_MAPPING("uplink", CYAML_FLAG_OPTIONAL, struct settings, uplink, uplink_fields),
    CYAML_FIELD_MAPPING("evidence", CYAML_FLAG_OPTIONAL, struct settings, evidence,
                        evidence_fields),
    CYAML_FIELD_MAPPING("units", CYAML_FLAG_OPTIONAL, struct settings, units, units_fields),
    CYAML_FIELD_MAPPING("log", CYAML_FLAG_OPTIONAL, struct settings, log, log_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, fields),
};

/* ---- what a schema cannot say ---- */

static bool budget_parse(const char *text, uint64_t *bytes)
{
    static const struct {
        const char *suffix;
        unsigned shift;
    } units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
    char *end = NULL;

    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    *bytes = strtoull(text, &end, 10);
    for (size_t i = 0; errno == 0 && i < COUNT(units); i++)
        if (strcmp(end, units[i].suffix) == 0 && *bytes <= UINT64_MAX >> 1 >> units[i].shift) {
            *bytes <<= units[i].shift;
            return *bytes >= BUDGET_MIN;
        }
    return false;
}

/* As find_wrong. */
static const char *find_wrong_mqtt(const struct settings_mqtt *mqtt, const char **expected)
{
    if (mqtt->broker == NULL)
        return NULL;
    *expected = "ADDRESS:PORT or [ADDRESS]:PORT, no names";
    for (unsigned i = 0; i < mqtt->listen_count; i++)
        if (!relay_address_ok(mqtt->listen[i]))
            return "mqtt/listen";
    if (!relay_address_ok(mqtt->broker))
        return "mqtt/broker";
    *expected = "at most 1000000";
    if (mqtt->connections_max > AMOUNT_MAX)
        return "mqtt/connections_max";
    if (mqtt->connections_per_address > AMOUNT_MAX)
        return "mqtt/connections_per_address";
    if (mqtt->new_per_second > AMOUNT_MAX)
        return "mqtt/new_per_second";
    *expected = "at most 600 s";
    return mqtt->handshake_s > HANDSHAKE_MAX ? "mqtt/handshake_s" : NULL;
}

static const char *find_wrong_coap(struct settings *s, const char **expected)
{
    const struct settings_coap *coap = &s->coap;

    *expected = "ADDRESS:PORT or [ADDRESS]:PORT, no names";
    if (coap->listen != NULL && !relay_address_ok(coap->listen))
        return "coap/listen";
    *expected = "bytes, or a number with KiB, MiB, GiB or TiB; at least 1MiB";
    if (coap->budget != NULL && !budget_parse(coap->budget, &s->coap_budget_bytes))
        return "coap/budget";
    *expected = "at most 1000000";
    if (coap->messages_per_s > AMOUNT_MAX)
        return "coap/messages_per_s";
    if (coap->messages_at_once > AMOUNT_MAX)
        return "coap/messages_at_once";
    if (coap->connections_max > AMOUNT_MAX)
        return "coap/connections_max";
    if (coap->connections_per_address > AMOUNT_MAX)
        return "coap/connections_per_address";
    if (coap->new_per_second > AMOUNT_MAX)
        return "coap/new_per_second";
    *expected = "at most 65536 bytes";
    return coap->payload_max > ENDPOINT_PAYLOAD_MAX ? "coap/payload_max" : NULL;
}

/* The first thing that is wrong: its path in the file, and what was expected. NULL: nothing. */
static const char *find_wrong(struct settings *s, const char **expected)
{
    if (!unit_name_ok(s->gateway.id, strlen(s->gateway.id))) {
        *expected = "the CN of the gateway's certificate, [A-Za-z0-9._-]{1,32}";
        return "gateway/id";
    }
    if (find_wrong_mqtt(&s->mqtt, expected) != NULL)
        return find_wrong_mqtt(&s->mqtt, expected);
    if (find_wrong_coap(s, expected) != NULL)
        return find_wrong_coap(s, expected);
    if (s->journal.durability != DURABILITY_PROCESS_CRASH && s->mqtt.broker == NULL) {
        *expected = "process-crash, or a section mqtt: power-loss (the default) holds "
                    "acknowledgements in the relay, and without mqtt there is none";
        return "journal/durability";
    }
    if (s->journal.budget != NULL && !budget_parse(s->journal.budget, &s->budget_bytes)) {
        *expected = "bytes, or a number with KiB, MiB, GiB or TiB; at least 1MiB";
        return "journal/budget";
    }
    if (strncmp(s->registry.url, "https://", 8) != 0 || s->registry.url[8] == '\0') {
        *expected = "https://HOST[:PORT]";
        return "registry/url";
    }
    if (s->uplink.linger_ms > LINGER_MAX_MS) {
        *expected = "at most 60000 ms";
        return "uplink/linger_ms";
    }
    if (s->uplink.rows_max > ROWS_MAX_MAX) {
        *expected = "at most 50000 rows";
        return "uplink/rows_max";
    }
    if (s->uplink.directory_s > DIRECTORY_MAX) {
        *expected = "at most 86400 s";
        return "uplink/directory_s";
    }
    return NULL;
}

static enum err check_values(const char *path, const char *text, size_t len, struct settings *s,
                             struct fault *fault)
{
    const char *expected = NULL, *wrong = find_wrong(s, &expected);
    char key[64] = "";
    size_t line = 1, column = 1;

    if (wrong == NULL)
        return ERR_OK;
    (void)config_place(text, len, wrong, &line, &column);
    strncpy(key, wrong, sizeof key - 1);
    *strchr(key, '/') = '.';
    return fault_set(fault, ERR_INPUT, "%s:%zu:%zu: bad %s; expected %s", path, line, column, key,
                     expected);
}

static char *under(const char *dir, const char *name)
{
    size_t room = strlen(dir) + strlen(name) + 2;
    char *path = mem_alloc(room, 1);

    snprintf(path, room, "%s/%s", dir, name);
    return path;
}

static void complete(struct settings *s)
{
    if (s->uplink.linger_ms == 0)
        s->uplink.linger_ms = UPLINK_LINGER_MS;
    if (s->uplink.rows_max == 0)
        s->uplink.rows_max = UPLINK_ROWS_MAX;
    if (s->journal.durability == 0)
        s->journal.durability = DURABILITY_POWER_LOSS;
    if (s->log.level == 0)
        s->log.level = LOG_LEVEL_INFO + 1;
    s->journal_dir = under(s->state_dir, "journal/mqtt");
    s->coap_journal_dir = under(s->state_dir, "journal/coap");
    if (s->coap_budget_bytes == 0)
        s->coap_budget_bytes = s->budget_bytes;
    s->outbox_dir = under(s->state_dir, "outbox");
    s->rejects_dir = under(s->state_dir, "rejects");
    s->metrics_file = under(s->state_dir, "metrics/gateway.prom");
    s->directory_file = under(s->state_dir, "directory");
}

enum err settings_load(const char *path, struct settings **settings, struct fault *fault)
{
    char *text = NULL;
    void *data = NULL;
    size_t len = 0;
    enum err err = config_read(path, &text, &len, fault);

    *settings = NULL;
    if (err == ERR_NOT_FOUND) /* the wrong name was given: not a thing that passes */
        err = fault_set(fault, ERR_INPUT, "%s: no such configuration file", path);
    if (err == ERR_OK)
        err = config_load_text(path, text, len, &schema, &data, fault);
    if (err == ERR_OK)
        err = check_values(path, text, len, data, fault);
    free(text);
    if (err != ERR_OK) {
        config_free(&schema, data);
        return err;
    }
    *settings = data;
    complete(*settings);
    return ERR_OK;
}

void settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    free(settings->journal_dir);
    free(settings->coap_journal_dir);
    free(settings->outbox_dir);
    free(settings->rejects_dir);
    free(settings->metrics_file);
    free(settings->directory_file);
    config_free(&schema, settings);
}

enum err settings_check(const struct settings *settings, struct fault *fault)
{
    const struct {
        const char *key, *path;
    } files[] = {
        {"registry.ca", settings->registry.ca},   {"registry.cert", settings->registry.cert},
        {"registry.key", settings->registry.key}, {"coap.cert", settings->coap.cert},
        {"coap.key", settings->coap.key},         {"coap.ca", settings->coap.ca},
        {"coap.crl", settings->coap.crl}};
    struct stat st = {0};

    for (size_t i = 0; i < COUNT(files); i++)
        if (files[i].path != NULL && access(files[i].path, R_OK) != 0)
            return fault_set(fault, ERR_INPUT, "%s: cannot read %s: %s", files[i].key,
                             files[i].path, strerrordesc_np(errno));
    if (stat(settings->state_dir, &st) != 0 || !S_ISDIR(st.st_mode) ||
        access(settings->state_dir, W_OK | X_OK) != 0)
        return fault_set(fault, ERR_INPUT, "state_dir: %s is no directory that can be written to",
                         settings->state_dir);
    return ERR_OK;
}
