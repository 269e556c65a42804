#include "registry/snapshot/pack.h"

#include <assert.h>
#include <stdlib.h>

#include <zlib.h>

#include "registry/audit/canonical.h"
#include "shared/arena.h"
#include "shared/tls/tls.h"

#define GZIP  (15 + 16) /* the largest window, and gzip's frame around it */
#define PIECE (64u << 10)

struct pack {
    z_stream stream;
    uint8_t *bytes;
    size_t len, room;
    uint64_t content_len;
    struct tls_digest *content;
};

struct pack *pack_create(void)
{
    struct pack *pack = mem_alloc(1, sizeof *pack);

    if (deflateInit2(&pack->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        mem_exhausted(sizeof *pack);
    pack->content = tls_digest_begin();
    return pack;
}

static void end_content(struct pack *pack, uint8_t digest[32])
{
    if (pack->content != NULL)
        tls_digest_end(pack->content, digest);
    pack->content = NULL;
}

void pack_destroy(struct pack *pack)
{
    uint8_t digest[32];

    if (pack == NULL)
        return;
    end_content(pack, digest);
    deflateEnd(&pack->stream);
    free(pack->bytes);
    free(pack);
}

static void run_deflate(struct pack *pack, int flush)
{
    int result = Z_OK;

    do {
        if (pack->room - pack->len < PIECE) {
            pack->room = pack->room * 2 + PIECE;
            pack->bytes = mem_grow(pack->bytes, pack->room, 1);
        }
        pack->stream.next_out = pack->bytes + pack->len;
        pack->stream.avail_out = PIECE;
        result = deflate(&pack->stream, flush);
        assert(result != Z_STREAM_ERROR);
        pack->len += PIECE - pack->stream.avail_out;
    } while (pack->stream.avail_out == 0);
}

void pack_write(struct pack *pack, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    tls_digest_add(pack->content, bytes, len);
    pack->content_len += len;
    while (len > 0) {
        uInt piece = len < PIECE ? (uInt)len : PIECE;
        pack->stream.next_in = (z_const Bytef *)at;
        pack->stream.avail_in = piece;
        run_deflate(pack, Z_NO_FLUSH);
        at += piece;
        len -= piece;
    }
}

struct packed pack_finish(struct pack *pack)
{
    struct packed packed = {.content_len = pack->content_len};
    uint8_t digest[32];

    pack->stream.avail_in = 0;
    run_deflate(pack, Z_FINISH);
    end_content(pack, digest);
    tls_hex(digest, sizeof digest, packed.content_sha256);
    packed.bytes = pack->bytes;
    packed.len = pack->len;
    canonical_digest(pack->bytes, pack->len, packed.sha256);
    return packed;
}

/* ---- reading ---- */

struct unpack {
    z_stream stream;
    const uint8_t *bytes;
    size_t left;
    struct tls_digest *content;
    bool ended;
};

struct unpack *unpack_create(const void *bytes, size_t len, struct tls_digest *content)
{
    struct unpack *unpack = mem_alloc(1, sizeof *unpack);

    if (inflateInit2(&unpack->stream, GZIP) != Z_OK)
        mem_exhausted(sizeof *unpack);
    unpack->bytes = bytes;
    unpack->left = len;
    unpack->content = content;
    return unpack;
}

void unpack_destroy(struct unpack *unpack)
{
    if (unpack == NULL)
        return;
    inflateEnd(&unpack->stream);
    free(unpack);
}

static void feed(struct unpack *unpack)
{
    uInt piece = unpack->left < PIECE ? (uInt)unpack->left : PIECE;

    unpack->stream.next_in = (z_const Bytef *)unpack->bytes;
    unpack->stream.avail_in = piece;
    unpack->bytes += piece;
    unpack->left -= piece;
}

enum err unpack_source(void *arg, char *into, size_t cap, size_t *got)
{
    struct unpack *unpack = arg;
    int result = Z_OK;

    *got = 0;
    cap = cap < PIECE ? cap : PIECE;
    while (*got == 0 && !unpack->ended) {
        if (unpack->stream.avail_in == 0 && unpack->left == 0)
            return ERR_INPUT; /* it ends before its end */
        if (unpack->stream.avail_in == 0)
            feed(unpack);
        unpack->stream.next_out = (Bytef *)into;
        unpack->stream.avail_out = (uInt)cap;
        result = inflate(&unpack->stream, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END)
            return ERR_INPUT;
        unpack->ended = result == Z_STREAM_END;
        *got = cap - unpack->stream.avail_out;
    }
    if (unpack->content != NULL)
        tls_digest_add(unpack->content, into, *got);
    return ERR_OK;
}
