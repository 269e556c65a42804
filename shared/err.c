#include "shared/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[ERR_COUNT] = {
    [ERR_OK] = "ok",
    [ERR_INPUT] = "input",
    [ERR_NOT_FOUND] = "not-found",
    [ERR_CONFLICT] = "conflict",
    [ERR_DENIED] = "denied",
    [ERR_FULL] = "full",
    [ERR_BUSY] = "busy",
    [ERR_IO] = "io",
    [ERR_PEER] = "peer",
    [ERR_TIMEOUT] = "timeout",
    [ERR_UNKNOWN_OUTCOME] = "unknown-outcome",
    [ERR_STOPPED] = "stopped",
};

const char *err_name(enum err code)
{
    assert((unsigned)code < ERR_COUNT);
    return names[code];
}

enum err fault_set(struct fault *fault, enum err code, const char *format, ...)
{
    if (fault != NULL) {
        va_list args;
        fault->code = code;
        va_start(args, format);
        vsnprintf(fault->text, sizeof fault->text, format, args);
        va_end(args);
    }
    return code;
}

void fault_prefix(struct fault *fault, const char *format, ...)
{
    char said[sizeof fault->text];
    va_list args;
    int len = 0;
    size_t room = 0;

    if (fault == NULL)
        return;
    memcpy(said, fault->text, sizeof said);
    va_start(args, format);
    len = vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    if (len < 0 || (size_t)len + 3 > sizeof fault->text)
        return;
    memcpy(fault->text + len, ": ", 3);
    room = sizeof fault->text - (size_t)len - 2;
    /* What does not fit is cut at the end: the beginning says what and where. */
    memcpy(fault->text + len + 2, said, strnlen(said, room - 1));
    fault->text[(size_t)len + 2 + strnlen(said, room - 1)] = '\0';
}
