"""What is asked of matching and what it tells: the forms that users of matching services know (yente, FollowTheMoney).

Reach for `Batch` and `Responses`; nothing is done in here.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

MOST_QUERIES = 5000  # in one batch

InQuery = msgspec.Meta(extra_json_schema={"x-in": "query"})
Score = Annotated[float, msgspec.Meta(ge=0, le=1, extra_json_schema={"x-in": "query"})]
Names = Annotated[
    Annotated[str, msgspec.Meta(max_length=200)]
    | Annotated[list[Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(max_length=500)],
    InQuery,
]


class Example(msgspec.Struct, forbid_unknown_fields=True):
    """A person to look for, by example.

    Attributes:
        properties: names of properties to a list of texts: name, firstName, lastName, birthDate, nationality, gender ...
        schema: of FollowTheMoney.
        id: of yours.
        datasets: is passed over.
    """

    properties: Annotated[dict[str, Any], msgspec.Meta(max_length=100)]
    schema: Annotated[str, msgspec.Meta(max_length=60)] = "Person"
    id: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    datasets: list[str] = []


class Asking(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Persons to look for, by names of one's own, and what of the results is wanted."""

    queries: Annotated[dict[str, Example], msgspec.Meta(min_length=1, max_length=MOST_QUERIES)]
    weights: dict[str, float] = {}
    config: dict[str, Any] = {}
    limit: Annotated[int, msgspec.Meta(ge=1, le=500, extra_json_schema={"x-in": "query"})] = 5
    threshold: Score | None = None
    cutoff: Score | None = None
    algorithm: Annotated[str, msgspec.Meta(max_length=60, extra_json_schema={"x-in": "query"})] = "best"
    include_dataset: Names = []
    exclude_dataset: Names = []
    exclude_schema: Names = []
    exclude_entity_ids: Names = []
    changed_since: Annotated[str, msgspec.Meta(max_length=40, extra_json_schema={"x-in": "query"})] | None = None


class Batch(Asking):
    """Persons to look for in all lists that may be read; the rest as query parameters."""


class BatchOf(Asking):
    """Persons to look for in one list; `default` for all that may be read."""

    dataset: Annotated[str, msgspec.Meta(max_length=200)]


class Total(msgspec.Struct):
    """How many there are; the search is complete, so that it is always the exact number."""

    value: int
    relation: str = "eq"


class Explained(msgspec.Struct):
    """Why a feature has its score."""

    score: float
    detail: str = ""
    query: str | None = None
    candidate: str | None = None


class Result(msgspec.Struct):
    """A list entry that could be the person: a lead to verify."""

    id: str
    caption: str
    schema: str
    properties: dict[str, list[str]]
    datasets: list[str]
    score: float
    match: bool
    features: dict[str, float]
    explanations: dict[str, Explained]
    explanation: str
    band: str
    owner: str
    handling: str
    caveats: list[str]
    last_change: str | None
    referents: list[str] = []
    target: bool = True


class Ignored(msgspec.Struct):
    """A property that was not compared, and why."""

    property: str
    reason: str


class Response(msgspec.Struct):
    """What was found for one query; status 422 with `detail` where it could not be asked."""

    status: int
    query: Example
    results: list[Result]
    total: Total
    ignored: list[Ignored] = []
    detail: str | None = None


class Feature(msgspec.Struct):
    """A part of the score: what it is and the most it can add."""

    description: str
    coefficient: float
    url: str = "docs/api.md"


class Responses(msgspec.Struct):
    """What was found, by the names of the queries."""

    responses: dict[str, Response]
    matcher: dict[str, Feature]
    limit: int


class Dataset(msgspec.Struct):
    """A list of which something may be read."""

    name: str
    title: str
    summary: str
    version: str
    load: bool
    entity_count: int
    owner: str
    handling: str
    expires: str | None
    updated_at: str | None
    index_version: str
    index_current: bool = True
    children: list[str] = []


class Catalog(msgspec.Struct):
    """The lists of which something may be read."""

    datasets: list[Dataset]
    current: list[str]
    outdated: list[str]
    index_stale: bool = False


class Algorithm(msgspec.Struct):
    """A way to compare."""

    name: str
    description: str
    features: dict[str, Feature]


class Algorithms(msgspec.Struct):
    """The ways to compare; there is one."""

    algorithms: list[Algorithm]
    default: str
    best: str
