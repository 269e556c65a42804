/* lists_internal: the lists, each in the file of what it is about, and what they share. */
#ifndef EVROLL_REGISTRY_LISTS_LISTS_INTERNAL_H
#define EVROLL_REGISTRY_LISTS_LISTS_INTERNAL_H

#include "registry/lists/list.h"
#include "registry/vehicles/counts.h"

#define LISTS_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* fleet.c */
extern const struct list list_additions_not_nev, list_special_need, list_no_terminal;
/* composition.c */
extern const struct list list_composition;
/* official.c */
extern const struct list list_official_cars;
/* exemptions.c */
extern const struct list list_exemptions_ending;
/* ranking.c */
extern const struct list list_companies, list_townships;
/* history.c */
extern const struct list list_vehicle_history, list_transfers;
/* siding.c */
extern const struct list list_siding;
/* province.c */
extern const struct list list_province;
/* charging.c */
extern const struct list list_charging;
/* reports.c */
extern const struct list list_reports;

/* The key of a page in a list that is made whole each time: how many rows stand before it. */
enum err lists_skip(const struct list_query *query, int64_t *skip, struct fault *fault) ERR_CHECKED;

/* The name of an owner on a day; "" when it is not known. */
enum err lists_owner_name(struct sql *db, const char *owner_id, int32_t day, struct arena *arena,
                          const char **name, struct fault *fault) ERR_CHECKED;

/* ---- groups: figures by a text, such as an owner ---- */
struct lists_group {
    const char *key;
    int64_t n[6]; /* what the list counts */
};
struct lists_groups {
    struct arena *arena;
    struct lists_group *items; /* by key once lists_groups_sort was called */
    size_t count, size;        /* size: of the table, a power of two */
    size_t *slots;             /* place + 1 in items; 0: free */
};
struct lists_groups lists_groups_make(struct arena *arena);
/* The group of a key, made when there is none. Valid until the next call. */
struct lists_group *lists_group_of(struct lists_groups *groups, const char *key);

#endif
