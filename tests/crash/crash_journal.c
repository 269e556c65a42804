/*
 * crash_journal: kills a journal's writer at random moments and looks for what it had accepted.
 *
 *     crash_journal [--rounds N] [--seed N] [--power-cut] [--verbose]
 *
 * A child appends and tells the parent over a pipe each position it was given, with a checksum of the
 * entry. The parent kills it with SIGKILL, opens the journal as a new writer does, and reads. Every
 * entry that the child told of must be there with its content, positions without a gap.
 *
 * With --power-cut the parent also syncs and reads only what is synced, and after the kill the files
 * lose what was not on stable storage (shadow_disk). Everything below the synced position must be
 * there; no position that was read may come back with another content.
 *
 * Exit: 0 nothing lost, 1 something lost, 2 wrong usage.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/journal/journal_internal.h"
#include "shared/arena.h"
#include "shared/crc32c.h"
#include "shared/log.h"
#include "tests/crash/shadow_disk.h"

#define SEGMENT     (64u << 10)
#define BUDGET      (256u * SEGMENT)
#define PAYLOAD_MAX 600u
#define LIFE_MS_MAX 40u

struct told {
    uint64_t position;
    uint32_t crc;
    uint32_t reserved;
};

struct sweep {
    char dir[64];
    uint64_t rounds, random;
    bool power_cut;
    struct shadow_disk disk;
    uint32_t *crcs; /* by position; 0: not told */
    size_t cap;
    uint64_t told, synced, read_to;
    uint64_t lost, wrong, unknown, damaged;
};

static uint32_t entry_crc(const struct journal_entry *entry)
{
    uint32_t crc = crc32c(0, entry->unit, strlen(entry->unit));

    crc = crc32c(crc, &entry->received_ms, sizeof entry->received_ms);
    crc = crc32c(crc, entry->payload, entry->payload_len);
    return crc == 0 ? 1 : crc;
}

/* ---- the child ---- */

static void entry_draw(struct journal_entry *entry, uint8_t *payload, uint64_t *random)
{
    *entry = (struct journal_entry){.received_ms = (int64_t)random_next(random),
                                    .format = FORMAT_GBT32960,
                                    .payload = payload,
                                    .payload_len = random_next(random) % PAYLOAD_MAX};
    snprintf(entry->unit, sizeof entry->unit, "unit-%u", random_next(random) % 10000);
    for (size_t i = 0; i < entry->payload_len; i++)
        payload[i] = (uint8_t)random_next(random);
}

static struct journal_options options_of(const struct sweep *sweep)
{
    return (struct journal_options){
        .dir = sweep->dir, .segment_bytes = SEGMENT, .budget_bytes = BUDGET};
}

static void child_run(const struct sweep *sweep, int out, uint64_t random)
{
    struct journal_options options = options_of(sweep);
    struct journal_writer *writer = NULL;
    uint8_t payload[PAYLOAD_MAX];

    if (journal_writer_open(&options, &writer, NULL) != ERR_OK)
        _exit(3);
    for (uint64_t n = 0;; n++) {
        struct journal_entry entry;
        struct told told = {0};
        entry_draw(&entry, payload, &random);
        if (journal_append(writer, &entry, &told.position) != ERR_OK)
            continue; /* full until the parent kills this process */
        told.crc = entry_crc(&entry);
        if (write(out, &told, sizeof told) != (ssize_t)sizeof told)
            _exit(4);
        if (n % 64 == 0)
            journal_writer_prepare(writer);
    }
}

static pid_t child_start(struct sweep *sweep, int *from)
{
    int ends[2];
    uint64_t random = random_next(&sweep->random);
    pid_t child = 0;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        close(ends[0]);
        child_run(sweep, ends[1], random);
    }
    close(ends[1]);
    *from = ends[0];
    return child;
}

/* ---- what the child told ---- */

static void told_take(struct sweep *sweep, const struct told *told)
{
    while (told->position >= sweep->cap) {
        size_t more = sweep->cap == 0 ? 1u << 16 : sweep->cap * 2;
        sweep->crcs = mem_grow(sweep->crcs, more, sizeof *sweep->crcs);
        memset(sweep->crcs + sweep->cap, 0, (more - sweep->cap) * sizeof *sweep->crcs);
        sweep->cap = more;
    }
    sweep->crcs[told->position] = told->crc;
    sweep->told++;
}

/* Writes of up to PIPE_BUF are whole, so reads of whole multiples are too. */
static bool told_read(struct sweep *sweep, int from)
{
    struct told told[256];
    ssize_t got = read(from, told, sizeof told);

    for (size_t i = 0; got > 0 && i < (size_t)got / sizeof told[0]; i++)
        told_take(sweep, &told[i]);
    return got > 0;
}

static uint32_t crc_told(const struct sweep *sweep, uint64_t position)
{
    return position < sweep->cap ? sweep->crcs[position] : 0;
}

/* ---- while the child lives ---- */

static void sync_once(struct sweep *sweep, struct journal_syncer **syncer)
{
    uint64_t synced = 0;

    if (*syncer == NULL &&
        journal_syncer_open_os(sweep->dir, &sweep->disk.os, syncer, NULL) != ERR_OK)
        return;
    if (journal_sync(*syncer, &synced, NULL) == ERR_OK)
        sweep->synced = synced;
}

