#include "registry/dashboard/dashboard.h"

#include <string.h>
#include <zlib.h>

#include "registry/dashboard/dashboard_internal.h"

#define GZIP_WINDOW (15 + 16) /* zlib's way to say: a gzip member */

/* No script or style but our files, nothing from elsewhere, no frame around it. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "               \
    "form-action 'self'"

static const struct dashboard_file *find(const char *path)
{
    for (size_t i = 0; i < dashboard_file_count; i++)
        if (strcmp(dashboard_files[i].path, path) == 0)
            return &dashboard_files[i];
    return NULL;
}

static bool begins(const char *path, const char *with)
{
    return strncmp(path, with, strlen(with)) == 0;
}

/* The address of a view, or of none that we know of: the page tells. */
static bool means_page(const struct http_call *call, const char *path)
{
    return strcmp(path, "/") == 0 ||
           (!begins(path, "/v1/") && !begins(path, "/assets/") && http_accepts(call, "text/html"));
}

/* NULL when it cannot be unpacked: no file of ours. */
static const void *unpack(struct arena *arena, const struct dashboard_file *file)
{
    unsigned char *bytes = arena_alloc(arena, file->len + 1, 1);
    z_stream stream = {.next_in = (z_const Bytef *)file->gzip,
                       .avail_in = (uInt)file->gzip_len,
                       .next_out = bytes,
                       .avail_out = (uInt)file->len + 1};
    int result = inflateInit2(&stream, GZIP_WINDOW);

    if (result == Z_OK)
        result = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return result == Z_STREAM_END && stream.total_out == file->len ? bytes : NULL;
}

static void reply_file(struct http_call *call, const struct dashboard_file *file)
{
    bool packed = http_takes_coding(call, "gzip");
    const char *tag =
        arena_format(http_arena(call), "\"%s%s\"", file->digest, packed ? "-gzip" : "");
    const char *known = http_header(call, "If-None-Match");
    const void *bytes = packed ? file->gzip : unpack(http_arena(call), file);

    http_add_header(call, "ETag", tag);
    http_add_header(call, "Vary", "Accept-Encoding");
    http_add_header(call, "Cache-Control",
                    strcmp(file->path, "/") == 0 ? "no-cache"
                                                 : "public, max-age=31536000, immutable");
    http_add_header(call, "Content-Security-Policy", POLICY);
    http_add_header(call, "Cross-Origin-Opener-Policy", "same-origin");
    http_add_header(call, "Cross-Origin-Resource-Policy", "same-origin");
    if (known != NULL && strstr(known, tag) != NULL) {
        http_reply_empty(call, 304);
    } else if (bytes == NULL) {
        http_reply_problem(call, 500, "%s is damaged in this program", file->path);
    } else {
        if (packed)
            http_add_header(call, "Content-Encoding", "gzip");
        http_reply_bytes(call, 200, file->type, bytes, packed ? file->gzip_len : file->len);
    }
}

static void get_file(struct http_call *call)
{
    const char *path = http_path(call);
    const struct dashboard_file *file = find(means_page(call, path) ? "/" : path);

    if (file != NULL)
        reply_file(call, file);
    else if (means_page(call, path))
        http_reply_problem(call, 503,
                           "this program was built without the dashboard's pages: node or the npm "
                           "packages were missing; ./dev setup installs them, ./dev build builds "
                           "again");
    else
        http_reply_problem(call, 404, HTTP_NOTHING_HERE);
}

const struct http_route dashboard_route = {"GET", "/", HTTP_ANYONE, 0, get_file};
