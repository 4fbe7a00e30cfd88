"""How each kind of node looks: one colour and one shape, the same in the page, in pictures and in i2.

Reach for `LOOKS` and `KIND`. Shape and colour tell the same thing twice, so that the chart is read without colours too;
people to be protected are green in every format and never look like anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

Shape = tuple[tuple[float, float], ...]
"""Corners between -1 and 1, y downwards; without corners: a circle."""

_CIRCLE: Shape = ()
_SQUARE: Shape = ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85))
_WIDE: Shape = ((-1, -0.6), (1, -0.6), (1, 0.6), (-1, 0.6))
_DIAMOND: Shape = ((0, -1), (1, 0), (0, 1), (-1, 0))
_SHIELD: Shape = ((-0.9, -0.9), (0, -0.7), (0.9, -0.9), (0.85, 0.1), (0.5, 0.65), (0, 1), (-0.5, 0.65), (-0.85, 0.1))
_OCTAGON: Shape = ((-0.4, -1), (0.4, -1), (1, -0.4), (1, 0.4), (0.4, 1), (-0.4, 1), (-1, 0.4), (-1, -0.4))
_HEXAGON: Shape = ((-0.5, -0.9), (0.5, -0.9), (1, 0), (0.5, 0.9), (-0.5, 0.9), (-1, 0))
_PAPER: Shape = ((-0.75, -1), (0.3, -1), (0.75, -0.5), (0.75, 1), (-0.75, 1))
_LEANING: Shape = ((-0.5, -0.75), (1, -0.75), (0.5, 0.75), (-1, 0.75))
_UP: Shape = ((0, -1), (0.95, 0.85), (-0.95, 0.85))
_DOWN: Shape = ((-0.95, -0.85), (0.95, -0.85), (0, 1))
_ENVELOPE: Shape = ((-1, -0.7), (0, 0), (1, -0.7), (1, 0.7), (-1, 0.7))
_HOUSE: Shape = ((0, -1), (1, -0.15), (0.75, -0.15), (0.75, 0.95), (-0.75, 0.95), (-0.75, -0.15), (-1, -0.15))
_ROOF: Shape = ((-0.55, -0.8), (0.55, -0.8), (1, 0.8), (-1, 0.8))
_HULL: Shape = ((-1, -0.4), (1, -0.4), (0.55, 0.8), (-0.55, 0.8))
_CROSS: Shape = ((-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35), (0.35, 1), (-0.35, 1), (-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35))  # fmt: skip
_STAR: Shape = ((0, -1), (0.27, -0.36), (0.95, -0.31), (0.43, 0.14), (0.59, 0.81), (0, 0.45), (-0.59, 0.81), (-0.43, 0.14), (-0.95, -0.31), (-0.27, -0.36))  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How one kind is drawn, what the legend says, and its icon in i2 (a key of the icons that come with it)."""

    colour: str
    shape: Shape
    words: str
    icon: str


PROTECTED, PERHAPS, MINOR, GROUP = "protected person", "may need protection", "minor", "group"
GREEN = (PROTECTED, PERHAPS, MINOR)
"""Kinds of people to be protected."""
OTHER = Look("#333333", _CIRCLE, "other", "general")
LOOKS = {
    PROTECTED: Look("#007a5a", _DIAMOND, "listed person to be protected", "person"),
    PERHAPS: Look("#007a5a", _SHIELD, "person who may need protection: help first", "person"),
    MINOR: Look("#5fbf95", _OCTAGON, "minor: to be protected", "child"),
    "person": Look("#0072b2", _CIRCLE, "person", "person"),
    "passenger": Look("#0072b2", _CIRCLE, "passenger", "person"),
    "entry": Look("#d55e00", _DIAMOND, "list entry", "list"),
    "organisation": Look("#8c3a00", _HEXAGON, "organisation", "organization"),
    "crime": Look("#4d2222", _STAR, "crime type", "offence"),
    "document": Look("#7b5ea7", _PAPER, "document", "passport"),
    "booking": Look("#56b4e9", _SQUARE, "booking", "document"),
    "ticket": Look("#3e7fa6", _WIDE, "ticket", "ticket"),
    "payment": Look("#b58900", _LEANING, "payment (hashed)", "credit card"),
    "phone": Look("#cc79a7", _DOWN, "phone", "phone"),
    "email": Look("#a64d79", _ENVELOPE, "e-mail", "e-mail"),
    "address": Look("#7f7f7f", _HOUSE, "address", "house"),
    "agency": Look("#806000", _ROOF, "agency", "office"),
    "flight": Look("#4a5568", _UP, "flight", "airplane"),
    "vessel": Look("#22577a", _HULL, "vessel", "ship"),
    "port": Look("#5d6b52", _CROSS, "port", "airport"),
    GROUP: Look("#e8edf2", _CIRCLE, "several nodes folded into one", "general"),
}
BANDS = {"exact-document": ("#7b1e3a", False, 5), "high": ("#c05621", False, 4), "review": ("#8a6d00", True, 3)}
"""Ring of a node with a hit, by band: colour, dashed, width."""

_PEOPLE = ("person", "passenger")
KIND = (
    pl.when(pl.col("type").is_in((*_PEOPLE, "entry", PROTECTED)) & (pl.col("handling") == "protect"))
    .then(pl.when(pl.col("type").is_in(_PEOPLE)).then(pl.lit(PERHAPS)).otherwise(pl.lit(PROTECTED)))
    .when(pl.col("type").is_in(_PEOPLE) & pl.col("minor"))
    .then(pl.lit(MINOR))
    .otherwise(pl.col("type"))
    .alias("kind")
)
"""The kind of a row of NODES: its type, or how it is to be protected."""


def look(kind: str) -> Look:
    """Return how a kind is drawn; kinds that are not known look alike."""
    return LOOKS.get(kind, OTHER)
