/*
 * plan_internal: a plan's file as libcyaml loads it, before its sense is checked. The loaded plan
 * borrows its texts from here, so a raw plan lives as long as its plan.
 */
#ifndef EVROLL_REGISTRY_PLANS_PLAN_INTERNAL_H
#define EVROLL_REGISTRY_PLANS_PLAN_INTERNAL_H

#include "registry/plans/plan.h"
#include "shared/arena.h"
#include "shared/config.h"

struct raw_head {
    char *id, *title_zh, *title_en, *document, *issued;
    char *from, *to;
};

struct raw_parameter {
    char *id;
    uint32_t num, den, value;
    char *unit;
    char *source, *note;
};

struct raw_green {
    char *id;
    uint32_t version;
    char *valid_from, *valid_to, *title_zh, *title_en;
    uint32_t modes;
    char *source, *note;
};

struct raw_subject {
    uint32_t categories, owner_kinds;
    bool built_up;
    char *area;
    uint32_t industries, project_statuses, min_bulk_t;
};

struct raw_threshold {
    uint32_t num, den;
    char *parameter, *source, *note, *tolerance;
};

struct raw_freight {
    enum rule_goods goods;
    uint32_t modes;
    char *definition;
    char **beside;
    uint32_t beside_count;
    enum rule_base base;
    char *km_min, *km_max;
};

struct raw_plant {
    char *definition, *share, *nev_of_gap;
    uint32_t gap_industries;
    enum rule_metric machines;
    uint32_t machine_industries;
};

struct raw_part {
    char *id, *title_zh, *title_en;
    uint32_t categories;
};

struct raw_rule {
    char *id;
    uint32_t version;
    char *valid_from, *valid_to;
    char *title_zh, *title_en, *text_zh, *text_en, *source_doc;
    enum rule_authority authority;
    enum rule_kind kind;
    struct raw_subject subject;
    enum rule_metric qualifies;
    uint32_t exempt;
    enum rule_comparator comparator;
    struct raw_threshold threshold;
    enum rule_strength strength;
    enum rule_approx approx;
    char *due;
    enum rule_window window;
    char *lead;
    char **support;
    uint32_t support_count;
    char *note;
    struct raw_part *parts;
    uint32_t parts_count;
    struct raw_freight *freight;
    enum rule_use usage;
    struct raw_plant *plant;
    uint32_t indicators;
    char *coverage, *dispute;
};

struct raw_plan {
    struct raw_head head;
    struct raw_parameter *parameters;
    uint32_t parameters_count;
    struct raw_green *greens;
    uint32_t greens_count;
    struct raw_rule *rules;
    uint32_t rules_count;
};

extern const cyaml_schema_value_t plan_schema;

/* Checks what a schema cannot, and fills `plan`, which borrows from `raw` and the arena. */
enum err plan_from_raw(const char *name, const char *text, size_t len, const struct raw_plan *raw,
                       struct arena *arena, struct plan *plan, struct fault *fault) ERR_CHECKED;

/* The plan built into the program (made from registry/plans/jiyuan-2023-2025.yaml). */
extern const char plan_builtin_name[];
extern const unsigned char plan_builtin_text[];
extern const size_t plan_builtin_len;

#endif
