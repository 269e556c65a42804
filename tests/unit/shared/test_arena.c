#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/arena.h"

static void memory_comes_zeroed_and_aligned_for_any_type(void **state)
{
    struct arena *arena = arena_create();

    (void)state;
    for (size_t size = 0; size < 300; size++) {
        unsigned char *p = arena_alloc(arena, 1, size);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xee, size);
    }
    arena_destroy(arena);
}

static void pieces_do_not_overlap_across_chunks(void **state)
{
    enum { PIECES = 500 };
    struct arena *arena = arena_create();
    unsigned char *pieces[PIECES];

    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(arena, i + 1, 7);
        memset(pieces[i], (int)(i % 251), (i + 1) * 7);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t k = 0; k < (i + 1) * 7; k++)
            assert_int_equal(pieces[i][k], i % 251);
    arena_destroy(arena);
}

static void reset_gives_zeroed_memory_again(void **state)
{
    struct arena *arena = arena_create();

    (void)state;
    arena_reset(arena);
    for (int round = 0; round < 3; round++) {
        unsigned char *small = arena_alloc(arena, 100, 1);
        unsigned char *large = arena_alloc(arena, 3u << 20, 1);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(small[i], 0);
        assert_int_equal(large[(3u << 20) - 1], 0);
        memset(small, 0xff, 100);
        memset(large, 0xff, 3u << 20);
        arena_reset(arena);
    }
    arena_destroy(arena);
}

static void copies_and_texts_are_their_own(void **state)
{
    struct arena *arena = arena_create();
    char source[] = "speed";
    char *text = arena_text(arena, source);
    char *bytes = arena_copy(arena, source, 3);
    char *made = arena_format(arena, "%s is %d km/h, %0500d", source, 61, 7);

    (void)state;
    memset(source, 'x', 5);
    assert_string_equal(text, "speed");
    assert_memory_equal(bytes, "spe", 3);
    assert_non_null(arena_copy(arena, NULL, 0));
    assert_int_equal(strlen(made), strlen("speed is 61 km/h, ") + 500);
    assert_memory_equal(made, "speed is 61 km/h, 000", 21);
    arena_destroy(arena);
    arena_destroy(NULL);
}

static void mem_grow_keeps_what_was_there(void **state)
{
    uint32_t *numbers = mem_alloc(4, sizeof *numbers);

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(numbers[i], 0);
        numbers[i] = i;
    }
    numbers = mem_grow(numbers, 4000, sizeof *numbers);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
}

static void exhaust_by_overflow(void)
{
    (void)arena_alloc(arena_create(), SIZE_MAX / 2, 3);
}

static void exhaust_by_size(void)
{
    (void)mem_alloc(SIZE_MAX / 2 + 1, 1);
}

/* Runs it in a child and gives how the child ended, with stderr closed. */
static int ended_by(void (*run)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        (void)close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        run();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void sizes_that_overflow_end_the_process(void **state)
{
    (void)state;
    assert_int_equal(ended_by(exhaust_by_overflow), SIGABRT);
    assert_int_equal(ended_by(exhaust_by_size), SIGABRT);
}

static void an_array_that_grows_keeps_its_items(void **state)
{
    struct arena *arena = arena_create();
    size_t room = 0, moved = 0;
    int *items = arena_grow(arena, NULL, 0, 1, &room, sizeof *items);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int *before = items;
        items = arena_grow(arena, items, (size_t)i, 1, &room, sizeof *items);
        moved += items != before;
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    assert_true(room >= 1000 && moved < 12);
    assert_ptr_equal(arena_grow(arena, items, 1000, room - 1000, &room, sizeof *items), items);
    items = arena_grow(arena, items, 1000, 5000, &room, sizeof *items);
    assert_true(room >= 6000 && items[999] == 999 && items[1000] == 0);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_that_grows_keeps_its_items),
        cmocka_unit_test(memory_comes_zeroed_and_aligned_for_any_type),
        cmocka_unit_test(pieces_do_not_overlap_across_chunks),
        cmocka_unit_test(reset_gives_zeroed_memory_again),
        cmocka_unit_test(copies_and_texts_are_their_own),
        cmocka_unit_test(mem_grow_keeps_what_was_there),
        cmocka_unit_test(sizes_that_overflow_end_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
