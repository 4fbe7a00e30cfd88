"""The API's description: for programs (OpenAPI) and for people, a page made by the server, without script."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.console.openapi import SERVER, described


@screen("/api/v1/docs")
def pages(asked: Asked) -> Response:
    """Show all operations by tag."""
    found = described(asked.centre)
    by_tag: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in found["tags"]}
    for path, methods in found["paths"].items():
        for method, each in methods.items():
            by_tag[each["tags"][0]].append(
                each | {"path": path, "method": method.upper(), "curl": _curl(asked, path, method, each)}
            )
    return asked.page("api.html", tags=by_tag, schemas=found["components"]["schemas"], server=SERVER)


def _curl(asked: Asked, path: str, method: str, each: dict[str, Any]) -> str:
    """Return an example for the shell; its token and purpose are for who reads to fill in."""
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    if each["x-personal"] or each["x-export"]:
        lines.append("-H 'X-Purpose: inbound check'")
    body = each.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if method != "get":
        lines.append(f"-X {method.upper()}")
    if body is not None:
        needed = {name: _example(form) for name, form in body["properties"].items() if name in body.get("required", ())}
        lines.append(f"-H 'Content-Type: application/json' -d '{msgspec.json.encode(needed).decode()}'")
    query = "&".join(
        f"{one['name']}={_example(one['schema'])}"
        for one in each["parameters"]
        if one["in"] == "query" and one["required"]
    )
    address = f"{asked.request.url.scheme}://{asked.request.url.netloc}{SERVER}{path}{'?' + query if query else ''}"
    return " \\\n  ".join([*lines, f"'{address}'"])


def _example(form: dict[str, Any]) -> Any:
    """Return a value of a form: the simplest one."""
    if "enum" in form:
        return form["enum"][0]
    if "anyOf" in form:
        return _example(form["anyOf"][0])
    kind = form.get("type")
    plain: dict[Any, Any] = {
        "integer": form.get("minimum", 1),
        "number": form.get("minimum", 0.5),
        "boolean": True,
        "array": [],
        "object": {},
    }
    return plain.get(kind, {} if "$ref" in form else "...")
