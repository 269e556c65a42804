#include "registry/compliance/uses.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/vehicles/vocabulary.h"

#define BATCH 1000

struct page {
    struct sql *db;
    const struct behind_query *query;
    struct arena *arena;
    struct store_exceptions exceptions;
    struct behind_use *uses;
    struct behind_row *rows;
    size_t count;
    struct store_use last; /* of a batch that is full, wanted or not */
    int64_t batch, came;   /* rows of one question to the database */
    bool left;             /* there are others, behind `last` */
};

/* ---- the cursor ---- */

static const char *cursor_of(struct arena *arena, const struct rule *rule,
                             const struct store_use *use)
{
    if (rule->usage == USE_MACHINE_TIME)
        return arena_format(arena, "%s\n%" PRId64 "\n%s\n%s", use->vehicle_id, use->at_ms,
                            use->site_id, use->unit);
    return arena_format(arena, "%s\n%" PRId64 "\n%s\n%d\n%s", use->site_id, use->at_ms, use->gate,
                        use->direction, use->plate[0] != '\0' ? use->plate : use->named_id);
}

/* The next line of the text, cut off; NULL: there is none. */
static char *take_line(char **text)
{
    char *line = *text;
    char *end = line == NULL ? NULL : strchr(line, '\n');

    *text = end == NULL ? NULL : end + 1;
    if (end != NULL)
        *end = '\0';
    return line;
}

static bool read_number(const char *text, int64_t *number)
{
    int len = 0;

    return text != NULL && sscanf(text, "%" SCNd64 "%n", number, &len) == 1 && text[len] == '\0';
}

static bool read_cursor(struct arena *arena, const struct rule *rule, const char *text,
                        struct store_use *use)
{
    char *rest = arena_text(arena, text);
    const char *first = take_line(&rest);
    bool ok = read_number(take_line(&rest), &use->at_ms);
    const char *third = take_line(&rest);
    int64_t direction = 0;

    if (rule->usage == USE_MACHINE_TIME) {
        use->vehicle_id = first;
        use->site_id = third;
        use->unit = take_line(&rest);
        return ok && use->unit != NULL && rest == NULL;
    }
    use->site_id = first;
    use->gate = third;
    ok = ok && read_number(take_line(&rest), &direction);
    use->direction = (int)direction;
    use->plate = take_line(&rest);
    return ok && use->plate != NULL && rest == NULL;
}

/* ---- one ---- */

static struct store_use copy_use(struct arena *arena, const struct store_use *use)
{
    struct store_use copy = *use;

    copy.site_id = arena_text(arena, use->site_id);
    copy.org_id = arena_text(arena, use->org_id);
    copy.vehicle_id = arena_text(arena, use->vehicle_id);
    copy.gate = arena_text(arena, use->gate);
    copy.plate = arena_text(arena, use->plate);
    copy.named_id = arena_text(arena, use->named_id);
    copy.cargo = arena_text(arena, use->cargo);
    copy.fleet = arena_text(arena, use->fleet);
    copy.author = arena_text(arena, use->author);
    copy.unit = arena_text(arena, use->unit);
    return copy;
}

static struct count_dims dims_of(const struct store_use *use)
{
    return (struct count_dims){
        .category = use->category, .energy = use->energy, .stage = use->stage};
}

static const struct store_exception *find_exception(const struct page *page,
                                                    const struct store_use *use)
{
    const struct {
        enum exception_subject kind;
        const char *subject;
    } subjects[] = {
        {EXCEPTION_VEHICLE, use->vehicle_id}, {EXCEPTION_VEHICLE, use->named_id},
        {EXCEPTION_VEHICLE, use->plate},      {EXCEPTION_SITE, use->site_id},
        {EXCEPTION_ORG, use->org_id},
    };
    int32_t day = when_day_of(use->at_ms);
    const struct store_exception *found = NULL;

    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0] && found == NULL; i++)
        if (subjects[i].subject[0] != '\0')
            found =
                compliance_exception(&page->exceptions, subjects[i].kind, subjects[i].subject, day);
    return found;
}

/* One more than the page has, so that it is known whether there is another. */
static bool is_full(const struct page *page)
{
    return (int64_t)page->count > page->query->limit;
}

static void keep(void *arg, const struct store_use *use)
{
    struct page *page = arg;
    const struct behind_query *query = page->query;
    const struct rule *rule = query->scope.rule;
    struct count_dims dims = dims_of(use);
    enum counts_as as = scope_qualifies(rule->qualifies, &dims);
    struct behind_use *kept = NULL;

    if (++page->came == page->batch)
        page->last = copy_use(page->arena, use);
    if (is_full(page) || (!query->all && as != query->as))
        return;
    kept = &page->uses[page->count];
    kept->use = copy_use(page->arena, use);
    if (as != COUNTS_YES)
        kept->exception = find_exception(page, use);
    page->rows[page->count] =
        (struct behind_row){.use = kept, .as = as, .why = scope_why(rule, &dims, page->arena)};
    page->count++;
}

