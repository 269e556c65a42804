/*
 * command_options: what several subcommands take: options as a table, a rule of a plan as of a day,
 * and a sheet in the format asked for.
 */
#ifndef EVROLL_REGISTRY_COMMAND_OPTIONS_H
#define EVROLL_REGISTRY_COMMAND_OPTIONS_H

#include <stdbool.h>

#include "registry/compliance/compliance.h"
#include "registry/context.h"
#include "registry/sheet/sheet.h"

/* An option with a value. */
struct command_option {
    const char *name;
    const char **value;
};

/* Takes the options; `words` receives what is left, at most `words_max` of it. ERR_INPUT: an option
 * that is unknown or lacks its value, or a word too many. */
struct command_words {
    const char **items;
    size_t max, count;
};
enum err command_options_take(int argc, char **argv, const struct command_option *options,
                              size_t count, struct command_words *words,
                              struct fault *fault) ERR_CHECKED;

/* A parameter of the API as an option: "as_of" is "as-of". Returns `out`. */
const char *command_option_name(const char *parameter, char *out, size_t size);

/* Which rule of which plan, on which day, for whom. */
struct command_rule {
    const char *db, *plan_dir, *plan, *as_of, *owner, *area, *rule;
};
#define COMMAND_RULE_OPTIONS(r)                                                                    \
    {"db", &(r)->db}, {"plans", &(r)->plan_dir}, {"plan", &(r)->plan}, {"as-of", &(r)->as_of},     \
        {"owner", &(r)->owner}, {"area", &(r)->area},                                              \
    {                                                                                              \
        "rule", &(r)->rule                                                                         \
    }

#define COMMAND_RULE_USAGE                                                                         \
    "  --db URL          the database (default: EVROLL_DB)\n"                                      \
    "  --plans DIR       plans beside the built-in one\n"                                          \
    "  --plan ID         the plan (default: the built-in one)\n"                                   \
    "  --as-of DAY       YYYY-MM-DD (default: today)\n"                                            \
    "  --owner ID        only the vehicles of one owner\n"                                         \
    "  --area CODE       only a division code, or its beginning\n"

/* `*rule` is NULL when none was asked for. */
enum err command_rule_query(const struct command_rule *options,
                            const struct registry_context *context, struct compliance_query *query,
                            const struct rule **rule, struct fault *fault) ERR_CHECKED;
/* `text` NULL leaves the day as it is. */
enum err command_day(const char *option, const char *text, int32_t *day,
                     struct fault *fault) ERR_CHECKED;

/* "table", "json", "csv", "xlsx"; NULL: `otherwise`. An XLSX does not go to a terminal. */
enum err command_format(const char *text, enum sheet_format otherwise, enum sheet_format *format,
                        struct fault *fault) ERR_CHECKED;
void command_print_json(json_t *steals);
/* Ends the sheet and writes it to stdout; JSON as a list. */
enum err command_print_sheet(struct sheet *sheet, enum sheet_format format,
                             struct fault *fault) ERR_CHECKED;

#endif
