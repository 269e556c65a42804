/* evroll-registry snapshot: signed statements of a plan's figures as of a day: made, listed, taken
 * out, and checked without a database. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/command.h"
#include "registry/plans/plan.h"
#include "registry/snapshot/archive.h"
#include "registry/snapshot/snapshot.h"
#include "registry/snapshot/snapshot_verify.h"
#include "shared/when.h"

#define LIST_MAX 1000

struct request {
    const char *db_url, *plan_dir, *plan, *as_of, *note, *key, *public_key, *out;
};

static const struct option options[] = {
    {"db", required_argument, NULL, 'd'},
    {"plans", required_argument, NULL, 'P'},
    {"plan", required_argument, NULL, 'p'},
    {"as-of", required_argument, NULL, 't'},
    {"note", required_argument, NULL, 'n'},
    {"key", required_argument, NULL, 'k'},
    {"out", required_argument, NULL, 'o'},
    {"public-key", required_argument, NULL, 'K'},
    {0},
};

static int usage_error(const char *what)
{
    fprintf(stderr, "evroll-registry snapshot: %s; see evroll-registry snapshot --help\n", what);
    return EXIT_USAGE;
}

static int fail(const struct fault *fault)
{
    return command_fail("snapshot", fault);
}

static bool option_take(struct request *request, int option, const char *value)
{
    const struct {
        int letter;
        const char **place;
    } places[] = {{'d', &request->db_url}, {'P', &request->plan_dir},  {'p', &request->plan},
                  {'t', &request->as_of},  {'n', &request->note},      {'k', &request->key},
                  {'o', &request->out},    {'K', &request->public_key}};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].letter == option) {
            *places[i].place = value;
            return true;
        }
    return false;
}

/* ---- keygen ---- */

static int run_keygen(const struct request *request, char **rest)
{
    struct fault fault;

    if (rest[0] != NULL || request->key == NULL)
        return usage_error("keygen takes --key FILE");
    if (sign_key_make(request->key, &fault) != ERR_OK)
        return fail(&fault);
    fprintf(stderr, "%s signs (keep it secret), %s.pub checks (give it to everybody)\n",
            request->key, request->key);
    return EXIT_DONE;
}

/* ---- create ---- */

static enum err create(const struct request *request, const struct registry_context *context,
                       struct fault *fault)
{
    char author[64];
    struct sign_key *key = NULL;
    struct snapshot_request wanted = {.plan = plan_set_find(context->plans, request->plan),
                                      .note = request->note == NULL ? "" : request->note,
                                      .who = author,
                                      .role = AUDIT_COMMAND,
                                      .clock = context->clock};
    int64_t number = 0;
    enum err err = ERR_OK;

    command_author(author, sizeof author);
    if (wanted.plan == NULL)
        return fault_set(fault, ERR_INPUT, "--plan %s: there is no such plan", request->plan);
    if (!when_day_parse(request->as_of, &wanted.as_of))
        return fault_set(fault, ERR_INPUT, "--as-of %s: no day; expected YYYY-MM-DD",
                         request->as_of);
    err = sign_key_load(request->key, &key, fault);
    wanted.key = key;
    if (err == ERR_OK)
        err = snapshot_make(context->db, &wanted, &number, fault);
    sign_key_free(key);
    if (err == ERR_OK)
        printf("snapshot %lld of %s as of %s\n", (long long)number, wanted.plan->id,
               request->as_of);
    return err;
}

