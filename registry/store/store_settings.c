#include "registry/store/store_settings.h"

#include <stdio.h>

static const char FIND[] =
    "SELECT COALESCE(interval_s, 0), COALESCE(signals, '') FROM unit_setting WHERE unit_id = $1";
static const char PUT[] =
    "INSERT INTO unit_setting (unit_id, interval_s, signals) VALUES ($1, $2, $3) "
    "ON CONFLICT (unit_id) DO UPDATE SET interval_s = excluded.interval_s, "
    "signals = excluded.signals";
static const char INTERVAL[] =
    "SELECT COALESCE((SELECT s.interval_s FROM unit_setting s WHERE s.unit_id = $1), "
    "(SELECT c.interval_s FROM unit_binding b "
    "JOIN vehicle_version v ON v.vehicle_id = b.vehicle_id "
    "JOIN category_setting c ON c.category = v.category "
    "WHERE b.unit_id = $1 AND b.valid_from <= $2 AND b.valid_to > $2 AND v.valid_from <= $2 "
    "ORDER BY v.valid_from DESC, v.version DESC LIMIT 1), 0)";
static const char CATEGORIES[] =
    "SELECT COALESCE(interval_s, 0), COALESCE(signals, ''), category FROM category_setting "
    "ORDER BY category";
static const char CATEGORY_PUT[] =
    "INSERT INTO category_setting (category, interval_s, signals) VALUES ($1, $2, $3) "
    "ON CONFLICT (category) DO UPDATE SET interval_s = excluded.interval_s, "
    "signals = excluded.signals";

static void setting_read(const struct sql_rows *rows, struct store_setting *setting)
{
    setting->interval_s = sql_column_int(rows, 0);
    snprintf(setting->signals, sizeof setting->signals, "%s", sql_column_text(rows, 1));
}

static struct sql_value interval_or_null(const struct store_setting *setting)
{
    return setting->interval_s == 0 ? sql_null() : sql_int(setting->interval_s);
}

static struct sql_value signals_or_null(const struct store_setting *setting)
{
    return setting->signals[0] == '\0' ? sql_null() : sql_text(setting->signals);
}

enum err store_setting_find(struct sql *db, const char *unit, struct store_setting *setting,
                            struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(sql_text(unit)));

    *setting = (struct store_setting){.signals = ""};
    if (sql_next(rows))
        setting_read(rows, setting);
    return sql_done(rows, fault);
}

enum err store_setting_put(struct sql *db, const char *unit, const struct store_setting *setting,
                           struct fault *fault)
{
    return sql_exec(db, PUT,
                    SQL_VALUES(sql_text(unit), interval_or_null(setting), signals_or_null(setting)),
                    NULL, fault);
}

enum err store_interval_on(struct sql *db, const char *unit, int32_t day, int64_t *interval_s,
                           struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, INTERVAL, SQL_VALUES(sql_text(unit), sql_int(day)));

    *interval_s = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_category_settings(struct sql *db, int most, struct store_setting *settings,
                                 struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, CATEGORIES, SQL_NO_VALUES);

    for (int i = 0; i <= most; i++)
        settings[i] = (struct store_setting){.signals = ""};
    while (sql_next(rows)) {
        int64_t category = sql_column_int(rows, 2);
        if (category > 0 && category <= most)
            setting_read(rows, &settings[category]);
    }
    return sql_done(rows, fault);
}

enum err store_category_setting_put(struct sql *db, int category,
                                    const struct store_setting *setting, struct fault *fault)
{
    return sql_exec(
        db, CATEGORY_PUT,
        SQL_VALUES(sql_int(category), interval_or_null(setting), signals_or_null(setting)), NULL,
        fault);
}
