/* evroll-registry retention: what is too old to be kept, and its removal. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "registry/command.h"
#include "registry/command_options.h"
#include "registry/retention/retention.h"
#include "registry/rollup/query.h"
#include "shared/arena.h"
#include "shared/when.h"

static const char usage[] =
    "usage: evroll-registry retention dry-run|run|shrink [--db URL]\n"
    "           [--keep-samples-days N] [--keep-evidence-days N] [--keep-events-days N]\n"
    "           [--keep-rejects-days N]\n"
    "\n"
    "Raw data that is older than it is to be kept: dry-run says what would go, by month; run\n"
    "removes it, as the service does every day. Activity, stays, findings, counts, the register "
    "and\n"
    "the audit log are not touched. Give the same numbers as the service has.\n"
    "\n"
    "What is removed from a SQLite file leaves room that is used again. shrink gives that room "
    "back\n"
    "to the disk: in one transaction, so that registries take nothing meanwhile and gateways keep "
    "it,\n"
    "and it needs room itself for what it moves, up to the size of what is kept.\n"
    "\n"
    "  --db URL                   the database (default: EVROLL_DB)\n"
    "  --keep-samples-days N      samples, by when they were measured (default: 1100, least: 7)\n"
    "  --keep-evidence-days N     raw payloads, by arrival (default: 400)\n"
    "  --keep-events-days N       logins, alarms (default: 1100, least: 181)\n"
    "  --keep-rejects-days N      refused payloads, by arrival (default: 400)\n";

struct options {
    const char *db;
    const char *days[STORE_KEPT_COUNT];
};

static enum err read_days(const struct options *o, struct retention_days *keep, struct fault *fault)
{
    for (size_t i = 0; i < STORE_KEPT_COUNT; i++) {
        int64_t number = 0;

        if (o->days[i] == NULL)
            continue;
        if (!query_whole(o->days[i], &number) || number < 1 || number > RETENTION_DAYS_MAX)
            return fault_set(fault, ERR_INPUT, "--keep-%s-days takes a number of days, not \"%s\"",
                             store_kept_name((enum store_kept_kind)i), o->days[i]);
        keep->days[i] = (uint32_t)number;
    }
    return retention_days_settle(keep, fault);
}

/* ---- dry-run ---- */

static void print_month(void *arg, const struct store_kept_month *month)
{
    const enum store_kept_kind *kind = arg;
    const struct when_date date = when_date(month->first_day);

    printf("%-10s %04d-%02d %12lld rows %14lld bytes\n", store_kept_name(*kind), date.year,
           date.month, (long long)month->rows, (long long)month->bytes);
}

static enum err print_all(struct sql *db, const struct retention_days *keep, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < STORE_KEPT_COUNT; i++) {
        enum store_kept_kind kind = (enum store_kept_kind)i;
        int64_t from_ms = retention_from(keep, kind, clock_wall_ms(&clock_system));
        char from[WHEN_INSTANT_TEXT];

        when_instant_format(from_ms, from);
        printf("%-10s before %s:\n", store_kept_name(kind), from);
        err = store_kept_months(db, kind, from_ms, print_month, &kind, fault);
    }
    return err;
}

/* ---- run ---- */

static void show(const struct retention_progress *at)
{
    fprintf(stderr, "\r%-10s %12lld rows", store_kept_name(at->kind), (long long)at->rows);
}

static enum err print_unused(struct sql *db, struct fault *fault)
{
    int64_t unused = 0;
    enum err err = sql_unused(db, &unused, fault);

    if (err == ERR_OK && unused > 0)
        printf("%lld bytes of the file are free and used again; evroll-registry retention shrink "
               "gives them back\n",
               (long long)unused);
    return err;
}

static enum err print_removed(struct sql *db, struct fault *fault)
{
    struct store_kept kept[STORE_KEPT_COUNT];
    enum err err = store_kept_read(db, kept, fault);

