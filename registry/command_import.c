/*
 * command_import.c: files of the register into the database, from the command line.
 *
 * Bad rows are written beside the file, as they were, with line, column and reason behind them, so
 * that the clerk mends that file and imports it. It is written under another name and renamed in
 * the end: a FILE.rejected.csv is always a whole one.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/command.h"
#include "registry/import_kinds.h"
#include "registry/vehicles/import.h"
#include "shared/arena.h"

#define WARNINGS_SHOWN 20
#define PROGRESS_MS    1000

struct run {
    const char *path;
    const struct clock *clock;
    const char *author;
    struct csv_writer rejects;
    FILE *rejects_file;
    char *rejects_path, *rejects_temporary;
    size_t columns;
    int64_t shown;
    int64_t told_ms;
    uint64_t size; /* of the file, for the progress; 0 when not known */
    bool terminal;
    bool failed; /* writing the rejects failed; `fault` says how */
    struct fault fault;
};

static void note_failure(struct run *run)
{
    if (!run->failed)
        fault_set(&run->fault, ERR_IO, "%s: writing failed: %m; free some space or check access",
                  run->rejects_temporary);
    run->failed = true;
}

static void take_header(void *arg, const struct import_kind *kind, const char *const *columns,
                        size_t count)
{
    struct run *run = arg;

    (void)kind;
    run->columns = count;
    for (size_t i = 0; i < count; i++)
        csv_put(&run->rejects, columns[i]);
    csv_put(&run->rejects, "line");
    csv_put(&run->rejects, "column");
    csv_put(&run->rejects, "reason");
    csv_end_row(&run->rejects);
}

/* The first refusal leads; the others of the row follow in the reason. */
static void put_reject(struct run *run, const struct import_row *row, struct arena *arena)
{
    const char *column = NULL;
    const char *reason = NULL;

    for (size_t i = 0; i < row->remarks->count; i++) {
        const struct remark *remark = &row->remarks->items[i];
        if (!remark->refusal)
            continue;
        reason = reason == NULL
                     ? remark->reason
                     : arena_format(arena, "%s; %s: %s", reason, remark->column, remark->reason);
        column = column == NULL ? remark->column : column;
    }
    for (size_t i = 0; i < run->columns; i++)
        csv_put(&run->rejects, row->values != NULL ? row->values[i] : i == 0 ? row->raw : "");
    csv_put_int(&run->rejects, row->line);
    csv_put(&run->rejects, column);
    csv_put(&run->rejects, reason);
    csv_end_row(&run->rejects);
}

static void take_reject(struct run *run, const struct import_row *row)
{
    struct arena *arena = arena_create();

    if (run->rejects_file == NULL && !run->failed)
        run->rejects_file = fopen(run->rejects_temporary, "we");
    if (run->rejects_file == NULL) {
        note_failure(run);
    } else {
        put_reject(run, row, arena);
        if (csv_flush(&run->rejects, run->rejects_file, NULL) != ERR_OK)
            note_failure(run);
    }
    arena_destroy(arena);
}

static void show_warnings(struct run *run, const struct import_row *row)
{
    for (size_t i = 0; i < row->remarks->count; i++) {
        const struct remark *remark = &row->remarks->items[i];
        if (remark->refusal || run->shown++ >= WARNINGS_SHOWN)
            continue;
        fprintf(stderr, "%s%s:%" PRId64 ": warning: %s: %s\n", run->terminal ? "\r\033[K" : "",
                run->path, row->line, remark->column, remark->reason);
    }
}

static void take_row(void *arg, const struct import_row *row)
{
    struct run *run = arg;

    if (row->remarks->refused)
        take_reject(run, row);
    show_warnings(run, row);
}

static void take_progress(void *arg, const struct import_counts *counts, uint64_t bytes)
{
    struct run *run = arg;
    int64_t now = clock_mono_ms(run->clock);

    if (!run->terminal || now - run->told_ms < PROGRESS_MS)
        return;
    run->told_ms = now;
    fprintf(stderr, "\r\033[K%s: %" PRId64 " rows", run->path, counts->rows);
    if (run->size > 0)
        fprintf(stderr, ", %" PRIu64 " %%", bytes * 100 / run->size);
    fflush(stderr);
}

/* Puts the rejects in place, or takes away what an earlier run left. */
static enum err finish_rejects(struct run *run, struct fault *fault)
{
    bool written = run->rejects_file != NULL;

    if (written && fclose(run->rejects_file) != 0)
        note_failure(run);
    if (!run->failed && written && rename(run->rejects_temporary, run->rejects_path) != 0)
        note_failure(run);
    if (!run->failed && !written && unlink(run->rejects_path) != 0 && errno != ENOENT)
        note_failure(run);
    if (run->failed)
        *fault = run->fault;
    return run->failed ? ERR_IO : ERR_OK;
}

static void tell_counts(const struct run *run, const struct import_counts *c)
{
    if (run->terminal)
        fprintf(stderr, "\r\033[K");
    if (run->shown > WARNINGS_SHOWN)
        fprintf(stderr, "%s: %" PRId64 " more warnings\n", run->path, run->shown - WARNINGS_SHOWN);
    printf("%s: %" PRId64 " rows: %" PRId64 " created, %" PRId64 " changed, %" PRId64
           " unchanged, %" PRId64 " rejected, %" PRId64 " warnings\n",
           run->path, c->rows, c->created, c->changed, c->unchanged, c->rejected, c->warnings);
    if (c->rejected > 0)
        printf("%s: the rejected rows are in %s\n", run->path, run->rejects_path);
}

