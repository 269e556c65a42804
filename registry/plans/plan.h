/*
 * plan: a published plan as data: its rules, each with the clause it comes from, its threshold and
 * the source of that threshold. The engine (registry/compliance) knows kinds and metrics, not
 * clauses; docs/plan-format.md is the manual of the files.
 *
 * A rule may have several versions, told apart by the days they hold. A threshold is an integer
 * ratio. Words of the register (categories, owner kinds, exempt reasons) are masks of
 * 1u << code (registry/vehicles/vocabulary.h).
 *
 * A plan belongs to its plan_set, is never changed after loading, and may be read by any thread.
 */
#ifndef EVROLL_REGISTRY_PLANS_PLAN_H
#define EVROLL_REGISTRY_PLANS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"
#include "shared/when.h"

/* What is measured. The loader refuses those that the engine cannot compute. */
enum rule_kind {
    RULE_STOCK_SHARE,  /* of the vehicles in the fleet on a day */
    RULE_FLOW_SHARE,   /* of the additions in a window */
    RULE_USAGE_SHARE,  /* of trips, tonnes or engine hours */
    RULE_ENTITY_BOOL,  /* a condition on each enterprise */
    RULE_REGION_SHARE, /* of the region's freight */
    RULE_RANK,         /* a place among regions */
    RULE_QUALITATIVE,  /* a trend without a test */
    RULE_KIND_COUNT
};

/* What makes a vehicle count as "yes". */
enum rule_metric { METRIC_NEV, METRIC_NEV_OR_CN6, METRIC_NEV_OR_STAGE3, METRIC_COUNT };

enum rule_comparator { COMPARE_GE, COMPARE_EQ, COMPARE_GT, COMPARE_WITHIN, COMPARE_COUNT };
enum rule_strength { STRENGTH_SHALL, STRENGTH_PRINCIPLE, STRENGTH_STRIVE, STRENGTH_COUNT };
enum rule_approx { APPROX_EXACT, APPROX_BASIC, APPROX_ABOUT, APPROX_COUNT };
enum rule_authority { AUTHORITY_NATIONAL, AUTHORITY_PROVINCE, AUTHORITY_LOCAL, AUTHORITY_COUNT };
enum rule_window {
    WINDOW_NONE, /* a stock has no window */
    WINDOW_PLAN_PERIOD,
    WINDOW_CALENDAR_YEAR,
    WINDOW_ROLLING_12M,
    WINDOW_COUNT
};

/* The words of the files and of the API. */
const char *rule_kind_name(enum rule_kind kind);
const char *rule_metric_name(enum rule_metric metric);
const char *rule_comparator_name(enum rule_comparator comparator);
const char *rule_strength_name(enum rule_strength strength);
const char *rule_approx_name(enum rule_approx approx);
const char *rule_authority_name(enum rule_authority authority);
const char *rule_window_name(enum rule_window window);

/* A threshold that is no number in the text, given a number by somebody: shown with its source. */
struct plan_parameter {
    const char *id;
    int64_t num, den;
    const char *source;
    const char *note; /* NULL: none */
};

struct rule_threshold {
    int64_t num, den;
    const char *parameter; /* the parameter's id; NULL when the clause itself has the number */
    const char *source;
    const char *note; /* NULL: none */
};

/* Whom the rule is about. A mask of 0 means all. */
struct rule_subject {
    uint32_t categories;
    uint32_t owner_kinds;
    bool built_up;    /* only what belongs to the built-up area */
    const char *area; /* division code or its beginning; NULL: the whole register */
};

/* A figure beside the total: some of the subject's categories. */
struct rule_part {
    const char *id;
    const char *title_zh, *title_en;
    uint32_t categories;
};

struct rule {
    const char *id; /* "R2-05a" */
    int64_t version;
    int32_t valid_from, valid_to; /* days, both included; WHEN_DAY_NEVER - 1: open */
    const char *title_zh, *title_en;
    const char *text_zh, *text_en; /* the clause */
    const char *source_doc;
    enum rule_authority authority;
    enum rule_kind kind;
    struct rule_subject subject;
    enum rule_metric qualifies;
    uint32_t exempt; /* reasons that take a vehicle out of numerator and denominator */
    enum rule_comparator comparator;
    struct rule_threshold threshold;
    enum rule_strength strength;
    enum rule_approx approx;
    int32_t due; /* day, included; WHEN_DAY_NEVER: continuous */
    enum rule_window window;
    const char *lead;
    const char *const *support;
    size_t support_count;
    const char *note; /* NULL: none */
    const struct rule_part *parts;
    size_t part_count;
};

struct plan {
    const char *id; /* "jiyuan-2023-2025" */
    const char *title_zh, *title_en;
    const char *document; /* its number */
    int32_t issued;
    int32_t from, to; /* the plan's period, both included */
    const struct plan_parameter *parameters;
    size_t parameter_count;
    const struct rule *rules; /* in the order of the file */
    size_t rule_count;
};

/* The version of the rule that holds on the day; before its first, the first; after its last, the
 * last. NULL when the plan has no such rule. */
const struct rule *plan_rule(const struct plan *plan, const char *rule_id, int32_t day);

/* The versions that plan_rule gives for the day, one for each rule id: calls `each` in the order of
 * the file. */
typedef enum err plan_rule_each(void *arg, const struct rule *rule);
enum err plan_rules(const struct plan *plan, int32_t day, plan_rule_each *each,
                    void *arg) ERR_CHECKED;

/* ---- loading ---- */
struct plan_set;

/* The built-in plan, and the *.yaml files of `dir` (NULL: none) in the order of their names. A file
 * with the id of the built-in plan takes its place; two files with one id are refused. Faults name
 * file, line and column. */
enum err plan_set_load(const char *dir, struct plan_set **set, struct fault *fault) ERR_CHECKED;
/* One plan from text: `name` stands for the file in faults. */
enum err plan_set_load_text(const char *name, const char *text, size_t len, struct plan_set **set,
                            struct fault *fault) ERR_CHECKED;
void plan_set_free(struct plan_set *set); /* NULL is allowed */

size_t plan_set_count(const struct plan_set *set);
const struct plan *plan_set_at(const struct plan_set *set, size_t index);
/* NULL asks for the first, which is the built-in one. NULL when there is no such plan. */
const struct plan *plan_set_find(const struct plan_set *set, const char *id);

#endif
