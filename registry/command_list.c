/* evroll-registry list: the lists of GET /v1/lists/{id}, on a terminal or for a file. */
#include <stdio.h>
#include <string.h>

#include "registry/command.h"
#include "registry/command_options.h"
#include "registry/lists/list.h"

#define PAGE       1000
#define VALUES_MAX 16
#define NAME_SIZE  16

static const char usage[] =
    "usage: evroll-registry list [LIST [--db URL] [--plans DIR] [--plan ID] [--PARAMETER "
    "VALUE...]\n"
    "           [--format table|json|csv|xlsx]]\n"
    "\n"
    "The lists a bureau works with. Without a LIST it names them all, with their parameters.\n"
    "\n"
    "  --db URL          the database (default: EVROLL_DB)\n"
    "  --plans DIR       plans beside the built-in one\n"
    "  --plan ID         the plan (default: the built-in one)\n"
    "  --PARAMETER VALUE what the list takes: as-of, from, to, days, category, energy, built-up,\n"
    "                    area, owner, q, rule, sort\n"
    "  --format FORMAT   table, json, csv or xlsx (default: table)\n";

struct options {
    const char *db, *plan_dir, *plan, *format;
    const char *values[VALUES_MAX];    /* of list_params, in its order */
    char names[VALUES_MAX][NAME_SIZE]; /* with hyphens */
};

static void print_lists(void)
{
    char name[NAME_SIZE];

    for (size_t i = 0; i < list_count; i++) {
        const struct list *list = lists[i];
        printf("%s  %s\n    %s\n   ", list->head.id, list->head.title_zh, list->note_en);
        for (size_t k = 0; k < list_param_count; k++)
            if ((list->params & list_params[k].param) != 0)
                printf((list->required & list_params[k].param) != 0 ? " --%s X" : " [--%s X]",
                       command_option_name(list_params[k].name, name, NAME_SIZE));
        putchar('\n');
    }
}

static size_t make_options(struct options *o, struct command_option *options)
{
    size_t count = 0;

    options[count++] = (struct command_option){"db", &o->db};
    options[count++] = (struct command_option){"plans", &o->plan_dir};
    options[count++] = (struct command_option){"plan", &o->plan};
    options[count++] = (struct command_option){"format", &o->format};
    for (size_t i = 0; i < list_param_count; i++) {
        command_option_name(list_params[i].name, o->names[i], NAME_SIZE);
        options[count++] = (struct command_option){o->names[i], &o->values[i]};
    }
    return count;
}

static enum err take_query(const struct options *o, const struct list *list,
                           const struct registry_context *context, struct list_query *query,
                           struct fault *fault)
{
    const struct plan *plan = plan_set_find(context->plans, o->plan);
    enum err err = ERR_OK;

    if (plan == NULL)
        return fault_set(fault, ERR_INPUT, "--plan %s: there is no such plan", o->plan);
    *query = list_query_blank(plan, when_day_of(clock_wall_ms(context->clock)));
    query->limit = PAGE;
    for (size_t i = 0; i < list_param_count && err == ERR_OK; i++)
        if (o->values[i] != NULL)
            err = list_query_take(list, list_params[i].name, o->values[i], query, fault);
    return err;
}

/* Every page into one sheet. */
static enum err read_pages(struct sql *db, const struct list *list, struct list_query *query,
                           struct sheet *sheet, enum sheet_format format, struct fault *fault)
{
    struct list_page page = {.sheet = sheet, .arena = arena_create()};
    enum err err = ERR_OK;

    do {
        err = list_read(db, list, query, &page, fault);
        if (err == ERR_OK && format == SHEET_CSV)
            err = sheet_flush(sheet, stdout, fault);
        query->after = page.next;
    } while (err == ERR_OK && query->after != NULL);
    arena_destroy(page.arena);
    return err;
}

static enum err answer(const struct options *o, const struct list *list,
                       const struct registry_context *context, enum sheet_format format,
                       struct fault *fault)
{
    struct sheet *sheet = NULL;
    struct list_query query;
    enum err err = take_query(o, list, context, &query, fault);

    if (err != ERR_OK)
        return err;
    sheet = sheet_create(format, &list->head);
    err = read_pages(context->db, list, &query, sheet, format, fault);
    if (err == ERR_OK)
        err = command_print_sheet(sheet, format, fault);
    sheet_destroy(sheet);
    return err;
}

static enum err parse(int argc, char **argv, struct options *o, const char **id,
                      struct fault *fault)
{
    struct command_option options[VALUES_MAX + 4];
    struct command_words words = {.items = id, .max = 1};

    return command_options_take(argc, argv, options, make_options(o, options), &words, fault);
}

static int run(int argc, char **argv)
{
    struct options o = {.db = command_default_db()};
    const char *id = NULL;
    const struct list *list = NULL;
    struct registry_context context;
    enum sheet_format format = SHEET_TABLE;
    struct fault fault = {0};
    enum err err = parse(argc, argv, &o, &id, &fault);

    if (err == ERR_OK && id == NULL) {
        print_lists();
        return EXIT_DONE;
    }
    if (err == ERR_OK)
        err = command_format(o.format, SHEET_TABLE, &format, &fault);
    if (err == ERR_OK && (list = list_find(id)) == NULL)
        err =
            fault_set(&fault, ERR_INPUT, "there is no list \"%s\"; without one they are named", id);
    if (err == ERR_OK)
        err = command_context_open(o.db, o.plan_dir, &context, &fault);
    if (err != ERR_OK)
        return command_fail("list", &fault);
    err = answer(&o, list, &context, format, &fault);
    command_context_close(&context);
    return err == ERR_OK ? EXIT_DONE : command_fail("list", &fault);
}

const struct command command_list = {
    .name = "list",
    .summary = "the lists a bureau works with: transfers, rankings, exemptions that end, ...",
    .usage = usage,
    .run = run,
};
