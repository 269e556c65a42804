/*
 * journal_segment: the segment files of a journal: their names, their list, their headers.
 *
 * A segment is named by the position of its first record and is allocated in full before it gets
 * that name. A name is given once: the list in order of names is the list in order of positions.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_SEGMENT_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_SEGMENT_H

#include "gateway/journal/journal_file.h"

#define JOURNAL_SEGMENT_NAME 25 /* 20 digits, ".seg", NUL */

void journal_segment_name(uint64_t base, char out[static JOURNAL_SEGMENT_NAME]);
bool journal_segment_name_parse(const char *name, uint64_t *base);

/* What lies in the directory. `bases` ascends; free it with journal_segments_free. */
struct journal_segments {
    uint64_t *bases;
    size_t count;
    uint64_t bytes;   /* of all segments and of one made ready */
    size_t strangers; /* files that are not the journal's */
};

enum err journal_segments_list(const struct journal_dir *dir,
                               struct journal_segments *segments) ERR_CHECKED; /* ERR_IO: errno */
void journal_segments_free(struct journal_segments *segments);

/* Index of the last segment whose base is not above `position`; `count` when there is none. */
size_t journal_segments_at(const struct journal_segments *segments, uint64_t position);

/* Opens for reading. ERR_NOT_FOUND: there is no such file, or it is no regular one. */
enum err journal_segment_open(const struct journal_dir *dir, uint64_t base, int *fd,
                              uint64_t *bytes) ERR_CHECKED;

/* Is the header at `bytes` the one of segment `base` of this journal? */
enum journal_file_state journal_segment_check(const struct journal_dir *dir,
                                              const struct journal_segment_header *header,
                                              uint64_t base);

/* Makes `segment.new`: `bytes` long, allocated, mapped. ERR_FULL: no space; ERR_IO: errno. */
enum err journal_segment_prepare(const struct journal_dir *dir, size_t bytes,
                                 uint8_t **mapped) ERR_CHECKED;

/* Gives it its header and its name. */
enum err journal_segment_begin(const struct journal_dir *dir, uint8_t *mapped, size_t bytes,
                               uint64_t base) ERR_CHECKED;

/* What a scan of a segment found. */
struct journal_scan {
    uint64_t next;      /* one past the last whole record's position; the base when there is none */
    size_t end;         /* one past the last whole record's bytes */
    size_t torn_bytes;  /* from there to the last byte that is not zero */
    size_t wrong_bytes; /* in front of `end`, and part of no whole record */
    size_t unread_bytes;  /* that the disk did not give; part of no whole record either */
    size_t unread_behind; /* of them behind `end` */
};

/* Of a file of so many bytes. ERR_IO: no memory, with errno. */
enum err journal_segment_scan(const struct journal_dir *dir, int fd, size_t bytes, uint64_t base,
                              struct journal_scan *scan) ERR_CHECKED;

#endif
