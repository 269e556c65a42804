#include "registry/freight/checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "registry/freight/form.h"
#include "registry/freight/gate.h"
#include "registry/freight/sums.h"
#include "registry/store/store_freight_files.h"
#include "shared/ident/uscc.h"
#include "shared/when.h"

#define CHANGE_PERCENT 30                /* V6 */
#define SIDING_TENTHS  INT64_C(15000000) /* V10: 1,500,000 t a year */

/* ---- the findings ---- */

enum finding {
    MISSING,
    CODE,
    OPEN,
    EMPTY,
    ACTIVITY,
    SIDING,
    OUTPUT,
    THROUGHPUT,
    CHANGE,
    EXPLAINED,
    STAGE,
    GATE,
    RAILWAY,
    LARGE,
    CONVEYOR,
    DOUBLE,
    EVIDENCE,
    NOTE
};

/* $1 and $2 are the arguments. */
static const struct check findings[] = {
    [MISSING] = {"", true, 0, "", "freight.missing", {0}, "$1 is missing", "缺少$1"},
    [CODE] = {"V1",
              false,
              0,
              "org_id",
              "freight.v1.code",
              {0},
              "the unified social credit code has check character $1, expected $2; check it "
              "against the licence",
              "统一社会信用代码校验位为$1，应为$2，请核对营业执照"},
    [OPEN] = {"V2",
              true,
              0,
              "period",
              "freight.v2.open",
              {0},
              "the period ends on $1; it can be submitted from the day after",
              "报告期$1才结束，结束后方可提交"},
    [EMPTY] = {"V3",
               true,
               0,
               "lines",
               "freight.v3.empty",
               {0},
               "no tonnes at all; say \"no activity\" if nothing moved",
               "没有任何运量；如确无运输活动，请勾选“本期无活动”"},
    [ACTIVITY] = {"V3",
                  true,
                  0,
                  "no_activity",
                  "freight.v3.activity",
                  {0},
                  "\"no activity\" is said but there are $1 t",
                  "已勾选“本期无活动”，但填有$1吨"},
    [SIDING] = {"V4",
                true,
                0,
                "station",
                "freight.v4.siding",
                {0},
                "rail, but the register has no siding of the enterprise; name the station",
                "填报铁路运输，但企业没有登记铁路专用线，请填写车站名称"},
    [OUTPUT] = {"V5",
                false,
                0,
                "output_t",
                "freight.v5.output",
                {0},
                "$1 t go out but the output is $2 t: more than 10 % apart",
                "运出$1吨，产量$2吨，相差超过10%"},
    [THROUGHPUT] = {"V5",
                    false,
                    0,
                    "throughput_t",
                    "freight.v5.throughput",
                    {0},
                    "in and out are $1 t but the throughput is $2 t: more than 10 % apart",
                    "进出合计$1吨，吞吐量$2吨，相差超过10%"},
    [CHANGE] = {"V6",
                true,
                0,
                "explanation",
                "freight.v6.change",
                {0},
                "$1 t against $2 t a year before: more than 30 % apart; explain it",
                "本期$1吨，上年同期$2吨，变化超过30%，请说明原因"},
    [EXPLAINED] = {"V6",
                   false,
                   0,
                   "explanation",
                   "freight.v6.explained",
                   {0},
                   "$1 t against $2 t a year before: more than 30 % apart, with an explanation",
                   "本期$1吨，上年同期$2吨，变化超过30%，已有说明"},
    [STAGE] = {"V7",
               true,
               0,
               "mode",
               "freight.v7.stage",
               {0},
               "split trucks by stage: TRUCK_NEV, TRUCK_CN6, TRUCK_CN5, TRUCK_LE4",
               "货车须按新能源、国六、国五、国四及以下分别填报"},
    [GATE] = {"V8",
              false,
              0,
              "mode",
              "freight.v8.gate",
              {0},
              "$1 t by truck but $2 t through the gates: more than 10 % apart",
              "填报汽车运输$1吨，门禁台账$2吨，相差超过10%"},
    [RAILWAY] = {"V9",
                 false,
                 0,
                 "mode",
                 "freight.v9.railway",
                 {0},
                 "$1 t by rail but $2 t in the railway's list: more than 10 % apart",
                 "填报铁路运输$1吨，铁路部门数据$2吨，相差超过10%"},
    [LARGE] = {"V10",
               false,
               0,
               "",
               "freight.v10.siding",
               {0},
               "$1 t of bulk goods this year, a new or relocated site of 1.5 Mt or more needs a "
               "siding or a pipeline",
               "本年大宗货物$1吨，新建或迁建企业年运量150万吨以上原则上应接入铁路专用线或管道"},
    [CONVEYOR] = {"V11",
                  true,
                  0,
                  "mode",
                  "freight.v11.conveyor",
                  {0},
                  "say which conveyor: BELT_ENCLOSED, BELT_OPEN, PIPE_CONVEYOR",
                  "传送带须注明封闭、敞开或管状"},
    [DOUBLE] = {"V12",
                true,
                0,
                "",
                "freight.v12.double",
                {0},
                "says the same way as line $1 (commodity, direction, mode, counterpart); put them "
                "together",
                "与第$1行重复（货类、方向、运输方式、对方相同），请合并"},
    [EVIDENCE] = {"",
                  true,
                  0,
                  "evidence",
                  "freight.evidence",
                  {0},
                  "there is no file \"$1\"",
                  "没有编号为“$1”的文件"},
    [NOTE] = {"",
              true,
              0,
              "note",
              "freight.note",
              {0},
              "say which goods OTHER_BULK is",
              "其他大宗货物请注明货名"},
};

