"""The link chart: networks that are kept, one of them full screen, its tables, and the small chart around a case."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_hub.console.asked import Asked, screen
from ops_hub.console.handing_out import handed_out
from ops_hub.console.marking import _
from ops_hub.console.words import speaking
from ops_hub.errors import AccessError, ConfigError, MissingError
from ops_hub.graph.charts.looks import LOOKS
from ops_hub.service.index import OPERATIONS

# Links, kinds of finds, and columns of their tables, which templates show by what they are.
WORDS = (
    _("perhaps same person"), _("path"), _("neighbours"), _("what"), _("from port"), _("to port"), _("persons"), _("parties"),
    _("first"), _("last"), _("days"), _("km"), _("way"), _("expected"), _("chance"), _("person"), _("other"), _("times"),
    _("rate"), _("routes"), _("protect"), _("who"), _("owners"), _("crime types"), _("regions"), _("told"), _("port"),
    _("brings"), _("takes"), _("travellers"), _("guarded"), _("tied"), _("payment"), _("families"), _("trips"),
    _("fare low"), _("fare high"), _("fare band"), _("damped"), _("fares told"), _("tickets told"), _("trips untold"),
    _("kind"), _("count"), _("first seen"), _("last seen"), _("type"), _("label"), _("pairs"), _("share"), _("error"),
    _("part"), _("band"), _("roles"), _("nationalities"), _("steps"), _("strength"), _("links"), _("hops"),
)  # fmt: skip
_ASSETS = ("cytoscape.min.js", "chart.js", "chart-picture.js")
_VIEW = ("find", "around", "hops", "top")
FORMS = ("html", "svg", "anx", "graphml", "gexf", "csv", "cypher")
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


@lru_cache(maxsize=1)
def _assets() -> dict[str, bytes]:
    home = files("ops_hub.graph") / "assets"
    return {name: (home / name).read_bytes() for name in _ASSETS}


@lru_cache(maxsize=1)
def _addresses() -> dict[str, str]:
    return {name: f"/charting/{hashlib.sha256(held).hexdigest()[:16]}/{name}" for name, held in _assets().items()}


async def _asset(request: Request) -> Response:
    held = _assets().get(request.path_params["file"])
    if held is None:
        return Response(status_code=404)
    return Response(held, media_type="text/javascript", headers=_FOR_EVER)


asset = Route("/charting/{mark}/{file}", _asset)


@screen("/network")
def networks(asked: Asked) -> Response:
    """List the networks that can be read, and what is being built."""
    return asked.page("network.html", told=asked.ask("networks.list"), centre=asked.user.state == "CENTRE")


@screen("/network", methods=("POST",))
def build(asked: Asked) -> Response:
    """Begin to build one."""
    purpose = str(asked.form.get("why") or asked.session.purpose)
    asked.ask("networks.build", purpose, network=asked.form.get("network"), days=asked.form.get("days"))
    return asked.go("/network")


@screen("/network/{network}")
def chart(asked: Asked) -> Response:
    """Show the chart of one; the data come when the page is there."""
    told = asked.ask("networks.list")
    name = asked.path["network"]
    if name not in {each.name for each in told.networks}:
        raise MissingError(f"network {name[:80]}", "there is none of this name", "choose one of the list")
    about = next(each for each in told.networks if each.name == name)
    view = _view(asked)
    return asked.page(
        "network_chart.html", about=about, analyses=told.analyses, view=view, query=_query(view), base=_base(name),
        scripts=_addresses(), forms=FORMS, operations=_operations(asked), proposing=_proposing(asked),
    )  # fmt: skip


@screen("/network/{network}/chart")
def data(asked: Asked) -> Response:
    """Tell the chart's script what to draw, its words in the reader's language."""
    made = asked.ask("networks.show", network=asked.path["network"], **_view(asked))
    speak = speaking(asked.user.language).gettext
    looks = {kind: [*each[:2], speak(each[2])] for kind, each in made.data["looks"].items()}
    made = msgspec.structs.replace(made, data=made.data | {"looks": looks}, foot=[speak(each) for each in made.foot])
    return Response(msgspec.json.encode(made), media_type="application/json")


@screen("/network/{network}/expand", methods=("POST",))
def expand(asked: Asked) -> Response:
    """Tell the chart's script what else is beside a node."""
    try:
        drawn = msgspec.json.decode(str(asked.form.get("drawn") or "[]"))
    except (msgspec.DecodeError, RecursionError):
        raise ConfigError("drawn", "this is no list of nodes", "open the page anew") from None
    told = asked.ask("networks.expand", network=asked.path["network"], node=asked.form.get("node"), drawn=drawn)
    return Response(msgspec.json.encode(told), media_type="application/json")


@screen("/network/{network}/search", methods=("POST",))
def search(asked: Asked) -> Response:
    """Find nodes."""
    text = str(asked.form.get("text") or "")
    told = asked.ask("networks.search", network=asked.path["network"], text=text)
    return _answer(asked, "network_part_search.html", told=told, text=text)


