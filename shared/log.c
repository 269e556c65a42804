#include "shared/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/when.h"

#define LINE_BYTES 2048

static const struct {
    const char *name;
    int syslog_level;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", 3},
    [LOG_LEVEL_WARN] = {"warn", 4},
    [LOG_LEVEL_INFO] = {"info", 6},
    [LOG_LEVEL_DEBUG] = {"debug", 7},
};

/* The one setting of a process-wide service; written once in main before threads start. */
static atomic_int threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

int log_level_parse(const char *name)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i].name, name) == 0)
            return (int)i;
    return -1;
}

static size_t prefix_write(char *line, size_t cap, enum log_level level, const char *part)
{
    char at[WHEN_INSTANT_TEXT];
    int len = 0;

    /* systemd sets JOURNAL_STREAM for services whose stderr goes to its journal. */
    if (secure_getenv("JOURNAL_STREAM") != NULL) {
        len = snprintf(line, cap, "<%d>%s: ", levels[level].syslog_level, part);
    } else {
        when_instant_format(clock_wall_ms(&clock_system), at);
        len = snprintf(line, cap, "%s %-5s %s: ", at, levels[level].name, part);
    }
    return len < 0 ? 0 : (size_t)len;
}

static size_t escape(char *out, size_t cap, const char *text)
{
    size_t n = 0;

    for (; *text != '\0' && n + 5 < cap; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            n += (size_t)snprintf(out + n, cap - n, "\\x%02x", c);
        else
            out[n++] = *text;
    }
    return n;
}

void log_write(enum log_level level, const char *part, const char *format, ...)
{
    char said[LINE_BYTES];
    char line[LINE_BYTES + 128];
    size_t len = 0;
    va_list args;

    if ((int)level > atomic_load(&threshold))
        return;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    len = prefix_write(line, sizeof line, level, part);
    len += escape(line + len, sizeof line - len - 1, said);
    line[len++] = '\n';
    /* A log line that cannot be written has nowhere to be reported. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}
