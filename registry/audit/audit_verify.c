#include "registry/audit/audit_verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/audit/audit.h"

#define PAGE 5000

struct walk {
    const struct audit_verify_options *options;
    struct audit_verdict *verdict;
    struct arena *arena;             /* of a page */
    char previous[STORE_AUDIT_HASH]; /* the hash of the last entry that fits */
};

static void refuse(struct walk *w, int64_t number, const char *reason)
{
    w->verdict->whole = false;
    w->verdict->number = number;
    snprintf(w->verdict->reason, sizeof w->verdict->reason, "%s", reason);
}

static void check_marks(struct walk *w, const struct store_audit_entry *e)
{
    for (size_t i = 0; i < w->options->mark_count && w->verdict->whole; i++) {
        const struct audit_mark *mark = &w->options->marks[i];
        if (mark->head.number == e->number && strcmp(mark->head.hash, e->hash) != 0)
            refuse(w, e->number,
                   arena_format(w->arena, "%s was signed when this entry had another hash (%.64s)",
                                mark->source, mark->head.hash));
    }
}

static void check_entry(struct walk *w, const struct store_audit_entry *e)
{
    char hash[STORE_AUDIT_HASH];
    int64_t expected = w->verdict->entries + 1;

    audit_hash(e, hash);
    if (e->number != expected)
        refuse(w, expected, "there is no entry of this number");
    else if (strcmp(e->previous, w->previous) != 0)
        refuse(w, e->number, "it does not name the hash of the entry before it");
    else if (strcmp(e->hash, hash) != 0)
        refuse(w, e->number, "its hash is not that of what it says");
    else
        check_marks(w, e);
    if (!w->verdict->whole)
        return;
    w->verdict->entries++;
    memcpy(w->previous, hash, sizeof hash);
}

static enum err walk_entries(struct walk *w, struct sql *db, struct fault *fault)
{
    struct store_audit_entry *entries = NULL;
    size_t count = PAGE;
    enum err err = ERR_OK;

    while (count == PAGE && err == ERR_OK && w->verdict->whole) {
        arena_reset(w->arena);
        err = store_audit_walk(db, w->verdict->entries, PAGE, w->arena, &entries, &count, fault);
        for (size_t i = 0; i < count && err == ERR_OK && w->verdict->whole; i++)
            check_entry(w, &entries[i]);
        if (w->options->progress != NULL)
            w->options->progress(w->options->arg, w->verdict->entries, w->verdict->head.number);
    }
    return err;
}

/* The log's own head, and heads that were kept elsewhere: none may lie behind its end. */
static void check_end(struct walk *w)
{
    const struct audit_verdict *v = w->verdict;
    bool same = strcmp(v->head.hash, w->previous) == 0;

    if (v->whole && (v->head.number != v->entries || !same))
        refuse(w, v->head.number < v->entries ? v->head.number + 1 : v->entries + 1,
               arena_format(w->arena,
                            "the log's head says that it ends with entry %" PRId64
                            "%s; the last entry is %" PRId64,
                            v->head.number, same ? "" : " of another hash", v->entries));
    for (size_t i = 0; i < w->options->mark_count && v->whole; i++)
        if (w->options->marks[i].head.number > v->entries)
            refuse(w, v->entries + 1,
                   arena_format(w->arena, "the end of the log is missing: %s saw entry %" PRId64,
                                w->options->marks[i].source, w->options->marks[i].head.number));
}

enum err audit_verify(struct sql *db, const struct audit_verify_options *options,
                      struct audit_verdict *verdict, struct fault *fault)
{
    struct walk w = {.options = options, .verdict = verdict, .arena = arena_create()};
    enum err err = sql_begin(db, SQL_READ, fault);

    *verdict = (struct audit_verdict){.whole = true};
    memset(w.previous, '0', STORE_AUDIT_HASH - 1);
    if (err == ERR_OK)
        err = store_audit_head_read(db, &verdict->head, fault);
    if (err == ERR_OK)
        err = walk_entries(&w, db, fault);
    if (err == ERR_OK)
        check_end(&w);
    sql_rollback(db);
    arena_destroy(w.arena);
    return err;
}
