#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/directory/directory.h"
#include "gateway/directory/roll.h"

#define STEPS_MAX 8

/* One answer after the other; a step without body is no answer at all. */
struct script {
    struct transport transport; /* first: it is cast back */
    struct {
        const char *path, *known; /* what has to be asked; known: the ETag that is named */
        int status;
        const char *etag, *body;
    } steps[STEPS_MAX];
    size_t count, at;
};

struct world {
    struct script script;
    struct clock_fake clock;
    char folder[64], file[80];
    struct directory *directory;
};

static enum err script_get(struct transport *self, const char *path, const char *etag,
                           struct transport_page *page, struct fault *fault)
{
    struct script *script = (struct script *)self;
    size_t at = script->at++;

    assert_true(at < script->count);
    assert_string_equal(path, script->steps[at].path);
    assert_string_equal(etag, script->steps[at].known);
    if (script->steps[at].status == 0)
        return fault_set(fault, ERR_PEER, "the registry is away");
    page->status = script->steps[at].status;
    snprintf(page->etag, sizeof page->etag, "%s", script->steps[at].etag);
    page->len = strlen(script->steps[at].body);
    page->bytes = strdup(script->steps[at].body);
    return ERR_OK;
}

static void expect(struct world *w, const char *path, const char *known, int status,
                   const char *etag, const char *body)
{
    struct script *script = &w->script;

    assert_true(script->count < STEPS_MAX);
    script->steps[script->count].path = path;
    script->steps[script->count].known = known;
    script->steps[script->count].status = status;
    script->steps[script->count].etag = etag;
    script->steps[script->count++].body = body;
}

static void begin(struct world *w)
{
    w->directory = directory_open(&(struct directory_options){.file = w->file,
                                                              .transport = &w->script.transport,
                                                              .clock = &w->clock.clock,
                                                              .every_ms = 1000});
}

static void begin_anew(struct world *w)
{
    directory_close(w->directory);
    begin(w);
}

