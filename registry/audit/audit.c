#include "registry/audit/audit.h"

#include <stdlib.h>
#include <string.h>

#include "registry/audit/canonical.h"
#include "registry/audit/looks.h"
#include "registry/context.h"
#include "shared/utf8.h"

struct audit_batch {
    struct arena *arena;
    struct store_audit_entry *entries;
    size_t count, room;
};

/* ---- the hash ---- */

static const char *quoted(struct arena *arena, const char *text)
{
    json_t *json = json_string(text);
    const char *out = canonical_text(arena, json);

    json_decref(json);
    return out;
}

void audit_hash(const struct store_audit_entry *e, char hash[static STORE_AUDIT_HASH])
{
    struct arena *arena = arena_create();
    const char *text = arena_format(
        arena,
        "{\"action\":%s,\"at_ms\":%lld,\"details\":%s,\"number\":%lld,\"previous\":%s,\"role\":%s,"
        "\"subject\":%s,\"who\":%s}",
        quoted(arena, e->action), (long long)e->at_ms, e->details, (long long)e->number,
        quoted(arena, e->previous), quoted(arena, e->role), quoted(arena, e->subject),
        quoted(arena, e->who));

    canonical_digest(text, strlen(text), hash);
    arena_destroy(arena);
}

/* ---- batches ---- */

struct audit_batch *audit_batch_create(void)
{
    struct audit_batch *batch = mem_alloc(1, sizeof *batch);

    batch->arena = arena_create();
    return batch;
}

void audit_batch_destroy(struct audit_batch *batch)
{
    if (batch == NULL)
        return;
    arena_destroy(batch->arena);
    free(batch);
}

void audit_batch_drop(struct audit_batch *batch)
{
    arena_reset(batch->arena);
    batch->entries = NULL;
    batch->count = batch->room = 0;
}

size_t audit_batch_count(const struct audit_batch *batch)
{
    return batch->count;
}

/* What comes from a request may be anything; in the log it is text of a bounded length. */
static const char *kept_text(struct arena *arena, const char *text)
{
    char *kept = arena_format(arena, "%.*s", AUDIT_TEXT_MAX, text);

    utf8_mend(kept);
    return kept;
}

static struct store_audit_entry *entry_new(struct audit_batch *batch)
{
    if (batch->count == batch->room) {
        struct store_audit_entry *old = batch->entries;
        batch->room = batch->room == 0 ? 4 : batch->room * 2;
        batch->entries = ARENA_ARRAY(batch->arena, struct store_audit_entry, batch->room);
        if (old != NULL)
            memcpy(batch->entries, old, batch->count * sizeof *old);
    }
    return &batch->entries[batch->count++];
}

void audit_batch_add(struct audit_batch *batch, const struct audit_act *act)
{
    *entry_new(batch) = (struct store_audit_entry){
        .at_ms = act->at_ms,
        .who = kept_text(batch->arena, act->who),
        .role = kept_text(batch->arena, act->role),
        .action = kept_text(batch->arena, act->action),
        .subject = kept_text(batch->arena, act->subject),
        .details = act->details == NULL ? "{}" : canonical_text(batch->arena, act->details),
    };
    json_decref(act->details);
}

enum err audit_batch_append(struct audit_batch *batch, struct sql *db, struct fault *fault)
{
    struct store_audit_head head;
    enum err err = ERR_OK;

    if (batch->count == 0)
        return ERR_OK;
    err = store_audit_head_take(db, &head, fault);
    for (size_t i = 0; i < batch->count && err == ERR_OK; i++) {
        struct store_audit_entry entry = batch->entries[i];
        char hash[STORE_AUDIT_HASH];
        entry.number = ++head.number;
        entry.previous = head.hash;
        audit_hash(&entry, hash);
        entry.hash = hash;
        err = store_audit_insert(db, &entry, fault);
        memcpy(head.hash, hash, sizeof hash);
    }
    return err == ERR_OK ? store_audit_head_move(db, &head, fault) : err;
}

enum err audit_append(struct sql *db, const struct audit_act *act, struct fault *fault)
{
    struct audit_batch *batch = audit_batch_create();
    enum err err = ERR_OK;

    audit_batch_add(batch, act);
    err = audit_batch_append(batch, db, fault);
    audit_batch_destroy(batch);
    return err;
}

/* ---- handlers ---- */

struct audit_act audit_act_of(const struct http_call *call, const char *action, const char *subject,
                              json_t *details)
{
    const struct registry_context *context = http_context(call);
    const struct http_principal *who = http_principal(call);

    return (struct audit_act){
        .at_ms = clock_wall_ms(context->clock),
        .who = who->name,
        .role = http_role_name(who->role),
        .action = action,
        .subject = subject,
        .details = details,
    };
}

static json_t *asked(const struct http_call *call)
{
    static const char *const names[] = {"from", "to", "limit", "cursor"};
    json_t *details = json_object();

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (http_query(call, names[i]) != NULL)
            json_object_set_new(details, names[i], json_string(http_query(call, names[i])));
    return details;
}

bool audit_look(struct http_call *call, const char *action, const char *subject, json_t *details)
{
    const struct registry_context *context = http_context(call);
    struct audit_act act =
        audit_act_of(call, action, subject, details != NULL ? details : asked(call));
    struct fault fault;
    enum err err = context->looks != NULL ? looks_add(context->looks, &act, &fault)
                                          : looks_enter(context->db, &act, &fault);

    if (err == ERR_OK)
        return true;
    http_reply_fault(call, &fault);
    return false;
}
