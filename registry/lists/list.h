/*
 * list: the lists a bureau works with, as one table: an id, titles, columns, the parameters it takes
 * and the function that reads it. API, command line, help and documents are made of the table.
 *
 * A list is read page by page in a fixed order, in one read transaction a page. What a list gives
 * is the same in every format (registry/sheet). Errors: ERR_INPUT for a parameter, else the store's.
 * Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_LISTS_LIST_H
#define EVROLL_REGISTRY_LISTS_LIST_H

#include "registry/plans/plan.h"
#include "registry/sheet/sheet.h"
#include "registry/store/sql.h"
#include "shared/arena.h"

/* What a list can be asked with; each list takes some of it. */
struct list_query {
    int32_t as_of; /* today when it was not given */
    int32_t from,
        to;       /* a span of days; the list has its own defaults. VEHICLE_DAY_NONE: not given */
    int64_t days; /* -1: not given */
    int category, energy;                /* 0: any */
    int built_up;                        /* 1, 0; -1: not given */
    const char *area, *owner, *q, *sort; /* NULL: not given */
    const struct rule *rule;
    const struct plan *plan;
    const char *after; /* the page begins after this key; NULL: from the start */
    int64_t limit;
};

struct list_page {
    struct sheet *sheet;
    struct arena *arena;
    const char *next; /* the key of the next page; NULL: this was the last */
};

enum list_param {
    LIST_AS_OF = 1u << 0,
    LIST_SPAN = 1u << 1, /* from, to */
    LIST_DAYS = 1u << 2,
    LIST_CATEGORY = 1u << 3,
    LIST_ENERGY = 1u << 4,
    LIST_BUILT_UP = 1u << 5,
    LIST_AREA = 1u << 6,
    LIST_OWNER = 1u << 7,
    LIST_Q = 1u << 8,
    LIST_RULE = 1u << 9,
    LIST_SORT = 1u << 10
};

struct list {
    struct sheet_head head; /* id, titles, columns */
    const char *note_zh, *note_en;
    unsigned params;   /* those it takes */
    unsigned required; /* those it cannot do without */
    /* Fills what was not given; then at most query->limit rows. */
    enum err (*read)(struct sql *db, const struct list_query *query, struct list_page *page,
                     struct fault *fault);
};

extern const struct list *const lists[];
extern const size_t list_count;

const struct list *list_find(const char *id); /* NULL: there is none */

/* The parameters as a table: each with its name in the API. */
struct list_param_info {
    enum list_param param;
    const char *name, *help;
};
extern const struct list_param_info list_params[];
extern const size_t list_param_count;

/* A query with nothing given. */
struct list_query list_query_blank(const struct plan *plan, int32_t today);
/* One parameter. ERR_INPUT: unknown to this list, or no such value. */
enum err list_query_take(const struct list *list, const char *name, const char *text,
                         struct list_query *query, struct fault *fault) ERR_CHECKED;

/* One page, in a read transaction of its own. ERR_INPUT: a required parameter is missing, or
 * `after` is no key of this list. */
enum err list_read(struct sql *db, const struct list *list, const struct list_query *query,
                   struct list_page *page, struct fault *fault) ERR_CHECKED;

#endif
