#include "registry/freight/definition.h"

#include <string.h>

#include "registry/plans/plan.h"
#include "registry/vehicles/vocabulary.h"

#define CLEAN                                                                                      \
    (1u << FREIGHT_RAIL | 1u << FREIGHT_WATER | 1u << FREIGHT_PIPELINE |                           \
     1u << FREIGHT_PIPE_CONVEYOR | 1u << FREIGHT_BELT_ENCLOSED)

const struct green_definition green_definitions[GREEN_DEFINITIONS] = {
    {
        .id = "clean_no_trucks",
        .version = 1,
        .title_zh = "清洁方式（不含汽车）",
        .title_en = "Clean modes, no trucks",
        .modes = CLEAN,
        .source =
            "水泥行业超低排放改造意见（2024年1月）：铁路、水路、管道、管状带式输送机、皮带通廊等",
        .note = "Of conveyors the enclosed ones only.",
    },
    {
        .id = "green",
        .version = 1,
        .title_zh = "绿色运输方式（含新能源汽车）",
        .title_en = "Green modes, with new-energy trucks",
        .modes = CLEAN | 1u << FREIGHT_TRUCK_NEV,
        .source = "国办发〔2021〕54号：铁路、水路、封闭式皮带廊道、新能源汽车",
        .note = "Interpretive: the plan does not define 绿色运输方式. Pipelines are added.",
    },
    {
        .id = "green_lenient",
        .version = 1,
        .title_zh = "绿色运输方式（含国六货车）",
        .title_en = "Green modes, National VI trucks too",
        .modes = CLEAN | 1u << FREIGHT_TRUCK_NEV | 1u << FREIGHT_TRUCK_CN6,
        .source = "对照口径，无文件依据",
        .note = "Shown to compare only: no source counts National VI trucks as green.",
    },
};

const struct green_definition *green_definition_find(const char *id)
{
    for (size_t i = 0; i < GREEN_DEFINITIONS; i++)
        if (strcmp(green_definitions[i].id, id) == 0)
            return &green_definitions[i];
    return NULL;
}

static struct green_definition of_plan(const struct plan_green *green)
{
    return (struct green_definition){.id = green->id,
                                     .version = green->version,
                                     .title_zh = green->title_zh,
                                     .title_en = green->title_en,
                                     .modes = green->modes,
                                     .source = green->source,
                                     .note = green->note};
}

void green_definitions_of(const struct plan *plan, int32_t day,
                          struct green_definition out[static GREEN_DEFINITIONS])
{
    for (size_t i = 0; i < GREEN_DEFINITIONS; i++) {
        const struct plan_green *green =
            plan == NULL ? NULL : plan_green(plan, green_definitions[i].id, day);
        out[i] = green == NULL ? green_definitions[i] : of_plan(green);
    }
}
