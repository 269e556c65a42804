#include "registry/compliance/compliance_internal.h"

enum err compliance_usage(struct work *w, struct compliance_rule *result)
{
    (void)w;
    result->unit = result->rule->usage == USE_TRIPS ? UNIT_TRIPS : UNIT_MINUTES;
    result->note = "the gate ledger and the presence of machines on sites are not read yet";
    return ERR_OK;
}
