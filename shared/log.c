#include "shared/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/when.h"

#define PREFIX_BYTES 128
#define LINE_BYTES   2048

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

/* systemd sets JOURNAL_STREAM to the device and inode of the stream to its journal. Programs
 * started from a service inherit it, so it has to be this stderr. */
static bool goes_to_journal(void)
{
    const char *stream = secure_getenv("JOURNAL_STREAM");
    char own[64];
    struct stat st;

    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
        return false;
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, own) == 0;
}

static size_t prefix_write(char *line, size_t cap, enum log_level level, const char *part)
{
    char at[WHEN_INSTANT_TEXT];
    int len = 0;

    if (goes_to_journal()) {
        len = snprintf(line, cap, "<%d>%s: ", levels[level].syslog_level, part);
    } else {
        when_instant_format(clock_wall_ms(&clock_system), at);
        len = snprintf(line, cap, "%s %-5s %s: ", at, levels[level].name, part);
    }
    if (len < 0)
        return 0;
    return (size_t)len < cap ? (size_t)len : cap - 1;
}

/* Bytes of the control character that a text (not its end) begins with: C0, DEL, and C1, which is
 * two bytes in UTF-8. A terminal may obey all of them. */
static size_t control_length(const char *text)
{
    unsigned char c = (unsigned char)text[0];
    unsigned char next = (unsigned char)text[1];

    if (c < 0x20 || c == 0x7f)
        return 1;
    return c == 0xc2 && next >= 0x80 && next <= 0x9f ? 2 : 0;
}

static size_t escape(char *out, size_t cap, const char *text)
{
    size_t n = 0;

    while (*text != '\0' && n + 9 < cap) {
        size_t controls = control_length(text);
        for (size_t i = 0; i < controls; i++)
            n += (size_t)snprintf(out + n, cap - n, "\\x%02x", (unsigned char)text[i]);
        if (controls == 0)
            out[n++] = *text;
        text += controls == 0 ? 1 : controls;
    }
    return n;
}

void log_write(enum log_level level, const char *part, const char *format, ...)
{
    char said[LINE_BYTES];
    char line[PREFIX_BYTES + LINE_BYTES];
    size_t len = 0;
    va_list args;

    if ((int)level > atomic_load(&threshold))
        return;
    va_start(args, format);
    if (vsnprintf(said, sizeof said, format, args) < 0)
        said[0] = '\0';
    va_end(args);
    len = prefix_write(line, PREFIX_BYTES, level, part);
    len += escape(line + len, sizeof line - len - 1, said);
    line[len++] = '\n';
    /* A log line that cannot be written has nowhere to be reported. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}
