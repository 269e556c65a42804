"""openapi.yaml describes every route of the registry and nothing more.

usage: test_openapi.py ROUTE_LIST OPENAPI
"""
import re
import subprocess
import sys
import unittest

import yaml

METHODS = ("get", "post", "put", "patch", "delete")
ROUTE_LIST, OPENAPI = sys.argv[1:3]


def routes():
    """(method, path) -> (role, takes a body, outside roles), as the program has them."""
    text = subprocess.run([ROUTE_LIST], check=True, capture_output=True, text=True).stdout
    table = {}
    for line in text.splitlines():
        method, path, role, body, *also = line.split(" ")
        assert (method, path) not in table, f"{method} {path} stands in the table twice"
        table[method, path] = (role, body == "1", also)
    return table


class Document(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(OPENAPI, encoding="utf-8") as file:
            cls.document = yaml.safe_load(file)
        cls.routes = routes()
        cls.operations = {(method.upper(), path): item[method]
                          for path, item in cls.document["paths"].items() for method in METHODS if method in item}

    def resolve(self, value):
        while "$ref" in value:
            node = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                node = node[part]
            value = node
        return value

    def test_every_route_is_described_and_nothing_more(self):
        self.assertEqual(sorted(self.operations), sorted(self.routes))

    def test_a_path_has_methods_only(self):
        for path, item in self.document["paths"].items():
            self.assertLessEqual(set(item), set(METHODS), path)

    def test_every_operation_says_who_may(self):
        for key, operation in self.operations.items():
            role, _, also = self.routes[key]
            security = operation.get("security", self.document["security"])
            with self.subTest(key):
                self.assertEqual(security, {"anyone": [], "gateway": [{"gateway": []}]}.get(role, [{"token": []}, {"session": []}]))
                self.assertEqual(operation.get("x-role"), role if role in ("officer", "admin") else None)
                self.assertEqual(operation.get("x-also", []), also)

    def test_every_operation_has_its_parameters_body_and_answers(self):
        for (method, path), operation in self.operations.items():
            parameters = [self.resolve(p) for p in operation.get("parameters", [])]
            names = [p["name"] for p in parameters if p["in"] == "path"]
            with self.subTest(f"{method} {path}"):
                self.assertEqual(sorted(names), sorted(re.findall(r"{(\w+)}", path)))
                self.assertTrue(all(p["required"] for p in parameters if p["in"] == "path"))
                self.assertEqual("requestBody" in operation, self.routes[method, path][1])
                self.assertTrue(operation["summary"] and operation["tags"])
                self.assertTrue(any(str(status).startswith("2") for status in operation["responses"]))
                self.assertTrue(all(isinstance(status, str) for status in operation["responses"]))

    def test_every_reference_leads_somewhere_and_everything_is_used(self):
        found = set()

        def walk(value):
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    self.assertIsNotNone(self.resolve(value))
                    found.add(value["$ref"])
                for member in value.values():
                    walk(member)
            elif isinstance(value, list):
                for member in value:
                    walk(member)

        walk(self.document)
        for kind, members in self.document["components"].items():
            if kind != "securitySchemes":
                for name in members:
                    self.assertIn(f"#/components/{kind}/{name}", found)

    def test_every_tag_is_declared(self):
        declared = {tag["name"] for tag in self.document["tags"]}
        self.assertEqual({tag for o in self.operations.values() for tag in o["tags"]}, declared)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
