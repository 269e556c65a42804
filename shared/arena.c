#include "shared/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 16384u
#define KEPT_BYTES                                                                                 \
    (1u << 20) /* a larger chunk is given back at reset: the next round may be small */
#define ALIGNMENT (_Alignof(max_align_t))

struct chunk {
    struct chunk *next;
    size_t cap;
    size_t used;
    _Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *head;
    size_t bytes; /* of all chunks */
};

void mem_exhausted(size_t wanted)
{
    fprintf(stderr,
            "out of memory: could not get %zu bytes; the process ends and its work repeats\n",
            wanted);
    abort();
}

static size_t product(size_t count, size_t size)
{
    size_t bytes = 0;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        mem_exhausted(SIZE_MAX);
    return bytes;
}

void *mem_alloc(size_t count, size_t size)
{
    size_t bytes = product(count, size);
    void *p = calloc(1, bytes == 0 ? 1 : bytes);

    if (p == NULL)
        mem_exhausted(bytes);
    return p;
}

void *mem_grow(void *old, size_t count, size_t size)
{
    size_t bytes = product(count, size);
    void *p = realloc(old, bytes == 0 ? 1 : bytes);

    if (p == NULL)
        mem_exhausted(bytes);
    return p;
}

struct arena *arena_create(void)
{
    return mem_alloc(1, sizeof(struct arena));
}

static void chunks_free(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    chunks_free(arena->head);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    if (arena->head == NULL)
        return;
    chunks_free(arena->head->next);
    arena->head->next = NULL;
    arena->head->used = 0;
    arena->bytes = sizeof *arena->head + arena->head->cap;
    if (arena->head->cap > KEPT_BYTES) {
        chunks_free(arena->head);
        arena->head = NULL;
        arena->bytes = 0;
    }
}

size_t arena_bytes(const struct arena *arena)
{
    return arena->bytes;
}

static struct chunk *chunk_create(size_t least)
{
    size_t cap = least > CHUNK_BYTES ? least : CHUNK_BYTES;
    struct chunk *chunk = malloc(sizeof *chunk + cap);

    if (chunk == NULL)
        mem_exhausted(cap);
    chunk->next = NULL;
    chunk->cap = cap;
    chunk->used = 0;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes = (product(count, size) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct chunk *chunk = arena->head;
    void *p = NULL;

    if (chunk == NULL || chunk->cap - chunk->used < bytes) {
        chunk = chunk_create(bytes);
        chunk->next = arena->head;
        arena->head = chunk;
        arena->bytes += sizeof *chunk + chunk->cap;
    }
    p = chunk->bytes + chunk->used;
    chunk->used += bytes;
    memset(p, 0, bytes);
    return p;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    void *p = arena_alloc(arena, len == 0 ? 1 : len, 1);

    if (len > 0)
        memcpy(p, bytes, len);
    return p;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t more, size_t *room,
                 size_t size)
{
    void *larger = NULL;

    if (items != NULL && count + more <= *room)
        return items;
    *room = (count + more) * 2 + 8;
    larger = arena_alloc(arena, *room, size);
    if (items != NULL)
        memcpy(larger, items, count * size);
    return larger;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text) + 1);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    int len = 0;
    char *text = NULL;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return arena_text(arena, "");
    text = arena_alloc(arena, (size_t)len + 1, 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
