/* freight_file: a text as freight.csv, imported by an officer. */
#ifndef EVROLL_TESTS_UNIT_FREIGHT_FREIGHT_FILE_H
#define EVROLL_TESTS_UNIT_FREIGHT_FREIGHT_FILE_H

#include "registry/freight/import_freight.h"
#include "registry/vehicles/import.h"
#include "tests/unit/vehicles/register_fixture.h"

#define HEADER "org_id,period,commodity,direction,mode,tonnes,km,container,counterpart\r\n"

/* A second later than what was before, as people are. */
static inline struct import_counts import(struct register_fixture *f, const char *text)
{
    struct csv_text source = {text, strlen(text), 0};
    struct import_counts counts;
    struct fault fault;
    const struct import_options options = {.db = f->db,
                                           .clock = &f->clock.clock,
                                           .author = "officer",
                                           .kind = &import_freight,
                                           .source = csv_from_text,
                                           .source_arg = &source};

    f->clock.wall_now_ms += 1000;
    if (import_run(&options, &counts, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return counts;
}

#endif
