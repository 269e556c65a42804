"""What the registry refuses, and what it and its plans remark on figures, is said in English; on a Chinese page it is
Chinese. Each sentence that a page can be answered with has to stand in a catalogue, under the format that the registry's
sources have."""
import json
import re
import shutil
import subprocess

import pytest
import yaml

from harness.stack import ROOT

APP = ROOT / "registry" / "dashboard" / "app"
CATALOGUE = json.loads((APP / "messages" / "refusals.zh.json").read_text())
NOTES = json.loads((APP / "messages" / "notes.zh.json").read_text())
STRINGS = r'(?:"(?:[^"\\]|\\.)*"\s*(?:PRI\w+\s*)?)+'
# A function, and which of its arguments is the format.
CALLS = {"http_reply_problem": 2, "http_reply_problem_with": 2, "http_refuse": 2, "challenge": 2, "fault_set": 2, "remark_refuse": 2,
         "remark_refuse_as": 3, "remark_warn": 2}
# The client is told the sentence of these alone (registry/http/http_reply.c).
TOLD = {"ERR_INPUT", "ERR_NOT_FOUND", "ERR_CONFLICT", "ERR_DENIED"}
# What no page can be answered with: the command line, gateways and their batches, a program's malformed HTTP, files
# that an operator writes, what-if (there is no page of it).
ELSEWHERE = re.compile(
    r"registry/(command|settings|registry_main|ingest/|plans/|replica/|retention/|background/|sheet/|dashboard/|vehicles/directory_api|outlook/(what_if|factors)|"
    r"http/http_(head|target|conn|server|worker|events|stream)|snapshot/(archive|snapshot_marks|snapshot_verify)|"
    r"store/(sql|store_migrate|store_distribute|store_copy|store_tokens|store_audit))|shared/(batch/|codec/|config|tls/(tls_|sm2|sign))")
CONVERSION = re.compile(r"%%|%(?:\.\d+)?(?:ll|z)?([scgxdu])")
SAMPLES = {"s": ["ab-1", "cd-2", "ef-3", "gh-4", "ij-5"], "c": "KLMNO", "g": ["1.5", "2.5", "-3.5", "4.5", "5.5"], "x": ["a1", "b2", "c3", "d4", "e5"],
           "d": ["11", "22", "-33", "44", "55"], "u": ["11", "22", "33", "44", "55"]}
PRI = {"PRId64": "lld", "PRIu64": "llu", "PRIu32": "u", "PRId32": "d"}


def sources():
    for path in sorted([*(ROOT / "registry").rglob("*.[ch]"), *(ROOT / "shared").rglob("*.c")]):
        yield str(path.relative_to(ROOT)), re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)


def arguments(text, at):
    """Those of the call whose parenthesis opens at `at`."""
    given, depth = [""], 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|.', text[at:], re.S):
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
        if depth == 0:
            return [argument.strip() for argument in given]
        if token[0] == "," and depth == 1:
            given.append("")
        elif depth > 1 or token[0] != "(":
            given[-1] += token[0]
    raise AssertionError("a call that does not end")