/* ---- a page ---- */

static enum err read_uses(struct page *page, struct fault *fault)
{
    const struct behind_query *query = page->query;
    const struct rule *rule = query->scope.rule;
    struct store_uses_query wanted = {
        .use = {.from = query->scope.query.from,
                .to = query->scope.query.to,
                .owner_kinds = rule->subject.owner_kinds,
                .categories = rule->subject.categories,
                .org_id = query->scope.owner_id,
                .known_ms = query->scope.query.known_ms},
        .limit = query->limit + 1 > BATCH ? query->limit + 1 : BATCH,
    };
    struct store_use after = {.site_id = "", .gate = "", .plate = "", .named_id = ""};
    int64_t scanned = 0;
    enum err err = ERR_OK;

    if (query->after != NULL) {
        if (!read_cursor(page->arena, rule, query->after, &after))
            return fault_set(fault, ERR_INPUT, "cursor is none that this list gave; leave it out");
        wanted.after = &after;
    }
    page->batch = wanted.limit;
    do {
        page->came = 0;
        err = rule->usage == USE_MACHINE_TIME
                  ? store_stays_behind(page->db, &wanted, keep, page, fault)
                  : store_trips_behind(page->db, &wanted, keep, page, fault);
        after = page->last;
        wanted.after = &after;
        scanned += page->came;
        page->left = page->came == page->batch;
    } while (err == ERR_OK && page->left && !is_full(page) && scanned < USES_SCAN_MAX);
    return err;
}

static enum err read_heard(struct page *page, size_t count, struct heard *heard,
                           struct fault *fault)
{
    const struct count_query fleet = {.measure = COUNT_STOCK, .to = page->query->asked.as_of};
    struct store_heard_query query = heard_query(&fleet, page->query->asked.as_of);

    for (size_t i = 0; i < count; i++) {
        const char *id = page->uses[i].use.vehicle_id;
        if (id[0] == '\0')
            continue;
        if (query.first == NULL || strcmp(id, query.first) < 0)
            query.first = id;
        if (query.last == NULL || strcmp(id, query.last) > 0)
            query.last = id;
    }
    return query.first == NULL ? ERR_OK : heard_read(page->db, &query, page->arena, heard, fault);
}

/* What a machine did was seen by telemetry. */
static struct verification verify(const struct rule *rule, const struct store_use *use,
                                  const struct heard *heard)
{
    const struct store_heard *one = heard_find(heard, use->vehicle_id);
    struct count_dims dims = one == NULL ? (struct count_dims){0} : one->dims;
    struct verification v;

    if (rule->usage == USE_TRIPS) {
        dims.energy = use->energy;
        dims.stage = use->stage;
    }
    v = verification_of(rule, &dims, heard, one);
    if (rule->usage == USE_MACHINE_TIME && v.as == VERIFIED_SILENT)
        v.as = VERIFIED_BY_TELEMETRY;
    return v;
}

static enum err give(struct page *page, behind_each *each, void *arg, struct fault *fault)
{
    const struct behind_query *query = page->query;
    bool ask = query->evidence && query->scope.query.known_ms == 0;
    size_t count = is_full(page) ? (size_t)query->limit : page->count;
    struct heard heard = {0};
    enum err err = ask ? read_heard(page, count, &heard, fault) : ERR_OK;

    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        struct verification verification = verify(query->scope.rule, &page->uses[i].use, &heard);
        if (ask)
            page->rows[i].verification = &verification;
        each(arg, &page->rows[i]);
    }
    return err;
}

enum err uses_read(struct sql *db, const struct behind_query *query, struct arena *arena,
                   behind_each *each, void *arg, const char **next, struct fault *fault)
{
    size_t room = (size_t)query->limit + 1;
    struct page page = {.db = db,
                        .query = query,
                        .arena = arena,
                        .uses = ARENA_ARRAY(arena, struct behind_use, room),
                        .rows = ARENA_ARRAY(arena, struct behind_row, room)};
    const struct scope *scope = &query->scope;
    enum err err = ERR_OK;

    if (scope->rule->strength == STRENGTH_PRINCIPLE)
        err = store_exceptions_of(db, scope->rule->id, scope->query.from, query->asked.as_of,
                                  scope->query.known_ms, arena, &page.exceptions, fault);
    if (err == ERR_OK)
        err = read_uses(&page, fault);
    if (err == ERR_OK && is_full(&page))
        *next = cursor_of(arena, scope->rule, &page.uses[query->limit - 1].use);
    else if (err == ERR_OK && page.left)
        *next = cursor_of(arena, scope->rule, &page.last);
    return err == ERR_OK ? give(&page, each, arg, fault) : err;
}