static enum err import_file(struct registry_context *context, const struct import_kind *kind,
                            struct run *run, FILE *file, struct import_counts *counts,
                            struct fault *fault)
{
    const struct import_options options = {
        .db = context->db,
        .clock = context->clock,
        .author = run->author,
        .file = run->path,
        .kind = kind,
        .kinds = import_kinds,
        .source = csv_from_file,
        .source_arg = file,
        .arg = run,
        .header = take_header,
        .row = take_row,
        .progress = take_progress,
    };
    enum err err = import_run(&options, counts, fault);

    if (run->terminal)
        fprintf(stderr, "\r\033[K");
    if (err != ERR_OK) {
        fault_prefix(fault, "%s", run->path);
        if (counts->rows > 0)
            fprintf(stderr, "%s: %" PRId64 " rows were read and are kept\n", run->path,
                    counts->rows);
        if (run->rejects_file != NULL)
            fclose(run->rejects_file);
        unlink(run->rejects_temporary);
        return err;
    }
    err = finish_rejects(run, fault);
    tell_counts(run, counts);
    return err;
}

static uint64_t size_of(FILE *file)
{
    long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;

    return fseek(file, 0, SEEK_SET) == 0 && end > 0 ? (uint64_t)end : 0;
}

static int import_path(struct registry_context *context, const struct import_kind *kind,
                       const char *path, const char *author)
{
    struct arena *arena = arena_create();
    struct import_counts counts = {0};
    struct fault fault;
    FILE *file = fopen(path, "re");
    int open_errno = errno;
    struct run run = {
        .path = path,
        .clock = context->clock,
        .author = author,
        .rejects_path = arena_format(arena, "%s.rejected.csv", path),
        .rejects_temporary = arena_format(arena, "%s.rejected.csv.%d", path, (int)getpid()),
        .terminal = isatty(STDERR_FILENO) == 1,
    };
    int code = EXIT_DONE;

    if (file == NULL) {
        errno = open_errno;
        fault_set(&fault, ERR_INPUT, "%s: cannot be opened: %m", path);
        code = command_fail("import", &fault);
    } else {
        run.size = size_of(file);
        if (import_file(context, kind, &run, file, &counts, &fault) != ERR_OK)
            code = command_fail("import", &fault);
        else if (counts.rejected > 0)
            code = EXIT_NO;
        fclose(file);
    }
    csv_writer_free(&run.rejects);
    arena_destroy(arena);
    return code;
}

struct arguments {
    const char *db, *kind_name;
    const struct import_kind *kind;
    bool help;
};

static bool read_arguments(int argc, char **argv, struct arguments *args)
{
    static const struct option options[] = {{"db", required_argument, NULL, 'd'},
                                            {"kind", required_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    *args = (struct arguments){.db = command_default_db()};
    optind = 1;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread reads the arguments */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            args->db = optarg;
        else if (option == 'k')
            args->kind_name = optarg;
        else if (option == 'h')
            args->help = true;
        else
            return false;
    }
    if (args->kind_name != NULL)
        args->kind = import_kind_named(import_kinds, args->kind_name);
    return true;
}

/* The most telling code of all files: could not be done, then wrong file, then rejected rows. */
static int worse(int a, int b)
{
    return a > b ? a : b;
}

static int unknown_kind(const char *name)
{
    struct arena *arena = arena_create();
    struct fault fault;

    fault_set(&fault, ERR_INPUT, "--kind \"%s\": takes %s", name,
              import_kinds_join(import_kinds, arena));
    arena_destroy(arena);
    return command_fail("import", &fault);
}

static int run_import(int argc, char **argv)
{
    struct registry_context context;
    struct arguments args;
    struct fault fault;
    char author[64];
    int code = EXIT_DONE;

    if (!read_arguments(argc, argv, &args))
        return EXIT_USAGE;
    if (args.help) {
        fputs(command_import.usage, stdout);
        return EXIT_DONE;
    }
    if (args.kind_name != NULL && args.kind == NULL)
        return unknown_kind(args.kind_name);
    if (optind == argc) {
        fault_set(&fault, ERR_INPUT, "no file named; try --help");
        return command_fail("import", &fault);
    }
    if (command_context_open(args.db, NULL, &context, &fault) != ERR_OK)
        return command_fail("import", &fault);
    command_author(author, sizeof author);
    for (int i = optind; i < argc; i++)
        code = worse(code, import_path(&context, args.kind, argv[i], author));
    command_context_close(&context);
    return code;
}

const struct command command_import = {
    .name = "import",
    .summary = "bring orgs.csv, vehicles.csv, exemptions.csv, … into the register, row by row",
    .usage =
        "usage: evroll-registry import [--db URL] [--kind KIND] FILE...\n"
        "\n"
        "Good rows go in. Bad rows are written to FILE.rejected.csv, line, column and\n"
        "reason behind them; mend that file and import it.\n"
        "A row that says what the register says already changes nothing: the same file\n"
        "twice is the same as once. A changed row holds from the day in the optional column\n"
        "`effective`, or from today; a removal in the past from its own day.\n"
        "\n"
        "  --db URL     the database (default: EVROLL_DB, or sqlite:/var/lib/evroll/registry.db)\n"
        "  --kind KIND  orgs, vehicles, units, exemptions, exceptions, statistics, freight, sites\n"
        "               or gate-trips; told by the header when it is not given\n"
        "\n"
        "exit status: 0 all rows are in, 1 some were rejected, 2 wrong usage or a wrong file,\n"
        "3 could not be done now; what was committed is kept, the same file again does the rest\n",
    .run = run_import,
};
