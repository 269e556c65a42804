/*
 * sql_postgres_value.c: numbers in the server's binary form (PostgreSQL 15, chapter 55; the send
 * functions of each type). Integers are in network order. A numeric, which is what sums of BIGINT
 * are, has base 10000: count of digits, weight of the first, sign, digits behind the point, then
 * the digits, 16 bits each.
 */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "registry/store/sql_postgres_internal.h"

#define NUMERIC_NEGATIVE 0x4000

uint64_t pg_encode_int(int64_t number)
{
    return htobe64((uint64_t)number);
}

static uint16_t read16(const char *bytes)
{
    uint16_t value = 0;

    memcpy(&value, bytes, sizeof value);
    return be16toh(value);
}

static uint32_t read32(const char *bytes)
{
    uint32_t value = 0;

    memcpy(&value, bytes, sizeof value);
    return be32toh(value);
}

static uint64_t read64(const char *bytes)
{
    uint64_t value = 0;

    memcpy(&value, bytes, sizeof value);
    return be64toh(value);
}

/* Whole numbers only: nothing here divides. */
static int64_t decode_numeric(const char *bytes, int len)
{
    int digits = read16(bytes);
    int weight = (int16_t)read16(bytes + 2);
    int64_t number = 0;

    assert(len >= 8 + 2 * digits && weight < 5);
    for (int i = 0; i <= weight; i++)
        number = number * 10000 + (i < digits ? read16(bytes + 8 + 2 * (ptrdiff_t)i) : 0);
    return read16(bytes + 4) == NUMERIC_NEGATIVE ? -number : number;
}

int64_t pg_decode_int(Oid type, const char *bytes, int len)
{
    switch (type) {
    case PG_INT8:
        return (int64_t)read64(bytes);
    case PG_INT4:
        return (int32_t)read32(bytes);
    case PG_INT2:
        return (int16_t)read16(bytes);
    case PG_BOOL:
        return bytes[0];
    default:
        assert(type == PG_NUMERIC); /* a column that is read as a number is one */
        return decode_numeric(bytes, len);
    }
}
