#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "registry/audit/audit_verify.h"
#include "registry/command.h"
#include "registry/snapshot/snapshot_marks.h"

#define FILES_MAX     100
#define SNAPSHOTS_MAX 1000

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

struct request {
    const char *db_url;
    const char *files[FILES_MAX];
    size_t file_count;
};

/* The heads that snapshots have signed: those in the database, and exported ones. */
static enum err collect_marks(struct sql *db, const struct request *request, struct arena *arena,
                              struct audit_verify_options *options, struct fault *fault)
{
    struct audit_mark *marks = ARENA_ARRAY(arena, struct audit_mark, FILES_MAX + SNAPSHOTS_MAX);
    enum err err = snapshot_marks(db, SNAPSHOTS_MAX, arena, marks, &options->mark_count, fault);

    for (size_t i = 0; i < request->file_count && err == ERR_OK; i++)
        err = snapshot_mark_of_file(request->files[i], arena, &marks[options->mark_count++], fault);
    options->marks = marks;
    return err;
}

static int verify(const struct request *request)
{
    struct registry_context context;
    struct audit_verdict verdict;
    struct fault fault;
    struct arena *arena = NULL;
    bool terminal = isatty(STDERR_FILENO) == 1;
    struct audit_verify_options options = {.progress = terminal ? show_progress : NULL};
    enum err err = command_context_open(request->db_url, NULL, &context, &fault);

    if (err != ERR_OK)
        return command_fail("verify-log", &fault);
    arena = arena_create();
    err = collect_marks(context.db, request, arena, &options, &fault);
    if (err == ERR_OK)
        err = audit_verify(context.db, &options, &verdict, &fault);
    arena_destroy(arena);
    command_context_close(&context);
    if (terminal)
        fprintf(stderr, "\r\033[K");
    return err == ERR_OK ? tell(&verdict) : command_fail("verify-log", &fault);
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"db", required_argument, NULL, 'd'}, {"snapshot", required_argument, NULL, 's'}, {0}};
    struct request request = {.db_url = command_default_db()};
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            request.db_url = optarg;
        else if (option == 's' && request.file_count < FILES_MAX)
            request.files[request.file_count++] = optarg;
        else
            return EXIT_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "evroll-registry verify-log: takes options only; see --help\n");
        return EXIT_USAGE;
    }
    return verify(&request);
}

const struct command command_verify_log = {
    .name = "verify-log",
    .summary = "walk the audit log and name the first entry that does not fit",
    .usage =
        "usage: evroll-registry verify-log [--db URL] [--snapshot FILE]...\n"
        "\n"
        "Checks each entry's hash, that it names the hash of the one before it, that none is\n"
        "missing, that the log ends where its head says, and that it has what it had when the\n"
        "snapshots in the database, and those in FILEs, were signed.\n"
        "\n"
        "  --db URL     the database (default: EVROLL_DB, or sqlite:/var/lib/evroll/registry.db)\n"
        "  --snapshot FILE  an exported snapshot; check it with snapshot verify first\n"
        "\n"
        "exit status: 0 the log is whole, 1 it is not, 2 wrong usage, 3 could not be done now\n",
    .run = run,
};
