#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "registry/command.h"
#include "registry/store/migrations.h"
#include "registry/store/store_distribute.h"

static const struct option options[] = {
    {"db", required_argument, NULL, 'd'},
    {"distributed", no_argument, NULL, 'D'},
    {0},
};

/* A table that is done is a line of the answer; on a terminal it shows which one is being moved. */
static void note(void *arg, const char *table, enum store_spread spread, bool done)
{
    const bool *terminal = arg;

    if (done)
        printf("%s%-24s distributed %s\n", *terminal ? "\r" : "", table,
               spread == STORE_BY_UNIT ? "by unit" : "to every node");
    else if (*terminal)
        fprintf(stderr, "%-24s …", table);
}

static enum err distribute(struct sql *db, struct fault *fault)
{
    bool terminal = isatty(STDERR_FILENO) != 0;
    enum err err = store_distribute(db, note, &terminal, fault);

    if (err == ERR_OK)
        printf("the database is distributed\n");
    return err;
}

static int migrate(const char *db_url, bool distributed)
{
    struct sql *db = NULL;
    struct fault fault;
    int applied = 0;
    enum err err = sql_open(db_url, &db, &fault);

    if (err == ERR_OK)
        err = store_migrate(db, &applied, &fault);
    if (err == ERR_OK) {
        for (size_t i = migration_count - (size_t)applied; i < migration_count; i++)
            printf("applied %s\n", migrations[i].name);
        printf("the database has schema %zu\n", migration_count);
    }
    if (err == ERR_OK && distributed)
        err = distribute(db, &fault);
    sql_close(db);
    return err == ERR_OK ? EXIT_DONE : command_fail("migrate", &fault);
}

static int run(int argc, char **argv)
{
    const char *db_url = command_default_db();
    bool distributed = false;
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            db_url = optarg;
        else if (option == 'D')
            distributed = true;
        else
            return EXIT_USAGE;
    }
    if (optind != argc) {
        fprintf(stderr, "evroll-registry migrate: \"%s\" is not expected; see --help\n",
                argv[optind]);
        return EXIT_USAGE;
    }
    return migrate(db_url, distributed);
}

const struct command command_migrate = {
    .name = "migrate",
    .summary = "bring the database to the schema of this program",
    .usage =
        "usage: evroll-registry migrate [--db URL] [--distributed]\n"
        "\n"
        "Applies the steps that the database lacks, each in one transaction, and says which.\n"
        "A SQLite file that does not exist is made. Doing it twice changes nothing.\n"
        "\n"
        "  --db URL       sqlite:FILE or postgresql://… (default: $EVROLL_DB or "
        "sqlite:/var/lib/evroll/registry.db)\n"
        "  --distributed  then distributes the tables over the nodes of a Citus cluster:\n"
        "                 telemetry by unit, what it is joined with to every node. Moves the\n"
        "                 rows that are there: stop the registries first. What is distributed\n"
        "                 already stays so; run again, it goes on where it was cut off.\n"
        "\n"
        "exit status: 0 done, 2 wrong usage or a database that this cannot be done to,\n"
        "3 could not be done now\n",
    .run = run,
};
