/*
 * Rows are kept in the order in which they came; rows of one unit and hour (a group) are chained,
 * so that cutting blocks needs no sort of rows, only of groups. Groups are found through a hash
 * table with open addressing.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/batch/entry.h"
#include "shared/batch/text.h"
#include "shared/batch/vins.h"

#define NONE        UINT32_MAX
#define SLOTS_FIRST 256u

struct pending_row {
    struct block_row row;
    uint32_t next; /* in the same group */
};

struct group {
    char unit[UNIT_NAME_MAX + 1];
    int64_t hour;
    uint32_t head, tail;
    uint32_t rows;
};

struct batch_builder {
    struct batch batch; /* name and counts; blocks only while finishing */
    struct arena *arena;
    struct pending_row *rows;
    size_t row_count, row_room;
    struct group *groups;
    size_t group_count, group_room;
    uint32_t *slots; /* of groups; NONE is free; slot_count is a power of two */
    size_t slot_count;
    size_t reject_room, event_room, evidence_room;
    size_t raw_bytes;
    struct vins vins;
};

struct batch_builder *batch_builder_create(const char *gateway,
                                           const uint8_t journal_id[BATCH_JOURNAL_ID_BYTES])
{
    struct batch_builder *builder = mem_alloc(1, sizeof *builder);

    assert(unit_name_ok(gateway, strlen(gateway)));
    memcpy(builder->batch.gateway, gateway, strlen(gateway) + 1);
    memcpy(builder->batch.journal_id, journal_id, BATCH_JOURNAL_ID_BYTES);
    builder->arena = arena_create();
    builder->slot_count = SLOTS_FIRST;
    builder->slots = mem_alloc(builder->slot_count, sizeof builder->slots[0]);
    batch_builder_begin(builder, 0, 0);
    return builder;
}

void batch_builder_destroy(struct batch_builder *builder)
{
    if (builder == NULL)
        return;
    arena_destroy(builder->arena);
    free(builder->rows);
    free(builder->groups);
    free(builder->slots);
    free(builder->batch.rejects);
    free(builder->batch.events);
    free(builder->batch.evidence);
    vins_free(&builder->vins);
    free(builder);
}

void batch_builder_begin(struct batch_builder *builder, uint64_t lost_from, uint64_t first)
{
    arena_reset(builder->arena);
    builder->batch.lost_from = lost_from;
    builder->batch.first = first;
    builder->batch.damaged = 0;
    builder->batch.reject_count = 0;
    builder->batch.event_count = 0;
    builder->batch.evidence_count = 0;
    vins_clear(&builder->vins);
    builder->row_count = 0;
    builder->group_count = 0;
    builder->raw_bytes = 0;
    memset(builder->slots, 0xFF, builder->slot_count * sizeof builder->slots[0]);
}

/* FNV-1a over the name, stirred with the hour. A unit chooses its hours, so where they fall depends on an
 * address that it does not know, and on all bits of the hour before the name comes. */
static uint64_t hash(const struct batch_builder *builder, const char *unit, int64_t hour)
{
    uint64_t h = ((uint64_t)(uintptr_t)builder->slots >> 4 ^ (uint64_t)hour) * 0x9E3779B97F4A7C15u;

    h ^= h >> 32;
    for (; *unit != '\0'; unit++)
        h = (h ^ (uint8_t)*unit) * 0x100000001B3u;
    return h ^ h >> 32;
}

/* The slot of (unit, hour), or the free one where it belongs. */
static size_t find_slot(const struct batch_builder *builder, const char *unit, int64_t hour)
{
    size_t slot = (size_t)hash(builder, unit, hour) & (builder->slot_count - 1);

    while (builder->slots[slot] != NONE) {
        const struct group *group = &builder->groups[builder->slots[slot]];

        if (group->hour == hour && strcmp(group->unit, unit) == 0)
            return slot;
        slot = (slot + 1) & (builder->slot_count - 1);
    }
    return slot;
}

static void widen_slots(struct batch_builder *builder)
{
    builder->slot_count *= 2;
    builder->slots = mem_grow(builder->slots, builder->slot_count, sizeof builder->slots[0]);
    memset(builder->slots, 0xFF, builder->slot_count * sizeof builder->slots[0]);
    for (size_t i = 0; i < builder->group_count; i++)
        builder->slots[find_slot(builder, builder->groups[i].unit, builder->groups[i].hour)] =
            (uint32_t)i;
}

