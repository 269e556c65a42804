/* evroll-registry user: the accounts of people, from the operator's command line: how the first admin
 * comes to be, and the way back in when nobody can sign in any more. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/audit/audit.h"
#include "registry/auth/account.h"
#include "registry/command.h"
#include "shared/when.h"

#define PAGE 200

struct request {
    const char *db_url, *url;
    struct account_by by;
    struct account_request account;
};

static const struct option options[] = {
    {"db", required_argument, NULL, 'd'},
    {"url", required_argument, NULL, 'u'},
    {"role", required_argument, NULL, 'r'},
    {"org", required_argument, NULL, 'O'},
    {"full-name", required_argument, NULL, 'n'},
    {"manages", no_argument, NULL, 'm'},
    {0},
};

static int usage_error(const char *what)
{
    fprintf(stderr, "evroll-registry user: %s; see evroll-registry user --help\n", what);
    return EXIT_USAGE;
}

static bool option_take(struct request *request, int option, const char *value)
{
    switch (option) {
    case 'd':
        request->db_url = value;
        return true;
    case 'u':
        request->url = value;
        return true;
    case 'r':
        request->account.role = http_role_parse(value);
        return true;
    case 'O':
        request->account.org = value;
        return true;
    case 'n':
        request->account.full_name = value;
        return true;
    case 'm':
        request->account.manages = true;
        return true;
    default:
        return false;
    }
}

static int print_link(const struct request *request, const char *name, const char *link)
{
    printf("%s/#/password/%s\n", request->url, link);
    fprintf(stderr,
            "whoever opens this address first sets the password of %s; it works once, for "
            "%lld days, and is not shown again\n",
            name, (long long)(ACCOUNT_LINK_MS / WHEN_DAY_MS));
    return EXIT_DONE;
}

static int run_add(struct sql *db, struct request *request, char **names)
{
    char link[SECRET_LEN + 1];
    struct fault fault;

    if (names[0] == NULL || names[1] != NULL || request->account.role == HTTP_ANYONE)
        return usage_error("add needs one NAME and --role");
    request->account.name = names[0];
    if (request->account.full_name == NULL)
        request->account.full_name = names[0];
    if (account_create(db, &clock_system, &request->by, &request->account, link, &fault) != ERR_OK)
        return command_fail("user", &fault);
    return print_link(request, names[0], link);
}

static int run_reset(struct sql *db, struct request *request, char **names)
{
    char link[SECRET_LEN + 1];
    struct fault fault;

    if (names[0] == NULL || names[1] != NULL)
        return usage_error("reset needs one NAME");
    if (account_reset(db, &clock_system, &request->by, names[0], link, &fault) != ERR_OK)
        return command_fail("user", &fault);
    return print_link(request, names[0], link);
}

/* Reads an account, lets `change` say what is to be different, writes it. */
static int amend(struct sql *db, struct request *request, const char *name,
                 void (*change)(const struct request *, struct store_account *))
{
    struct arena *arena = arena_create();
    struct store_account account;
    struct fault fault;
    enum err err = store_account_find(db, arena, name, &account, &fault);

    if (err == ERR_OK) {
        change(request, &account);
        err = account_amend(db, &clock_system, &request->by, &account, &fault);
    }
    arena_destroy(arena);
    return err == ERR_OK ? EXIT_DONE : command_fail("user", &fault);
}

static void take_role(const struct request *request, struct store_account *account)
{
    account->role = http_role_name(request->account.role);
    account->org = request->account.org == NULL ? "" : request->account.org;
    account->manages = request->account.manages;
}

static void take_away(const struct request *request, struct store_account *account)
{
    (void)request;
    account->disabled_ms = clock_wall_ms(&clock_system);
}

static void give_back(const struct request *request, struct store_account *account)
{
    (void)request;
    account->disabled_ms = 0;
}

static int run_role(struct sql *db, struct request *request, char **names)
{
    if (names[0] == NULL || names[1] != NULL || request->account.role == HTTP_ANYONE)
        return usage_error("role needs one NAME and --role");
    return amend(db, request, names[0], take_role);
}

static int run_disable(struct sql *db, struct request *request, char **names)
{
    return names[0] == NULL || names[1] != NULL ? usage_error("disable needs one NAME")
                                                : amend(db, request, names[0], take_away);
}

static int run_enable(struct sql *db, struct request *request, char **names)
{
    return names[0] == NULL || names[1] != NULL ? usage_error("enable needs one NAME")
                                                : amend(db, request, names[0], give_back);
}