struct run {
    const struct check_facts *facts;
    struct arena *arena;
    struct checks checks;
    size_t cap;
};

/* A message with $1 and $2 put in. */
static const char *filled(struct arena *arena, const char *message, const char *const *args)
{
    char *out = arena_text(arena, "");
    const char *sign = NULL;

    while ((sign = strchr(message, '$')) != NULL) {
        out = arena_format(arena, "%s%.*s%s", out, (int)(sign - message), message,
                           args[sign[1] - '1']);
        message = sign + 2;
    }
    return arena_format(arena, "%s%s", out, message);
}

static void find_at(struct run *run, enum finding finding, int64_t line, const char *column,
                    const char *first, const char *second)
{
    struct checks *checks = &run->checks;
    struct check *check = NULL;

    if (checks->count == run->cap) {
        struct check *old = checks->items;
        run->cap = run->cap == 0 ? 8 : run->cap * 2;
        checks->items = ARENA_ARRAY(run->arena, struct check, run->cap);
        if (old != NULL)
            memcpy(checks->items, old, checks->count * sizeof *old);
    }
    check = &checks->items[checks->count++];
    *check = findings[finding];
    check->line = line;
    check->column = column == NULL ? check->column : column;
    check->args[0] = first;
    check->args[1] = second;
    check->en = filled(run->arena, check->en, check->args);
    check->zh = filled(run->arena, check->zh, check->args);
    checks->errors += check->error;
}

static const char *tonnes(const struct run *run, int64_t tenths)
{
    return arena_format(run->arena, "%" PRId64 ".%d", tenths / 10, (int)(tenths % 10));
}

static void find_tonnes(struct run *run, enum finding finding, int64_t first, int64_t second)
{
    find_at(run, finding, 0, NULL, tonnes(run, first), tonnes(run, second));
}

/* ---- the sums of a report ---- */

/* Main legs of a direction (0: both) and modes and commodities (masks). */
static int64_t sum_of(const struct store_freight_content *content, int direction, uint32_t modes,
                      uint32_t commodities)
{
    int64_t sum = 0;

    for (size_t i = 0; i < content->line_count; i++) {
        const struct store_freight_line *l = &content->lines[i];
        if (l->leg == FREIGHT_MAIN && l->tonnes > 0 &&
            (direction == FREIGHT_DIRECTION_NONE || l->direction == direction) &&
            (modes >> l->mode & 1u) != 0 && (commodities >> l->commodity & 1u) != 0)
            sum += l->tonnes;
    }
    return sum;
}

