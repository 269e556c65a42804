/* The freight of each enterprise in some days, read once for all of them: conditions on plants ask for each. */
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/compliance_internal.h"

struct freight_org {
    const char *id;
    struct freight_modes modes;
};

struct freight_book {
    int32_t from, to;
    enum freight_goods goods;
    struct freight_org *orgs; /* that report, by id */
    size_t count, room;
    struct freight_book *next;
};

struct reading {
    struct arena *arena;
    struct freight_book *book;
};

static struct freight_org *add_org(const struct reading *r, const char *id)
{
    struct freight_book *book = r->book;

    book->orgs = arena_grow(r->arena, book->orgs, book->count, 1, &book->room, sizeof *book->orgs);
    book->orgs[book->count] = (struct freight_org){.id = arena_text(r->arena, id)};
    return &book->orgs[book->count++];
}

/* Rows come by enterprise. */
static void take_sum(void *arg, const struct store_freight_sum *sum)
{
    const struct reading *r = arg;
    struct freight_book *book = r->book;
    struct freight_org *last = book->count == 0 ? NULL : &book->orgs[book->count - 1];

    freight_modes_add(last != NULL && strcmp(last->id, sum->org_id) == 0
                          ? &last->modes
                          : &add_org(r, sum->org_id)->modes,
                      sum);
}

static enum err read_book(struct work *w, const struct freight_scope *scope,
                          struct freight_book *book)
{
    struct freight_scope all = *scope;
    struct reading r = {w->arena, book};
    struct store_freight_query query;

    all.org_id = w->out->query.filter.owner_id;
    query = freight_scope_query(&all);
    query.once = false; /* each enterprise by itself, whoever else reports the same goods */
    return store_freight_sums_read(w->db, &query, take_sum, &r, w->fault);
}

static enum err find_book(struct work *w, const struct freight_scope *scope,
                          const struct freight_book **found)
{
    struct freight_book *book = w->books->freight;
    enum err err = ERR_OK;

    while (book != NULL &&
           (book->from != scope->from || book->to != scope->to || book->goods != scope->goods))
        book = book->next;
    if (book == NULL) {
        book = ARENA_NEW(w->arena, struct freight_book);
        book->from = scope->from;
        book->to = scope->to;
        book->goods = scope->goods;
        book->next = w->books->freight;
        err = read_book(w, scope, book);
        if (err == ERR_OK)
            w->books->freight = book;
    }
    *found = book;
    return err;
}

static int by_id(const void *key, const void *item)
{
    return strcmp(key, ((const struct freight_org *)item)->id);
}

enum err compliance_org_freight(struct work *w, const struct freight_scope *scope,
                                struct freight_modes *modes)
{
    const struct freight_book *book = NULL;
    const struct freight_org *org = NULL;
    enum err err = find_book(w, scope, &book);

    if (err == ERR_OK && book->count > 0)
        org = bsearch(scope->org_id, book->orgs, book->count, sizeof *book->orgs, by_id);
    *modes = org != NULL ? org->modes : (struct freight_modes){{0}, {0}, {0}};
    return err;
}