@screen("/network/{network}/find")
def find(asked: Asked) -> Response:
    """Ask an analysis."""
    kind, around = _one(asked, "kind"), asked.query.get("around") or []
    told = asked.ask("networks.find", network=asked.path["network"], kind=kind, around=around)
    return _answer(
        asked, "network_part_found.html", told=told, rows=_rows(told), view=_query({"find": kind, "around": around})
    )


@screen("/network/{network}/path", methods=("POST",))
def path(asked: Asked) -> Response:
    """Tell how two nodes are tied."""
    given = {name: str(asked.form.get(name) or "") for name in ("one", "other", "everything")}
    told = asked.ask("networks.path", network=asked.path["network"], **given)
    return _answer(asked, "network_part_found.html", told=told, rows=_rows(told), view="")


@screen("/network/{network}/node")
def node(asked: Asked) -> Response:
    """Show the details of a node, with who says so."""
    told = asked.ask("networks.node", network=asked.path["network"], node=_one(asked, "node"))
    return _answer(asked, "network_part_node.html", told=told, looks=LOOKS, proposing=_proposing(asked))


@screen("/network/{network}/table")
def table(asked: Asked) -> Response:
    """Show a chart as rows of nodes and links."""
    view, after = _view(asked), _one(asked, "after")
    told = asked.ask("networks.table", network=asked.path["network"], after=after, **view)
    return asked.page("network_table.html", told=told, base=_base(told.name), query=_query(view), looks=LOOKS)


@screen("/network/{network}/export", methods=("POST",))
def export(asked: Asked) -> Response:
    """Hand out a file, for a purpose of its own."""
    view = {name: asked.form.get(name) for name in _VIEW}
    made = asked.ask("networks.export", str(asked.form.get("why") or ""), network=asked.path["network"], form=asked.form.get("form"), **view)  # fmt: skip
    return handed_out(made)


@screen("/network/{network}/propose", methods=("POST",))
def propose(asked: Asked) -> Response:
    """Propose nodes for an operation, with a reason."""
    nodes = asked.form.get("nodes") or []
    given = {name: " ".join(str(asked.form.get(name) or "").split()) for name in ("operation", "reason")}
    if not given["reason"]:
        raise ConfigError("reason", "who proposes somebody for an operation says why", "write a reason")
    if not nodes:
        raise ConfigError("nodes", "nobody is chosen", "choose nodes of the chart first")
    if not _proposing(asked):
        raise AccessError("operations.propose", "this cannot be done here", "ask the planner of the operation")
    chosen = nodes if isinstance(nodes, list) else [nodes]
    asked.ask("operations.propose", nodes=chosen, network=asked.path["network"], **given)
    return _answer(asked, "network_part_proposed.html", count=len(chosen), operation=given["operation"])


@screen("/cases/{case}/chart")
def around_case(asked: Asked) -> Response:
    """Show the small chart around a case; a part of its page."""
    return _answer(
        asked, "network_part_case.html", told=asked.ask("networks.case", case=asked.path["case"]), looks=LOOKS
    )


def _answer(asked: Asked, template: str, **context: Any) -> Response:
    """Return a part of the page, or where no script asks a page of it alone."""
    name = asked.path.get("network", "")
    more = context | {"network": name, "base": _base(name)}
    return asked.page(template, **more) if asked.partial else asked.page("network_answer.html", part=template, **more)


def _view(asked: Asked) -> dict[str, Any]:
    """Return which part of the network the address names."""
    return {name: asked.query[name] for name in _VIEW if asked.query.get(name)}


def _query(view: dict[str, Any]) -> str:
    return urlencode({name: value for name, value in view.items() if value}, doseq=True)


def _base(name: str) -> str:
    return f"/network/{quote(name, safe='')}"


def _one(asked: Asked, name: str) -> str:
    given = asked.query.get(name, "")
    return str(given[0] if isinstance(given, list) else given)


def _rows(told: Any) -> list[dict[str, Any]]:
    """Return rows of a find as they are shown: why, score, the nodes that each names, and what else is plain in it."""
    made = []
    for row in told.rows:
        nodes: dict[str, None] = {}
        for key, value in row.items():
            if key.endswith("_id") and isinstance(value, str):
                nodes[value] = None
            elif key.endswith("_ids") and isinstance(value, list):
                nodes |= dict.fromkeys(each for each in value if isinstance(each, str))
        plain = {
            key.replace("_", " "): value
            for key, value in row.items()
            if not key.endswith(("_id", "_ids")) and key not in ("why", "cites", "score", "by") and value not in (None, [], "")
            and not (isinstance(value, list) and value and isinstance(value[0], dict))
        }  # fmt: skip
        made.append({"why": row.get("why") or "", "score": row.get("score"), "nodes": list(nodes), "plain": plain, "cites": row.get("cites") or []})  # fmt: skip
    return made


def _proposing(asked: Asked) -> bool:
    return "operations.propose" in OPERATIONS and asked.may("operations.propose")


def _operations(asked: Asked) -> list[Any]:
    """Return the operations that somebody can propose nodes for; none where there are none for them."""
    if not _proposing(asked) or "operations.list" not in OPERATIONS or not asked.may("operations.list"):
        return []
    told = asked.ask("operations.list")
    return list(getattr(told, "operations", None) or (told.get("operations", []) if isinstance(told, dict) else []))
