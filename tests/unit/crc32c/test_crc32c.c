#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shared/crc32c.h"

/* RFC 3720 B.4, the CRCs as numbers. */
static const uint8_t read_command[48] = {
    0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
    0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static void expect(uint32_t crc, const void *bytes, size_t len)
{
    assert_int_equal(crc32c(0, bytes, len), crc);
    assert_int_equal(crc32c_by_table(0, bytes, len), crc);
}

static void the_vectors_of_rfc_3720_hold(void **state)
{
    uint8_t bytes[32];

    (void)state;
    memset(bytes, 0, sizeof bytes);
    expect(0x8a9136aau, bytes, sizeof bytes);
    memset(bytes, 0xff, sizeof bytes);
    expect(0x62a8ab43u, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    expect(0x46dd794eu, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(31 - i);
    expect(0x113fdb5cu, bytes, sizeof bytes);
    expect(0xd9963a56u, read_command, sizeof read_command);
    expect(0xe3069283u, "123456789", 9);
    expect(0, "", 0);
}

static void instruction_and_table_agree_at_every_length_and_alignment(void **state)
{
    uint8_t bytes[96];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t from = 0; from < 9; from++)
        for (size_t len = 0; from + len <= sizeof bytes; len++)
            assert_int_equal(crc32c(7, bytes + from, len), crc32c_by_table(7, bytes + from, len));
}

static void a_crc_can_be_taken_in_pieces(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= sizeof read_command; cut++)
        assert_int_equal(
            crc32c(crc32c(0, read_command, cut), read_command + cut, sizeof read_command - cut),
            0xd9963a56u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_3720_hold),
        cmocka_unit_test(instruction_and_table_agree_at_every_length_and_alignment),
        cmocka_unit_test(a_crc_can_be_taken_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
