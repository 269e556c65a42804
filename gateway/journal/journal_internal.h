/*
 * journal_internal: the ways in for tests, which bring their own file operations, and what writer,
 * reader and syncer share beside the format.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_INTERNAL_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_INTERNAL_H

#include "gateway/journal/journal.h"
#include "gateway/journal/journal_os.h"

enum err journal_writer_open_os(const struct journal_options *options, const struct journal_os *os,
                                struct journal_writer **writer, struct fault *fault) ERR_CHECKED;
enum err journal_reader_open_os(const char *dir, const struct journal_os *os,
                                struct journal_reader **reader, struct fault *fault) ERR_CHECKED;
enum err journal_syncer_open_os(const char *dir, const struct journal_os *os,
                                struct journal_syncer **syncer, struct fault *fault) ERR_CHECKED;

#endif
