/*
 * Places in a document, by libyaml. A document is composed once more only when there is a fault to
 * place, so that loading a good file costs one event pass beside libcyaml's own.
 */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "shared/config_internal.h"

static enum err parser_fault(const char *name, const char *text, const yaml_parser_t *parser,
                             struct fault *fault)
{
    size_t line = parser->problem_mark.line + 1;
    size_t column = parser->problem_mark.column + 1;

    if (parser->error == YAML_MEMORY_ERROR)
        return fault_set(fault, ERR_FULL, "%s: memory is used up", name);
    if (parser->error == YAML_READER_ERROR) {
        /* The reader works ahead of the marks; it gives a byte offset instead. */
        line = column = 1;
        for (size_t i = 0; i < parser->problem_offset; i++) {
            bool end = text[i] == '\n';
            line += end;
            column = end ? 1 : column + (((unsigned char)text[i] & 0xC0u) != 0x80u);
        }
    }
    return fault_set(fault, ERR_INPUT, "%s:%zu:%zu: not YAML: %s%s%s; expected UTF-8 YAML 1.1",
                     name, line, column, parser->problem != NULL ? parser->problem : "syntax",
                     parser->context != NULL ? " " : "",
                     parser->context != NULL ? parser->context : "");
}

/* What has been seen so far of a stream of events. */
struct survey {
    unsigned documents;
    unsigned depth;
    bool content;
};

static const char *event_refused(const yaml_event_t *event, struct survey *survey)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return "an alias (*name) is not allowed here; write the value out";
    case YAML_DOCUMENT_START_EVENT:
        return ++survey->documents > 1 ? "a second document begins; a file holds one" : NULL;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        survey->content = true;
        return ++survey->depth > CONFIG_DEPTH_MAX ? "nested too deep" : NULL;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        survey->depth--;
        return NULL;
    case YAML_SCALAR_EVENT:
        survey->content = survey->content || event->data.scalar.length > 0;
        return NULL;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return NULL;
    }
    return NULL;
}

static enum err check_events(const char *name, const char *text, yaml_parser_t *parser,
                             struct fault *fault)
{
    struct survey survey = {0};
    bool end = false;

    while (!end) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return parser_fault(name, text, parser, fault);
        const char *refused = event_refused(&event, &survey);
        if (refused != NULL)
            fault_set(fault, ERR_INPUT, "%s:%zu:%zu: %s", name, event.start_mark.line + 1,
                      event.start_mark.column + 1, refused);
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (refused != NULL)
            return ERR_INPUT;
    }
    if (!survey.content)
        return fault_set(fault, ERR_INPUT, "%s:1:1: the file is empty", name);
    return ERR_OK;
}

enum err config_check(const char *name, const char *text, size_t len, struct fault *fault)
{
    yaml_parser_t parser;
    enum err err = ERR_OK;

    if (!yaml_parser_initialize(&parser))
        return fault_set(fault, ERR_FULL, "%s: memory is used up", name);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    err = check_events(name, text, &parser, fault);
    yaml_parser_delete(&parser);
    return err;
}

static void spot_set(struct config_spot *spot, const yaml_node_t *node)
{
    spot->line = node->start_mark.line + 1;
    spot->column = node->start_mark.column + 1;
    spot->scalar = node->type == YAML_SCALAR_NODE;
    spot->said[0] = '\0';
    if (spot->scalar)
        snprintf(spot->said, sizeof spot->said, "%s", (const char *)node->data.scalar.value);
}

/* The pair of a mapping whose key is `key`, for the `repeat`-th time after the first. */
static const yaml_node_pair_t *find_pair(yaml_document_t *document, const yaml_node_t *mapping,
                                         const char *key, unsigned repeat)
{
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *node = yaml_document_get_node(document, pair->key);
        if (node != NULL && node->type == YAML_SCALAR_NODE &&
            strcmp((const char *)node->data.scalar.value, key) == 0 && repeat-- == 0)
            return pair;
    }
    return NULL;
}

static int step_down(yaml_document_t *document, const yaml_node_t *node,
                     const struct config_step *step, unsigned repeat, enum config_part part)
{
    if (step->key == NULL && node->type == YAML_SEQUENCE_NODE) {
        const yaml_node_item_t *item = node->data.sequence.items.start + step->index;
        return item < node->data.sequence.items.top ? *item : 0;
    }
    if (step->key != NULL && node->type == YAML_MAPPING_NODE) {
        const yaml_node_pair_t *pair = find_pair(document, node, step->key, repeat);
        if (pair != NULL)
            return part == CONFIG_KEY ? pair->key : pair->value;
    }
    return 0;
}

static bool find_in(yaml_document_t *document, const struct config_step *steps, size_t count,
                    enum config_part part, unsigned repeat, struct config_spot *spot)
{
    yaml_node_t *node = yaml_document_get_root_node(document);

    if (node == NULL)
        return false;
    spot_set(spot, node);
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        int below =
            step_down(document, node, &steps[i], last ? repeat : 0, last ? part : CONFIG_VALUE);
        node = below != 0 ? yaml_document_get_node(document, below) : NULL;
        if (node == NULL)
            return false;
        spot_set(spot, node);
    }
    return true;
}

bool config_find(const char *text, size_t len, const struct config_step *steps, size_t count,
                 enum config_part part, unsigned repeat, struct config_spot *spot)
{
    yaml_parser_t parser;
    yaml_document_t document;
    bool found = false;

    *spot = (struct config_spot){.line = 1, .column = 1};
    if (!yaml_parser_initialize(&parser))
        return false;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    if (yaml_parser_load(&parser, &document)) {
        found = find_in(&document, steps, count, part, repeat, spot);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return found;
}

/* Cuts "rules/3/threshold" into steps, in place. Digits are an index. */
static size_t path_steps(char *path, struct config_step steps[static CONFIG_STEPS_MAX])
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(path, "/", &rest); word != NULL && count < CONFIG_STEPS_MAX;
         word = strtok_r(NULL, "/", &rest)) {
        bool index = strspn(word, "0123456789") == strlen(word);
        steps[count].key = index ? NULL : word;
        steps[count].index = index ? (size_t)strtoul(word, NULL, 10) : 0;
        count++;
    }
    return count;
}

bool config_place(const char *text, size_t len, const char *path, size_t *line, size_t *column)
{
    struct config_step steps[CONFIG_STEPS_MAX];
    struct config_spot spot;
    char words[256];
    bool whole = snprintf(words, sizeof words, "%s", path) < (int)sizeof words;
    bool found = config_find(text, len, steps, path_steps(words, steps), CONFIG_VALUE, 0, &spot);

    *line = spot.line;
    *column = spot.column;
    return found && whole;
}
