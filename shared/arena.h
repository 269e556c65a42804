/*
 * arena: memory with an owner. What belongs to one batch, one request or one file is taken from its
 * arena and freed with it, in one call; nothing is freed alone.
 *
 * Good for: many small pieces with one end of life. Not for: buffers that grow and shrink for
 * hours. Errors: none. When memory is used up the process ends with a message: nothing held in
 * memory is worth keeping (the journal repeats from its cursor), so a restart is the recovery. Code
 * inside the broker must not use it in a message callback. Thread safety: one arena, one thread.
 */
#ifndef EVROLL_SHARED_ARENA_H
#define EVROLL_SHARED_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena); /* NULL is allowed */

/* Frees what was taken but keeps the arena for the next round. */
void arena_reset(struct arena *arena);

/* What it holds of the process's memory, for limits on what others make it take. */
size_t arena_bytes(const struct arena *arena);

/* Zeroed, aligned for any type. `count * size` that overflows ends the process. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
void *arena_copy(struct arena *arena, const void *bytes, size_t len);
/* Room for `more` items of `size` behind the `count` of `items` (NULL: none yet), which has room for `*room`. Where there
 * is not enough, a larger array with the same items at its beginning; the old one stays the arena's. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t more, size_t *room,
                 size_t size) __attribute__((returns_nonnull));
char *arena_text(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), (count), sizeof(type)))

/* malloc and realloc under the same rule, for what lives as long as the process or grows in place.
 */
void *mem_alloc(size_t count, size_t size);
void *mem_grow(void *old, size_t count, size_t size);

/* The rule itself, for libraries that answer "no memory": says so and ends the process. */
_Noreturn void mem_exhausted(size_t wanted);

#endif
