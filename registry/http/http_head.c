#include "registry/http/http_head.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define METHOD_BYTES_MAX  32
#define LENGTH_DIGITS_MAX 15

static const char token_extra[] = "!#$%&'*+-.^_`|~";
static const char target_extra[] = "-._~!$&'()*+,;=:@/?%";
static const char host_extra[] = "-._:[]";

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/* Given twice, these could be read in two ways. Host is counted apart: it must be there, too. */
static const char *const singles[] = {
    "Content-Length", "Transfer-Encoding", "Authorization", "Content-Type", "Content-Encoding",
    "Expect",         "If-None-Match",     "Cookie",        "Host"};

bool http_refuse(struct http_refusal *refusal, int status, const char *format, ...)
{
    va_list args;

    refusal->status = status;
    va_start(args, format);
    vsnprintf(refusal->detail, sizeof refusal->detail, format, args);
    va_end(args);
    return false;
}

static bool alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Is every one of the `len` bytes a letter, a digit or one of `extra`? */
static bool made_of(const char *bytes, size_t len, const char *extra)
{
    for (size_t i = 0; i < len; i++)
        if (!alnum(bytes[i]) && (bytes[i] == '\0' || strchr(extra, bytes[i]) == NULL))
            return false;
    return true;
}

static bool has_control(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

size_t http_head_end(const char *bytes, size_t len)
{
    const char *end = bytes + len;
    const char *lf = memchr(bytes, '\n', len);

    while (lf != NULL) {
        const char *next = lf + 1;
        if (next < end && *next == '\r')
            next++;
        if (next < end && *next == '\n')
            return (size_t)(next + 1 - bytes);
        lf = memchr(lf + 1, '\n', (size_t)(end - lf - 1));
    }
    return 0;
}

/* ---- lines ---- */

struct lines {
    struct arena *arena;
    const char *at;
    const char *end;
};

/* The next line as text without its CRLF; NULL when it holds what no line may hold. */
static char *line_next(struct lines *lines, size_t *len)
{
    const char *lf = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    char *line = NULL;

    if (lf == NULL || lf == lines->at || lf[-1] != '\r')
        return NULL;
    *len = (size_t)(lf - 1 - lines->at);
    if (has_control(lines->at, *len))
        return NULL;
    line = arena_alloc(lines->arena, *len + 1, 1);
    memcpy(line, lines->at, *len);
    lines->at = lf + 1;
    return line;
}

static char *trim(char *text)
{
    size_t len = 0;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        text[--len] = '\0';
    return text;
}

/* ---- the request line ---- */

static bool method_check(const char *method, size_t len, struct http_refusal *refusal)
{
    if (len == 0 || len > METHOD_BYTES_MAX || !made_of(method, len, token_extra))
        return http_refuse(refusal, 400, "the request line does not begin with a method");
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i], method) == 0)
            return true;
    return http_refuse(refusal, 501, "the method %s is not known here", method);
}

static bool version_check(const char *version, int *minor, struct http_refusal *refusal)
{
    if (strcmp(version, "HTTP/1.1") == 0 || strcmp(version, "HTTP/1.0") == 0) {
        *minor = version[7] - '0';
        return true;
    }
    if (strncmp(version, "HTTP/", 5) == 0)
        return http_refuse(refusal, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    return http_refuse(refusal, 400, "the request line does not end in an HTTP version");
}

static bool target_check(const char *target, struct http_refusal *refusal)
{
    if (target[0] != '/')
        return http_refuse(refusal, 400,
                           "the request target must be a path that begins with \"/\"; "
                           "this server is no proxy");
    if (!made_of(target, strlen(target), target_extra))
        return http_refuse(refusal, 400,
                           "the request target holds a character that must be percent-encoded");
    return true;
}

/* method SP target SP version, with exactly one space each. */
static bool request_line(char *line, struct http_head *head, struct http_refusal *refusal)
{
    char *target = strchr(line, ' ');
    char *version = target == NULL ? NULL : strchr(target + 1, ' ');

    if (version == NULL || strchr(version + 1, ' ') != NULL || strchr(line, '\t') != NULL)
        return http_refuse(refusal, 400,
                           "the request line must be method, target and version, one space apart");
    *target++ = '\0';
    *version++ = '\0';
    if (!method_check(line, strlen(line), refusal))
        return false;
    head->method = line;
    head->target = target;
    return version_check(version, &head->minor, refusal) && target_check(target, refusal);
}

/* ---- the fields ---- */

static bool field_line(char *line, struct http_field *field, struct http_refusal *refusal)
{
    char *colon = strchr(line, ':');

    if (line[0] == ' ' || line[0] == '\t')
        return http_refuse(refusal, 400, "a field goes on over a second line; write it in one");
    if (colon == NULL || colon == line || !made_of(line, (size_t)(colon - line), token_extra))
        return http_refuse(refusal, 400,
                           "a field line must be a name, at once a colon, and the value");
    *colon = '\0';
    field->name = line;
    field->value = trim(colon + 1);
    return true;
}

static bool fields_read(struct lines *lines, struct http_head *head, struct http_refusal *refusal)
{
    struct http_field *fields = ARENA_ARRAY(lines->arena, struct http_field, HTTP_HEAD_FIELDS_MAX);

    head->fields = fields;
    while (true) {
        size_t len = 0;
        char *line = line_next(lines, &len);
        if (line == NULL)
            return http_refuse(refusal, 400,
                               "a field line holds a control character or does not end in CRLF");
        if (len == 0)
            return true;
        if (head->field_count == HTTP_HEAD_FIELDS_MAX)
            return http_refuse(refusal, 431, "more than %u fields", HTTP_HEAD_FIELDS_MAX);
        if (!field_line(line, &fields[head->field_count++], refusal))
            return false;
    }
}

const char *http_head_field(const struct http_head *head, const char *name)
{
    for (size_t i = 0; i < head->field_count; i++)
        if (strcasecmp(head->fields[i].name, name) == 0)
            return head->fields[i].value;
    return NULL;
}

static size_t field_count(const struct http_head *head, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < head->field_count; i++)
        count += strcasecmp(head->fields[i].name, name) == 0;
    return count;
}

