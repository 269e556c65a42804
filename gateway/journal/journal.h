/*
 * journal: raw payloads on disk, in order of arrival, before anybody is told that they arrived.
 *
 * A directory a writer. One process writes (the broker plugin), one reads (evroll-gateway); they
 * share this directory and nothing else. The format, its numbered invariants and its states are in
 * docs/journal-format.md.
 *
 *  writer ─ append ─▶ 00000000000000000000.seg 00000000000000183712.seg ◀─ read ─ reader
 *    │               (64 MiB each, preallocated)                                    │
 *    │                          ▲                                  deletes behind   │
 *    │                          └────────────── cursor ◀────────────── release ─────┘
 *    └─ "appended" ─▶ writer.page    syncer ─ "synced" ─▶ sync.page
 *
 * Every entry has a position: 0, 1, 2 … for the life of the journal, whose 16-byte id is made with
 * it, so that a wiped disk is seen as another journal. A position is used once. The writer never
 * deletes; the reader never writes entries. When the budget is used up new entries are refused
 * (ERR_FULL) and nothing old is dropped.
 *
 * Durability: an appended entry survives the end of the writing process at any point. It survives a
 * power cut once journal_sync has returned ERR_OK for its position. A reader that hands entries to
 * another machine should read only what is synced (journal_reader_only_synced): otherwise a power
 * cut can take back a position that the other machine has seen already.
 * Blocking: append never blocks on the other side and makes no system call except when a segment is
 * full.
 * Threads: one thread per writer; one thread per reader; journal_syncer may have a thread of its own.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/clock.h"
#include "shared/err.h"
#include "shared/unit.h"

#define JOURNAL_ID_BYTES      16
#define JOURNAL_PAYLOAD_MAX   (64u << 10)
#define JOURNAL_SEGMENT_BYTES (64u << 20)
#define JOURNAL_BUDGET_DEFAULT                                                                     \
    (16ull << 30) /* 7 days of 1,000 units, 200 bytes every 10 s, with headers */

struct journal_entry {
    uint64_t position;
    int64_t received_ms;
    char unit[UNIT_NAME_MAX + 1];
    enum format format;
    bool damaged; /* reading only: nothing but `position` and `damaged_count` is set then */
    uint64_t damaged_count; /* damaged: so many positions from `position` on are lost, 1 or more */
    const uint8_t *payload; /* reading: valid until the next read, seek or release */
    size_t payload_len;
};

/* ---- writing ---- */

struct journal_writer;

struct journal_options {
    const char *dir;           /* created with mode 0750 when absent */
    uint64_t budget_bytes;     /* all segments together; 0 means JOURNAL_BUDGET_DEFAULT */
    uint32_t segment_bytes;    /* 0: JOURNAL_SEGMENT_BYTES, or a quarter of the budget when that is
                                  less; a multiple of 4096. The budget holds two at least. */
    const struct clock *clock; /* NULL means clock_system */
};

/* Recovers what a dead writer left: cuts a torn tail, reports how much. ERR_BUSY when another
 * process writes this journal; ERR_INPUT when the directory holds something else or a newer format,
 * or the options cannot be met. A full disk is no reason to fail: appending refuses then. */
enum err journal_writer_open(const struct journal_options *options, struct journal_writer **writer,
                             struct fault *fault) ERR_CHECKED;
void journal_writer_close(struct journal_writer *writer);

/* ERR_FULL: the budget is used up, or the disk is. ERR_IO: the disk failed. ERR_INPUT: the unit's
 * name is not one, or the payload is larger than JOURNAL_PAYLOAD_MAX or than a segment holds.
 * Nothing was appended then. While full it looks again every 100 ms at most, so that refusing is
 * cheap. Of `entry` it takes received_ms, unit, format and payload; `position` may be NULL. */
enum err journal_append(struct journal_writer *writer, const struct journal_entry *entry,
                        uint64_t *position) ERR_CHECKED;

/* From where a millisecond or two does not matter (the broker's TICK), often: shows that the writer
 * lives, unmaps what was written, and makes the next segment ready when the present one is three
 * quarters full. Without it append does that itself when it needs the segment. */
void journal_writer_prepare(struct journal_writer *writer);

/* ---- reading ---- */

struct journal_reader;

/* ERR_NOT_FOUND while no writer has made the journal yet. Starts at the saved cursor, or at the
 * oldest entry when the cursor is missing or makes no sense. Any number may read; one releases. */
enum err journal_reader_open(const char *dir, struct journal_reader **reader,
                             struct fault *fault) ERR_CHECKED;
void journal_reader_close(struct journal_reader *reader);

const uint8_t *journal_reader_id(const struct journal_reader *reader); /* JOURNAL_ID_BYTES */

/* Reads no further than what journal_sync has published. Off at first. */
void journal_reader_only_synced(struct journal_reader *reader, bool only);

/* For a receiver that does not mind entries that come again: releasing waits for no disk. After a
 * power cut the cursor may be an old one, or none. */
void journal_reader_loose_cursor(struct journal_reader *reader);

struct journal_extent {
    uint64_t oldest;   /* first position still on disk */
    uint64_t cursor;   /* everything before it has been released */
    uint64_t appended; /* one past the last entry */
    uint64_t synced;   /* one past the last entry known to be on stable storage */
    uint64_t bytes_used, bytes_budget;
};
enum err journal_reader_extent(struct journal_reader *reader, struct journal_extent *extent,
                               struct fault *fault) ERR_CHECKED;

/* ERR_NOT_FOUND when `position` is no longer, or not yet, there (appended itself is allowed). */
enum err journal_seek(struct journal_reader *reader, uint64_t position,
                      struct fault *fault) ERR_CHECKED;

/* The next entry. ERR_NOT_FOUND: nothing more yet. ERR_CONFLICT: another journal has taken this
 * one's place, open again. ERR_IO: the disk failed, the reader stays where it is. A record that
 * fails its checks, or is not there, comes as an entry with `damaged` set; a run of lost positions
 * comes as one such entry with its `damaged_count`. Reading goes on behind it, so each position
 * below `appended` comes out exactly once, whole or damaged. */
enum err journal_read(struct journal_reader *reader, struct journal_entry *entry,
                      struct fault *fault) ERR_CHECKED;

/* Everything before `position` has been delivered: saves the cursor, then deletes whole segments
 * behind `position`. The segment that the writer is in stays. A position below the cursor (after a
 * seek back) leaves the cursor as it is and everything from `position` on where it is. When the disk
 * is too full for the cursor, segments are deleted all the same. ERR_INPUT: beyond what is appended. ERR_BUSY:
 * another process releases from this journal. */
enum err journal_release(struct journal_reader *reader, uint64_t position,
                         struct fault *fault) ERR_CHECKED;

/* ---- stable storage ---- */

struct journal_syncer;

enum err journal_syncer_open(const char *dir, struct journal_syncer **syncer,
                             struct fault *fault) ERR_CHECKED;
void journal_syncer_close(struct journal_syncer *syncer);

/* Brings everything appended before the call to stable storage with one fdatasync a touched
 * segment, and publishes the position. After ERR_IO the syncer stays failed: a page cache that lost
 * a write once is not trusted again. */
enum err journal_sync(struct journal_syncer *syncer, uint64_t *synced,
                      struct fault *fault) ERR_CHECKED;

/* The epoch that ended in a failed fdatasync, or 0. Who opens again must remember it: a disk that
 * fails may not have taken the note in sync.page. */
uint64_t journal_syncer_failed_epoch(const struct journal_syncer *syncer);

#endif
