/* The keys and words of a plan's file, as libcyaml checks them. docs/plan-format.md explains them.
 */
#include "registry/plans/plan_internal.h"
#include "registry/vehicles/vocabulary.h"

#define TEXT_MAX    4000
#define LIST_MAX    1000
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define MASK(list, word)                                                                           \
    {                                                                                              \
#word, 1u << list##_##word                                                                 \
    }

static const cyaml_strval_t categories[] = {
    MASK(CATEGORY, BUS),           MASK(CATEGORY, TAXI),           MASK(CATEGORY, RIDEHAIL),
    MASK(CATEGORY, OFFICIAL_CAR),  MASK(CATEGORY, SANITATION),     MASK(CATEGORY, POSTAL),
    MASK(CATEGORY, MUCK_TRUCK),    MASK(CATEGORY, CEMENT_TRUCK),   MASK(CATEGORY, LOGISTICS),
    MASK(CATEGORY, OTHER_FREIGHT), MASK(CATEGORY, INTERNAL_TRUCK), MASK(CATEGORY, NON_ROAD),
};
static const cyaml_strval_t owner_kinds[] = {
    MASK(OWNER, GOVERNMENT),
    MASK(OWNER, SOE),
    MASK(OWNER, PRIVATE),
    MASK(OWNER, INDIVIDUAL),
};
static const cyaml_strval_t exempt_reasons[] = {
    MASK(EXEMPT, EMERGENCY),
    MASK(EXEMPT, SPECIAL_NEED),
};
static const cyaml_strval_t industries[] = {
    MASK(INDUSTRY, STEEL),      MASK(INDUSTRY, CEMENT),         MASK(INDUSTRY, COKING),
    MASK(INDUSTRY, MINING),     MASK(INDUSTRY, LOGISTICS_PARK), MASK(INDUSTRY, POWER),
    MASK(INDUSTRY, TRANSIT),    MASK(INDUSTRY, TAXI),           MASK(INDUSTRY, POSTAL),
    MASK(INDUSTRY, SANITATION), MASK(INDUSTRY, OTHER),
};
static const cyaml_strval_t project_statuses[] = {
    MASK(PROJECT, EXISTING),
    MASK(PROJECT, NEW),
    MASK(PROJECT, RELOCATED),
    MASK(PROJECT, EXTENDED),
};
static const cyaml_strval_t modes[] = {
    MASK(FREIGHT, RAIL),          MASK(FREIGHT, WATER),         MASK(FREIGHT, PIPELINE),
    MASK(FREIGHT, PIPE_CONVEYOR), MASK(FREIGHT, BELT_ENCLOSED), MASK(FREIGHT, BELT_OPEN),
    MASK(FREIGHT, TRUCK_NEV),     MASK(FREIGHT, TRUCK_CN6),     MASK(FREIGHT, TRUCK_CN5),
    MASK(FREIGHT, TRUCK_LE4),
};
static const cyaml_strval_t indicators[] = {
    MASK(INDICATOR, FREIGHT),
    MASK(INDICATOR, RAIL_FREIGHT),
    MASK(INDICATOR, NEV_PROGRESS),
    MASK(INDICATOR, CHARGE_POINTS),
    MASK(INDICATOR, SWAP_STATIONS),
    MASK(INDICATOR, H2_STATIONS),
    MASK(INDICATOR, CHARGED_ENERGY),
    MASK(INDICATOR, SUBSIDISED_VEHICLES),
    MASK(INDICATOR, SUBSIDISED_RUNNING),
    MASK(INDICATOR, SUBSIDY),
    MASK(INDICATOR, SIDINGS_BUILT),
    MASK(INDICATOR, SIDINGS_BUILDING),
};
static const cyaml_strval_t goods[] = {
    {"ALL", GOODS_ALL},
    {"BULK", GOODS_BULK},
    {"BULK_AND_CONTAINERS", GOODS_BULK_AND_CONTAINERS},
};
static const cyaml_strval_t bases[] = {
    {"REPORTED", BASE_REPORTED},
    {"ZONE", BASE_ZONE},
};
static const cyaml_strval_t uses[] = {
    {"TRIPS", USE_TRIPS},
    {"MACHINE_TIME", USE_MACHINE_TIME},
};
static const cyaml_strval_t authorities[] = {
    {"national", AUTHORITY_NATIONAL},
    {"province", AUTHORITY_PROVINCE},
    {"local", AUTHORITY_LOCAL},
};
static const cyaml_strval_t kinds[] = {
    {"STOCK_SHARE", RULE_STOCK_SHARE},   {"FLOW_SHARE", RULE_FLOW_SHARE},
    {"USAGE_SHARE", RULE_USAGE_SHARE},   {"ENTITY_BOOL", RULE_ENTITY_BOOL},
    {"REGION_SHARE", RULE_REGION_SHARE}, {"RANK", RULE_RANK},
    {"QUALITATIVE", RULE_QUALITATIVE},
};
static const cyaml_strval_t metrics[] = {
    {"NEV", METRIC_NEV},
    {"NEV_OR_CN6", METRIC_NEV_OR_CN6},
    {"NEV_OR_STAGE3", METRIC_NEV_OR_STAGE3},
    {"NEV_OR_STAGE4", METRIC_NEV_OR_STAGE4},
    {"FREIGHT_MODES", METRIC_FREIGHT_MODES},
    {"HAS_SIDING_OR_PIPELINE", METRIC_HAS_SIDING_OR_PIPELINE},
    {"CLEAN_TRANSPORT_PLANT", METRIC_CLEAN_TRANSPORT_PLANT},
    {"PLACE", METRIC_PLACE},
    {"TREND", METRIC_TREND},
};
static const cyaml_strval_t comparators[] = {
    {"GE", COMPARE_GE},
    {"EQ", COMPARE_EQ},
    {"GT", COMPARE_GT},
    {"WITHIN", COMPARE_WITHIN},
};
static const cyaml_strval_t strengths[] = {
    {"SHALL", STRENGTH_SHALL},
    {"PRINCIPLE", STRENGTH_PRINCIPLE},
    {"STRIVE", STRENGTH_STRIVE},
    {"none", STRENGTH_NONE},
};
static const cyaml_strval_t approxes[] = {
    {"EXACT", APPROX_EXACT},
    {"BASIC", APPROX_BASIC},
    {"ABOUT", APPROX_ABOUT},
};
static const cyaml_strval_t windows[] = {
    {"plan_period", WINDOW_PLAN_PERIOD}, {"calendar_year", WINDOW_CALENDAR_YEAR},
    {"rolling_12m", WINDOW_ROLLING_12M}, {"four_quarters", WINDOW_FOUR_QUARTERS},
    {"statistic", WINDOW_STATISTIC},
};

