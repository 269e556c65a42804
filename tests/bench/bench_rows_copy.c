/*
 * bench_rows_copy: rows through COPY … (FORMAT binary) (PostgreSQL 15, reference of COPY, "Binary
 * Format"): a head, then for each row its count of fields and each field with its length, then -1.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "tests/bench/bench_rows.h"

#define FIELDS   (5 + SIGNAL_COUNT)
#define ROW_SIZE (2 + FIELDS * 12 + 128)

struct copy {
    PGconn *conn;
    char *out;
    size_t len;
};

static void put_bytes(struct copy *copy, const void *bytes, size_t len)
{
    memcpy(copy->out + copy->len, bytes, len);
    copy->len += len;
}

static void put16(struct copy *copy, int16_t value)
{
    uint16_t wire = htobe16((uint16_t)value);

    put_bytes(copy, &wire, sizeof wire);
}

static void put32(struct copy *copy, int32_t value)
{
    uint32_t wire = htobe32((uint32_t)value);

    put_bytes(copy, &wire, sizeof wire);
}

static void put_number(struct copy *copy, int64_t number)
{
    uint64_t wire = htobe64((uint64_t)number);

    put32(copy, sizeof wire);
    put_bytes(copy, &wire, sizeof wire);
}

static void put_row(struct copy *copy, const char *unit, const struct block_row *row)
{
    put16(copy, FIELDS);
    put32(copy, (int32_t)strlen(unit));
    put_bytes(copy, unit, strlen(unit));
    put_number(copy, row->sample.at_ms);
    put_number(copy, (int64_t)row->position);
    put_number(copy, row->received_ms);
    put_number(copy, (int64_t)row->format);
    for (int id = 0; id < SIGNAL_COUNT; id++)
        if (sample_has(&row->sample, (enum signal_id)id))
            put_number(copy, row->sample.value[id]);
        else
            put32(copy, -1);
}

static void check(struct copy *copy, PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted)
        rows_die(PQerrorMessage(copy->conn));
    PQclear(result);
}

void *rows_copy_open(const char *url)
{
    struct copy *copy = mem_alloc(1, sizeof *copy);

    copy->conn = PQconnectdb(url);
    check(copy, PQexec(copy->conn, "CREATE TABLE sample (" ROWS_COLUMNS ")"), PGRES_COMMAND_OK);
    return copy;
}

size_t rows_copy_batch(void *arg, const struct decoded *blocks, size_t count)
{
    static const char head[19] = "PGCOPY\n\377\r\n";
    struct copy *copy = arg;
    size_t rows = 0;

    for (size_t i = 0; i < count; i++)
        rows += blocks[i].block.count;
    copy->out = mem_alloc(rows + 1, ROW_SIZE);
    copy->len = 0;
    put_bytes(copy, head, sizeof head);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < blocks[i].block.count; j++)
            put_row(copy, blocks[i].unit, &blocks[i].block.rows[j]);
    put16(copy, -1);
    check(copy, PQexec(copy->conn, "COPY sample FROM STDIN (FORMAT binary)"), PGRES_COPY_IN);
    if (PQputCopyData(copy->conn, copy->out, (int)copy->len) != 1 ||
        PQputCopyEnd(copy->conn, NULL) != 1)
        rows_die(PQerrorMessage(copy->conn));
    check(copy, PQgetResult(copy->conn), PGRES_COMMAND_OK);
    PQclear(PQgetResult(copy->conn));
    free(copy->out);
    return rows;
}

void rows_copy_close(void *arg)
{
    struct copy *copy = arg;

    PQfinish(copy->conn);
    free(copy);
}
