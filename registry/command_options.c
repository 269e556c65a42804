#include "registry/command_options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command_option *find(const struct command_option *options, size_t count,
                                         const char *word, const char **value)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(options[i].name);
        if (strncmp(word, options[i].name, len) != 0 || (word[len] != '\0' && word[len] != '='))
            continue;
        *value = word[len] == '=' ? word + len + 1 : NULL;
        return &options[i];
    }
    return NULL;
}

static enum err take_word(const char *word, struct command_words *words, struct fault *fault)
{
    if (words->count == words->max)
        return fault_set(fault, ERR_INPUT, "unexpected \"%s\"; see --help", word);
    words->items[words->count++] = word;
    return ERR_OK;
}

enum err command_options_take(int argc, char **argv, const struct command_option *options,
                              size_t count, struct command_words *words, struct fault *fault)
{
    enum err err = ERR_OK;
    bool ended = false;

    for (int i = 1; i < argc && err == ERR_OK; i++) {
        const struct command_option *option = NULL;
        const char *value = NULL;
        if (ended || argv[i][0] != '-' || argv[i][1] == '\0') {
            err = take_word(argv[i], words, fault);
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            ended = true;
            continue;
        }
        if (argv[i][1] == '-')
            option = find(options, count, argv[i] + 2, &value);
        if (option == NULL)
            return fault_set(fault, ERR_INPUT, "unknown option \"%s\"; see --help", argv[i]);
        if (value == NULL && i + 1 == argc)
            return fault_set(fault, ERR_INPUT, "--%s needs a value", option->name);
        *option->value = value != NULL ? value : argv[++i];
    }
    return err;
}

const char *command_option_name(const char *parameter, char *out, size_t size)
{
    snprintf(out, size, "%s", parameter);
    for (char *c = out; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    return out;
}

enum err command_day(const char *option, const char *text, int32_t *day, struct fault *fault)
{
    if (text == NULL || when_day_parse(text, day))
        return ERR_OK;
    return fault_set(fault, ERR_INPUT, "--%s %s: no day; expected YYYY-MM-DD", option, text);
}

enum err command_rule_query(const struct command_rule *o, const struct registry_context *context,
                            struct compliance_query *query, const struct rule **rule,
                            struct fault *fault)
{
    enum err err = ERR_OK;

    *query = (struct compliance_query){
        .plan = plan_set_find(context->plans, o->plan),
        .today = when_day_of(clock_wall_ms(context->clock)),
        .filter = {.owner_id = o->owner, .area = o->area},
        .rule_id = o->rule,
    };
    *rule = NULL;
    query->as_of = query->today;
    if (query->plan == NULL)
        return fault_set(fault, ERR_INPUT, "--plan %s: there is no such plan", o->plan);
    if (o->area != NULL && !compliance_area_ok(o->area))
        return fault_set(fault, ERR_INPUT, "--area %s: expected 1 to 12 digits", o->area);
    err = command_day("as-of", o->as_of, &query->as_of, fault);
    if (err == ERR_OK && o->rule != NULL) {
        *rule = plan_rule(query->plan, o->rule, query->as_of);
        if (*rule == NULL)
            return fault_set(fault, ERR_INPUT, "--rule %s: the plan %s has no such rule", o->rule,
                             query->plan->id);
    }
    return err;
}

enum err command_format(const char *text, enum sheet_format otherwise, enum sheet_format *format,
                        struct fault *fault)
{
    *format = text == NULL ? otherwise : sheet_format_parse(text);
    if (*format == SHEET_FORMAT_COUNT)
        return fault_set(fault, ERR_INPUT, "--format %s: expected table, json, csv or xlsx", text);
    if (*format == SHEET_XLSX && isatty(STDOUT_FILENO))
        return fault_set(
            fault, ERR_INPUT,
            "--format xlsx: a workbook is no text; send it to a file with > FILE.xlsx");
    return ERR_OK;
}

void command_print_json(json_t *steals)
{
    json_dumpf(steals, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', stdout);
    json_decref(steals);
}

enum err command_print_sheet(struct sheet *sheet, enum sheet_format format, struct fault *fault)
{
    enum err err = sheet_finish(sheet, fault);
    const void *bytes = NULL;
    size_t len = 0;

    if (err != ERR_OK)
        return err;
    if (format == SHEET_JSON) {
        command_print_json(sheet_rows_json(sheet));
        return ERR_OK;
    }
    bytes = sheet_bytes(sheet, &len);
    if (fwrite(bytes, 1, len, stdout) != len)
        return fault_set(fault, ERR_IO, "the output could not be written: %m");
    return ERR_OK;
}