def literal(text):
    """Adjacent string literals and the conversions between them, as one."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|(PRI\w+)', text)
    return "".join(PRI[macro] if macro else words.replace('\\"', '"') for words, macro in parts)


def formats():
    for path, text in sources():
        for call in re.finditer(rf"\b({'|'.join(CALLS)})\(", text):
            given = arguments(text, call.end() - 1)
            said = given[CALLS[call[1]]]
            told = call[1] != "fault_set" or not given[1].startswith("ERR_") or given[1] in TOLD
            if told and said.startswith('"') and not ELSEWHERE.match(path):
                yield path, literal(said)


def remarks():
    """What a figure, and another reading of it, is remarked with: sentences, and formats of them."""
    for path, text in sources():
        if path.startswith("registry/compliance/"):
            assigned = rf"->note\s*=\s*(?:arena_format\(\s*[\w>-]+,\s*)?({STRINGS})"
            yield from (literal(found[1]) for found in re.finditer(assigned, text))
            for call in re.finditer(r"\bcompliance_view_add\(", text):
                given = ",".join(arguments(text, call.end() - 1))
                yield from (words for words in map(literal, re.findall(STRINGS, given)) if re.match(r"[a-z]+ [a-z]", words))


def notes_of_plans():
    for file in sorted((ROOT / "registry" / "plans").glob("*.yaml")):
        for rule in yaml.safe_load(file.read_text())["rules"]:
            threshold = rule.get("threshold") or {}
            yield from (said["note"].strip() for said in (rule, threshold) if said.get("note"))


def transparent(format):
    return CONVERSION.sub("", format) == ""


def filled(format):
    """The sentence with something in each place, and what."""
    values = []

    def fill(found):
        if found[0] == "%%":
            return "%"
        values.append(SAMPLES[found[1]][len(values)])
        return values[-1]
    return CONVERSION.sub(fill, format), values


def test_every_refusal_that_a_page_can_show_is_there_in_chinese():
    known = CATALOGUE["formats"].keys() | CATALOGUE["words"].keys()
    found = list(formats())
    assert len(found) > 300, "the sources are read in another way than they are written"
    missing = [f"{path}: {format}" for path, format in found if format not in known and not transparent(format)]
    assert not missing, "add to messages/refusals.zh.json:\n" + "\n".join(missing)


def test_no_text_of_the_catalogue_is_left_over():
    asked = {format for _, format in formats()}
    strings = re.compile(r"""'(?:[^'\\]|\\.)*'|((?:"(?:[^"\\]|\\.)*"\s*)+)""")
    said = {literal(run[1]) for _, text in sources() for run in strings.finditer(text) if run[1]}
    assert [format for format in CATALOGUE["formats"] if format not in asked] == []
    assert [word for word in CATALOGUE["words"] if word not in said] == []


def test_every_remark_on_a_figure_is_there_in_chinese_and_none_is_left_over():
    asked = {*remarks(), *notes_of_plans()}
    assert len(asked) > 40, "the sources are read in another way than they are written"
    assert sorted(asked) == sorted({*NOTES["formats"], *NOTES["words"]})


def test_a_text_has_a_place_for_everything_that_is_filled_in():
    for format, said in {**CATALOGUE["formats"], **NOTES["formats"]}.items():
        places = len([c for c in CONVERSION.finditer(format) if c[1]])
        assert sorted(set(re.findall(r"{(\d)}", said))) == [str(i + 1) for i in range(places)], format


def test_each_sentence_is_known_by_its_own_format():
    if shutil.which("node") is None:
        pytest.skip("SKIPPED: node is not here: ./dev setup installs it")
    both = {part: {**CATALOGUE[part], **NOTES[part]} for part in ("formats", "words")}
    expected = dict(both["words"])
    for format, said in both["formats"].items():
        sentence, values = filled(format)
        expected[sentence] = re.sub(r"{(\d)}", lambda place: values[int(place[1]) - 1], said)
    expected["line 3: must be a string or null"] = "第 3 行：应为文本或 null"
    expected["nobody has ever said this"] = None
    program = (f'import {{ translator }} from "{(APP / "refusals.js").as_uri()}"; import {{ readFileSync }} from "node:fs";'
               "const [catalogue, sentences] = JSON.parse(readFileSync(0)); const translate = translator(catalogue);"
               "console.log(JSON.stringify(sentences.map(translate)));")
    done = subprocess.run(["node", "--input-type=module", "-e", program], input=json.dumps([both, list(expected)]),
                          check=True, capture_output=True, text=True)
    wrong = [(sentence, said) for sentence, said in zip(expected, json.loads(done.stdout)) if said != expected[sentence]]
    assert not wrong, "\n".join(map(str, wrong))