static void child_live(struct sweep *sweep, pid_t child, int from)
{
    int64_t end = clock_mono_ms(&clock_system) + random_next(&sweep->random) % LIFE_MS_MAX;
    struct journal_syncer *syncer = NULL;
    struct pollfd wait = {.fd = from, .events = POLLIN};

    while (clock_mono_ms(&clock_system) < end) {
        if (poll(&wait, 1, 1) > 0)
            (void)told_read(sweep, from);
        if (sweep->power_cut && random_next(&sweep->random) % 8 == 0)
            sync_once(sweep, &syncer);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (told_read(sweep, from))
        ;
    journal_syncer_close(syncer);
    close(from);
}

/* ---- afterwards ---- */

/* Told, and with power cuts also synced: it has to be there. What a cut took from the unsynced rest
 * is forgotten, so that the hole it leaves is not asked for again. */
static void position_miss(struct sweep *sweep, uint64_t position)
{
    if (crc_told(sweep, position) == 0)
        return;
    if (!sweep->power_cut || position < sweep->synced) {
        if (sweep->lost++ == 0)
            fprintf(stderr, "crash_journal: position %" PRIu64 " was told and is lost\n", position);
    }
    sweep->crcs[position] = 0;
}

static void entry_judge(struct sweep *sweep, const struct journal_entry *entry)
{
    uint32_t told = crc_told(sweep, entry->position);

    if (entry->damaged) {
        sweep->damaged += entry->damaged_count;
        for (uint64_t i = 0; i < entry->damaged_count; i++)
            position_miss(sweep, entry->position + i);
    } else if (told == 0) {
        sweep->unknown++; /* accepted, and killed before it could tell */
    } else if (told != entry_crc(entry)) {
        sweep->wrong++;
    }
}

/* Without a cursor, so before the first release, reading begins at the oldest segment that is left. */
static void everything_read(struct sweep *sweep, struct journal_reader *reader,
                            const struct journal_extent *extent)
{
    struct journal_entry entry = {0};
    uint64_t next = extent->cursor;

    for (uint64_t i = sweep->read_to; i < next; i++)
        position_miss(sweep, i);
    while (journal_read(reader, &entry, NULL) == ERR_OK) {
        if (entry.position != next)
            sweep->wrong++;
        entry_judge(sweep, &entry);
        next = entry.position + (entry.damaged ? entry.damaged_count : 1);
    }
    if (next != extent->appended)
        sweep->wrong++;
    for (uint64_t i = next; i < sweep->cap; i++)
        position_miss(sweep, i);
}

static bool recover_and_read(struct sweep *sweep)
{
    struct journal_options options = options_of(sweep);
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_extent extent = {0};
    struct fault fault = {0};
    enum err err = journal_writer_open(&options, &writer, &fault);

    if (err == ERR_OK)
        err = journal_reader_open(sweep->dir, &reader, &fault);
    if (err == ERR_OK)
        err = journal_reader_extent(reader, &extent, &fault);
    if (err == ERR_OK) {
        everything_read(sweep, reader, &extent);
        sweep->read_to +=
            (extent.appended - sweep->read_to) * (random_next(&sweep->random) % 4) / 3;
        err = journal_release(reader, sweep->read_to, &fault);
    }
    if (err != ERR_OK)
        fprintf(stderr, "crash_journal: %s\n", fault.text);
    journal_reader_close(reader);
    journal_writer_close(writer);
    return err == ERR_OK;
}

static bool round_run(struct sweep *sweep)
{
    int from = -1;
    pid_t child = 0;

    shadow_disk_begin(&sweep->disk, sweep->dir);
    child = child_start(sweep, &from);
    if (child < 0)
        return false;
    child_live(sweep, child, from);
    if (sweep->power_cut)
        shadow_disk_cut(&sweep->disk, &sweep->random);
    shadow_disk_end(&sweep->disk);
    return recover_and_read(sweep);
}

static int usage(void)
{
    fputs("usage: crash_journal [--rounds N] [--seed N] [--power-cut] [--verbose]\n", stderr);
    return 2;
}

static bool arguments_take(struct sweep *sweep, int argc, char **argv)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"power-cut", no_argument, NULL, 'p'},
        {"verbose", no_argument, NULL, 'v'},
        {0},
    };
    int option = 0;

    log_set_level(LOG_LEVEL_ERROR);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == 'r')
            sweep->rounds = strtoull(optarg, NULL, 10);
        else if (option == 's')
            sweep->random = strtoull(optarg, NULL, 10);
        else if (option == 'p')
            sweep->power_cut = true;
        else if (option == 'v')
            log_set_level(LOG_LEVEL_INFO);
        else
            return false;
    }
    return optind == argc && sweep->rounds > 0;
}

static void directory_remove(const char *dir)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): one thread, a name made by mkdtemp */
    if (system(command) != 0)
        fprintf(stderr, "crash_journal: %s is left behind\n", dir);
}

int main(int argc, char **argv)
{
    struct sweep sweep = {.dir = "/tmp/evroll-crash-XXXXXX", .rounds = 200, .random = 20251123};
    uint64_t round = 0;
    bool well = true;

    if (!arguments_take(&sweep, argc, argv))
        return usage();
    printf("seed %" PRIu64 "%s\n", sweep.random, sweep.power_cut ? ", with power cuts" : "");
    if (mkdtemp(sweep.dir) == NULL)
        return 1;
    for (; well && round < sweep.rounds; round++)
        well = round_run(&sweep) && sweep.lost == 0 && sweep.wrong == 0;
    printf("%" PRIu64 " rounds: %" PRIu64 " entries told, %" PRIu64
           " accepted but not told, %" PRIu64 " positions damaged, %" PRIu64
           " told and lost, %" PRIu64 " wrong\n",
           round, sweep.told, sweep.unknown, sweep.damaged, sweep.lost, sweep.wrong);
    if (well)
        directory_remove(sweep.dir);
    else
        printf("the journal is kept in %s\n", sweep.dir);
    free(sweep.crcs);
    return well ? 0 : 1;
}
