/*
 * finding_json: a finding, a kind of finding, and their parts as the API and the command line show
 * them. New references.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_FINDING_JSON_H
#define EVROLL_REGISTRY_FINDINGS_FINDING_JSON_H

#include "registry/findings/thresholds.h"

/* "open", "explained", …; FINDING_NONE when unknown. */
const char *finding_state_word(enum finding_state state);
enum finding_state finding_state_parse(const char *word);

json_t *finding_json(const struct store_finding *finding);
/* With its history. */
json_t *finding_whole_json(const struct store_finding *finding,
                           const struct store_finding_step *steps, size_t count);
/* Titles, what it needs, thresholds with unit, source and who changed them. */
json_t *finding_kind_json(size_t i, const struct thresholds *thresholds);

#endif
