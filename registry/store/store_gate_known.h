/*
 * store_gate_known: SQL for the trips of the days $1 to $2 as the ledger had them at an instant, `known`,
 * and what the register then said of their trucks. It stands for a table of the columns of gate_trip
 * that tell of a trip, and `day`.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_GATE_KNOWN_H
#define EVROLL_REGISTRY_STORE_STORE_GATE_KNOWN_H

/* The vehicle that the register then had under the number or the plate of trip k (store_gate_trips.c). */
#define STORE_GATE_MATCHED(what, known)                                                            \
    "(SELECT m.vehicle_id FROM vehicle_version m WHERE " what " AND m.valid_from <= k.day "        \
    "AND m.recorded_at <= " known " AND m.added <= k.day AND m.removed > k.day "                   \
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version n WHERE n.vehicle_id = m.vehicle_id "           \
    "AND n.recorded_at <= " known " AND n.valid_from <= k.day AND (n.valid_from > m.valid_from "   \
    "OR (n.valid_from = m.valid_from AND n.version > m.version))) "                                \
    "ORDER BY m.valid_from DESC, m.vehicle_id LIMIT 1)"

#define STORE_GATE_DAYS(at)                                                                        \
    at " >= CAST($1 AS BIGINT) * 86400000 - 28800000 AND " at                                      \
       " < (CAST($2 AS BIGINT) + 1) * 86400000 - 28800000 "

/* By hand, as it would be set further to the right with each piece. */
/* clang-format off */
#define STORE_GATE_KNOWN(known)                                                                    \
    "(SELECT k.site_id AS site_id, k.day AS day, k.at_ms AS at_ms, k.gate AS gate, "               \
    "k.direction AS direction, k.mark AS mark, k.plate AS plate, k.vehicle_id AS vehicle_id, "     \
    "k.energy AS energy, k.stage AS stage, k.cargo AS cargo, k.tonnes AS tonnes, "                 \
    "k.fleet AS fleet, k.author AS author, k.recorded_at AS recorded_at, "                         \
    "COALESCE(v.vehicle_id, '') AS matched, COALESCE(v.energy, k.energy) AS used_energy, "         \
    "COALESCE(v.stage, k.stage) AS used_stage FROM "                                               \
    "(SELECT g.site_id AS site_id, (g.at_ms + 28800000) / 86400000 AS day, g.at_ms AS at_ms, "     \
    "g.gate AS gate, g.direction AS direction, g.mark AS mark, g.plate AS plate, "                 \
    "g.vehicle_id AS vehicle_id, g.energy AS energy, g.stage AS stage, g.cargo AS cargo, "         \
    "g.tonnes AS tonnes, g.fleet AS fleet, g.author AS author, g.recorded_at AS recorded_at "      \
    "FROM gate_trip g WHERE " STORE_GATE_DAYS("g.at_ms") "AND g.recorded_at <= " known             \
    " UNION ALL SELECT r.site_id, (r.at_ms + 28800000) / 86400000, r.at_ms, r.gate, "              \
    "r.direction, r.mark, c.plate, r.vehicle_id, r.energy, r.stage, r.cargo, r.tonnes, c.fleet, "  \
    "r.author, r.recorded_at FROM gate_trip_replaced r JOIN gate_trip c "                          \
    "ON c.site_id = r.site_id AND c.at_ms = r.at_ms AND c.gate = r.gate "                          \
    "AND c.direction = r.direction AND c.mark = r.mark WHERE " STORE_GATE_DAYS("r.at_ms")          \
    "AND r.recorded_at <= " known " AND r.replaced_at > " known ") AS k "                          \
    "LEFT JOIN vehicle_version v ON v.vehicle_id = COALESCE("                                      \
    STORE_GATE_MATCHED("m.vehicle_id = k.vehicle_id", known) ", "                                  \
    STORE_GATE_MATCHED("m.plate = k.plate", known) ") AND v.valid_from <= k.day "                  \
    "AND v.recorded_at <= " known " AND v.added <= k.day AND v.removed > k.day "                   \
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version w WHERE w.vehicle_id = v.vehicle_id "           \
    "AND w.recorded_at <= " known " AND w.valid_from <= k.day AND (w.valid_from > v.valid_from "   \
    "OR (w.valid_from = v.valid_from AND w.version > v.version))))"
/* clang-format on */

#endif