static const char *state_of(const struct store_account *account)
{
    if (account->disabled_ms != 0)
        return "disabled";
    if (account->password == NULL)
        return "no password";
    return account->locked_until_ms > clock_wall_ms(&clock_system) ? "locked" : "active";
}

static void print_account(const struct store_account *account)
{
    char seen[WHEN_DAY_TEXT] = "never";

    if (account->last_seen_ms != 0)
        when_day_format(when_day_of(account->last_seen_ms), seen);
    printf("%-20s %-10s %-11s %-10s  %s%s%s%s\n", account->name, account->role, state_of(account),
           seen, account->full_name, account->org[0] == '\0' ? "" : ", of ", account->org,
           account->manages ? ", manages its accounts" : "");
}

static int run_list(struct sql *db, struct request *request, char **names)
{
    struct arena *arena = arena_create();
    struct store_account *accounts = NULL;
    struct store_account_search search = {.limit = PAGE};
    struct fault fault;
    size_t count = PAGE;
    enum err err = ERR_OK;

    (void)request;
    if (names[0] == NULL)
        printf("%-20s %-10s %-11s %-10s  %s\n", "NAME", "ROLE", "STATE", "SEEN", "WHO");
    while (names[0] == NULL && err == ERR_OK && count == PAGE) {
        err = store_accounts_list(db, arena, &search, &accounts, &count, &fault);
        for (size_t i = 0; err == ERR_OK && i < count; i++)
            print_account(&accounts[i]);
        search.after = count == 0 ? NULL : accounts[count - 1].name;
    }
    arena_destroy(arena);
    if (names[0] != NULL)
        return usage_error("list takes no names");
    return err == ERR_OK ? EXIT_DONE : command_fail("user", &fault);
}

static const struct {
    const char *name;
    int (*run)(struct sql *db, struct request *request, char **names);
} actions[] = {
    {"add", run_add},         {"role", run_role},     {"reset", run_reset},
    {"disable", run_disable}, {"enable", run_enable}, {"list", run_list},
};

static int act(const char *name, struct request *request, char **names)
{
    struct registry_context context = {.db = NULL};
    struct fault fault;
    int code = 0;

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].name, name) != 0)
            continue;
        if (command_context_open(request->db_url, NULL, &context, &fault) != ERR_OK)
            return command_fail("user", &fault);
        code = actions[i].run(context.db, request, names);
        command_context_close(&context);
        return code;
    }
    return usage_error("say add, role, reset, disable, enable or list");
}

static int run(int argc, char **argv)
{
    char author[64];
    struct request request = {.db_url = command_default_db(),
                              .url = secure_getenv("EVROLL_REGISTRY_URL"),
                              .by = {author, AUDIT_COMMAND, NULL}};
    int option = 0;

    command_author(author, sizeof author);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread here */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!option_take(&request, option, optarg))
            return usage_error("an option is not understood");
    if (request.url == NULL)
        request.url = "https://127.0.0.1:8443";
    if (optind == argc)
        return usage_error("say add, role, reset, disable, enable or list");
    return act(argv[optind], &request, argv + optind + 1);
}

const struct command command_user = {
    .name = "user",
    .summary = "make and change the accounts of people",
    .usage =
        "usage: evroll-registry user add NAME --role ROLE [--org ORG] [--manages]\n"
        "                                     [--full-name TEXT]\n"
        "       evroll-registry user role NAME --role ROLE [--org ORG] [--manages]\n"
        "       evroll-registry user reset|disable|enable NAME\n"
        "       evroll-registry user list\n"
        "\n"
        "add and reset print an address by which the owner sets a password; it works once. There "
        "is\n"
        "no default account and no default password.\n"
        "\n"
        "  --role ROLE       viewer, officer or admin of the bureau; department (another\n"
        "                    department's viewer); reporter (an enterprise's clerk)\n"
        "  --org ORG         of the last two: the department's name as the plan writes it, the\n"
        "                    enterprise's org_id\n"
        "  --manages         the account makes and changes the accounts of its role and ORG\n"
        "  --full-name TEXT  the person's name (default: NAME)\n"
        "  --url URL         where the registry is reached (default: $EVROLL_REGISTRY_URL or\n"
        "                    https://127.0.0.1:8443)\n"
        "  --db URL          default: $EVROLL_DB or sqlite:/var/lib/evroll/registry.db\n",
    .run = run,
};