static bool singles_check(const struct http_head *head, struct http_refusal *refusal)
{
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++)
        if (field_count(head, singles[i]) > 1)
            return http_refuse(refusal, 400, "the field %s is given more than once", singles[i]);
    return true;
}

static bool host_check(const struct http_head *head, struct http_refusal *refusal)
{
    const char *host = http_head_field(head, "Host");

    if (host == NULL && head->minor >= 1)
        return http_refuse(refusal, 400, "the field Host is missing");
    if (host != NULL && !made_of(host, strlen(host), host_extra))
        return http_refuse(refusal, 400, "the field Host does not name a host");
    return true;
}

static bool length_read(struct http_head *head, struct http_refusal *refusal)
{
    const char *text = http_head_field(head, "Content-Length");

    if (text == NULL)
        return true;
    if (text[0] == '\0' || strlen(text) > LENGTH_DIGITS_MAX ||
        strspn(text, "0123456789") != strlen(text))
        return http_refuse(refusal, 400, "the field Content-Length is not a number of bytes");
    for (const char *digit = text; *digit != '\0'; digit++)
        head->content_length = head->content_length * 10 + (uint64_t)(*digit - '0');
    return true;
}

static bool coding_check(const struct http_head *head, struct http_refusal *refusal)
{
    if (http_head_field(head, "Transfer-Encoding") == NULL)
        return true;
    if (http_head_field(head, "Content-Length") != NULL || head->minor == 0)
        return http_refuse(refusal, 400,
                           "Transfer-Encoding together with Content-Length or in HTTP/1.0");
    return http_refuse(refusal, 411,
                       "bodies in chunks are not taken; say the length in Content-Length");
}

static bool expect_read(struct http_head *head, struct http_refusal *refusal)
{
    const char *expect = http_head_field(head, "Expect");

    if (expect == NULL)
        return true;
    if (strcasecmp(expect, "100-continue") != 0)
        return http_refuse(refusal, 417, "of Expect only 100-continue is known");
    head->expects_continue = head->minor >= 1;
    return true;
}

static bool list_has(const char *list, const char *word)
{
    size_t len = strlen(word);

    while (*list != '\0') {
        list += strspn(list, ", \t");
        size_t n = strcspn(list, ", \t");
        if (n == len && strncasecmp(list, word, len) == 0)
            return true;
        list += n;
    }
    return false;
}

static void close_read(struct http_head *head)
{
    head->wants_close = head->minor == 0;
    for (size_t i = 0; i < head->field_count; i++)
        if (strcasecmp(head->fields[i].name, "Connection") == 0)
            head->wants_close |= list_has(head->fields[i].value, "close");
}

bool http_head_parse(struct arena *arena, const char *bytes, size_t len, struct http_head *head,
                     struct http_refusal *refusal)
{
    struct lines lines = {.arena = arena, .at = bytes, .end = bytes + len};
    size_t line_len = 0;
    char *line = line_next(&lines, &line_len);

    *head = (struct http_head){.method = "GET", .target = "/", .minor = 1};
    if (line == NULL)
        return http_refuse(refusal, 400,
                           "the request line holds a control character or does not end in CRLF");
    if (!request_line(line, head, refusal) || !fields_read(&lines, head, refusal))
        return false;
    close_read(head);
    return singles_check(head, refusal) && host_check(head, refusal) &&
           length_read(head, refusal) && coding_check(head, refusal) && expect_read(head, refusal);
}
