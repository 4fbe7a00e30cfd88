"""The list of an exercise with networks: some who work for one are on it, by several states; organisers mostly are not.

Reach for `watchlist()`. Victims stand on it to be protected, lent passports as lost, and others who never travel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ops_hub.exercise.people import people

OTHERS = 300  # entries about people who do not travel
ORGANISERS, VICTIMS, LENT = 0.12, 0.2, 0.4  # share listed of organisers, of victims; of lent passports as lost
SMUGGLING = "migrant-smuggling"
FACILITATORS: Mapping[str, Sequence[str]] = {
    "escort": (SMUGGLING, SMUGGLING, "human-trafficking"),
    "recruiter": (SMUGGLING, "human-trafficking", "fraud"),
    "payer": (SMUGGLING, "money-laundering"),
    "document-supplier": (SMUGGLING, "document-fraud", "document-fraud"),
    "courier": ("narcotics",),
}  # crime types under which states know them, by role
_PERSONAL = ("family_name", "given_names", "birth_date", "sex", "nationality")
_TEXTS = (*_PERSONAL, "handling", "purpose", "crime_types", "owner", "documents", "kind")
_COLUMNS: dict[str, Any] = {"person": pl.Int64} | dict.fromkeys(_TEXTS, pl.String)


def watchlist(known: pl.DataFrame, crimes: Mapping[str, str | None], owners: Sequence[str], seed: int, reference: date) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Return the list in the project's own format, and who is on it (person, entry_id; several with `;`).

    Args:
        known: members of networks who travel, and holders of lent passports: case, role, person, columns of BEARERS.
        crimes: the second crime of each network.
        owners: states that list people.
        seed: of the exercise.
        reference: first live day.
    """
    rng = np.random.default_rng((seed, 4))
    made: list[dict[str, Any]] = []
    one = known.unique("person", keep="first", maintain_order=True)
    for (case,), some in one.partition_by("case", as_dict=True, maintain_order=True).items():
        workers = some.filter(pl.col("role").is_in(list(FACILITATORS))).to_dicts()
        chosen = {int(k) for k in rng.permutation(len(workers))[: 1 + rng.binomial(4, 0.5)]}
        for at, who in enumerate(workers):
            if at in chosen:
                made += _by_states(who, FACILITATORS[who["role"]], crimes[str(case)], owners, rng)
        for who in some.filter(pl.col("role").is_in(["organiser", "victim", "holder"])).to_dicts():
            share = {"organiser": ORGANISERS, "victim": VICTIMS, "holder": LENT}[who["role"]]
            if rng.random() < share:
                made += _other(who, crimes[str(case)], owners, rng)
    listed = pl.DataFrame(made, schema=_COLUMNS)
    others = people(OTHERS, rng, reference).select(
        pl.lit(None, dtype=pl.Int64).alias("person"), *_PERSONAL, pl.lit("enforce").alias("handling"), pl.lit("exercise").alias("purpose"),
        pl.lit("fraud").alias("crime_types"), pl.Series("owner", rng.choice(list(owners), OTHERS)),
        pl.lit(None, dtype=pl.String).alias("documents"), pl.lit("person").alias("kind"),
    )  # fmt: skip
    entry = pl.format("N{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(5)).alias("entry_id")
    whole = pl.concat([listed, others]).select(entry, pl.all(), pl.lit("invented for an exercise").alias("remarks"))
    on_it = whole.drop_nulls("person").group_by("person", maintain_order=True).agg(pl.col("entry_id").str.join(";"))
    return whole.drop("person"), on_it


def _by_states(who: dict[str, Any], crimes: Sequence[str], second: str | None, owners: Sequence[str], rng: np.random.Generator) -> list[dict[str, Any]]:  # fmt: skip
    """Return what one or two states say of somebody, each what it knows, none knowing the other's."""
    made = []
    for owner in rng.permutation(list(owners))[: 1 + (rng.random() < 0.4)]:
        crime = second if second and rng.random() < 0.3 else crimes[int(rng.integers(len(crimes)))]
        handling = "discreet" if rng.random() < 0.6 else "enforce"
        made.append(_entry(who, handling, "smuggling" if crime == SMUGGLING else "crime", crime, str(owner), rng))
    return made


def _other(who: dict[str, Any], second: str | None, owners: Sequence[str], rng: np.random.Generator) -> list[dict[str, Any]]:  # fmt: skip
    owner = str(owners[int(rng.integers(len(owners)))])
    if who["role"] == "organiser":
        return [_entry(who, "discreet", "crime", second or "money-laundering", owner, rng)]
    if who["role"] == "victim":
        return [_entry(who, "protect", "missing", "human-trafficking", owner, rng)]
    paper = f"P:{who['document_number']}:{who['document_issuer']}:lost"
    blank = dict.fromkeys(_PERSONAL)
    return [blank | {"person": who["person"], "handling": "enforce", "purpose": "documents", "crime_types": "document-fraud", "owner": owner, "documents": paper, "kind": "document"}]  # fmt: skip


def _entry(who: dict[str, Any], handling: str, purpose: str, crime: str, owner: str, rng: np.random.Generator) -> dict[str, Any]:  # fmt: skip
    """Return an entry as a state has it: a birth date may be a year only, a document is known in half of cases."""
    personal = {name: who[name] for name in _PERSONAL}
    if rng.random() < 0.15:
        personal["birth_date"] = personal["birth_date"][:4]
    paper = f"P:{who['document_number']}:{who['document_issuer']}" if rng.random() < 0.5 else None
    return personal | {"person": who["person"], "handling": handling, "purpose": purpose, "crime_types": crime, "owner": owner, "documents": paper, "kind": "person"}  # fmt: skip