static int64_t total_of(const struct run *run)
{
    return sum_of(run->facts->content, 0, UINT32_MAX, UINT32_MAX);
}

/* ---- the head ---- */

static void check_code(struct run *run)
{
    const char *id = run->facts->org->org_id;
    struct uscc_finding uscc = uscc_check(id);

    if (uscc.verdict == USCC_BAD_CHECK || uscc.verdict == USCC_BAD_ORG_CHECK)
        find_at(run, CODE, 0, NULL, arena_format(run->arena, "%c", id[uscc.at - 1]),
                arena_format(run->arena, "%c", uscc.expected));
}

static void check_period(struct run *run)
{
    char last[WHEN_DAY_TEXT];

    when_day_format(period_last_day(run->facts->period), last);
    if (period_last_day(run->facts->period) >= run->facts->today)
        find_at(run, OPEN, 0, NULL, arena_text(run->arena, last), NULL);
}

static void check_activity(struct run *run)
{
    bool none = run->facts->content->head.no_activity;
    int64_t total = total_of(run);

    if (total == 0 && !none)
        find_at(run, EMPTY, 0, NULL, NULL, NULL);
    if (total > 0 && none)
        find_at(run, ACTIVITY, 0, NULL, tonnes(run, total), NULL);
}

static void check_sums(struct run *run)
{
    const struct store_freight_version *head = &run->facts->content->head;
    int64_t out = sum_of(run->facts->content, FREIGHT_OUT, UINT32_MAX, UINT32_MAX);

    if (head->output_t != FREIGHT_TONNES_NONE &&
        freight_apart(out, head->output_t, FREIGHT_TOLERANCE_PERCENT))
        find_tonnes(run, OUTPUT, out, head->output_t);
    if (head->throughput_t != FREIGHT_TONNES_NONE &&
        freight_apart(total_of(run), head->throughput_t, FREIGHT_TOLERANCE_PERCENT))
        find_tonnes(run, THROUGHPUT, total_of(run), head->throughput_t);
}

static void check_change(struct run *run)
{
    int64_t before = run->facts->year_before;
    bool explained = run->facts->content->head.explanation[0] != '\0';

    if (before != CHECK_UNKNOWN && freight_apart(total_of(run), before, CHANGE_PERCENT))
        find_tonnes(run, explained ? EXPLAINED : CHANGE, total_of(run), before);
}

static void check_others(struct run *run)
{
    const struct check_facts *f = run->facts;
    int64_t by_truck = sum_of(f->content, 0, FREIGHT_TRUCKS, UINT32_MAX);
    int64_t by_rail = sum_of(f->content, 0, 1u << FREIGHT_RAIL, UINT32_MAX);

    if (f->gate_trucks != CHECK_UNKNOWN &&
        freight_apart(f->gate_trucks, by_truck, FREIGHT_TOLERANCE_PERCENT))
        find_tonnes(run, GATE, by_truck, f->gate_trucks);
    if (f->railway != CHECK_UNKNOWN &&
        freight_apart(by_rail, f->railway, FREIGHT_TOLERANCE_PERCENT))
        find_tonnes(run, RAILWAY, by_rail, f->railway);
}

static bool has_siding(const struct store_org *org)
{
    const char *siding = vocabulary_word(&vocabulary_siding, org->siding);

    return strcmp(siding, "OWN") == 0 || strcmp(siding, "SHARED") == 0;
}