static int run_create(const struct request *request, char **rest)
{
    struct registry_context context;
    struct fault fault;
    enum err err = ERR_OK;

    if (rest[0] != NULL || request->key == NULL || request->as_of == NULL)
        return usage_error("create takes --as-of DAY and --key FILE");
    if (command_context_open(request->db_url, request->plan_dir, &context, &fault) != ERR_OK)
        return fail(&fault);
    err = create(request, &context, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : fail(&fault);
}

/* ---- list ---- */

static void print_snapshot(const struct store_snapshot *s)
{
    char as_of[WHEN_DAY_TEXT], created[WHEN_INSTANT_TEXT];

    when_day_format(s->as_of, as_of);
    when_instant_format(s->created_ms, created);
    printf("%4lld  %-10s  %-24s  %-20s %-20s %s\n", (long long)s->number, as_of, created, s->plan,
           s->author, s->note);
}

static int run_list(const struct request *request, char **rest)
{
    struct registry_context context;
    struct arena *arena = NULL;
    struct store_snapshot *found = NULL;
    struct fault fault;
    size_t count = 0;
    enum err err = ERR_OK;

    if (rest[0] != NULL)
        return usage_error("list takes no arguments");
    if (command_context_open(request->db_url, NULL, &context, &fault) != ERR_OK)
        return fail(&fault);
    arena = arena_create();
    err = store_snapshots_list(context.db, request->plan, INT64_MAX, LIST_MAX, arena, &found,
                               &count, &fault);
    if (err == ERR_OK)
        printf("%4s  %-10s  %-24s  %-20s %-20s %s\n", "ID", "AS OF", "MADE", "PLAN", "BY", "NOTE");
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        print_snapshot(&found[i]);
    arena_destroy(arena);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : fail(&fault);
}

/* ---- export ---- */

static enum err write_file(const char *file, const uint8_t *bytes, size_t len, struct fault *fault)
{
    FILE *out = fopen(file, "we");
    bool written = out != NULL && fwrite(bytes, 1, len, out) == len;

    if (out != NULL && fclose(out) != 0)
        written = false;
    if (!written)
        return fault_set(fault, ERR_IO, "%s cannot be written: %m", file);
    return ERR_OK;
}

static enum err export_to(struct sql *db, int64_t number, const char *file, struct fault *fault)
{
    struct arena *arena = arena_create();
    struct store_snapshot s;
    size_t len = 0;
    enum err err = store_snapshot_find(db, number, arena, &s, fault);

    if (err == ERR_OK) {
        const uint8_t *bytes = snapshot_archive(&s, arena, &len);
        err = write_file(file, bytes, len, fault);
    }
    arena_destroy(arena);
    return err;
}

static int run_export(const struct request *request, char **rest)
{
    struct registry_context context;
    struct fault fault;
    char *end = NULL;
    int64_t number = rest[0] == NULL ? 0 : strtoll(rest[0], &end, 10);
    enum err err = ERR_OK;

    if (number < 1 || *end != '\0' || rest[1] != NULL || request->out == NULL)
        return usage_error("export takes the ID of one snapshot and --out FILE");
    if (command_context_open(request->db_url, NULL, &context, &fault) != ERR_OK)
        return fail(&fault);
    err = export_to(context.db, number, request->out, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : fail(&fault);
}

/* ---- verify ---- */

static int tell(const char *file, const struct snapshot_verdict *v, const struct sign_key *key)
{
    for (size_t i = 0; i < v->reason_count; i++)
        printf("%s: %s\n", file, v->reasons[i]);
    if (!v->good) {
        printf("%s: NOT GOOD\n", file);
        return EXIT_NO;
    }
    printf("%s: good: snapshot %lld of %s as of %s, known %s, %lld figures, %lld vehicles behind "
           "them, signed by the key %s\n",
           file, (long long)v->number, v->plan, v->as_of, v->known, (long long)v->figures,
           (long long)v->rows, sign_key_id(key));
    return EXIT_DONE;
}

static int run_verify(const struct request *request, char **rest)
{
    struct arena *arena = NULL;
    struct sign_key *key = NULL;
    struct snapshot_verdict verdict;
    struct fault fault;
    uint8_t *bytes = NULL;
    size_t len = 0;
    int code = EXIT_DONE;
    enum err err = ERR_OK;

    if (rest[0] == NULL || rest[1] != NULL || request->public_key == NULL)
        return usage_error("verify takes one FILE and --public-key FILE");
    arena = arena_create();
    err = sign_public_load(request->public_key, &key, &fault);
    if (err == ERR_OK)
        err = archive_load(rest[0], arena, &bytes, &len, &fault);
    if (err == ERR_OK)
        err = snapshot_verify(bytes, len, key, arena, &verdict, &fault);
    code = err == ERR_OK ? tell(rest[0], &verdict, key) : fail(&fault);
    sign_key_free(key);
    arena_destroy(arena);
    return code;
}

/* ---- dispatch ---- */

static const struct {
    const char *name;
    int (*run)(const struct request *request, char **rest);
} actions[] = {{"keygen", run_keygen},
               {"create", run_create},
               {"list", run_list},
               {"export", run_export},
               {"verify", run_verify}};

static int run(int argc, char **argv)
{
    struct request request = {.db_url = command_default_db()};
    int option = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!option_take(&request, option, optarg))
            return usage_error("an option is not understood");
    for (size_t i = 0; optind < argc && i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, argv[optind]) == 0)
            return actions[i].run(&request, argv + optind + 1);
    return usage_error("say keygen, create, list, export or verify");
}

const struct command command_snapshot = {
    .name = "snapshot",
    .summary = "sign a plan's figures as of a day with the vehicles behind them, and check that",
    .usage =
        "usage: evroll-registry snapshot keygen --key FILE\n"
        "       evroll-registry snapshot create [--plan ID] --as-of DAY [--note TEXT] --key FILE\n"
        "       evroll-registry snapshot list [--plan ID]\n"
        "       evroll-registry snapshot export ID --out FILE\n"
        "       evroll-registry snapshot verify FILE --public-key FILE\n"
        "\n"
        "keygen makes an Ed25519 key: FILE signs, FILE.pub checks. verify needs no database: it\n"
        "checks the signature, the digests, and that the figures are the counts of the vehicles\n"
        "listed, and says what differs.\n"
        "\n"
        "  --plan ID          the plan (default: the built-in one; list: any)\n"
        "  --plans DIR        plans beside the built-in one\n"
        "  --as-of DAY        the day that is stated, not after today\n"
        "  --note TEXT        stands in the statement\n"
        "  --key FILE         the key that signs, readable by its owner only\n"
        "  --public-key FILE  the key that checks\n"
        "  --out FILE         receives the snapshot, a tar archive\n"
        "  --db URL           default: $EVROLL_DB or sqlite:/var/lib/evroll/registry.db\n"
        "\n"
        "exit status: 0 done, 1 the snapshot is not good or not there, 2 wrong usage or a file\n"
        "that is none, 3 could not be done now\n",
    .run = run,
};
