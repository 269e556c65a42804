/* Each way a file can be wrong, with the exact place that the fault must name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/config.h"

struct entry {
    int number;
    char *word;
};

struct sample_file {
    char name[8];
    uint16_t port;
    int8_t shift;
    int mode;
    char *note;
    bool on;
    struct entry *list;
    unsigned list_count;
    struct entry inner;
};

static const cyaml_strval_t modes[] = {{"slow", 1}, {"fast", 2}};

static const cyaml_schema_field_t entry_fields[] = {
    CYAML_FIELD_INT("number", CYAML_FLAG_DEFAULT, struct entry, number),
    CYAML_FIELD_STRING_PTR("word", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct entry, word, 1,
                           6),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, entry_fields),
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING("name", CYAML_FLAG_DEFAULT, struct sample_file, name, 1),
    CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct sample_file, port),
    CYAML_FIELD_INT("shift", CYAML_FLAG_OPTIONAL, struct sample_file, shift),
    CYAML_FIELD_ENUM("mode", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct sample_file, mode,
                     modes, 2),
    CYAML_FIELD_STRING_PTR("note", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct sample_file,
                           note, 2, 20),
    CYAML_FIELD_BOOL("on", CYAML_FLAG_OPTIONAL, struct sample_file, on),
    CYAML_FIELD_SEQUENCE("list", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct sample_file, list,
                         &entry_schema, 2, 3),
    CYAML_FIELD_MAPPING("inner", CYAML_FLAG_OPTIONAL, struct sample_file, inner, entry_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct sample_file, fields),
};

static void expect_fault(const char *text, size_t len, const char *place, const char *saying)
{
    struct fault fault = {0};
    void *data = &fault;

    assert_int_equal(config_load_text("f.yaml", text, len, &schema, &data, &fault), ERR_INPUT);
    assert_null(data);
    assert_int_equal(fault.code, ERR_INPUT);
    if (strncmp(fault.text, place, strlen(place)) != 0 || strstr(fault.text, saying) == NULL)
        fail_msg("for:\n%s\nexpected: %s … %s\ngot:      %s", text, place, saying, fault.text);
}

static void refused(const char *text, const char *place, const char *saying)
{
    expect_fault(text, strlen(text), place, saying);
}

#define HEAD "name: x\nport: 1\n"

static void a_good_file_fills_the_struct(void **state)
{
    static const char text[] =
        "# comment\n" HEAD "shift: -128\nmode: fast\nnote: 公交车\non: yes\nlist:\n"
        "  - number: 7\n    word: seven\n  - {number: -8}\n";
    struct fault fault = {0};
    void *data = NULL;
    (void)state;

    assert_int_equal(config_load_text("f", text, strlen(text), &schema, &data, &fault), ERR_OK);
    const struct sample_file *file = data;
    assert_string_equal(file->name, "x");
    assert_int_equal(file->port, 1);
    assert_int_equal(file->shift, -128);
    assert_int_equal(file->mode, 2);
    assert_string_equal(file->note, "公交车");
    assert_true(file->on);
    assert_int_equal(file->list_count, 2);
    assert_string_equal(file->list[0].word, "seven");
    assert_int_equal(file->list[1].number, -8);
    assert_null(file->list[1].word);
    config_free(&schema, data);
    config_free(&schema, NULL);
}

static void an_unknown_key_is_named_where_it_stands(void **state)
{
    (void)state;
    refused(HEAD "zzz: 3\n", "f.yaml:3:1: unknown key \"zzz\"; expected a mapping with the keys",
            "name, port, shift, mode, note, on, list, inner");
    refused(HEAD "inner:\n  number: 1\n  bad/key: 1\n", "f.yaml:5:3: unknown key \"bad/key\"",
            "number, word");
    refused(HEAD "list:\n - number: 1\n - number: 2\n   extra: 1\n",
            "f.yaml:6:4: unknown key \"extra\"", "number, word");
    refused("<<: {a: 1}\n", "f.yaml:1:1: unknown key \"<<\"", "name");
}

static void a_missing_key_is_named_with_the_mapping_that_lacks_it(void **state)
{
    (void)state;
    refused("name: x\n", "f.yaml:1:1: the key \"port\" is missing",
            "a whole number from 0 to 65535");
    refused(HEAD "inner: {}\n", "f.yaml:3:8: the key \"number\" is missing", "whole number");
    refused(HEAD "list:\n  - number: 1\n  - word: abc\n",
            "f.yaml:5:5: the key \"number\" is missing", "from -2147483648 to 2147483647");
}

static void a_key_given_twice_is_refused_at_the_second(void **state)
{
    (void)state;
    refused("name: x\nname: y\nport: 1\n", "f.yaml:2:1: the key \"name\" is given twice", "once");
    refused(HEAD "list:\n  - number: 1\n    number: 2\n",
            "f.yaml:5:5: the key \"number\" is given twice", "once");
}

static void a_value_of_the_wrong_type_is_refused(void **state)
{
    (void)state;
    refused("name: x\nport: abc\n", "f.yaml:2:7: \"abc\" is no value for \"port\"",
            "a whole number from 0 to 65535");
    refused("name: x\nport:\n", "f.yaml:2:6: \"\" is no value for \"port\"", "whole number");
    refused("name: x\nport: [1]\n", "f.yaml:2:7: a mapping or list is no value for \"port\"",
            "whole number");
    refused("name: {a: b}\nport: 1\n", "f.yaml:1:7: a mapping or list is no value for \"name\"",
            "a text of 1 to 7 bytes");
    refused(HEAD "inner:\n", "f.yaml:3:7: \"\" is no value for \"inner\"", "number, word");
    refused(HEAD "list: 5\n", "f.yaml:3:7: \"5\" is no value for \"list\"",
            "a list of 2 to 3 entries");
    refused(HEAD "list:\n  - 5\n", "f.yaml:4:5: \"5\" is no value for entry 1 of the list",
            "number, word");
    refused("- a\n", "f.yaml:1:1: a mapping or list is no value for the file", "name, port");
}

static void a_number_out_of_range_is_refused(void **state)
{
    (void)state;
    refused("name: x\nport: 65536\n", "f.yaml:2:7: \"65536\"", "from 0 to 65535");
    refused("name: x\nport: -1\n", "f.yaml:2:7: \"-1\"", "from 0 to 65535");
    refused(HEAD "shift: -129\n", "f.yaml:3:8: \"-129\"", "from -128 to 127");
    refused("name: x\nport: 99999999999999999999999\n", "f.yaml:2:7: \"9999", "from 0 to 65535");
}

static void a_word_outside_the_enumeration_is_refused_with_the_words_allowed(void **state)
{
    (void)state;
    refused(HEAD "mode:   medium\n", "f.yaml:3:9: \"medium\" is no value for \"mode\"",
            "one of: slow, fast");
    refused(HEAD "mode: 2\n", "f.yaml:3:7: \"2\"", "one of: slow, fast");
}

static void a_boolean_is_one_of_four_words(void **state)
{
    static const char *const text[] = {HEAD "on: true\n", HEAD "on: yes\n", HEAD "on: false\n",
                                       HEAD "on: no\n"};
    (void)state;

    for (size_t i = 0; i < 4; i++) {
        void *data = NULL;
        assert_int_equal(config_load_text("f", text[i], strlen(text[i]), &schema, &data, NULL),
                         ERR_OK);
        assert_int_equal(((struct sample_file *)data)->on, i < 2);
        config_free(&schema, data);
    }
    refused(HEAD "on: maybe\n", "f.yaml:3:5: \"maybe\" is no value for \"on\"",
            "one of: true, false, yes, no");
}

static void a_text_too_long_or_too_short_is_refused(void **state)
{
    (void)state;
    refused("name: abcdefgh\nport: 1\n", "f.yaml:1:7: \"abcdefgh\"", "a text of 1 to 7 bytes");
    refused("port: 1\nname:\n", "f.yaml:2:6: \"\"", "a text of 1 to 7 bytes");
    refused(HEAD "note: a\n", "f.yaml:3:7: \"a\"", "a text of 2 to 20 bytes");
}

static void a_list_has_its_number_of_entries(void **state)
{
    (void)state;
    refused(HEAD "list: [{number: 1}, {number: 2}, {number: 3}, {number: 4}]\n",
            "f.yaml:3:47: too many entries", "a list of 2 to 3 entries");
    refused(HEAD "list:\n  - number: 1\n", "f.yaml:4:3: too few entries", "2 to 3");
    refused(HEAD "list: []\n", "f.yaml:3:7: too few entries", "2 to 3");
}

static void what_is_not_yaml_is_refused_where_it_breaks(void **state)
{
    (void)state;
    refused("name: [1\nport: 2\n", "f.yaml:2:5: not YAML", "flow sequence");
    refused(HEAD "\ton: no\n", "f.yaml:3:1: not YAML", "tab");
    refused("name: x\n  port: 1\n", "f.yaml:2:7: not YAML", "mapping values");
    refused("name: \"x\nport: 1\n", "f.yaml:3:1: not YAML", "quoted scalar");
    refused("name: x\nport: 公\xff\n", "f.yaml:2:8: not YAML", "UTF-8");
    expect_fault("name: x\0y\n", 10, "f.yaml:1:8: not YAML", "control characters");
}

static void what_the_schema_cannot_see_is_refused_too(void **state)
{
    (void)state;
    refused("", "f.yaml:1:1: the file is empty", "");
    refused("# only a comment\n\n", "f.yaml:1:1: the file is empty", "");
    refused("---\n...\n", "f.yaml:1:1: the file is empty", "");
    refused("name: &n x\nport: 1\nnote: *n\n", "f.yaml:3:7: an alias", "write the value out");
    refused(HEAD "---\nname: y\n", "f.yaml:3:1: a second document", "one");
}

static void a_deep_or_a_huge_file_is_refused(void **state)
{
    char *text = malloc(CONFIG_BYTES_MAX + 1);
    struct fault fault;
    void *data = NULL;
    (void)state;

    assert_non_null(text);
    memset(text, '[', CONFIG_BYTES_MAX + 1);
    expect_fault(text, 1000, "f.yaml:1:33: nested too deep", "");
    assert_int_equal(config_load_text("f.yaml", text, CONFIG_BYTES_MAX + 1, &schema, &data, &fault),
                     ERR_INPUT);
    assert_string_equal(fault.text, "f.yaml:1:1: longer than 1048576 bytes");
    free(text);
}

static void a_file_is_read_from_the_disk(void **state)
{
    char folder[] = "/tmp/evroll-config-XXXXXX";
    char path[64];
    struct fault fault;
    void *data = NULL;
    (void)state;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/f.yaml", folder);
    assert_int_equal(config_load(path, &schema, &data, &fault), ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "f.yaml: cannot open: No such file"));
    FILE *file = fopen(path, "w");
    fputs(HEAD, file);
    fclose(file);
    assert_int_equal(config_load(path, &schema, &data, &fault), ERR_OK);
    assert_int_equal(((struct sample_file *)data)->port, 1);
    config_free(&schema, data);
    assert_int_equal(config_load(folder, &schema, &data, &fault), ERR_IO);
    file = fopen(path, "w");
    for (unsigned i = 0; i <= CONFIG_BYTES_MAX; i++)
        fputc('#', file);
    fclose(file);
    assert_int_equal(config_load(path, &schema, &data, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "longer than"));
    unlink(path);
    rmdir(folder);
}

static void a_path_leads_to_its_place(void **state)
{
    static const char text[] = "# c\nrules:\n  - id: a\n  - id: b\n    of: [1, {x: 2}]\n";
    static const struct {
        const char *path;
        bool found;
        size_t line, column;
    } cases[] = {
        {"rules/1/id", true, 4, 9},       {"rules/1", true, 4, 5},
        {"rules/1/of/1/x", true, 5, 17},  {"rules/2/id", false, 3, 3},
        {"rules/0/none", false, 3, 5},    {"", true, 2, 1},
        {"rules/0/id/deep", false, 3, 9},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t line = 0;
        size_t column = 0;
        assert_int_equal(config_place(text, strlen(text), cases[i].path, &line, &column),
                         cases[i].found);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_fills_the_struct),
        cmocka_unit_test(an_unknown_key_is_named_where_it_stands),
        cmocka_unit_test(a_missing_key_is_named_with_the_mapping_that_lacks_it),
        cmocka_unit_test(a_key_given_twice_is_refused_at_the_second),
        cmocka_unit_test(a_value_of_the_wrong_type_is_refused),
        cmocka_unit_test(a_number_out_of_range_is_refused),
        cmocka_unit_test(a_word_outside_the_enumeration_is_refused_with_the_words_allowed),
        cmocka_unit_test(a_boolean_is_one_of_four_words),
        cmocka_unit_test(a_text_too_long_or_too_short_is_refused),
        cmocka_unit_test(a_list_has_its_number_of_entries),
        cmocka_unit_test(what_is_not_yaml_is_refused_where_it_breaks),
        cmocka_unit_test(what_the_schema_cannot_see_is_refused_too),
        cmocka_unit_test(a_deep_or_a_huge_file_is_refused),
        cmocka_unit_test(a_file_is_read_from_the_disk),
        cmocka_unit_test(a_path_leads_to_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
