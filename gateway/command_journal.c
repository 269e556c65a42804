#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/command.h"
#include "gateway/journal/journal.h"
#include "gateway/room.h"
#include "shared/clock.h"
#include "shared/when.h"

#define JOURNALS 2

struct request {
    const char *config, *dir, *name;
    bool json, entries;
    uint64_t from, limit;
    bool has_from;
};

/* ---- where things stand ---- */

static void print_id(const uint8_t *id)
{
    for (size_t i = 0; i < JOURNAL_ID_BYTES; i++)
        printf("%02x", id[i]);
}

static void print_hours(double hours, const char *none)
{
    if (isinf(hours))
        fputs(none, stdout);
    else
        printf("%.1f", hours);
}

/* A journal that is there. */
struct stand {
    const char *name;
    uint8_t id[JOURNAL_ID_BYTES];
    struct journal_extent extent;
    struct room room;
};

static void print_members(const struct stand *stand)
{
    const struct journal_extent *e = &stand->extent;

    fputs("\"id\":\"", stdout);
    print_id(stand->id);
    printf("\",\"oldest\":%" PRIu64 ",\"cursor\":%" PRIu64 ",\"appended\":%" PRIu64
           ",\"synced\":%" PRIu64 ",\"waiting\":%" PRIu64,
           e->oldest, e->cursor, e->appended, e->synced, e->appended - e->cursor);
    printf(",\"bytes_used\":%" PRIu64 ",\"bytes_budget\":%" PRIu64 ",\"room_bytes\":%" PRIu64
           ",\"room_hours\":",
           e->bytes_used, e->bytes_budget, stand->room.bytes);
    print_hours(stand->room.hours, "null");
}

/* The first one's members stand at the top too: whoever has one journal need not look further. */
static void print_json(const struct stand *stands, size_t count)
{
    putchar('{');
    print_members(&stands[0]);
    fputs(",\"journals\":[", stdout);
    for (size_t i = 0; i < count; i++) {
        printf("%s{\"name\":\"%s\",", i == 0 ? "" : ",", stands[i].name);
        print_members(&stands[i]);
        putchar('}');
    }
    fputs("]}\n", stdout);
}

static void print_stand(const struct stand *stand, bool named)
{
    const struct journal_extent *e = &stand->extent;

    if (named)
        printf("journal   %s\n", stand->name);
    fputs("id        ", stdout);
    print_id(stand->id);
    printf("\noldest    %" PRIu64 "\ncursor    %" PRIu64 "\nappended  %" PRIu64
           "\nsynced    %" PRIu64 "\nwaiting   %" PRIu64 "\n",
           e->oldest, e->cursor, e->appended, e->synced, e->appended - e->cursor);
    printf("bytes     %" PRIu64 " of %" PRIu64 "\nroom      %" PRIu64 " bytes, ", e->bytes_used,
           e->bytes_budget, stand->room.bytes);
    print_hours(stand->room.hours, "no limit in");
    fputs(" hours at the present rate\n", stdout);
}

static void print_all(const struct stand *stands, size_t count, bool json)
{
    if (json)
        print_json(stands, count);
    else
        for (size_t i = 0; i < count; i++)
            print_stand(&stands[i], count > 1);
}

static enum err look(struct journal_reader *reader, struct stand *stand, struct fault *fault)
{
    enum err err = journal_reader_extent(reader, &stand->extent, fault);

    memcpy(stand->id, journal_reader_id(reader), JOURNAL_ID_BYTES);
    if (err == ERR_OK)
        stand->room = room_of(&stand->extent,
                              room_rate(reader, &stand->extent, clock_wall_ms(&clock_system)));
    return err;
}

/* ---- entries ---- */

static void print_entry(const struct journal_entry *entry, bool json)
{
    const char *format = format_name(entry->format);
    char received[WHEN_INSTANT_TEXT] = "";

    if (entry->damaged) {
        printf(json ? "{\"position\":%" PRIu64 ",\"damaged\":%" PRIu64 "}\n"
                    : "%-12" PRIu64 " damaged: %" PRIu64 " positions\n",
               entry->position, entry->damaged_count);
        return;
    }
    when_instant_format(entry->received_ms, received);
    printf(json ? "{\"position\":%" PRIu64 ",\"received\":\"%s\",\"unit\":\"%s\",\"format\":\"%s\","
                  "\"length\":%zu}\n"
                : "%-12" PRIu64 " %s  %-32s %-12s %zu\n",
           entry->position, received, entry->unit, format == NULL ? "unknown" : format,
           entry->payload_len);
}

static enum err show_entries(struct journal_reader *reader, const struct request *request,
                             struct fault *fault)
{
    struct journal_extent extent = {0};
    enum err err = journal_reader_extent(reader, &extent, fault);

    if (err == ERR_OK)
        err = journal_seek(reader, request->has_from ? request->from : extent.oldest, fault);
    for (uint64_t i = 0; err == ERR_OK && i < request->limit; i++) {
        struct journal_entry entry = {0};

        err = journal_read(reader, &entry, fault);
        if (err == ERR_OK)
            print_entry(&entry, request->json);
        else if (err == ERR_NOT_FOUND)
            return ERR_OK;
    }
    return err;
}

