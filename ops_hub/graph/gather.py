"""Travellers into what a network is built from: records in the order of their journeys, and the values that they name.

Reach for `gathered()`. Values are known by numbers of 8 bytes from here on; their ids are those of `values`, so that a
network and the link chart of a run speak of the same nodes. Who is who is left to `resolve`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.graph.paid import told_of_paying
from ops_hub.graph.values import LINKED, several, single
from ops_hub.schemas import TRAVELLERS, conform
from ops_hub.states import States

# What of a traveller a network is made from.
NEEDED = (
    *LINKED, "position", "role", "sex", "nationality", "from_port", "to_port", "embark_port", "debark_port", "arrives_at",
    "legs", "tickets", "booked_at", "extra",
)  # fmt: skip
LINKS_OF = {
    "document": "holds", "booking": "booked", "ticket": "ticketed", "payment": "paid", "phone": "contact",
    "email": "contact", "address": "contact", "agency": "booked through", "flight": "travelled", "vessel": "travelled",
}  # fmt: skip
_TITLES = "MRS|MSTR|MISS|MS|MR|CHD|INF|DR"
_TITLE = rf"\b(?:{_TITLES})\b"
_GLUED = r"(\p{L}{3})(?:MRS|MSTR|MISS|CHD|MR)$"  # JOHNMR, as bookings write it; at least three letters stay
_NUMBER = r"^([A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3})?0*([0-9]{1,4}[A-Z]?)$"  # of a flight
_VESSEL = r'"(?:vessel|imo_number|call_sign)":\s*"[^"]'  # what tables and forms say of a vessel
_KIND = r"^(?:M/?[VTYS]|S/?[YVS]|F/?V|R/?V|T/?S)\s+"  # kind of vessel before its name: MV, M/V, SY ...
MOST_STATES = 63  # home states that fit the bits of a number


@dataclass(frozen=True)
class Gathered:
    """What travellers say.

    Attributes:
        records: one row a record, ordered by departure (unknown ones last), then id; `r` counts them from 0. With name
            (a number, null where there is none), born (whole birth dates only), flight_id, minor, and `mask`: a bit for
            each of the home states on its journey. `sent_id` is the id as sent, `record_id` tells it from others.
        values: key (a number), node_id, type, label; one row a value.
        named: r, key, type; one row a record and value that it names.
        states: codes of the home states, in the order of the bits.
        repeated: records left out because they came before: same id, person and leg.
        unlike: records whose id stands for something else elsewhere; they are told apart by file and place.
        paid: r, column and value: fares and forms of payment told, see `paid`.
    """

    records: pl.DataFrame
    values: pl.DataFrame
    named: pl.DataFrame
    states: tuple[str, ...]
    repeated: int
    unlike: int
    paid: pl.DataFrame


def called(*parts: str) -> pl.Expr:
    """Return the name in one form: capitals without marks and titles, its words in alphabetical order; null if empty."""
    whole = pl.concat_str(
        *(pl.col(part).str.to_uppercase().str.strip_chars().str.replace(_GLUED, "${1}") for part in parts),
        separator=" ",
        ignore_nulls=True,
    )
    plain = whole.str.normalize("NFKD").str.replace_all(r"\p{M}+|['’`]", "").str.replace_all(r"[^\p{L}]+", " ")
    words = plain.str.replace_all(_TITLE, " ").str.strip_chars().str.split(" ")
    return words.list.eval(pl.element().filter(pl.element() != "")).list.sort().list.join(" ").replace("", None)


def whole_date(text: pl.Expr) -> pl.Expr:
    """Return a birth date that says year, month and day; null for others."""
    return pl.when(text.str.contains(r"^\d{4}-\d{2}-\d{2}$")).then(text)


def gathered(
    travellers: pl.LazyFrame, states: States, *, as_of: date | None = None, carriers: Mapping[str, str] | None = None
) -> Gathered:
    """Return records and values of TRAVELLERS (at least the columns NEEDED; a record counts once).

    Args:
        travellers: of all feeds and all the time that the network is about.
        states: home states and their ports.
        as_of: journeys that depart after this day are left out; None takes all.
        carriers: ICAO codes of carriers to the codes that flights are named by.

    Raises:
        ConfigError: there are more home states than can be counted.
    """
    if len(states.by_code) > MOST_STATES:
        problem = f"{len(states.by_code)} home states, and a network counts at most {MOST_STATES}"
        raise ConfigError("rules/states.toml", problem, "keep the states of your region")
    wanted = conform(travellers, {name: TRAVELLERS[name] for name in NEEDED})
    if as_of is not None:
        day = pl.col("departs_at").dt.date()
        wanted = wanted.filter(day.is_null() | (day <= as_of))
    known = wanted.with_columns(
        pl.when(pl.col("full_name").is_null())
        .then(called("family_name", "given_names"))
        .otherwise(called("full_name"))
        .alias("name")
    ).sort("departs_at", "record_id", "source", "position", nulls_last=True)
    known = known.with_columns(pl.when(pl.col("name").is_not_null()).then(pl.col("name").hash()).alias("name"))
    everyone = known.collect(engine="streaming")
    everyone, repeated, unlike = _each_once(everyone)
    everyone = everyone.with_row_index("r")
    codes = tuple(sorted(states.by_code))
    records = _records(everyone, states, codes, carriers or {})
    values, named = [], []
    for some in (*_values(everyone.lazy()), _flights(records)):
        found = some.with_columns(pl.col("id").hash().alias("key")).collect()
        named.append(_once(found.select("r", "key", pl.col("type").cast(KINDS))))
        # rows are in the order of records, so that the label is the first spelling
        values.append(found.unique("key", keep="first", maintain_order=True).select("key", "id", "type", "label"))
    return Gathered(
        records,
        pl.concat(values).rename({"id": "node_id"}),
        pl.concat(named),
        codes,
        repeated,
        unlike,
        told_of_paying(everyone),
    )


def _each_once(everyone: pl.DataFrame) -> tuple[pl.DataFrame, int, int]:
    """Return every record once, with `sent_id`; how many came again, and how many share their id with another one.

    A message that is delivered twice gives its records twice. Numbers that begin anew in each file, or tell persons and not
    records, give one id to different records: all of these are named by file and, where that is not enough, by place.
    """
    everyone = everyone.with_columns(pl.col("record_id").alias("sent_id"))
    if everyone["record_id"].is_first_distinct().all():
        return everyone, 0, 0
    same = ("record_id", "name", "birth_date", "flight", "from_port", "to_port", "departs_at")
    once = everyone.unique(same, keep="first", maintain_order=True)
    clash = once["record_id"].is_duplicated()
    file = pl.concat_str("sent_id", pl.lit("@"), "source")
    place = pl.concat_str(file, pl.lit(":"), pl.col("position").cast(pl.String).fill_null("?"))
    number = pl.concat_str(place, pl.lit("#"), pl.int_range(1, pl.len() + 1).over("record_id").cast(pl.String))
    for name in (file, place, number):
        again = once["record_id"].is_duplicated()
        once = once.with_columns(pl.when(again).then(name).otherwise("record_id").alias("record_id"))
    return once, everyone.height - once.height, int(clash.sum())


def _once(named: pl.DataFrame) -> pl.DataFrame:
    """Return each record and value once; most records name one of a kind."""
    is_again = (named["r"] == named["r"].shift()) | (named["r"] == named["r"].shift(-1))
    several = is_again.fill_null(value=False)
    return pl.concat([named.filter(~several), named.filter(several).unique()])


KINDS = pl.Enum(list(LINKS_OF))


def _values(everyone: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """Yield r, type, id and label of the values of each kind but flights."""
    booking, _, agency = single(everyone, ["r"])
    yield from several(everyone, ["r"])
    yield from (booking, agency)
    tickets = everyone.select("r", pl.col("tickets")).explode("tickets", empty_as_null=False).drop_nulls("tickets")
    number = pl.col("tickets").str.replace_all("[^0-9A-Za-z]", "").str.to_uppercase()
    yield tickets.filter(number.str.len_chars() > 0).select(
        "r", pl.lit("ticket").alias("type"), pl.concat_str(pl.lit("ticket:"), number).alias("id"), pl.col("tickets").alias("label")
    )  # fmt: skip


def _flights(records: pl.DataFrame) -> pl.LazyFrame:
    day = pl.col("departs_at").dt.to_string("%Y-%m-%d")
    return (
        records.lazy()
        .drop_nulls("flight_id")
        .select(
            "r",
            pl.col("flight_id").str.extract("^([a-z]+)").alias("type"),
            pl.col("flight_id").alias("id"),
            pl.concat_str("flight", day, "from_port", separator=" ", ignore_nulls=True).alias("label"),
        )
    )


def _records(
    everyone: pl.DataFrame, states: States, codes: tuple[str, ...], carriers: Mapping[str, str]
) -> pl.DataFrame:
    text = pl.col("flight").str.normalize("NFKD").str.to_uppercase()
    squeezed = text.str.replace_all(r"[^A-Z0-9]", "").replace("", None)
    number = squeezed.str.extract(_NUMBER, 2)
    prefix = pl.coalesce(squeezed.str.extract(_NUMBER, 1), pl.col("carrier").str.strip_chars().str.to_uppercase())
    is_sea = pl.col("extra").str.contains(_VESSEL).fill_null(False) | (
        number.is_null() & pl.any_horizontal(pl.col("from_port", "to_port").str.len_chars() == 5).fill_null(False)
    )
    is_air = number.is_not_null() | pl.any_horizontal(pl.col("from_port", "to_port").str.len_chars() == 3)
    name = pl.coalesce("full_name", pl.concat_str("family_name", "given_names", separator=", ", ignore_nulls=True))
    vessel = text.str.strip_chars().str.replace(_KIND, "").str.replace_all(r"[^A-Z0-9]", "").replace("", None)
    flown = pl.concat_str(prefix.replace(dict(carriers)).fill_null(""), number)
    made = everyone.with_columns(
        pl.when(is_sea).then(pl.lit("sea")).when(is_air).then(pl.lit("air")).alias("mode"),
        pl.when(is_sea).then(vessel).otherwise(pl.coalesce(flown, squeezed)).alias("voyage"),
        *(
            pl.col(end).str.strip_chars().str.to_uppercase().replace("", None).replace(dict(states.same_port))
            for end in ("from_port", "to_port")
        ),
    )
    day = pl.col("departs_at").dt.to_string("%Y-%m-%d")
    node = pl.when(pl.col("mode") == "sea").then(pl.lit("vessel:")).otherwise(pl.lit("flight:"))
    flight_id = pl.concat_str(node, "voyage", pl.lit("/"), day, pl.lit("/"), pl.col("from_port").fill_null(""))
    return made.select(
        "r", "record_id", "sent_id", "source", "message_ref", "position", "name", "birth_date", "sex", "nationality", "role",
        pl.when(name.str.len_chars() > 0).then(name).otherwise(pl.lit("(no name)")).alias("label"),
        whole_date(pl.col("birth_date")).alias("born"),
        pl.col("carrier").str.strip_chars().str.to_uppercase().alias("carrier"),
        pl.when(pl.col("mode") == "air").then("voyage").otherwise(pl.coalesce(text.str.strip_chars(), "voyage")).alias("flight"),
        flight_id.alias("flight_id"), "mode", "from_port", "to_port", "departs_at", "arrives_at", "booked_at",
        _minor().alias("minor"), _nations().alias("nations"),
    ).with_columns(_mask(everyone, states, codes))  # fmt: skip


def _nations() -> pl.Expr:
    """Return the states that may hold somebody for theirs: as sent, and issuers of passports and identity cards."""
    kind = pl.element().struct.field("type").fill_null("P").str.head(1)
    issuers = pl.col("documents").list.eval(pl.element().filter(kind.is_in(["P", "I"])).struct.field("issuer"))
    return pl.concat_list("nationality", issuers.fill_null([])).list.drop_nulls().list.unique().list.sort()


def _minor() -> pl.Expr:
    """Tell whether somebody is under 18 on the day of departure; null where birth date or day leave it open."""
    digits = pl.col("birth_date").str.replace_all("-", "")
    first, last = (digits.str.pad_end(8, end).cast(pl.Int64, strict=False) for end in ("0", "9"))
    day = pl.col("departs_at").dt.to_string("%Y%m%d").cast(pl.Int64)
    years = 18 * 10_000
    return pl.when(day < first + years).then(True).when(day >= last + years).then(False)


def _mask(everyone: pl.DataFrame, states: States, codes: tuple[str, ...]) -> pl.Series:
    """Return a number for each record: a bit for each home state that a port of its journey lies in."""
    bits = {code: 1 << place for place, code in enumerate(codes)}
    ends = ("from_port", "to_port")
    legs = (pl.col("legs").list.eval(pl.element().struct.field(end)).list.join(" ", ignore_nulls=True) for end in ends)
    route = pl.concat_str(*ends, "embark_port", "debark_port", *legs, separator=" ", ignore_nulls=True)
    routes = everyone.select(route.fill_null("").str.to_uppercase().alias("route"))["route"]
    distinct = routes.unique()
    found = [sum({bits.get(states.of_port(port) or "", 0) for port in each.split()}) for each in distinct]
    masks = pl.DataFrame({"route": distinct, "mask": pl.Series(found, dtype=pl.UInt64)})
    return routes.to_frame().join(masks, on="route", how="left", maintain_order="left")["mask"]


def states_of(mask: pl.Series, codes: tuple[str, ...]) -> pl.Series:
    """Return the codes for the bits of numbers, as sorted lists."""
    distinct = mask.unique()
    lists = [[code for place, code in enumerate(codes) if each >> place & 1] for each in distinct]
    table = pl.DataFrame({"mask": distinct, "states": pl.Series(lists, dtype=pl.List(pl.String))})
    return mask.rename("mask").to_frame().join(table, on="mask", how="left", maintain_order="left")["states"]
