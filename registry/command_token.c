#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/auth/auth.h"
#include "registry/command.h"
#include "shared/when.h"

struct request {
    const char *db_url;
    struct auth_request token;
    const char *out;
};

static const struct option options[] = {
    {"db", required_argument, NULL, 'd'},
    {"name", required_argument, NULL, 'n'},
    {"role", required_argument, NULL, 'r'},
    {"days", required_argument, NULL, 'D'},
    {"out", required_argument, NULL, 'o'},
    {"org", required_argument, NULL, 'O'},
    {0},
};

static bool number_parse(const char *text, int64_t *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

static int usage_error(const char *what)
{
    fprintf(stderr, "evroll-registry token: %s; see evroll-registry token --help\n", what);
    return EXIT_USAGE;
}

static bool option_take(struct request *request, int option, const char *value)
{
    switch (option) {
    case 'd':
        request->db_url = value;
        return true;
    case 'n':
        request->token.name = value;
        return true;
    case 'r':
        request->token.role = http_role_parse(value);
        return true;
    case 'D':
        return number_parse(value, &request->token.days);
    case 'O':
        request->token.org = value;
        return true;
    case 'o':
        request->out = value;
        return true;
    default:
        return false;
    }
}

/* ---- create ---- */

/* Made before the token is, so that a token whose text cannot be kept is not left behind. What the
 * file holds stays until there is a new token for it. */
static enum err out_open(const char *file, int *fd, struct fault *fault)
{
    *fd = STDOUT_FILENO;
    if (file == NULL)
        return ERR_OK;
    *fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0 || fchmod(*fd, 0600) != 0)
        return fault_set(fault, ERR_IO, "cannot write %s: %m; name another file with --out", file);
    return ERR_OK;
}

static enum err out_write(int fd, const char *text, struct fault *fault)
{
    char line[AUTH_TOKEN_LEN + 2];
    int len = snprintf(line, sizeof line, "%s\n", text);

    /* EINVAL: nothing that has a length */
    if ((fd > STDERR_FILENO && ftruncate(fd, 0) != 0 && errno != EINVAL) ||
        write(fd, line, (size_t)len) != len)
        return fault_set(fault, ERR_IO,
                         "the token was made but could not be written: %m; revoke it and make "
                         "another");
    return ERR_OK;
}

static enum err create(struct sql *db, const struct request *request, struct fault *fault)
{
    char text[AUTH_TOKEN_LEN + 1];
    int64_t number = 0;
    int fd = -1;
    enum err err = out_open(request->out, &fd, fault);

    if (err == ERR_OK)
        err = auth_token_create(db, &clock_system, &request->token, text, &number, fault);
    if (err == ERR_OK)
        err = out_write(fd, text, fault);
    if (fd > STDERR_FILENO)
        close(fd);
    if (err == ERR_OK)
        fprintf(stderr, "token %lld for \"%s\", role %s; it is shown this once only\n",
                (long long)number, request->token.name, http_role_name(request->token.role));
    return err;
}

static int run_create(struct sql *db, const struct request *request, char **rest)
{
    struct fault fault;

    if (rest[0] != NULL)
        return usage_error("create takes options only");
    if (request->token.name == NULL || request->token.role == HTTP_ANYONE)
        return usage_error(
            "create needs --name and --role viewer, officer, admin, department or reporter");
    return create(db, request, &fault) == ERR_OK ? EXIT_DONE : command_fail("token", &fault);
}

/* ---- list and revoke ---- */

static void print_token(const struct store_token *token, int64_t now_ms)
{
    char created[WHEN_DAY_TEXT];
    char expires[WHEN_DAY_TEXT] = "never";
    char used[WHEN_DAY_TEXT] = "never";

    when_day_format(when_day_of(token->created_ms), created);
    if (token->expires_ms != INT64_MAX)
        when_day_format(when_day_of(token->expires_ms), expires);
    if (token->last_used_day != 0)
        when_day_format(token->last_used_day, used);
    printf("%4lld  %-10s %-8s %-11s %-11s %-11s %s%s%s\n", (long long)token->number, token->role,
           auth_token_state(token, now_ms), created, expires, used, token->name,
           token->org[0] == '\0' ? "" : ", of ", token->org);
}

