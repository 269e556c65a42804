#include "shared/batch/frame.h"

#include <stdbool.h>
#include <string.h>
#include <zstd.h>

#include "shared/crc32c.h"
#include "shared/wire.h"

#define LEVEL          3
#define WINDOW_LOG_MIN 10

/* Frame header descriptor, RFC 8878 3.1.1.1.1. Content size flag (2 bits) is left free. */
#define DESCRIPTOR_AT       4
#define DESCRIPTOR_FREE     0xC0u
#define DESCRIPTOR_SINGLE   0x20u
#define DESCRIPTOR_CHECKSUM 0x04u

/* The trailer: a skippable frame (RFC 8878 3.1.2) of four bytes. */
#define TRAILER_MAGIC 0x184D2A5Eu
#define TRAILER_BODY  4u
#define TRAILER_BYTES (8u + TRAILER_BODY)

static void put_trailer(uint8_t *line, size_t len)
{
    struct wire_out out = wire_into(line + len, TRAILER_BYTES);

    wire_put_le(&out, TRAILER_MAGIC, 4);
    wire_put_le(&out, TRAILER_BODY, 4);
    wire_put_le(&out, crc32c(0, line, len), 4);
}

static bool trailer_ok(const uint8_t *line, size_t len)
{
    struct wire in = wire_over(line + len, TRAILER_BYTES);

    return wire_le32(&in) == TRAILER_MAGIC && wire_le32(&in) == TRAILER_BODY &&
           wire_le32(&in) == crc32c(0, line, len);
}

/* The window covers everything, so that the frame is a single segment: its header then has no bit
 * that could be flipped without being noticed. */
static int window_log(size_t len)
{
    int log = WINDOW_LOG_MIN;

    while ((size_t)1 << log < len)
        log++;
    return log;
}

static size_t compress(ZSTD_CCtx *context, uint8_t *line, size_t room, const uint8_t *plain,
                       size_t len)
{
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log(len));
    return ZSTD_compress2(context, line, room, plain, len);
}

enum err frame_seal(const uint8_t *plain, size_t plain_len, struct arena *arena, uint8_t **line,
                    size_t *line_len, struct fault *fault)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t room = ZSTD_compressBound(plain_len);

    if (context == NULL)
        return fault_set(fault, ERR_IO, "zstd: no memory for a compressor");
    *line = arena_alloc(arena, room + TRAILER_BYTES, 1);
    *line_len = compress(context, *line, room, plain, plain_len);
    (void)ZSTD_freeCCtx(context);
    if (ZSTD_isError(*line_len))
        return fault_set(fault, ERR_IO, "zstd: %s", ZSTD_getErrorName(*line_len));
    put_trailer(*line, *line_len);
    *line_len += TRAILER_BYTES;
    return ERR_OK;
}

static bool header_ok(const uint8_t *line, size_t len)
{
    return len > DESCRIPTOR_AT &&
           (line[DESCRIPTOR_AT] & ~DESCRIPTOR_FREE) == (DESCRIPTOR_SINGLE | DESCRIPTOR_CHECKSUM);
}

/* Everything that can be told without decompressing. `len` is without the trailer. */
static enum err inspect(const uint8_t *line, size_t len, size_t plain_max, struct fault *fault)
{
    unsigned long long size = ZSTD_getFrameContentSize(line, len);

    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || !header_ok(line, len))
        return fault_set(fault, ERR_INPUT,
                         "not a zstd frame of one segment with content size and checksum");
    if (ZSTD_findFrameCompressedSize(line, len) != len || !trailer_ok(line, len))
        return fault_set(fault, ERR_INPUT, "the zstd frame and its trailer are not whole");
    if (size > plain_max)
        return fault_set(fault, ERR_INPUT, "%llu bytes after decompression, at most %zu are taken",
                         size, plain_max);
    return ERR_OK;
}

enum err frame_open(const uint8_t *line, size_t line_len, size_t plain_max, struct arena *arena,
                    uint8_t **plain, size_t *plain_len, struct fault *fault)
{
    size_t len = line_len < TRAILER_BYTES ? 0 : line_len - TRAILER_BYTES;
    enum err err = inspect(line, len, plain_max, fault);

    if (err != ERR_OK)
        return err;
    *plain_len = (size_t)ZSTD_getFrameContentSize(line, len);
    *plain = arena_alloc(arena, *plain_len + 1, 1);
    *plain_len = ZSTD_decompress(*plain, *plain_len, line, len);
    if (ZSTD_isError(*plain_len))
        return fault_set(fault, ERR_INPUT, "zstd: %s", ZSTD_getErrorName(*plain_len));
    return ERR_OK;
}
