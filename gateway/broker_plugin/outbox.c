#include "gateway/broker_plugin/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/broker_plugin/policy.h"
#include "gateway/journal/journal.h"
#include "shared/arena.h"

struct outbox {
    char *dir;
    struct journal_reader *reader; /* NULL until there is a journal */
    uint64_t published;            /* one past the last entry handed over; 0: none yet */
    uint64_t released;
};

struct outbox *outbox_create(const char *dir)
{
    struct outbox *outbox = mem_alloc(1, sizeof *outbox);

    outbox->dir = mem_alloc(strlen(dir) + 1, 1);
    memcpy(outbox->dir, dir, strlen(dir) + 1);
    return outbox;
}

void outbox_destroy(struct outbox *outbox)
{
    if (outbox == NULL)
        return;
    if (outbox->reader != NULL)
        journal_reader_close(outbox->reader);
    free(outbox->dir);
    free(outbox);
}

/* A message to a unit may come twice, and the broker's thread must not wait for a disk. */
static enum err reader_open(struct outbox *outbox, struct fault *fault)
{
    enum err err = ERR_OK;

    if (outbox->reader != NULL)
        return ERR_OK;
    err = journal_reader_open(outbox->dir, &outbox->reader, fault);
    if (err == ERR_OK)
        journal_reader_loose_cursor(outbox->reader);
    outbox->published = outbox->released = 0;
    return err;
}

/* The directory was wiped: what the gateway makes there next is another journal. */
static void reader_close(struct outbox *outbox)
{
    journal_reader_close(outbox->reader);
    outbox->reader = NULL;
    outbox->published = outbox->released = 0;
}

static bool usable(const struct journal_entry *entry)
{
    return !entry->damaged && entry->format == FORMAT_UNIT_ERROR &&
           unit_name_ok(entry->unit, strnlen(entry->unit, sizeof entry->unit));
}

static bool hand_over(const struct journal_entry *entry, outbox_publish_fn *publish, void *context)
{
    char topic[POLICY_TOPIC_MAX];

    snprintf(topic, sizeof topic, POLICY_TOPIC_PREFIX "%s/errors", entry->unit);
    return publish(context, topic, entry->payload, entry->payload_len);
}

enum err outbox_deliver(struct outbox *outbox, size_t most, outbox_publish_fn *publish,
                        void *context, struct outbox_result *result, struct fault *fault)
{
    struct journal_entry entry;
    enum err err = reader_open(outbox, fault);

    *result = (struct outbox_result){0};
    for (size_t i = 0; err == ERR_OK && i < most; i++) {
        err = journal_read(outbox->reader, &entry, fault);
        if (err != ERR_OK)
            break;
        if (!usable(&entry))
            result->skipped++;
        else if (hand_over(&entry, publish, context))
            result->published++;
        else
            return journal_seek(outbox->reader, entry.position, fault);
        outbox->published = entry.position + 1;
    }
    if (err == ERR_CONFLICT)
        reader_close(outbox);
    return err == ERR_NOT_FOUND || err == ERR_CONFLICT ? ERR_OK : err;
}

enum err outbox_release(struct outbox *outbox, struct fault *fault)
{
    enum err err = ERR_OK;

    if (outbox->published == outbox->released)
        return ERR_OK;
    err = journal_release(outbox->reader, outbox->published, fault);
    if (err == ERR_OK)
        outbox->released = outbox->published;
    return err;
}
