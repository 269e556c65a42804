#include <inttypes.h>
#include <string.h>

#include "registry/compliance/answer.h"
#include "shared/utf8.h"

#define COLUMNS 9
#define CELL    160

struct table {
    char (*cells)[COLUMNS][CELL];
    size_t rows;
    size_t width[COLUMNS];
};

static void cell_figure(char out[static CELL], enum compliance_unit unit, struct share share)
{
    int64_t points = share_basis_points(share);
    int64_t scale = compliance_unit_scale(unit);

    if (share.den == 0)
        snprintf(out, CELL, "0/0");
    else if (unit == UNIT_PLACE)
        snprintf(out, CELL, "%" PRId64 " of %" PRId64, share.num, share.den);
    else if (unit == UNIT_TONNES)
        snprintf(out, CELL, "%" PRId64 "/%" PRId64 " t = %" PRId64 ".%02" PRId64 " %%",
                 share.num / scale, share.den / scale, points / 100, points % 100);
    else
        snprintf(out, CELL, "%" PRId64 "/%" PRId64 " = %" PRId64 ".%02" PRId64 " %%", share.num,
                 share.den, points / 100, points % 100);
}

static void cell_target(char out[static CELL], const struct rule *rule)
{
    static const char *const signs[COMPARE_COUNT] = {
        [COMPARE_GE] = ">=", [COMPARE_EQ] = "=", [COMPARE_GT] = ">", [COMPARE_WITHIN] = "about"};
    int64_t points = share_basis_points((struct share){rule->threshold.num, rule->threshold.den});

    if (rule->comparator == COMPARE_NONE)
        snprintf(out, CELL, "none");
    else if (rule->kind == RULE_RANK)
        snprintf(out, CELL, "first %" PRId64 " of %" PRId64, rule->threshold.num,
                 rule->threshold.den);
    else
        snprintf(out, CELL, "%s %" PRId64 ".%02" PRId64 " %%", signs[rule->comparator],
                 points / 100, points % 100);
}

static void fill_rule(char row[static COLUMNS][CELL], const struct compliance_rule *r)
{
    snprintf(row[0], CELL, "%s", r->rule->id);
    snprintf(row[1], CELL, "%s", r->rule->title_zh);
    cell_figure(row[2], r->unit, r->share);
    cell_target(row[3], r->rule);
    snprintf(row[4], CELL, "%s", verdict_name(r->verdict));
    snprintf(row[5], CELL, "%" PRId64, compliance_units_up(r->unit, r->shortfall));
    snprintf(row[6], CELL, "%" PRId64, r->tally.n[COUNTS_EXEMPT]);
    snprintf(row[7], CELL, "%" PRId64, r->tally.n[COUNTS_UNKNOWN]);
    snprintf(row[8], CELL, "%" PRId64 " / %" PRId64 " / %" PRId64, r->verified.by_telemetry,
             r->verified.contradicted, r->verified.silent);
}

static void fill_part(char row[static COLUMNS][CELL], const struct compliance_part *p)
{
    snprintf(row[1], CELL, "  %s", p->part->title_zh);
    cell_figure(row[2], UNIT_VEHICLES, p->share);
    snprintf(row[5], CELL, "%" PRId64, p->shortfall);
    snprintf(row[6], CELL, "%" PRId64, p->tally.n[COUNTS_EXEMPT]);
    snprintf(row[7], CELL, "%" PRId64, p->tally.n[COUNTS_UNKNOWN]);
}

static void fill_head(char row[static COLUMNS][CELL])
{
    static const char *const head[COLUMNS] = {
        "rule",   "title",   "figure",
        "target", "verdict", "shortfall",
        "exempt", "unknown", "verified / contradicted / silent"};

    for (size_t i = 0; i < COLUMNS; i++)
        snprintf(row[i], CELL, "%s", head[i]);
}

static void table_fill(struct table *table, const struct compliance *compliance,
                       struct arena *arena)
{
    size_t rows = 1;

    for (size_t i = 0; i < compliance->count; i++)
        rows += 1 + compliance->rules[i].part_count;
    table->cells = arena_alloc(arena, rows, sizeof *table->cells);
    fill_head(table->cells[table->rows++]);
    for (size_t i = 0; i < compliance->count; i++) {
        const struct compliance_rule *r = &compliance->rules[i];
        fill_rule(table->cells[table->rows++], r);
        for (size_t k = 0; k < r->part_count; k++)
            fill_part(table->cells[table->rows++], &r->parts[k]);
    }
    for (size_t row = 0; row < table->rows; row++)
        for (size_t column = 0; column < COLUMNS; column++)
            if (utf8_columns(table->cells[row][column]) > table->width[column])
                table->width[column] = utf8_columns(table->cells[row][column]);
}

static void print_cell(FILE *out, const char *text, size_t width, bool right)
{
    size_t space = width - utf8_columns(text);

    if (right)
        fprintf(out, "%*s%s  ", (int)space, "", text);
    else
        fprintf(out, "%s%*s  ", text, (int)space, "");
}

static void print_row(FILE *out, const struct table *table, size_t row)
{
    for (size_t i = 0; i + 1 < COLUMNS; i++) /* the numbers stand to the right */
        print_cell(out, table->cells[row][i], table->width[i], i == 2 || (i >= 5 && i <= 7));
    fprintf(out, "%s\n", table->cells[row][COLUMNS - 1]);
}

static void print_restated(FILE *out, const struct compliance_rule *r)
{
    const struct compliance_restated *s = r->restated;
    int64_t scale = compliance_unit_scale(r->unit);
    char known[WHEN_INSTANT_TEXT];

    if (s == NULL)
        return;
    when_instant_format(s->known_ms, known);
    fprintf(out, "restated: %s was %" PRId64 " / %" PRId64 " %s, %s, as known at %s\n", r->rule->id,
            s->share.num / scale, s->share.den / scale, compliance_unit_name(r->unit),
            verdict_name(s->verdict), known);
}

static void print_attributed(FILE *out, const struct compliance_rule *r)
{
    const struct compliance_attributed *a = &r->attributed;

    if (a->into + a->out_of > 0)
        fprintf(out,
                "attributed: %s counts %" PRId64 " declared outside the built-up area and leaves "
                "out %" PRId64 " declared inside, by where they work\n",
                r->rule->id, a->into, a->out_of);
}

void answer_table(const struct compliance *compliance, FILE *out)
{
    struct arena *arena = arena_create();
    struct table table = {0};
    char day[WHEN_DAY_TEXT];

    when_day_format(compliance->query.as_of, day);
    fprintf(out, "%s (%s), as of %s\n", compliance->query.plan->title_zh,
            compliance->query.plan->document, day);
    if (compliance->query.filter.known_ms != 0) {
        char known[WHEN_INSTANT_TEXT];
        when_instant_format(compliance->query.filter.known_ms, known);
        fprintf(out, "as known at %s\n", known);
    }
    if (compliance->note != NULL)
        fprintf(out, "note: %s\n", compliance->note);
    fputc('\n', out);
    table_fill(&table, compliance, arena);
    for (size_t row = 0; row < table.rows; row++)
        print_row(out, &table, row);
    for (size_t i = 0; i < compliance->count; i++) {
        print_attributed(out, &compliance->rules[i]);
        print_restated(out, &compliance->rules[i]);
    }
    arena_destroy(arena);
}
