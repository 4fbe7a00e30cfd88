"""What the JSON API is, as an OpenAPI 3.1 document made of the table of operations, and as pages for people.

Reach for `described()`. Nothing of it is written by hand, so that it cannot say what the API does not do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ops_hub import __version__
from ops_hub.access.roles import Roles
from ops_hub.console.signed_in import COOKIE
from ops_hub.service.centre import Centre
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import Document, Operation

SERVER = "/api/v1"
_REF = "#/components/schemas/{name}"
_PATH = re.compile(r"{(\w+)(:\w+)?}")
_PROBLEMS = {
    "400": "The request cannot be read.", "401": "Nobody is signed in: send a session's cookie or a token.",
    "403": "The role may not do this, or the session's token is missing.",
    "404": "What was asked for is not there, or not for who asks: both look alike.",
    "405": "The address knows other methods.", "408": "The request came too slowly.",
    "409": "Somebody else changed it meanwhile; nothing was done.", "413": "The request is too large.",
    "422": "What is asked is not as it must be, or a purpose is missing.",
    "429": "Too many requests; Retry-After says when to come back.", "503": "A part of the hub is away.",
}  # fmt: skip
_PROBLEM = {
    "type": "object", "title": "Problem", "description": "An error (RFC 9457): what, where and what to do.",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
    },
}  # fmt: skip


def described(centre: Centre) -> dict[str, Any]:
    """Return the OpenAPI document of a centre; made again when its rules change."""
    return centre.kept("openapi", centre.rules, lambda: document(centre.roles))


def document(roles: Roles, operations: Mapping[str, Operation[Any, Any]] = OPERATIONS) -> dict[str, Any]:
    """Return the OpenAPI document of operations.

    Args:
        roles: who may do what; told with each operation.
        operations: by name.
    """
    told = [each.told for each in operations.values() if each.told is not Document]
    types = [*(each.asked for each in operations.values()), *told]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    asked = dict(zip(operations, schemas, strict=False))
    answers = dict(zip((name for name, each in operations.items() if each.told is not Document), schemas[len(operations) :], strict=True))  # fmt: skip
    paths: dict[str, dict[str, Any]] = {}
    for name, each in operations.items():
        path = _PATH.sub(r"{\1}", each.path)
        said = _operation(each, _struct(asked[name], components), answers.get(name), roles)
        paths.setdefault(path, {})[each.method.lower()] = said
    components["Problem"] = _PROBLEM
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ops-hub", "version": __version__,
            "description": "All that the screens of the console do. Every error is a problem document (RFC 9457).",
        },
        "servers": [{"url": SERVER}],
        "security": [{"session": []}, {"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(name) for name in operations)],
        "paths": paths,
        "components": {
            "schemas": _without_marks(_used(components, paths)),
            "responses": {status: _problem(words) for status, words in _PROBLEMS.items()},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of a person who is signed in."},
                "token": {"type": "http", "scheme": "bearer", "description": "Of a state's own system."},
            },
        },
    }  # fmt: skip


def _operation(each: Operation[Any, Any], struct: dict[str, Any], told: Any, roles: Roles) -> dict[str, Any]:
    title, _, rest = each.does.partition("\n")
    in_path = [name for name, _ in _PATH.findall(each.path)]
    fields: dict[str, Any] = struct.get("properties", {})
    needed = set(struct.get("required", ()))
    in_query = [
        name for name, form in fields.items()
        if name not in in_path and (each.method == "GET" or _marked(form) or each.method == "DELETE")
    ]  # fmt: skip
    in_body = [name for name in fields if name not in in_path and name not in in_query]
    parameters = [_parameter(name, "path", fields.get(name, {"type": "string"}), required=True) for name in in_path]
    parameters += [_parameter(name, "query", fields[name], required=name in needed) for name in in_query]
    parameters += list(_headers(each))
    made: dict[str, Any] = {
        "operationId": each.name, "summary": title.strip(), "tags": [_tag(each.name)],
        "x-roles": [role.name for role in roles.role if roles.may(role.name, each.name)],
        "x-personal": each.personal, "x-export": each.export, "parameters": parameters,
        "responses": {"200": _answer(each, told)} | {s: {"$ref": f"#/components/responses/{s}"} for s in _PROBLEMS},
    }  # fmt: skip
    if words := " ".join(rest.split()):
        made["description"] = words
    if in_body:
        form = {"type": "object", "properties": {name: fields[name] for name in in_body}, "additionalProperties": False}
        if required := [name for name in in_body if name in needed]:
            form["required"] = required
        made["requestBody"] = {
            "required": bool(required), "content": {"application/json": {"schema": _without_marks(form)}},
        }  # fmt: skip
    return made


def _headers(each: Operation[Any, Any]) -> Iterable[dict[str, Any]]:
    if each.personal or each.export:
        words = "Why, in a few words; it stands in the audit log."
        form = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9][A-Za-z0-9 ,./-]*$"}
        yield _parameter("X-Purpose", "header", form | {"description": words}, required=True)
    if each.method != "GET":
        form = {"type": "string", "description": "Of the session, where a cookie is sent; not needed with a token."}
        yield _parameter("X-CSRF-Token", "header", form, required=False)


def _parameter(name: str, place: str, form: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    clean = _without_marks({key: value for key, value in form.items() if key != "description"})
    made = {"name": name, "in": place, "required": required, "schema": clean}
    return made | ({"description": form["description"]} if "description" in form else {})


def _answer(each: Operation[Any, Any], told: Any) -> dict[str, Any]:
    if each.told is Document:
        return {"description": "A file.", "content": {"*/*": {}}}
    return {
        "description": "What was asked for.",
        "content": {"application/json": {"schema": told if told is not None else {}}},
    }


def _problem(words: str) -> dict[str, Any]:
    return {
        "description": words,
        "content": {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}},
    }


def _struct(form: dict[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a struct, by its reference."""
    found: dict[str, Any] = components[form["$ref"].rpartition("/")[2]] if "$ref" in form else form
    return found


def _tag(name: str) -> str:
    return name.partition(".")[0]


def _marked(form: Any) -> bool:
    """Return whether a field is told to stand in the query; the mark may be inside a union."""
    if isinstance(form, dict):
        return form.get("x-in") == "query" or any(_marked(each) for each in form.get("anyOf", ()))
    return False


def _without_marks(form: Any) -> Any:
    if isinstance(form, dict):
        return {key: _without_marks(value) for key, value in form.items() if key != "x-in"}
    return [_without_marks(each) for each in form] if isinstance(form, list) else form


def _used(components: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that something refers to."""
    found: dict[str, Any] = {"Problem": components["Problem"]}
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name not in found and name in components:
            found[name] = components[name]
            waiting += _references(components[name])
    return dict(sorted(found.items()))


def _references(form: Any) -> Iterable[str]:
    if isinstance(form, dict):
        target = form.get("$ref")
        if isinstance(target, str):
            yield target.rpartition("/")[2]
        for value in form.values():
            yield from _references(value)
    elif isinstance(form, list):
        for each in form:
            yield from _references(each)