#define TEXT(key, type, member)                                                                    \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, TEXT_MAX)
#define TEXT_IF(key, type, member)                                                                 \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 1, TEXT_MAX)
#define WORD(key, type, member, words)                                                             \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT, type, member, words, COUNT(words))
#define WORD_IF(key, type, member, words)                                                          \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, type, member, words,            \
                     COUNT(words))
#define WORDS(key, type, member, words)                                                            \
    CYAML_FIELD_FLAGS(key, CYAML_FLAG_STRICT, type, member, words, COUNT(words))
#define WORDS_IF(key, type, member, words)                                                         \
    CYAML_FIELD_FLAGS(key, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, type, member, words,           \
                      COUNT(words))

#define NUMBER_IF(key, type, member) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, type, member)

static const cyaml_schema_value_t text_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, TEXT_MAX),
};

static const cyaml_schema_field_t head_fields[] = {
    TEXT("id", struct raw_head, id),
    TEXT("title_zh", struct raw_head, title_zh),
    TEXT("title_en", struct raw_head, title_en),
    TEXT("document", struct raw_head, document),
    TEXT("issued", struct raw_head, issued),
    TEXT("from", struct raw_head, from),
    TEXT("to", struct raw_head, to),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t parameter_fields[] = {
    TEXT("id", struct raw_parameter, id),        NUMBER_IF("num", struct raw_parameter, num),
    NUMBER_IF("den", struct raw_parameter, den), NUMBER_IF("value", struct raw_parameter, value),
    TEXT_IF("unit", struct raw_parameter, unit), TEXT("source", struct raw_parameter, source),
    TEXT_IF("note", struct raw_parameter, note), CYAML_FIELD_END,
};

static const cyaml_schema_field_t green_fields[] = {
    TEXT("id", struct raw_green, id),
    CYAML_FIELD_UINT("version", CYAML_FLAG_DEFAULT, struct raw_green, version),
    TEXT("valid_from", struct raw_green, valid_from),
    TEXT_IF("valid_to", struct raw_green, valid_to),
    TEXT("title_zh", struct raw_green, title_zh),
    TEXT("title_en", struct raw_green, title_en),
    WORDS("modes", struct raw_green, modes, modes),
    TEXT("source", struct raw_green, source),
    TEXT_IF("note", struct raw_green, note),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t subject_fields[] = {
    WORDS_IF("categories", struct raw_subject, categories, categories),
    WORDS_IF("owner_kinds", struct raw_subject, owner_kinds, owner_kinds),
    CYAML_FIELD_BOOL("built_up", CYAML_FLAG_OPTIONAL, struct raw_subject, built_up),
    TEXT_IF("area", struct raw_subject, area),
    WORDS_IF("industries", struct raw_subject, industries, industries),
    WORDS_IF("project_statuses", struct raw_subject, project_statuses, project_statuses),
    NUMBER_IF("min_bulk_t", struct raw_subject, min_bulk_t),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t threshold_fields[] = {
    TEXT_IF("parameter", struct raw_threshold, parameter),
    NUMBER_IF("num", struct raw_threshold, num),
    NUMBER_IF("den", struct raw_threshold, den),
    TEXT_IF("tolerance", struct raw_threshold, tolerance),
    TEXT_IF("source", struct raw_threshold, source),
    TEXT_IF("note", struct raw_threshold, note),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t part_fields[] = {
    TEXT("id", struct raw_part, id),
    TEXT("title_zh", struct raw_part, title_zh),
    TEXT("title_en", struct raw_part, title_en),
    WORDS("categories", struct raw_part, categories, categories),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t part_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_part, part_fields),
};

static const cyaml_schema_field_t freight_fields[] = {
    WORD("goods", struct raw_freight, goods, goods),
    WORDS_IF("modes", struct raw_freight, modes, modes),
    TEXT_IF("definition", struct raw_freight, definition),
    CYAML_FIELD_SEQUENCE("beside", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_freight,
                         beside, &text_entry, 0, LIST_MAX),
    WORD("base", struct raw_freight, base, bases),
    TEXT_IF("km_min", struct raw_freight, km_min),
    TEXT_IF("km_max", struct raw_freight, km_max),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t plant_fields[] = {
    TEXT("definition", struct raw_plant, definition),
    TEXT("share", struct raw_plant, share),
    TEXT_IF("nev_of_gap", struct raw_plant, nev_of_gap),
    WORDS_IF("gap_industries", struct raw_plant, gap_industries, industries),
    WORD_IF("machines", struct raw_plant, machines, metrics),
    WORDS_IF("machine_industries", struct raw_plant, machine_industries, industries),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t rule_fields[] = {
    TEXT("id", struct raw_rule, id),
    CYAML_FIELD_UINT("version", CYAML_FLAG_DEFAULT, struct raw_rule, version),
    TEXT("valid_from", struct raw_rule, valid_from),
    TEXT_IF("valid_to", struct raw_rule, valid_to),
    TEXT("title_zh", struct raw_rule, title_zh),
    TEXT("title_en", struct raw_rule, title_en),
    TEXT("text_zh", struct raw_rule, text_zh),
    TEXT("text_en", struct raw_rule, text_en),
    TEXT("source_doc", struct raw_rule, source_doc),
    WORD("authority", struct raw_rule, authority, authorities),
    WORD("kind", struct raw_rule, kind, kinds),
    CYAML_FIELD_MAPPING("subject", CYAML_FLAG_DEFAULT, struct raw_rule, subject, subject_fields),
    WORD("qualifies", struct raw_rule, qualifies, metrics),
    WORDS_IF("exempt", struct raw_rule, exempt, exempt_reasons),
    WORD_IF("cmp", struct raw_rule, comparator, comparators),
    CYAML_FIELD_MAPPING("threshold", CYAML_FLAG_OPTIONAL, struct raw_rule, threshold,
                        threshold_fields),
    WORD("strength", struct raw_rule, strength, strengths),
    WORD("approx", struct raw_rule, approx, approxes),
    TEXT("due", struct raw_rule, due),
    WORD_IF("window", struct raw_rule, window, windows),
    TEXT("lead", struct raw_rule, lead),
    CYAML_FIELD_SEQUENCE("support", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_rule,
                         support, &text_entry, 0, LIST_MAX),
    TEXT_IF("note", struct raw_rule, note),
    CYAML_FIELD_SEQUENCE("parts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_rule, parts,
                         &part_entry, 0, LIST_MAX),
    CYAML_FIELD_MAPPING_PTR("freight", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_rule,
                            freight, freight_fields),
    WORD_IF("usage", struct raw_rule, usage, uses),
    CYAML_FIELD_MAPPING_PTR("plant", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_rule,
                            plant, plant_fields),
    WORDS_IF("indicators", struct raw_rule, indicators, indicators),
    TEXT_IF("coverage", struct raw_rule, coverage),
    TEXT_IF("dispute", struct raw_rule, dispute),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t parameter_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_parameter, parameter_fields),
};
static const cyaml_schema_value_t green_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_green, green_fields),
};
static const cyaml_schema_value_t rule_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_rule, rule_fields),
};

static const cyaml_schema_field_t plan_fields[] = {
    CYAML_FIELD_MAPPING("plan", CYAML_FLAG_DEFAULT, struct raw_plan, head, head_fields),
    CYAML_FIELD_SEQUENCE("parameters", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_plan,
                         parameters, &parameter_entry, 0, LIST_MAX),
    CYAML_FIELD_SEQUENCE("green_definitions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct raw_plan, greens, &green_entry, 0, LIST_MAX),
    CYAML_FIELD_SEQUENCE("rules", CYAML_FLAG_POINTER, struct raw_plan, rules, &rule_entry, 1,
                         LIST_MAX),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t plan_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_plan, plan_fields),
};
