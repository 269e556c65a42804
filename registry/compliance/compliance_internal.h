/*
 * compliance_internal: how a rule of each kind is computed. Each function fills figure, facts and
 * what stands beside them; compliance.c makes the verdict of the facts.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_COMPLIANCE_INTERNAL_H
#define EVROLL_REGISTRY_COMPLIANCE_COMPLIANCE_INTERNAL_H

#include "registry/compliance/compliance.h"
#include "registry/compliance/verification.h"
#include "registry/freight/sums.h"
#include "registry/store/store_orgs.h"
#include "registry/store/store_usage.h"

/* What was read once for all enterprises and rules, by days. The past (compliance.c) asks by the same
 * filter, so its books are anybody's. */
struct books {
    struct gate_book *gates;      /* gates.c */
    struct freight_book *freight; /* freight_books.c */
};

/* One computation: what all its rules share. */
struct work {
    struct sql *db;
    struct arena *arena;
    struct compliance *out;
    struct fault *fault;
    /* What was heard of lately, read once for all rules with the same measure and days. */
    struct store_heard_query heard_query;
    struct heard heard;
    bool heard_is_read;
    struct books *books;
    bool past; /* only the share of an earlier day is wanted, for the pace */
};

typedef enum err compliance_kind(struct work *w, struct compliance_rule *result);
compliance_kind compliance_fleet, compliance_region, compliance_entity, compliance_usage,
    compliance_rank, compliance_trend;
/* The two of compliance_usage. */
compliance_kind compliance_trips, compliance_machines;

/* ---- helpers ---- */
struct compliance_item *compliance_item_add(struct work *w, struct compliance_rule *result);
/* Adds a view; there is room for COMPLIANCE_VIEWS. */
void compliance_view_add(struct compliance_rule *result, const struct compliance_view *view);
/* The exceptions of the rule that hold in the days of its scope. */
enum err compliance_exceptions(struct work *w, const struct compliance_rule *result,
                               struct store_exceptions *out) ERR_CHECKED;

/* Fills w->heard for these vehicles (measure, from, to) by the telemetry up to the day. */
enum err compliance_heard(struct work *w, const struct count_query *vehicles) ERR_CHECKED;
/* Counts n that are counted `as` and verified so; a contradicted one would count the other way. */
void compliance_verified_add(struct compliance_rule *result, enum counts_as as,
                             enum verified_as verified, int64_t n);
/* `measured`, and is it further from the figure than the tolerance? Nothing when nobody was heard. */
void compliance_verified_end(struct compliance_rule *result);

/* The use that the scope is about. */
struct store_use_query compliance_use_query(const struct work *w, const struct scope *scope);

/* ---- freight ---- */
/* The totals of the whole zone, and the days of the figure that follow from them (zone.c). None: the note
 * says why. */
enum err compliance_zone(struct work *w, struct compliance_rule *result) ERR_CHECKED;
/* Their sum, in 0.1 t. */
int64_t compliance_zone_total(const struct compliance_rule *result);

/* The modes that a definition counts on the day. */
uint32_t compliance_green_modes(const struct work *w, const char *definition, int32_t day);

/* The freight of scope->org_id, as freight_sums gives it: all goods or bulk, whatever way and distance. */
enum err compliance_org_freight(struct work *w, const struct freight_scope *scope,
                                struct freight_modes *modes) ERR_CHECKED;

/* What the gates of an enterprise counted by truck, beside what it declares (gates.c). In 0.1 t. */
struct gate_days {
    int32_t from, to; /* both included */
};
struct gate_check {
    bool known; /* there are a ledger and a report for the days */
    bool contradicts;
    bool explained;          /* what they say otherwise: somebody says why */
    int64_t declared, gates; /* by truck */
    int64_t by_mode[FREIGHT_MODE_COUNT];
    struct freight_modes all; /* that it declares */
};
/* `known` false when the rule asks for no dispute (NULL). */
enum err compliance_gate_check(struct work *w, const struct plan_parameter *tolerance,
                               const struct gate_days *days, const char *org_id,
                               struct gate_check *check) ERR_CHECKED;
/* Counts the enterprise into `verified`. */
void compliance_gate_count(struct compliance_rule *result, const struct gate_check *check);
/* The share of the counted modes with the gates' tonnes in place of the declared trucks'. */
struct share compliance_gate_share(const struct gate_check *check,
                                   const struct freight_modes *modes, uint32_t counted);
/* The share of the counted modes in what goes by truck: declared, and by the gates. */
struct share compliance_declared_share(const struct gate_check *check, uint32_t counted);
struct share compliance_gates_share(const struct gate_check *check, uint32_t counted);
/* Is the one further from the other than the tolerance, as a part of the first? */
bool compliance_differs(struct share declared, struct share measured,
                        const struct plan_parameter *tolerance);

/* What plants are asked (plant.c). */
struct plant_figures {
    bool reported;
    struct gate_check gate;
    struct freight_modes modes; /* of bulk goods */
    int64_t old_trucks;         /* 0.1 t of whatever goods by trucks below National VI */
    int64_t machines_below;     /* of its own, below the stage asked for */
};
enum err compliance_plant_figures(struct work *w, struct compliance_rule *result,
                                  const struct store_org *org,
                                  struct plant_figures *figures) ERR_CHECKED;
/* Does it pass? Fills share, counts and why. */
void compliance_plant_judge(struct work *w, const struct compliance_rule *result,
                            const struct store_org *org, const struct plant_figures *figures,
                            struct compliance_item *item);

#endif
