/*
 * wire: a cursor over bytes with a sticky error, so that parsers and writers read as straight
 * lines. Nobody checks bounds by hand: after the first step beyond the end every read gives 0 or
 * NULL, every write does nothing, and wire_ok() is false. Check once, at the end or where a value
 * steers a loop.
 *
 * Owns nothing: the bytes belong to the caller and must outlive the cursor. Plain values, no thread
 * rules. `pos` after a failure stands where the failing step began: that is the byte to report.
 */
#ifndef EVROLL_SHARED_WIRE_H
#define EVROLL_SHARED_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
    const uint8_t *base;
    size_t len;
    size_t pos;
    bool failed;
};

static inline struct wire wire_over(const void *bytes, size_t len)
{
    return (struct wire){.base = bytes, .len = len};
}

static inline bool wire_ok(const struct wire *w)
{
    return !w->failed;
}

static inline size_t wire_left(const struct wire *w)
{
    return w->failed ? 0 : w->len - w->pos;
}

/* `n` bytes at the cursor, or NULL when there are fewer. */
static inline const uint8_t *wire_bytes(struct wire *w, size_t n)
{
    const uint8_t *p = NULL;

    if (w->failed || w->len - w->pos < n) {
        w->failed = true;
        return NULL;
    }
    p = w->base + w->pos;
    w->pos += n;
    return p;
}

static inline void wire_skip(struct wire *w, size_t n)
{
    (void)wire_bytes(w, n);
}

static inline uint64_t wire_be(struct wire *w, size_t n)
{
    const uint8_t *p = wire_bytes(w, n);
    uint64_t value = 0;

    for (size_t i = 0; p != NULL && i < n; i++)
        value = value << 8 | p[i];
    return value;
}

static inline uint64_t wire_le(struct wire *w, size_t n)
{
    const uint8_t *p = wire_bytes(w, n);
    uint64_t value = 0;

    for (size_t i = n; p != NULL && i > 0; i--)
        value = value << 8 | p[i - 1];
    return value;
}

static inline uint8_t wire_u8(struct wire *w)
{
    return (uint8_t)wire_be(w, 1);
}

static inline uint16_t wire_be16(struct wire *w)
{
    return (uint16_t)wire_be(w, 2);
}

static inline uint32_t wire_be32(struct wire *w)
{
    return (uint32_t)wire_be(w, 4);
}

static inline uint16_t wire_le16(struct wire *w)
{
    return (uint16_t)wire_le(w, 2);
}

static inline uint32_t wire_le32(struct wire *w)
{
    return (uint32_t)wire_le(w, 4);
}

static inline uint64_t wire_le64(struct wire *w)
{
    return wire_le(w, 8);
}

/* The writing side: same rule, `pos` is how much has been written. */
struct wire_out {
    uint8_t *base;
    size_t cap;
    size_t pos;
    bool failed;
};

static inline struct wire_out wire_into(void *bytes, size_t cap)
{
    return (struct wire_out){.base = bytes, .cap = cap};
}

static inline uint8_t *wire_room(struct wire_out *w, size_t n)
{
    uint8_t *p = NULL;

    if (w->failed || w->cap - w->pos < n) {
        w->failed = true;
        return NULL;
    }
    p = w->base + w->pos;
    w->pos += n;
    return p;
}

static inline void wire_put(struct wire_out *w, const void *bytes, size_t n)
{
    uint8_t *p = wire_room(w, n);

    for (size_t i = 0; p != NULL && i < n; i++)
        p[i] = ((const uint8_t *)bytes)[i];
}

static inline void wire_put_be(struct wire_out *w, uint64_t value, size_t n)
{
    uint8_t *p = wire_room(w, n);

    for (size_t i = n; p != NULL && i > 0; i--, value >>= 8)
        p[i - 1] = (uint8_t)value;
}

static inline void wire_put_le(struct wire_out *w, uint64_t value, size_t n)
{
    uint8_t *p = wire_room(w, n);

    for (size_t i = 0; p != NULL && i < n; i++, value >>= 8)
        p[i] = (uint8_t)value;
}

#endif