/* Grows an array so that one more fits. */
static void *room_for_one(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = *room == 0 ? 64 : *room * 2;
    return mem_grow(array, *room, size);
}

static struct group *group_of(struct batch_builder *builder, const char *unit, int64_t hour)
{
    size_t slot = find_slot(builder, unit, hour);

    if (builder->slots[slot] != NONE)
        return &builder->groups[builder->slots[slot]];
    if (builder->group_count * 2 >= builder->slot_count) {
        widen_slots(builder);
        slot = find_slot(builder, unit, hour);
    }
    builder->groups = room_for_one(builder->groups, builder->group_count, &builder->group_room,
                                   sizeof builder->groups[0]);
    builder->slots[slot] = (uint32_t)builder->group_count;
    builder->groups[builder->group_count] = (struct group){.hour = hour, .head = NONE};
    memcpy(builder->groups[builder->group_count].unit, unit, strlen(unit) + 1);
    return &builder->groups[builder->group_count++];
}

static void add_row(struct batch_builder *builder, const char *unit, const struct block_row *row)
{
    struct group *group = group_of(builder, unit, when_hour_of(row->sample.at_ms));
    uint32_t index = (uint32_t)builder->row_count;

    builder->rows = room_for_one(builder->rows, builder->row_count, &builder->row_room,
                                 sizeof builder->rows[0]);
    builder->rows[builder->row_count++] = (struct pending_row){*row, NONE};
    if (group->head == NONE)
        group->head = index;
    else
        builder->rows[group->tail].next = index;
    group->tail = index;
    group->rows++;
}

void batch_builder_add_samples(struct batch_builder *builder, const char *unit, enum format format,
                               uint64_t position, int64_t received_ms, const struct sample *samples,
                               size_t count)
{
    assert(unit_name_ok(unit, strlen(unit)));
    for (size_t i = 0; i < count; i++)
        add_row(builder, unit,
                &(struct block_row){.sample = samples[i],
                                    .received_ms = received_ms,
                                    .position = position,
                                    .format = format});
}

void batch_builder_add_reject(struct batch_builder *builder, const struct batch_reject *reject)
{
    struct batch_reject *copy = NULL;

    assert(text_is_word(reject->reason, BATCH_REASON_MAX));
    builder->batch.rejects = room_for_one(builder->batch.rejects, builder->batch.reject_count,
                                          &builder->reject_room, sizeof *reject);
    copy = &builder->batch.rejects[builder->batch.reject_count++];
    *copy = *reject;
    copy->reason = arena_text(builder->arena, reject->reason);
    copy->detail = text_line(builder->arena, reject->detail, BATCH_DETAIL_MAX);
    copy->payload_len =
        reject->payload_len < BATCH_PAYLOAD_MAX ? reject->payload_len : BATCH_PAYLOAD_MAX;
    copy->payload = arena_copy(builder->arena, reject->payload, copy->payload_len);
    builder->raw_bytes += copy->payload_len + strlen(copy->detail);
}

static void clean_event(struct batch_event *event)
{
    if (!entry_instant_ok(event->at_ms))
        event->at_ms = event->received_ms;
    if (event->kind == CODEC_EVENT_VIN)
        event->number = 1;
    event->text[CODEC_EVENT_TEXT_MAX] = '\0';
    for (char *c = event->text; *c != '\0'; c++)
        if (*c < 0x20 || *c > 0x7E)
            *c = '?';
}

static bool said_before(struct batch_builder *builder, const struct batch_event *event)
{
    struct batch_event *events = builder->batch.events;
    uint32_t index = (uint32_t)builder->batch.event_count;

    if (event->kind != CODEC_EVENT_VIN)
        return false;
    index = vins_find_or_add(&builder->vins, events, event, index);
    if (index == VINS_NONE)
        return false;
    events[index].number++;
    return true;
}

