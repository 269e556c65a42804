#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "registry/audit/audit_verify.h"
#include "registry/command.h"

static void show_progress(void *arg, int64_t done, int64_t all)
{
    (void)arg;
    fprintf(stderr, "\r\033[Kverify-log: %" PRId64 " of %" PRId64 " entries", done, all);
    fflush(stderr);
}

static int tell(const struct audit_verdict *v)
{
    if (!v->whole) {
        printf("entry %" PRId64 " does not fit: %s\n", v->number, v->reason);
        return EXIT_NO;
    }
    printf("the log is whole: %" PRId64 " entries, head %s\n", v->entries, v->head.hash);
    return EXIT_DONE;
}

static int verify(const char *db_url)
{
    struct registry_context context;
    struct audit_verdict verdict;
    struct fault fault;
    bool terminal = isatty(STDERR_FILENO) == 1;
    const struct audit_verify_options options = {.progress = terminal ? show_progress : NULL};
    enum err err = command_context_open(db_url, NULL, &context, &fault);

    if (err != ERR_OK)
        return command_fail("verify-log", &fault);
    err = audit_verify(context.db, &options, &verdict, &fault);
    command_context_close(&context);
    if (terminal)
        fprintf(stderr, "\r\033[K");
    return err == ERR_OK ? tell(&verdict) : command_fail("verify-log", &fault);
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {{"db", required_argument, NULL, 'd'}, {0}};
    const char *db_url = command_default_db();
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'd')
            return EXIT_USAGE;
        db_url = optarg;
    }
    if (optind < argc) {
        fprintf(stderr, "evroll-registry verify-log: takes options only; see --help\n");
        return EXIT_USAGE;
    }
    return verify(db_url);
}

const struct command command_verify_log = {
    .name = "verify-log",
    .summary = "walk the audit log and name the first entry that does not fit",
    .usage =
        "usage: evroll-registry verify-log [--db URL]\n"
        "\n"
        "Checks each entry's hash, that it names the hash of the one before it, that none is\n"
        "missing and that the log ends where its head says.\n"
        "\n"
        "  --db URL     the database (default: EVROLL_DB, or sqlite:/var/lib/evroll/registry.db)\n"
        "\n"
        "exit status: 0 the log is whole, 1 it is not, 2 wrong usage, 3 could not be done now\n",
    .run = run,
};
