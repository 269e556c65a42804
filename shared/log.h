/*
 * log: one line an event on stderr: time, level, part, sentence. Under systemd the level prefix <N>
 * of sd-daemon(3) is put in front instead of the time, and the journal files it by level.
 *
 * A line names what, where and what to do. Secrets (tokens, keys, passwords, payload contents)
 * never reach it. Control characters are shown as \xNN, so that what a peer sent cannot forge a
 * line. Thread safety: a line is one write(2); any thread may log.
 */
#ifndef EVROLL_SHARED_LOG_H
#define EVROLL_SHARED_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* What is below `level` is dropped. Default: LOG_LEVEL_INFO. Set it once, in main. */
void log_set_level(enum log_level level);
/* "error", "warn", "info", "debug"; -1 for anything else. */
int log_level_parse(const char *name);

void log_write(enum log_level level, const char *part, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(part, ...) log_write(LOG_LEVEL_ERROR, part, __VA_ARGS__)
#define log_warn(part, ...)  log_write(LOG_LEVEL_WARN, part, __VA_ARGS__)
#define log_info(part, ...)  log_write(LOG_LEVEL_INFO, part, __VA_ARGS__)
#define log_debug(part, ...) log_write(LOG_LEVEL_DEBUG, part, __VA_ARGS__)

#endif
