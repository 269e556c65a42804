/*
 * settings: what the command line of evroll-unit says. One table of options feeds parsing and --help.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_SETTINGS_H
#define EVROLL_TESTS_UNIT_TOOL_SETTINGS_H

#include <stdbool.h>

#include "tests/unit_tool/fleet.h"
#include "tests/unit_tool/replay.h"
#include "tests/unit_tool/runner.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_NOT_NOW = 3 };

struct settings {
    struct runner_options run;
    struct replay_options replay;
    struct fleet_options fleet;
    bool simulate;
    bool list_units, quiet;
    const char *resume_file, *report_file, *register_dir;
};

void settings_default(struct settings *s);

/* argv[0] is the command; s->simulate says which. EXIT_DONE, or EXIT_USAGE after saying why on
 * stderr. Texts stay where they are, in argv. */
int settings_parse(struct settings *s, int argc, char **argv);

/* Says on stderr what was wrong with the command line; gives EXIT_USAGE. */
int settings_wrong(const char *format, const char *what);

void settings_help(void);

#endif
