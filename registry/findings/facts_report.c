#include <stdio.h>
#include <string.h>

#include "registry/findings/facts_internal.h"
#include "registry/freight/gate.h"
#include "registry/freight/outside.h"
#include "registry/store/store_freight.h"

/* "ORG/PERIOD"; false: it is none. */
static bool read_key(const char *subject, struct freight_key *key, struct period *period)
{
    const char *slash = strrchr(subject, '/');
    int len = slash == NULL ? 0 : (int)(slash - subject);

    if (len == 0 || len >= (int)sizeof key->org_id || !period_parse(slash + 1, period))
        return false;
    snprintf(key->org_id, sizeof key->org_id, "%.*s", len, subject);
    period_format(*period, key->period);
    return true;
}

static enum err compare(const struct loading *l, const struct freight_key *key,
                        struct period period, struct fault *fault)
{
    const struct freight_scope scope = {
        .from = period_first_day(period), .to = period_last_day(period), .org_id = key->org_id};
    struct facts *facts = l->facts;
    struct freight_modes modes;
    enum err err = freight_sums(l->db, &scope, &modes, fault);

    if (err != ERR_OK)
        return err;
    facts->declared_trucks = freight_tonnes(&modes, FREIGHT_TRUCKS);
    facts->period_first = scope.from;
    facts->period_last = scope.to;
    return outside_gate(l->db, key->org_id, period, &facts->gate_trucks, fault);
}

enum err facts_load_report(const struct loading *l, struct fault *fault)
{
    struct store_freight_report report;
    struct freight_key key = {.org_id = ""};
    struct period period;
    enum err err = ERR_OK;

    if (!read_key(l->facts->subject, &key, &period))
        return ERR_OK;
    err = store_freight_get(l->db, &key, &report, fault);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err != ERR_OK)
        return err;
    l->facts->version = report.accepted;
    return report.accepted == 0 ? ERR_OK : compare(l, &key, period, fault);
}