/* A step that is due, and all that was expected was asked. */
static void step(struct world *w)
{
    clock_fake_advance(&w->clock, 1000);
    directory_step(w->directory);
    assert_int_equal(w->script.at, w->script.count);
    w->script.at = w->script.count = 0;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->script.transport = (struct transport){.get = script_get};
    clock_fake_init(&w->clock, 0);
    strcpy(w->folder, "/tmp/evroll-directory-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->file, sizeof w->file, "%s/directory", w->folder);
    begin(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    directory_close(w->directory);
    (void)unlink(w->file);
    assert_int_equal(rmdir(w->folder), 0);
    free(w);
    return 0;
}

#define FIRST  "/v1/gateway/units?limit=1000"
#define SECOND FIRST "&cursor=Y3Vyc29y"
#define PAGE_1                                                                                     \
    "{\"units\":[{\"unit\":\"a-1\",\"category\":\"BUS\",\"interval_s\":10},"                       \
    "{\"unit\":\"b-1\",\"category\":\"MUCK_TRUCK\",\"interval_s\":null}],\"next\":\"Y3Vyc29y\"}"
#define PAGE_2 "{\"units\":[{\"unit\":\"c-1\",\"category\":\"TAXI\"}],\"next\":null}"

static void knows_two_pages(struct world *w)
{
    assert_int_equal(directory_units(w->directory), 3);
    assert_string_equal(directory_category(w->directory, "a-1"), "BUS");
    assert_string_equal(directory_category(w->directory, "b-1"), "MUCK_TRUCK");
    assert_string_equal(directory_category(w->directory, "c-1"), "TAXI");
    assert_null(directory_category(w->directory, "b-2"));
}

static void learn_two_pages(struct world *w)
{
    expect(w, FIRST, "", 200, "\"one\"", PAGE_1);
    expect(w, SECOND, "", 200, "\"two\"", PAGE_2);
    step(w);
    knows_two_pages(w);
}

static void what_the_registry_says_page_by_page_is_known(void **state)
{
    struct world *w = *state;

    assert_null(directory_category(w->directory, "a-1"));
    learn_two_pages(w);
}

static void a_page_that_has_not_changed_is_kept(void **state)
{
    struct world *w = *state;

    learn_two_pages(w);
    expect(w, FIRST, "\"one\"", 304, "\"one\"", "");
    expect(w, SECOND, "\"two\"", 200, "\"three\"",
           "{\"units\":[{\"unit\":\"d-1\",\"category\":\"TAXI\"}],\"next\":null}");
    step(w);
    assert_string_equal(directory_category(w->directory, "a-1"), "BUS");
    assert_null(directory_category(w->directory, "c-1"));
    assert_string_equal(directory_category(w->directory, "d-1"), "TAXI");
}

static void it_is_asked_no_more_often_than_configured(void **state)
{
    struct world *w = *state;

    learn_two_pages(w);
    clock_fake_advance(&w->clock, 999);
    directory_step(w->directory);
    assert_int_equal(w->script.at, 0);
}

static void the_last_good_copy_holds_while_the_registry_is_away(void **state)
{
    struct world *w = *state;

    learn_two_pages(w);
    expect(w, FIRST, "\"one\"", 0, NULL, NULL);
    step(w);
    knows_two_pages(w);
    begin_anew(w);
    knows_two_pages(w);
    expect(w, FIRST, "\"one\"", 304, "\"one\"", "");
    expect(w, SECOND, "\"two\"", 0, NULL, NULL);
    step(w);
    knows_two_pages(w);
}

static void a_registry_that_talks_nonsense_changes_nothing(void **state)
{
    static const char *const nonsense[] = {
        "",
        "[]",
        "{\"units\":[]}",
        "{\"next\":null}",
        "{\"units\":[{\"unit\":\"a-1\"}],\"next\":null}",
        "{\"units\":[{\"unit\":\"a/1\",\"category\":\"BUS\"}],\"next\":null}",
        "{\"units\":[{\"unit\":\"a-1\",\"category\":\"A B\"}],\"next\":null}",
        ("{\"units\":[{\"unit\":\"b\",\"category\":\"BUS\"},{\"unit\":\"a\",\"category\":\"BUS\"}],"
         "\"next\":null}"),
        "{\"units\":[],\"next\":\"x&limit=1\"}",
        "{\"units\":[],\"next\":\"again\"}",
        "{\"units\":[{\"unit\":\"a\",\"category\":null,\"interval_s\":-1}],\"next\":null}",
        "{\"units\":[{\"unit\":\"a\",\"category\":null,\"revoked\":\"01\"}],\"next\":null}",
        "{\"units\":[{\"unit\":\"a\",\"category\":null,\"revoked\":[\"0 1\"]}],\"next\":null}"};
    struct world *w = *state;

    learn_two_pages(w);
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        expect(w, FIRST, "\"one\"", 200, "\"n\"", nonsense[i]);
        step(w);
        knows_two_pages(w);
    }
    expect(w, FIRST, "\"one\"", 403, "", "{}");
    step(w);
    knows_two_pages(w);
}

/* Whatever is cut off or changed: a whole file or none. */
static void a_file_that_is_not_whole_is_passed_over(void **state)
{
    struct world *w = *state;
    char bytes[512];
    size_t len = 0;
    FILE *file = NULL;

    learn_two_pages(w);
    file = fopen(w->file, "re");
    assert_non_null(file);
    len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    assert_true(len > 50 && len < sizeof bytes);
    for (size_t cut = 0; cut < len; cut++) {
        file = fopen(w->file, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, cut, file), cut);
        (void)fclose(file);
        begin_anew(w);
        assert_int_equal(directory_units(w->directory), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_the_registry_says_page_by_page_is_known),
        TEST(a_page_that_has_not_changed_is_kept),
        TEST(it_is_asked_no_more_often_than_configured),
        TEST(the_last_good_copy_holds_while_the_registry_is_away),
        TEST(a_registry_that_talks_nonsense_changes_nothing),
        TEST(a_file_that_is_not_whole_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