/* ---- arguments ---- */

static bool take_number(const char *text, uint64_t *number)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return false;
    *number = strtoull(text, &end, 10);
    return *end == '\0';
}

/* EXIT_DONE: go on; -1: help was asked for. */
static int take_arguments(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"dir", required_argument, NULL, 'd'},
                                            {"journal", required_argument, NULL, 'n'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"entries", no_argument, NULL, 'e'},
                                            {"from", required_argument, NULL, 'f'},
                                            {"limit", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return -1;
        if (option == '?')
            return EXIT_USAGE;
        if (option == 'c')
            request->config = optarg;
        else if (option == 'd')
            request->dir = optarg;
        else if (option == 'n')
            request->name = optarg;
        else if (option == 'j')
            request->json = true;
        else if (option == 'e')
            request->entries = true;
        else if (!take_number(optarg, option == 'f' ? &request->from : &request->limit))
            return command_misuse(&command_journal, "--from and --limit take a number");
        request->has_from = request->has_from || option == 'f';
    }
    return optind < argc ? command_misuse(&command_journal, "too many arguments") : EXIT_DONE;
}

/* ---- one journal, or all ---- */

struct place {
    const char *name, *dir;
};

/* Where journals may be, by the request. */
static size_t list_places(const struct request *request, const struct settings *settings,
                          struct place *places)
{
    const struct place all[JOURNALS] = {
        {"mqtt", settings == NULL ? NULL : settings->journal_dir},
        {"coap", settings == NULL ? NULL : settings->coap_journal_dir}};
    size_t count = 0;

    if (request->dir != NULL) {
        places[0] = (struct place){"journal", request->dir};
        return 1;
    }
    for (size_t i = 0; i < JOURNALS; i++)
        if (request->name == NULL || strcmp(request->name, all[i].name) == 0)
            places[count++] = all[i];
    return count;
}

/* ERR_NOT_FOUND when none of them is there yet. */
static enum err show_stands(const struct place *places, size_t count, bool json,
                            struct fault *fault)
{
    struct stand stands[JOURNALS] = {0};
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        struct journal_reader *reader = NULL;
        enum err err = journal_reader_open(places[i].dir, &reader, fault);

        if (err == ERR_NOT_FOUND)
            continue;
        stands[found].name = places[i].name;
        if (err == ERR_OK)
            err = look(reader, &stands[found++], fault);
        journal_reader_close(reader);
        if (err != ERR_OK)
            return err;
    }
    if (found == 0)
        return ERR_NOT_FOUND;
    print_all(stands, found, json);
    return ERR_OK;
}

static enum err show_one(const struct place *place, const struct request *request,
                         struct fault *fault)
{
    struct journal_reader *reader = NULL;
    enum err err = journal_reader_open(place->dir, &reader, fault);

    if (err == ERR_OK)
        err = show_entries(reader, request, fault);
    journal_reader_close(reader);
    return err;
}

static enum err show(const struct request *request, struct fault *fault)
{
    struct settings *settings = NULL;
    struct place places[JOURNALS] = {0};
    size_t count = 0;
    enum err err = request->dir != NULL ? ERR_OK : settings_load(request->config, &settings, fault);

    if (err == ERR_OK)
        count = list_places(request, settings, places);
    if (err == ERR_OK && count == 0)
        err = fault_set(fault, ERR_INPUT, "--journal takes mqtt or coap, not %s", request->name);
    if (err == ERR_OK)
        err = request->entries ? show_one(&places[0], request, fault)
                               : show_stands(places, count, request->json, fault);
    if (err == ERR_NOT_FOUND)
        err = fault_set(fault, err,
                        "no journal in %s; the broker plugin, or the CoAP endpoint, makes it when "
                        "it starts",
                        places[0].dir);
    settings_free(settings);
    return err;
}

static int run(int argc, char **argv)
{
    struct request request = {.config = COMMAND_CONFIG_DEFAULT, .limit = UINT64_MAX};
    struct fault fault = {0};
    int code = take_arguments(argc, argv, &request);

    if (code < 0)
        return fputs(command_journal.usage, stdout) < 0 ? EXIT_NOT_NOW : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    return show(&request, &fault) == ERR_OK ? EXIT_DONE : command_fail(&command_journal, &fault);
}

const struct command command_journal = {
    .name = "journal",
    .summary = "show where the journal stands, or its entries",
    .usage = "usage: evroll-gateway journal [--config FILE [--journal NAME] | --dir DIR]\n"
             "                              [--json] [--entries [--from N] [--limit N]]\n"
             "\n"
             "  --config FILE   default " COMMAND_CONFIG_DEFAULT "\n"
             "  --journal NAME  mqtt or coap; default: both, for --entries mqtt\n"
             "  --dir DIR       this journal, without a configuration\n"
             "  --json          for programs\n"
             "  --entries       position, time, unit, format, length of each entry\n"
             "  --from N        entries from this position on; default: the oldest\n"
             "  --limit N       so many entries\n"
             "\n"
             "Exit codes: 0 done, 2 wrong usage or configuration, 3 there is no journal or it\n"
             "cannot be read.\n",
    .run = run,
};