static void check_large(struct run *run)
{
    const struct store_org *org = run->facts->org;
    const char *status = vocabulary_word(&vocabulary_project_status, org->project_status);
    int64_t bulk = sum_of(run->facts->content, 0, UINT32_MAX, COMMODITIES_BULK);

    bulk += run->facts->bulk_elsewhere;
    if (bulk >= SIDING_TENTHS && (strcmp(status, "NEW") == 0 || strcmp(status, "RELOCATED") == 0) &&
        !has_siding(org) && !org->pipeline)
        find_at(run, LARGE, 0, NULL, tonnes(run, bulk), NULL);
}

/* ---- the lines ---- */

static void check_complete(struct run *run, const struct store_freight_line *l)
{
    const struct {
        bool missing;
        const char *column;
    } needed[] = {
        {l->commodity == COMMODITY_NONE, "commodity"},
        {l->direction == FREIGHT_DIRECTION_NONE, "direction"},
        {l->mode == FREIGHT_MODE_NONE, "mode"},
        {l->tonnes == FREIGHT_TONNES_NONE, "tonnes"},
    };

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (needed[i].missing)
            find_at(run, MISSING, l->line, needed[i].column, needed[i].column, NULL);
    if (l->commodity == COMMODITY_OTHER_BULK && l->note[0] == '\0')
        find_at(run, NOTE, l->line, NULL, NULL, NULL);
}

static void check_mode(struct run *run, const struct store_freight_line *l)
{
    if (l->mode == FREIGHT_RAIL && l->tonnes > 0 && l->station[0] == '\0' &&
        !has_siding(run->facts->org))
        find_at(run, SIDING, l->line, NULL, NULL, NULL);
    if (l->mode == FREIGHT_TRUCK)
        find_at(run, STAGE, l->line, NULL, NULL, NULL);
    if (l->mode == FREIGHT_BELT)
        find_at(run, CONVEYOR, l->line, NULL, NULL, NULL);
}

static void check_double(struct run *run, size_t at)
{
    const struct store_freight_line *lines = run->facts->content->lines;

    for (size_t i = 0; i < at; i++)
        if (freight_line_same_way(&lines[i], &lines[at])) {
            find_at(run, DOUBLE, lines[at].line, NULL,
                    arena_format(run->arena, "%" PRId64, lines[i].line), NULL);
            return;
        }
}

/* Numbers of files with blanks between. */
static void check_evidence(struct run *run, const struct store_freight_line *l)
{
    const char *rest = l->evidence;

    while (*rest != '\0') {
        size_t len = strcspn(rest, " ");
        char *end = NULL;
        long number = strtol(rest, &end, 10);
        if (len > 0 &&
            (end != rest + len || number < 1 || (unsigned long)number > run->facts->files))
            find_at(run, EVIDENCE, l->line, NULL, arena_format(run->arena, "%.*s", (int)len, rest),
                    NULL);
        rest += len + (rest[len] == ' ');
    }
}

struct checks checks_run(const struct check_facts *facts, struct arena *arena)
{
    struct run run = {.facts = facts, .arena = arena};

    check_code(&run);
    check_period(&run);
    check_activity(&run);
    check_sums(&run);
    check_change(&run);
    check_others(&run);
    check_large(&run);
    for (size_t i = 0; i < facts->content->line_count; i++) {
        const struct store_freight_line *line = &facts->content->lines[i];
        check_complete(&run, line);
        check_mode(&run, line);
        check_double(&run, i);
        check_evidence(&run, line);
    }
    return run.checks;
}

/* ---- asking the store ---- */

static enum err org_on(struct sql *db, const char *org_id, int32_t day, struct arena *arena,
                       const struct store_org **org, struct fault *fault)
{
    struct store_orgs versions;
    enum err err = store_org_versions(db, org_id, arena, &versions, fault);

    *org = NULL;
    for (size_t i = 0; err == ERR_OK && i < versions.count; i++)
        if (i == 0 || versions.items[i].valid_from <= day)
            *org = &versions.items[i];
    if (err == ERR_OK && *org == NULL)
        return fault_set(fault, ERR_NOT_FOUND,
                         "the register has no enterprise \"%.64s\"; enter it there first", org_id);
    return err;
}

