/*
 * crc32c: the Castagnoli CRC of iSCSI (RFC 3720), ext4 and Btrfs.
 *
 * crc32c(0, bytes, len) is the CRC of the bytes; crc32c(crc32c(0, a, n), b, m) is that of a
 * followed by b. Finds every burst of up to 32 bits and every odd number of flipped bits; it is no
 * protection against somebody who means to deceive. Uses the CPU's instruction (SSE4.2) when there
 * is one, a table otherwise. No state, any thread.
 */
#ifndef EVROLL_SHARED_CRC32C_H
#define EVROLL_SHARED_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

/* The same by table, on every machine; the tests compare the two. */
uint32_t crc32c_by_table(uint32_t crc, const void *bytes, size_t len);

#endif
