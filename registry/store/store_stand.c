#include "registry/store/store_stand.h"

static const char VEHICLE[] = "SELECT COUNT(*) FROM vehicle_version WHERE vehicle_id = $1";
static const char ORG[] = "SELECT COUNT(*) FROM org_version WHERE org_id = $1";
static const char SITE[] = "SELECT COUNT(*) FROM site_version WHERE site_id = $1";
static const char UNIT[] = "SELECT changes FROM terminal WHERE unit_id = $1";
static const char EXEMPTION[] = "SELECT COUNT(*) FROM exemption_version WHERE vehicle_id = $1 "
                                "AND reason = $2 AND document = $3 AND from_day = $4";
static const char EXCEPTION[] =
    "SELECT COUNT(*) FROM exception_version WHERE rule = $1 AND subject_kind = $2 "
    "AND subject = $3 AND document = $4 AND from_day = $5";
static const char STATISTIC[] = "SELECT COUNT(*) FROM statistic_version WHERE indicator = $1 "
                                "AND subject = $2 AND from_day = $3 AND until_day = $4";

static enum err stand_read(struct sql_rows *rows, int64_t *stand, struct fault *fault)
{
    *stand = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_stand_vehicle(struct sql *db, const char *vehicle_id, int64_t *stand,
                             struct fault *fault)
{
    return stand_read(sql_query(db, VEHICLE, SQL_VALUES(sql_text(vehicle_id))), stand, fault);
}

enum err store_stand_org(struct sql *db, const char *org_id, int64_t *stand, struct fault *fault)
{
    return stand_read(sql_query(db, ORG, SQL_VALUES(sql_text(org_id))), stand, fault);
}

enum err store_stand_site(struct sql *db, const char *site_id, int64_t *stand, struct fault *fault)
{
    return stand_read(sql_query(db, SITE, SQL_VALUES(sql_text(site_id))), stand, fault);
}

enum err store_stand_unit(struct sql *db, const char *unit, int64_t *stand, struct fault *fault)
{
    return stand_read(sql_query(db, UNIT, SQL_VALUES(sql_text(unit))), stand, fault);
}

enum err store_stand_exemption(struct sql *db, const struct store_exemption *key, int64_t *stand,
                               struct fault *fault)
{
    return stand_read(sql_query(db, EXEMPTION,
                                SQL_VALUES(sql_text(key->vehicle_id), sql_int(key->reason),
                                           sql_text(key->document), sql_int(key->from))),
                      stand, fault);
}

enum err store_stand_exception(struct sql *db, const struct store_exception *key, int64_t *stand,
                               struct fault *fault)
{
    return stand_read(
        sql_query(db, EXCEPTION,
                  SQL_VALUES(sql_text(key->rule), sql_int(key->subject_kind),
                             sql_text(key->subject), sql_text(key->document), sql_int(key->from))),
        stand, fault);
}

enum err store_stand_statistic(struct sql *db, const struct store_statistic *key, int64_t *stand,
                               struct fault *fault)
{
    return stand_read(sql_query(db, STATISTIC,
                                SQL_VALUES(sql_int(key->indicator), sql_text(key->subject),
                                           sql_int(key->from), sql_int(key->until))),
                      stand, fault);
}
