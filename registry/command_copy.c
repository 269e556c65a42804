#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "registry/command.h"
#include "registry/store/store_copy.h"
#include "shared/arena.h"

static const struct option options[] = {
    {"from", required_argument, NULL, 'f'},
    {"to", required_argument, NULL, 't'},
    {0},
};

/* A finished table is a line of the answer; on the way to it a terminal sees the rows grow. */
static void note(void *arg, const char *table, int64_t rows, bool compared)
{
    const bool *terminal = arg;

    if (compared)
        printf("%s%-24s %12lld rows, the same\n", *terminal ? "\r" : "", table, (long long)rows);
    else if (*terminal)
        fprintf(stderr, "\r%-24s %12lld rows", table, (long long)rows);
}

static enum err copy(const char *from_url, const char *to_url, struct fault *fault)
{
    struct arena *arena = arena_create();
    struct sql *from = NULL, *to = NULL;
    bool terminal = isatty(STDERR_FILENO) != 0;
    enum err err = sql_open(from_url, &from, fault);

    if (err == ERR_OK)
        err = sql_open(to_url, &to, fault);
    if (err == ERR_OK)
        err = store_copy(from, to, arena, note, &terminal, fault);
    if (err != ERR_OK && terminal)
        fputc('\n', stderr);
    sql_close(from);
    sql_close(to);
    arena_destroy(arena);
    return err;
}

static int run(int argc, char **argv)
{
    const char *from = NULL, *to = NULL;
    struct fault fault;
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'f' && option != 't')
            return EXIT_USAGE;
        *(option == 'f' ? &from : &to) = optarg;
    }
    if (optind != argc || from == NULL || to == NULL) {
        fputs("evroll-registry copy: give --from URL and --to URL, and nothing else\n", stderr);
        return EXIT_USAGE;
    }
    return copy(from, to, &fault) == ERR_OK ? EXIT_DONE : command_fail("copy", &fault);
}

const struct command command_copy = {
    .name = "copy",
    .summary = "copy a database into another, of either kind",
    .usage = "usage: evroll-registry copy --from URL --to URL\n"
             "\n"
             "Copies everything, SQLite or PostgreSQL on either side, and compares both sides at\n"
             "the end, by count and digest of each table. Stop the registries that write to the\n"
             "source first; gateways keep their data meanwhile. The destination is an empty\n"
             "database; a copy that was cut off goes on where it was when it is run again.\n"
             "\n"
             "  --from URL    sqlite:FILE or postgresql://…\n"
             "  --to URL      the other\n"
             "\n"
             "exit status: 0 both are the same, 1 they differ or the destination is in use,\n"
             "2 wrong usage or a wrong database, 3 could not be done now\n",
    .run = run,
};
