"""Reduces the vendor's OpenAPI documents to the facts that the contract tests compare with.

``python -m tests.contract.make_oracle`` writes ``oracle.json`` beside itself. Only facts are kept:
verbs, paths, names, types, what is required and what may be null. No prose. Of the document of
2026-07 only the operations are kept that the one of 2026-03 does not have.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.contract.contract_paths import DOCUMENT, LATER_DOCUMENT, ORACLE
from tests.contract.operations import normal

VERBS = ("get", "post", "put", "patch", "delete")
Json = dict[str, Any]


class Document:
    """An OpenAPI document whose references are followed."""

    def __init__(self, root: Json) -> None:
        self.root = root

    def follow(self, node: Any) -> Any:
        """The node that a reference stands for; any other node itself."""
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.root
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def operations(self) -> dict[str, Json]:
        """The facts of each operation, by verb and path."""
        return {
            f"{verb.upper()} {path}": self.operation(item, item[verb])
            for path, item in sorted(self.root["paths"].items())
            for verb in VERBS
            if verb in item
        }

    def operation(self, item: Json, node: Json) -> Json:
        """The facts of one operation."""
        parameters = [
            self.follow(p) for p in [*item.get("parameters", []), *node.get("parameters", [])]
        ]
        query = {
            p["name"]: self.fact(p.get("schema", {}), bool(p.get("required")))
            for p in parameters
            if p["in"] == "query"
        }
        replies = (
            {"status": int(status), "type": self.reply(self.follow(reply))}
            for status, reply in node["responses"].items()
            if str(status).startswith("2")
        )
        return {
            "path": [p["name"] for p in parameters if p["in"] == "path"],
            "query": query,
            "body": self.body(self.follow(node.get("requestBody"))),
            "reply": next(replies),
        }

    def body(self, node: Json | None) -> Json | None:
        """A body's kind, and its fields."""
        if node is None:
            return None
        ((mime, content),) = node["content"].items()
        kind = "form" if mime == "multipart/form-data" else "json"
        schema = self.fact(content.get("schema", {}), required=True)
        return {"kind": kind, "fields": schema.get("fields", {})}

    def reply(self, node: Json) -> Json | None:
        """The type of a reply's JSON; None when it has no body."""
        for content in (node.get("content") or {}).values():
            return self.fact(content.get("schema", {}), required=True)
        return None

    def fact(self, schema: Json, required: bool, above: tuple[int, ...] = ()) -> Json:
        """A schema's type, and of what is in it; a schema inside itself is cut off."""
        schema = self.follow(schema)
        if id(schema) in above:
            return {"type": "any", "required": required, "nullable": True}
        above = (*above, id(schema))
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds] if kinds else []
        fact: Json = {
            "required": required,
            "nullable": bool(schema.get("nullable")) or "null" in kinds,
        }
        members = self.members(schema)
        if any(m.get("type") == "null" for m in members):
            fact["nullable"] = True
            members = [m for m in members if m.get("type") != "null"]
        if len(members) == 1:
            inner = self.fact(members[0], required, above)
            return inner | {"nullable": fact["nullable"] or inner["nullable"]}
        if members:
            tag = (schema.get("discriminator") or {}).get("propertyName")
            mapping = (schema.get("discriminator") or {}).get("mapping") or {}
            of = [self.fact(m, True, above) for m in members]
            for value, reference in mapping.items():
                at = next(i for i, m in enumerate(members) if m is self.follow({"$ref": reference}))
                of[at].setdefault("tags", []).append(value)
            return fact | {"type": "union", "tag": tag, "of": of}
        return fact | self.shape(schema, [k for k in kinds if k != "null"], above)

    def members(self, schema: Json) -> list[Json]:
        """What a union is of."""
        return [self.follow(m) for m in schema.get("oneOf") or schema.get("anyOf") or []]

    def shape(self, schema: Json, kinds: list[str], above: tuple[int, ...]) -> Json:
        """What a schema that is no union allows."""
        parts = [self.follow(part) for part in schema.get("allOf", [])]
        properties: Json = dict(schema.get("properties") or {})
        wanted = set(schema.get("required") or ())
        for part in parts:
            properties |= part.get("properties") or {}
            wanted |= set(part.get("required") or ())
            kinds = kinds or [part.get("type", "object")]
        if properties:
            fields = {
                name: self.fact(value, name in wanted, above) for name, value in properties.items()
            }
            return {"type": "object", "fields": fields}
        kind = kinds[0] if kinds else "any"
        if kind == "array":
            return {"type": "array", "items": self.fact(schema.get("items", {}), True, above)}
        shape: Json = {"type": kind}
        if "enum" in schema or "const" in schema:
            shape["enum"] = schema.get("enum") or [schema["const"]]
        return shape


def read(source: Path) -> dict[str, Json]:
    """The facts of every operation of a document."""
    import yaml

    text = source.read_text(encoding="utf-8")
    return Document(
        json.loads(text) if source.suffix == ".json" else yaml.safe_load(text)
    ).operations()


def make(source: Path, later: Path) -> Json:
    """The oracle: the operations of a document, and those that a later one has beside them."""
    first = read(source)
    known = {normal(key) for key in first}
    more = {key: fact for key, fact in read(later).items() if normal(key) not in known}
    return {"operations": first, "later": more}


def main() -> None:
    """Write the oracle."""
    made = make(DOCUMENT, LATER_DOCUMENT)
    ORACLE.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
