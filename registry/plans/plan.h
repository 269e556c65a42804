/*
 * plan: a published plan as data: its rules, each with the clause it comes from, its threshold and
 * the source of that threshold. The engine (registry/compliance) knows kinds and metrics, not
 * clauses; docs/plan-format.md is the manual of the files.
 *
 * A rule may have several versions, told apart by the days they hold. A threshold is an integer
 * ratio. Words of the register (categories, owner kinds, exempt reasons) are masks of
 * 1u << code (registry/vehicles/vocabulary.h).
 *
 * What a kind needs beyond subject and threshold stands in a member of its own (`freight`, `usage`,
 * `plant`, `indicators`); the loader refuses one that its kind does not read.
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

/* What is measured. */
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

/* What makes something count as "yes". */
enum rule_metric {
    METRIC_NEV, /* of vehicles */
    METRIC_NEV_OR_CN6,
    METRIC_NEV_OR_STAGE3, /* of machines */
    METRIC_NEV_OR_STAGE4,
    METRIC_FREIGHT_MODES,          /* of tonnes: carried by the modes of `freight` */
    METRIC_HAS_SIDING_OR_PIPELINE, /* of enterprises */
    METRIC_CLEAN_TRANSPORT_PLANT,  /* as `plant` says */
    METRIC_PLACE,                  /* of the zone among its peers, by an indicator */
    METRIC_TREND,                  /* the values of indicators, without a test */
    METRIC_COUNT
};

/* WITHIN: not below the threshold by more than the tolerance (提升到…左右 is one-sided); of a place,
 * among the first `num` of `den`. */
enum rule_comparator {
    COMPARE_NONE, /* a trend is compared with nothing */
    COMPARE_GE,
    COMPARE_EQ,
    COMPARE_GT,
    COMPARE_WITHIN,
    COMPARE_COUNT
};
enum rule_strength {
    STRENGTH_SHALL,
    STRENGTH_PRINCIPLE,
    STRENGTH_STRIVE,
    STRENGTH_NONE, /* the clause promotes and obliges to no figure */
    STRENGTH_COUNT
};
enum rule_approx { APPROX_EXACT, APPROX_BASIC, APPROX_ABOUT, APPROX_COUNT };
enum rule_authority { AUTHORITY_NATIONAL, AUTHORITY_PROVINCE, AUTHORITY_LOCAL, AUTHORITY_COUNT };
enum rule_window {
    WINDOW_NONE, /* a stock has no window */
    WINDOW_PLAN_PERIOD,
    WINDOW_CALENDAR_YEAR,
    WINDOW_ROLLING_12M,
    WINDOW_FOUR_QUARTERS, /* the four whole quarters up to the day: freight is reported by these */
    WINDOW_STATISTIC, /* the longest period that a statistic gives, of those ending in the last year */
    WINDOW_COUNT
};

/* What freight a rule is about. */
enum rule_goods { GOODS_ALL, GOODS_BULK, GOODS_BULK_AND_CONTAINERS, GOODS_COUNT };
/* Of what the compliant tonnes are a share. */
enum rule_base {
    BASE_REPORTED, /* of the tonnes reported */
    BASE_ZONE,     /* of the zone's freight, a statistic */
    BASE_COUNT
};
/* What is used. */
enum rule_use {
    USE_NONE,
    USE_TRIPS,        /* truck trips through the gates */
    USE_MACHINE_TIME, /* machines inside, by the minutes they are there */
    USE_COUNT
};

/* The words of the files and of the API. */
const char *rule_kind_name(enum rule_kind kind);
const char *rule_metric_name(enum rule_metric metric);
const char *rule_comparator_name(enum rule_comparator comparator);
const char *rule_strength_name(enum rule_strength strength);
const char *rule_approx_name(enum rule_approx approx);
const char *rule_authority_name(enum rule_authority authority);
const char *rule_window_name(enum rule_window window);
const char *rule_goods_name(enum rule_goods goods);
const char *rule_base_name(enum rule_base base);
const char *rule_use_name(enum rule_use use);

/* A number that the text does not give, given by somebody: shown with its source. Either a ratio
 * num/den, or a value with a unit, whose den is 0. */
struct plan_parameter {
    const char *id;
    int64_t num, den;
    int64_t value;
    const char *unit; /* "km"; NULL: a ratio */
    const char *source;
    const char *note; /* NULL: none */
};

/* What counts as green freight: a set of modes with a source, for some days. */
struct plan_green {
    const char *id; /* "green" */
    int64_t version;
    int32_t valid_from, valid_to; /* days, both included */
    const char *title_zh, *title_en;
    uint32_t modes; /* 1u << enum freight_mode */
    const char *source;
    const char *note; /* NULL: none */
};

struct rule_threshold {
    int64_t num, den;                       /* 0/0: a trend has none */
    int64_t pass_num, pass_den;             /* WITHIN: num/den less the tolerance */
    const struct plan_parameter *tolerance; /* NULL: none */
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
    /* Of enterprises. */
    uint32_t industries;
    uint32_t project_statuses;
    int64_t min_bulk_t; /* tonnes a year, included; 0: any */
};

/* Tonnes that the rule is about and those that count as yes. */
struct rule_freight {
    enum rule_goods goods;
    uint32_t modes;            /* 1u << enum freight_mode; 0: those of the definition */
    const char *definition;    /* id of a plan_green; NULL: `modes` */
    const char *const *beside; /* definitions whose figures stand beside */
    size_t beside_count;
    enum rule_base base;
    const struct plan_parameter *km_min, *km_max; /* NULL: no bound */
};

/* When the transport of a plant is clean: its clean share reaches `share`; or else every truck is
 * NEV or National VI and, in the industries named, NEV trucks carry at least `nev_of_gap` of what is
 * missing to the share. Machines that the plant owns must be as `machines` says, either way. */
struct rule_plant {
    const char *definition; /* of clean modes */
    const struct plan_parameter *share;
    const struct plan_parameter *nev_of_gap; /* NULL: not asked for */
    uint32_t gap_industries;
    enum rule_metric machines;
    uint32_t machine_industries; /* 0: machines are not looked at */
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
    struct rule_freight freight; /* REGION_SHARE */
    enum rule_use usage;         /* USAGE_SHARE */
    struct rule_plant plant;     /* CLEAN_TRANSPORT_PLANT */
    uint32_t indicators;         /* RANK: one; QUALITATIVE: those shown; 1u << enum indicator */
    /* NULL: not asked for. Below `coverage` of reports there is no verdict; what telemetry or gates
     * contradict by more than `dispute` is disputed. */
    const struct plan_parameter *coverage, *dispute;
};

struct plan {
    const char *id; /* "jiyuan-2023-2025" */
    const char *title_zh, *title_en;
    const char *document; /* its number */
    int32_t issued;
    int32_t from, to; /* the plan's period, both included */
    const struct plan_parameter *parameters;
    size_t parameter_count;
    const struct plan_green *greens;
    size_t green_count;
    const struct rule *rules; /* in the order of the file */
    size_t rule_count;
    const char *text; /* the file, for whoever states what was checked */
};

/* The version of the rule that holds on the day; before its first, the first; after its last, the
 * last. NULL when the plan has no such rule. */
const struct rule *plan_rule(const struct plan *plan, const char *rule_id, int32_t day);

/* The version of a definition that holds on the day, chosen like that of a rule. */
const struct plan_green *plan_green(const struct plan *plan, const char *id, int32_t day);

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