    for (size_t i = 0; err == ERR_OK && i < STORE_KEPT_COUNT; i++) {
        char from[WHEN_INSTANT_TEXT];

        when_instant_format(kept[i].kept_from_ms, from);
        printf("%-10s from %s on; removed so far: %lld rows, %lld bytes\n",
               store_kept_name((enum store_kept_kind)i), from, (long long)kept[i].rows,
               (long long)kept[i].bytes);
    }
    return err == ERR_OK ? print_unused(db, fault) : err;
}

static enum err remove_all(struct sql *db, const struct retention_days *keep, struct fault *fault)
{
    struct retention *retention = retention_create(keep, &clock_system, RETENTION_A_PERSON);
    struct retention_progress at = {.busy = false};
    bool terminal = isatty(STDERR_FILENO) != 0;
    enum err err = ERR_OK;
    size_t did = 1;

    while (err == ERR_OK && did > 0) {
        err = retention_step(retention, db, &did, &at, fault);
        if (terminal)
            show(&at);
    }
    if (terminal)
        fputc('\n', stderr);
    retention_destroy(retention);
    if (err == ERR_OK && at.busy)
        return fault_set(fault, ERR_BUSY, "a registry is removing on this database; try again");
    return err == ERR_OK ? print_removed(db, fault) : err;
}

/* ---- shrink ---- */

static enum err shrink(struct sql *db, const struct retention_days *keep, struct fault *fault)
{
    int64_t before = 0, left = 0;
    enum err err = sql_unused(db, &before, fault);

    (void)keep;
    if (err == ERR_OK)
        err = sql_shrink(db, fault);
    if (err == ERR_OK)
        err = sql_unused(db, &left, fault);
    if (err == ERR_OK)
        printf("%lld bytes given back to the disk\n", (long long)(before - left));
    return err;
}

/* ---- all ---- */

static const struct {
    const char *name;
    enum err (*work)(struct sql *db, const struct retention_days *keep, struct fault *fault);
} words[] = {{"dry-run", print_all}, {"run", remove_all}, {"shrink", shrink}};

static enum err work(const char *word, const struct options *o, struct fault *fault)
{
    struct retention_days keep = {0};
    struct registry_context context;
    enum err err = read_days(o, &keep, fault);
    size_t i = 0;

    while (i < sizeof words / sizeof words[0] && strcmp(words[i].name, word) != 0)
        i++;
    if (err == ERR_OK && i == sizeof words / sizeof words[0])
        err = fault_set(fault, ERR_INPUT, "say \"dry-run\", \"run\" or \"shrink\"");
    if (err == ERR_OK)
        err = command_context_open(o->db, NULL, &context, fault);
    if (err != ERR_OK)
        return err;
    err = words[i].work(context.db, &keep, fault);
    command_context_close(&context);
    return err;
}

static int run(int argc, char **argv)
{
    struct options o = {.db = command_default_db()};
    const struct command_option options[] = {
        {"db", &o.db},
        {"keep-samples-days", &o.days[STORE_KEPT_SAMPLES]},
        {"keep-evidence-days", &o.days[STORE_KEPT_EVIDENCE]},
        {"keep-events-days", &o.days[STORE_KEPT_EVENTS]},
        {"keep-rejects-days", &o.days[STORE_KEPT_REJECTS]},
    };
    const char *word = "";
    struct command_words taken = {&word, 1, 0};
    struct fault fault;
    enum err err = command_options_take(argc, argv, options, sizeof options / sizeof options[0],
                                        &taken, &fault);

    if (err == ERR_OK)
        err = work(word, &o, &fault);
    return err == ERR_OK ? EXIT_DONE : command_fail("retention", &fault);
}

const struct command command_retention = {
    .name = "retention",
    .summary = "show or remove raw data that is too old to be kept, and give its room back",
    .usage = usage,
    .run = run,
};
