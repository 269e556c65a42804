#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/snapshot/archive.h"
#include "registry/snapshot/pack.h"

static uint8_t *two_files(struct arena *arena, size_t *len)
{
    struct archive archive = {0};

    archive_add(&archive, "a.json", "{}", 2);
    archive_add(&archive, "b", arena_alloc(arena, 512, 1), 512);
    return archive_write(&archive, 1767225600, arena, len);
}

static void what_is_written_is_read_again(void **state)
{
    struct arena *arena = arena_create();
    struct archive archive;
    struct fault fault;
    size_t len = 0;
    const uint8_t *bytes = two_files(arena, &len);

    (void)state;
    assert_int_equal(len, 512 * 6);
    assert_int_equal(archive_read(bytes, len, &archive, &fault), ERR_OK);
    assert_int_equal(archive.count, 2);
    assert_int_equal(archive_find(&archive, "a.json")->len, 2);
    assert_memory_equal(archive_find(&archive, "a.json")->bytes, "{}", 2);
    assert_int_equal(archive_find(&archive, "b")->len, 512);
    assert_null(archive_find(&archive, "c"));
    arena_destroy(arena);
}

/* Cut anywhere, or with any byte changed: read within its bounds, or refused. */
static void a_damaged_archive_is_refused_or_read_within_its_bounds(void **state)
{
    struct arena *arena = arena_create();
    struct archive archive;
    struct fault fault;
    size_t len = 0;
    const uint8_t *bytes = two_files(arena, &len);

    (void)state;
    for (size_t cut = 0; cut < len; cut += 7) {
        uint8_t *copy = malloc(cut + 1); /* its own, so that a sanitizer sees its end */
        memcpy(copy, bytes, cut);
        if (archive_read(copy, cut, &archive, &fault) == ERR_OK)
            for (size_t i = 0; i < archive.count; i++)
                assert_true(archive.files[i].bytes + archive.files[i].len <= copy + cut);
        free(copy);
    }
    for (size_t at = 0; at < len; at++) {
        uint8_t *copy = arena_copy(arena, bytes, len);
        copy[at] ^= 0x55;
        if (archive_read(copy, len, &archive, &fault) == ERR_OK)
            for (size_t i = 0; i < archive.count; i++)
                assert_true(archive.files[i].bytes + archive.files[i].len <= copy + len);
        if (at % 16 == 0)
            arena_reset(arena), bytes = two_files(arena, &len);
    }
    arena_destroy(arena);
}

static void a_member_is_packed_and_read_again_and_damage_is_seen(void **state)
{
    struct pack *pack = pack_create();
    struct packed packed;
    struct unpack *unpack = NULL;
    char line[32];
    char into[1000];
    size_t got = 1;
    uint64_t sum = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        int n = snprintf(line, sizeof line, "row %d\r\n", i);
        pack_write(pack, line, (size_t)n);
    }
    packed = pack_finish(pack);
    unpack = unpack_create(packed.bytes, packed.len, NULL);
    while (got > 0) {
        assert_int_equal(unpack_source(unpack, into, sizeof into, &got), ERR_OK);
        sum += got;
    }
    assert_int_equal(sum, packed.content_len);
    unpack_destroy(unpack);
    unpack = unpack_create(packed.bytes, packed.len / 2, NULL);
    do
        got = 0;
    while (unpack_source(unpack, into, sizeof into, &got) == ERR_OK && got > 0);
    assert_int_equal(unpack_source(unpack, into, sizeof into, &got), ERR_INPUT);
    unpack_destroy(unpack);
    pack_destroy(pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_damaged_archive_is_refused_or_read_within_its_bounds),
        cmocka_unit_test(a_member_is_packed_and_read_again_and_damage_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
