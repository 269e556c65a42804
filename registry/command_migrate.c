#include <getopt.h>
#include <stdio.h>

#include "registry/command.h"
#include "registry/store/migrations.h"

static const struct option options[] = {
    {"db", required_argument, NULL, 'd'},
    {0},
};

static int migrate(const char *db_url)
{
    struct sql *db = NULL;
    struct fault fault;
    int applied = 0;
    enum err err = sql_open(db_url, &db, &fault);

    if (err == ERR_OK)
        err = store_migrate(db, &applied, &fault);
    sql_close(db);
    if (err != ERR_OK)
        return command_fail("migrate", &fault);
    for (size_t i = migration_count - (size_t)applied; i < migration_count; i++)
        printf("applied %s\n", migrations[i].name);
    printf("the database has schema %zu\n", migration_count);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    const char *db_url = command_default_db();
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'd')
            return EXIT_USAGE;
        db_url = optarg;
    }
    if (optind != argc) {
        fprintf(stderr, "evroll-registry migrate: \"%s\" is not expected; see --help\n",
                argv[optind]);
        return EXIT_USAGE;
    }
    return migrate(db_url);
}

const struct command command_migrate = {
    .name = "migrate",
    .summary = "bring the database to the schema of this program",
    .usage = "usage: evroll-registry migrate [--db URL]\n"
             "\n"
             "Applies the steps that the database lacks, each in one transaction, and says which.\n"
             "A SQLite file that does not exist is made. Doing it twice changes nothing.\n"
             "\n"
             "  --db URL    sqlite:FILE or postgresql://… (default: $EVROLL_DB or "
             "sqlite:/var/lib/evroll/registry.db)\n",
    .run = run,
};
