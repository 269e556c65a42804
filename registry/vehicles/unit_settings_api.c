/* What units in vehicles of a category are to report, where nothing is set for the unit itself. */
#include <string.h>

#include "registry/store/store_settings.h"
#include "registry/vehicles/api.h"
#include "registry/vehicles/unit_setting.h"
#include "shared/crc32c.h"

/* There is one state and no history: what its entity tag is made of is the state itself. */
static int64_t setting_version(const struct store_setting *setting)
{
    uint32_t sum = crc32c(0, &setting->interval_s, sizeof setting->interval_s);

    return 1 + (int64_t)crc32c(sum, setting->signals, strlen(setting->signals));
}

static json_t *setting_json(int category, const struct store_setting *setting)
{
    return json_pack(
        "{s:s, s:o, s:o, s:I}", "category", vocabulary_word(&vocabulary_category, category),
        "interval_s", unit_setting_interval(setting->interval_s), "signals",
        unit_setting_signals(setting->signals), "version", (json_int_t)setting_version(setting));
}

void unit_settings_list(struct http_call *call)
{
    static const char *const known[] = {NULL};
    struct store_setting settings[CATEGORY_COUNT];
    struct fault fault;
    json_t *list = NULL;

    if (!http_query_known(call, known))
        return;
    if (store_category_settings(api_context(call)->db, CATEGORY_COUNT - 1, settings, &fault) !=
        ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (int i = 1; i < CATEGORY_COUNT; i++)
        json_array_append_new(list, setting_json(i, &settings[i]));
    http_reply_json(call, 200, json_pack("{s:o}", "settings", list));
}

struct setting_call {
    struct http_call *call;
    int category;
    struct store_setting setting;
};

static bool same(const struct store_setting *a, const struct store_setting *b)
{
    return a->interval_s == b->interval_s && strcmp(a->signals, b->signals) == 0;
}

static bool is_set(const struct store_setting *setting)
{
    return setting->interval_s != 0 || setting->signals[0] != '\0';
}

static enum err apply_setting(struct registrar *registrar, void *arg, struct remarks *remarks,
                              struct fault *fault)
{
    const struct setting_call *s = arg;
    struct store_setting all[CATEGORY_COUNT];
    enum err err = store_category_settings(registrar_db(registrar), CATEGORY_COUNT - 1, all, fault);
    const struct store_setting *now = &all[s->category];

    if (err == ERR_OK)
        api_match(s->call, setting_version(now), is_set(now) && !same(now, &s->setting), remarks);
    if (err == ERR_OK && !remarks->refused)
        err = store_category_setting_put(registrar_db(registrar), s->category, &s->setting, fault);
    if (err == ERR_OK)
        registrar_note(registrar, "unit.category-setting",
                       vocabulary_word(&vocabulary_category, s->category),
                       json_pack("{s:I, s:s}", "interval_s", (json_int_t)s->setting.interval_s,
                                 "signals", s->setting.signals));
    return err;
}

/* The whole setting: what is left out is not set. */
void unit_setting_put(struct http_call *call)
{
    const char *word = http_path_value(call, "category");
    struct setting_call s = {.call = call, .category = vocabulary_code(&vocabulary_category, word)};
    struct remarks remarks = {0};
    json_t *body = NULL;

    if (s.category == 0) {
        http_reply_problem(call, 404, "there is no category \"%.40s\"", word);
        return;
    }
    body = api_body(call);
    if (body == NULL)
        return;
    (void)unit_setting_take(body, &s.setting, &remarks);
    if (json_object_size(body) > 0)
        remark_refuse(&remarks, "", "the body may hold interval_s and signals");
    json_decref(body);
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_setting, &s, &remarks)) {
        api_add_etag(call, setting_version(&s.setting));
        http_reply_json(call, 200, setting_json(s.category, &s.setting));
    }
}
