/*
 * site_index: the sites of every day in memory, for the rollup: who asks gives a day and a box and
 * gets the sites whose boxes meet it; their polygons are parsed and prepared when the first point
 * is asked for. A thousand sites cost a walk over a thousand boxes once for each hour of a unit, and
 * a point costs a look into the few that are left.
 *
 * Owned by the caller; one thread. Kept up to date by site_index_refresh, which reads one number
 * when nothing changed.
 */
#ifndef EVROLL_REGISTRY_SITES_SITE_INDEX_H
#define EVROLL_REGISTRY_SITES_SITE_INDEX_H

#include "registry/sites/geometry.h"
#include "registry/store/sql.h"

struct site_index;

struct site_area {
    const char *site_id;
    int kind; /* enum site_kind */
    struct store_site_box box;
    struct site_shape *shape; /* private: its polygon */
};

struct site_index *site_index_create(void);
void site_index_destroy(struct site_index *index); /* NULL is allowed */

/* Reads the sites anew if they changed. Areas given before are no longer valid then. */
enum err site_index_refresh(struct site_index *index, struct sql *db,
                            struct fault *fault) ERR_CHECKED;

/* The areas that hold on the day and whose box meets `box`, by site id; `*list` is in the arena. */
size_t site_index_find(const struct site_index *index, int32_t day,
                       const struct store_site_box *box, struct arena *arena,
                       const struct site_area ***list);
/* Does the point lie in it? Latitude and longitude in 10⁻⁷ degree. */
bool site_area_contains(const struct site_area *area, int64_t lat, int64_t lon);

/* Is there a built-up area on the day? */
bool site_index_has_built_up(const struct site_index *index, int32_t day);

#endif