static int run_list(struct sql *db, const struct request *request, char **rest)
{
    struct arena *arena = arena_create();
    struct store_token *tokens = NULL;
    struct fault fault;
    size_t count = 0;
    enum err err = store_tokens_list(db, arena, &tokens, &count, &fault);

    (void)request;
    if (rest[0] == NULL && err == ERR_OK) {
        printf("%4s  %-10s %-8s %-11s %-11s %-11s %s\n", "ID", "ROLE", "STATE", "CREATED",
               "EXPIRES", "LAST USED", "NAME");
        for (size_t i = 0; i < count; i++)
            print_token(&tokens[i], clock_wall_ms(&clock_system));
    }
    arena_destroy(arena);
    if (rest[0] != NULL)
        return usage_error("list takes no arguments");
    return err == ERR_OK ? EXIT_DONE : command_fail("token", &fault);
}

static int run_revoke(struct sql *db, const struct request *request, char **rest)
{
    struct fault fault;
    int64_t number = 0;

    if (rest[0] == NULL || rest[1] != NULL || !number_parse(rest[0], &number))
        return usage_error("revoke takes the ID of one token, as list shows it");
    if (auth_token_revoke(db, &clock_system, number, request->token.by, &fault) != ERR_OK)
        return command_fail("token", &fault);
    fprintf(stderr, "token %lld is revoked; within seconds nobody takes it\n", (long long)number);
    return EXIT_DONE;
}

/* ---- dispatch ---- */

static const struct {
    const char *name;
    int (*run)(struct sql *db, const struct request *request, char **rest);
} actions[] = {{"create", run_create}, {"list", run_list}, {"revoke", run_revoke}};

static int act(const char *name, const struct request *request, char **rest)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        struct registry_context context = {.db = NULL};
        struct fault fault;
        int code = 0;
        if (strcmp(actions[i].name, name) != 0)
            continue;
        if (command_context_open(request->db_url, NULL, &context, &fault) != ERR_OK)
            return command_fail("token", &fault);
        code = actions[i].run(context.db, request, rest);
        command_context_close(&context);
        return code;
    }
    return usage_error("say create, list or revoke");
}

static int run(int argc, char **argv)
{
    char author[64];
    struct request request = {.db_url = command_default_db(), .token = {.by = author}};
    int option = 0;

    command_author(author, sizeof author);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!option_take(&request, option, optarg))
            return usage_error("an option is not understood");
    if (optind == argc)
        return usage_error("say create, list or revoke");
    return act(argv[optind], &request, argv + optind + 1);
}

const struct command command_token = {
    .name = "token",
    .summary = "make, list and revoke the tokens by which people and programs call the API",
    .usage = "usage: evroll-registry token create --name NAME --role ROLE [--org ORG] [--days N]\n"
             "           [--out FILE]\n"
             "       evroll-registry token list\n"
             "       evroll-registry token revoke ID\n"
             "\n"
             "create prints the token on standard output, or writes it to FILE with mode 0600. It\n"
             "is not kept anywhere else and cannot be shown again.\n"
             "\n"
             "  --name NAME   who or what it is for\n"
             "  --role ROLE   viewer (reads), officer (changes the register), admin; department\n"
             "                (another department's viewer) or reporter (an enterprise's clerk)\n"
             "  --org ORG     whom a department or reporter belongs to: the department's name as\n"
             "                the plan writes it, the enterprise's org_id\n"
             "  --days N      it expires after N days (default: it does not)\n"
             "  --out FILE    where to write it\n"
             "  --db URL      default: $EVROLL_DB or sqlite:/var/lib/evroll/registry.db\n",
    .run = run,
};