void batch_builder_add_event(struct batch_builder *builder, const struct batch_event *event)
{
    struct batch *batch = &builder->batch;
    struct batch_event clean = *event;

    clean_event(&clean);
    assert(unit_name_ok(event->unit, strlen(event->unit)) &&
           (batch->event_count == 0 ||
            event->position >= batch->events[batch->event_count - 1].position));
    if (said_before(builder, &clean))
        return;
    batch->events =
        room_for_one(batch->events, batch->event_count, &builder->event_room, sizeof *event);
    batch->events[batch->event_count++] = clean;
}

void batch_builder_add_evidence(struct batch_builder *builder,
                                const struct batch_evidence *evidence)
{
    struct batch *batch = &builder->batch;
    struct batch_evidence *copy = NULL;

    assert(unit_name_ok(evidence->unit, strlen(evidence->unit)) &&
           (batch->evidence_count == 0 ||
            evidence->position > batch->evidence[batch->evidence_count - 1].position));
    batch->evidence = room_for_one(batch->evidence, batch->evidence_count, &builder->evidence_room,
                                   sizeof *evidence);
    copy = &batch->evidence[batch->evidence_count++];
    *copy = *evidence;
    copy->payload_len =
        evidence->payload_len < BATCH_PAYLOAD_MAX ? evidence->payload_len : BATCH_PAYLOAD_MAX;
    copy->payload = arena_copy(builder->arena, evidence->payload, copy->payload_len);
    builder->raw_bytes += copy->payload_len;
}

void batch_builder_add_damaged(struct batch_builder *builder, uint64_t position, uint64_t count)
{
    assert(position >= builder->batch.first);
    builder->batch.damaged += count;
}

size_t batch_builder_rows(const struct batch_builder *builder)
{
    return builder->row_count;
}

size_t batch_builder_events(const struct batch_builder *builder)
{
    return builder->batch.event_count;
}

size_t batch_builder_raw_bytes(const struct batch_builder *builder)
{
    return builder->raw_bytes;
}

static int group_compare(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    int sign = strcmp(a->unit, b->unit);

    return sign != 0 ? sign : (a->hour > b->hour) - (a->hour < b->hour);
}

static void add_block(struct batch_builder *builder, const struct group *group,
                      const struct block *rows, struct arena *scratch)
{
    struct batch_block *block = &builder->batch.blocks[builder->batch.block_count++];
    uint8_t *bytes = NULL;

    memcpy(block->unit, group->unit, sizeof block->unit);
    block->hour = group->hour;
    block->rows = (uint32_t)rows->count;
    block_encode(rows, scratch, &bytes, &block->len);
    block->bytes = arena_copy(builder->arena, bytes, block->len);
}

/* One block, or several when a unit said more in an hour than a block can hold. */
static void cut_group(struct batch_builder *builder, const struct group *group)
{
    struct arena *scratch = arena_create();
    struct block block = {0};
    size_t room = group->rows < BLOCK_ROWS_MAX ? group->rows : BLOCK_ROWS_MAX;

    block.rows = ARENA_ARRAY(scratch, struct block_row, room);
    for (uint32_t i = group->head; i != NONE; i = builder->rows[i].next) {
        block.rows[block.count++] = builder->rows[i].row;
        if (block.count == room || builder->rows[i].next == NONE) {
            add_block(builder, group, &block, scratch);
            block.count = 0;
        }
    }
    arena_destroy(scratch);
}

static size_t blocks_needed(const struct batch_builder *builder)
{
    size_t count = 0;

    for (size_t i = 0; i < builder->group_count; i++)
        count += (builder->groups[i].rows + BLOCK_ROWS_MAX - 1) / BLOCK_ROWS_MAX;
    return count;
}

enum err batch_builder_finish(struct batch_builder *builder, uint64_t next, const uint8_t **bytes,
                              size_t *len, struct fault *fault)
{
    struct batch *batch = &builder->batch;
    uint8_t *line = NULL;
    enum err err = ERR_OK;

    if (builder->group_count > 0)
        qsort(builder->groups, builder->group_count, sizeof builder->groups[0], group_compare);
    batch->next = next;
    batch->block_count = 0;
    batch->blocks = ARENA_ARRAY(builder->arena, struct batch_block, blocks_needed(builder));
    for (size_t i = 0; i < builder->group_count; i++)
        cut_group(builder, &builder->groups[i]);
    err = batch_encode(batch, builder->arena, &line, len, fault);
    *bytes = line;
    return err;
}