static enum err sum_days(struct sql *db, const char *org_id, struct period period,
                         enum freight_goods goods, int64_t *sum, struct fault *fault)
{
    const struct freight_scope scope = {.from = period_first_day(period),
                                        .to = period_last_day(period),
                                        .goods = goods,
                                        .org_id = org_id};
    struct freight_modes modes;
    enum err err = freight_sums(db, &scope, &modes, fault);

    *sum = freight_tonnes(&modes, FREIGHT_MODES_ALL);
    return err;
}

/* What the enterprise moved in bulk in the calendar year, without this report. */
static enum err bulk_elsewhere(struct sql *db, const char *org_id, struct period period,
                               int64_t *bulk, struct fault *fault)
{
    const struct period year = {period.first_month / 12 * 12, 12};
    int64_t here = 0;
    enum err err = sum_days(db, org_id, year, FREIGHT_BULK, bulk, fault);

    if (err == ERR_OK)
        err = sum_days(db, org_id, period, FREIGHT_BULK, &here, fault);
    *bulk -= here;
    return err;
}

enum err checks_facts(struct sql *db, const struct store_freight_report *report, int32_t today,
                      struct arena *arena, struct check_facts *facts, struct fault *fault)
{
    const struct period period = {report->first_month, report->months};
    struct store_freight_file *files = NULL;
    enum err err = ERR_OK;

    *facts = (struct check_facts){
        .period = period, .today = today, .gate_trucks = CHECK_UNKNOWN, .railway = CHECK_UNKNOWN};
    err = org_on(db, report->key.org_id, period_last_day(period), arena, &facts->org, fault);
    if (err == ERR_OK)
        err = store_freight_files(db, &report->key, arena, &files, &facts->files, fault);
    if (err == ERR_OK)
        err = sum_days(db, report->key.org_id, period_year_before(period), FREIGHT_ALL_GOODS,
                       &facts->year_before, fault);
    if (facts->year_before == 0)
        facts->year_before = CHECK_UNKNOWN;
    if (err == ERR_OK)
        err = bulk_elsewhere(db, report->key.org_id, period, &facts->bulk_elsewhere, fault);
    if (err == ERR_OK)
        err = outside_gate(db, report->key.org_id, period, &facts->gate_trucks, fault);
    return err == ERR_OK
               ? outside_railway(db, report->key.org_id, period, arena, &facts->railway, fault)
               : err;
}

json_t *checks_json(const struct checks *checks)
{
    json_t *list = json_array();

    for (size_t i = 0; i < checks->count; i++) {
        const struct check *c = &checks->items[i];
        json_t *args = json_array();
        for (size_t a = 0; a < CHECK_ARGS && c->args[a] != NULL; a++)
            json_array_append_new(args, json_string(c->args[a]));
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:s}", "rule", c->rule, "level",
                            c->error ? "error" : "warning", "line",
                            c->line == 0 ? json_null() : json_integer(c->line), "column", c->column,
                            "key", c->key, "args", args, "en", c->en, "zh", c->zh));
    }
    return list;
}

static json_t *tonnes_json(int64_t tenths)
{
    return tenths == CHECK_UNKNOWN ? json_null() : json_real((double)tenths / 10.0);
}

json_t *checks_beside(const struct check_facts *facts)
{
    const struct store_freight_content *content = facts->content;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "total_t",
                     tonnes_json(sum_of(content, 0, UINT32_MAX, UINT32_MAX)), "year_before_t",
                     tonnes_json(facts->year_before), "trucks_t",
                     tonnes_json(sum_of(content, 0, FREIGHT_TRUCKS, UINT32_MAX)), "gate_t",
                     tonnes_json(facts->gate_trucks), "rail_t",
                     tonnes_json(sum_of(content, 0, 1u << FREIGHT_RAIL, UINT32_MAX)), "railway_t",
                     tonnes_json(facts->railway), "tolerance_percent", FREIGHT_TOLERANCE_PERCENT);
}
