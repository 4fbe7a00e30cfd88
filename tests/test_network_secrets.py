"""No word of what a reader may not see is in their network or in a chart of it, whatever the network looks like."""

import io
import json
import re
import zipfile

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.policy import sharing_policy, terms_of
from ops_hub.casework.sight import PROTECTIVE, Sight, sight_of
from ops_hub.desk.networks import for_reader
from ops_hub.graph.charts.model import of_network
from ops_hub.graph.export import FORMATS, export
from ops_hub.graph.intelligence import read_intelligence
from ops_hub.schemas import ENTRIES, HITS, rows
from tests.graph.travellers import DAY, network, traveller

POLICY = sharing_policy()
WAYS = [("POS", "BGI"), ("KIN", "NAS"), ("SAP", "PTY"), ("GEO", "PBM")]  # journeys of states that have none in common
STATES = [{"TTO", "BRB"}, {"JAM", "BHS"}, {"HND", "PAN"}, {"GUY", "SUR"}]
OWNERS = ("BRB", "HND", "JAM", "UN")
HANDLING = st.sampled_from(["enforce", "discreet", "protect"])
CAVEATS = st.sampled_from([(), ("content-to-concerned",), ("content-to:TTO",), ("hit-no-hit-only",), ("protection-desk-only",), ("not-to:BRB",), ("nonsense",)])  # fmt: skip
READERS = [Actor(state, "ana", role) for state in ("BRB", "TTO", "HND", "JAM", CENTRE) for role in ("officer", "protection", "prosecutor", "list-owner")]  # fmt: skip


def word(kind, number):
    """Return a word that stands nowhere else: letters, so that names can hold it."""
    return f"Q{kind}{'BCDFGHJKLM'[number // 10]}{'BCDFGHJKLM'[number % 10]}Z"


@st.composite
def worlds(draw):
    """People on journeys, each record with words of its own; hits, intelligence and releases about them."""
    journeys = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=7, unique=True))
    born = {person: draw(st.sampled_from(["1980-02-03", "2014-05-06"])) for person in range(4)}
    records = [{"who": who, "way": way} for who, way in journeys]
    places = st.integers(0, len(records) - 1)
    hits = draw(st.lists(st.tuples(places, st.integers(0, 2), HANDLING), max_size=4, unique_by=lambda each: each[:2]))
    owners = draw(st.tuples(*[st.sampled_from(OWNERS)] * 3))
    caveats = draw(st.tuples(*[CAVEATS] * 3))
    known = draw(st.lists(st.tuples(places, st.sampled_from(OWNERS), HANDLING, CAVEATS, st.sampled_from(["", "B2"]), st.integers(0, 1)), max_size=3))  # fmt: skip
    freed = [hit[:2] for hit in hits if draw(st.booleans())] if draw(st.booleans()) else []
    alike = draw(st.booleans())
    return records, born, hits, owners, caveats, known, freed, alike


def made(world):
    """Return the network, by the program's own building."""
    records, born, hits, owners, caveats, known, _, alike = world
    travellers, found, entries = [], [], []
    for r, each in enumerate(records):
        way = WAYS[each["way"]]
        travellers.append(traveller(
            word("REC", r), f"{word('NAM', r)} ANA", born[each["who"]], f"D0{each['who']}{word('DOC', each['who'])}/VEN", day=each["way"] * 3,
            flight=f"BW{400 + each['way']}", from_port=way[0], to_port=way[1], email=f"{word('MAIL', r)}@x.org", booking=word("PNR", r),
            card=word("CARD", r), agency="ALL" if alike else word("AGY", r), source=f"{word('FILE', r)}.edi", nationality="VEN",
        ))  # fmt: skip
    for r, entry, handling in hits:
        found.append({"hit_id": f"h{r}-{entry}", "record_id": word("REC", r), "list_id": word("LIST", entry), "entry_id": word("ENT", entry), "entry_hash": "x", "band": "high", "score": 0.9, "owner": owners[entry], "handling": handling, "matched_name": word("LISTED", entry), "crime_types": [word("CRIME", entry)], "source": f"{word('FILE', r)}.edi"})  # fmt: skip
        entries.append({"list_id": word("LIST", entry), "entry_id": word("ENT", entry), "caveats": list(caveats[entry]), "nationalities": ["VEN"]})  # fmt: skip
    lines = ["from_type,from,from_document,link,to_type,to,owner,handling,caveats,grade,crime_types,since"]
    for k, (r, owner, handling, asks, grade, org) in enumerate(known):
        paper = f"D0{records[r]['who']}{word('DOC', records[r]['who'])}/VEN"
        lines.append(f"person,,{paper},{word('LINK', k)},organisation,Sail {org},{owner},{handling},{';'.join(asks)},{grade},{word('KIND', k)},2026-02-{k + 10}")  # fmt: skip
    intelligence, bad = read_intelligence("\n".join(lines), "known.csv", DAY.date())
    assert not bad
    seen = rows(ENTRIES, entries).unique(["list_id", "entry_id"])
    return network(travellers, hits=rows(HITS, found), entries=seen, intelligence=intelligence)


def forbidden(world, reader):
    """Return the words that a reader must not find, told from the rules alone."""
    records, born, hits, owners, caveats, known, freed, _ = world
    mine = [r for r, each in enumerate(records) if reader.role != "list-owner" and (reader.state == CENTRE or reader.state in STATES[each["way"]])]  # fmt: skip
    whole, met, masked, content = set(mine), set(), set(), set()
    minors = {who for who, day in born.items() if day.startswith("2014")}
    told, seen_known = set(), set()
    strict = {}  # of hits of one person and entry the strictest handling counts, as in the network's edge
    for r, entry, handling in hits:
        strict.setdefault((records[r]["who"], entry), []).append((r, handling))
    for (who, entry), some in strict.items():
        handling = min((h for _, h in some), key=("protect", "enforce", "discreet").index)
        free = {r for r, _ in some if (r, entry) in freed and reader.state == "TTO"}
        owns = POLICY.is_custodian(reader.state, owners[entry])
        on = reader.state == CENTRE or any(reader.state in STATES[records[r]["way"]] for r, _ in some)
        said = terms_of(POLICY, handling, caveats[entry], frozenset(["VEN"]))
        sight = sight_of(said, reader, owns=owns, released=bool(free), on_journey=on, minor=who in minors)
        if sight is Sight.ELSEWHERE and said.protected:
            masked.add(who)
        if sight >= Sight.EXISTS:
            met |= {r for r, _ in some} if owns else free
        if sight is Sight.CONTENT:
            content.add(entry)
    for k, (r, owner, handling, asks, _, _) in enumerate(known):
        who = records[r]["who"]
        owns = POLICY.is_custodian(reader.state, owner)
        on = reader.state == CENTRE or any(
            reader.state in STATES[each["way"]] for each in records if each["who"] == who
        )
        said = terms_of(POLICY, handling, asks, frozenset(["VEN"]))
        sight = sight_of(said, reader, owns=owns, released=False, on_journey=on, minor=who in minors)
        if sight is Sight.ELSEWHERE and said.protected:
            masked.add(who)
        if sight is Sight.CONTENT:
            told.add(k)
            seen_known.add(who)
    if reader.role not in PROTECTIVE:
        masked |= minors
    words = set()
    for r, each in enumerate(records):
        hidden = each["who"] in masked
        if hidden or (r not in whole and r not in met):
            words |= {word("REC", r), word("FILE", r)}
            # whoever's own intelligence names a document may read whom it is about
            words |= {word("NAM", r)} if hidden or each["who"] not in seen_known else set()
        if hidden or r not in whole:
            words |= {word("MAIL", r), word("PNR", r), word("CARD", r), word("AGY", r)}
        if hidden:
            words |= {word("DOC", each["who"])}
    for way in range(4):
        if not any(each["way"] == way and (r in whole or r in met) for r, each in enumerate(records)):
            words |= {*(f'"{port}"' for port in WAYS[way]), f"BW{400 + way}"}
    for entry in range(3):
        if entry not in content:
            words |= {word("LIST", entry), word("ENT", entry), word("LISTED", entry), word("CRIME", entry)}
    for k in range(len(known)):
        if k not in told:
            words |= {word("LINK", k), word("SORT", k), f"2026-02-{k + 10}"}
    return words, masked


def text(net):
    frames = (net.nodes, net.edges, net.trips, net.resolved)
    return json.dumps([frame.to_dicts() for frame in frames], default=str) + json.dumps(dict(net.about))


def cut(world, net, reader):
    freed = [
        (word("REC", r), f"entry:{word('LIST', e)}/{word('ENT', e)}") for r, e in world[6] if reader.state == "TTO"
    ]
    return for_reader(net, reader, POLICY, released=freed)


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(worlds(), st.lists(st.sampled_from(READERS), min_size=3, max_size=3, unique=True))
def test_no_word_that_a_reader_may_not_see_is_in_their_network(world, readers):
    net = made(world)
    for reader in readers:
        words, masked = forbidden(world, reader)
        seen = cut(world, net, reader)
        said = text(seen)
        found = sorted(each for each in words if each in said)
        assert not found, (str(reader), found)
        numbers = {int(each) for each in re.findall(r"withheld-(\d+)", " ".join(seen.nodes.filter(pl.col("type") == "person")["node_id"]))}  # fmt: skip
        assert numbers == set(range(1, len(numbers) + 1)), "a gap tells how many are left out"
        assert len(numbers) <= len(masked)
        on_way = {state for frame in (seen.nodes, seen.edges, seen.trips) for each in frame["states"] for state in each}
        assert on_way <= {state for way in range(4) if f"BW{400 + way}" not in words for state in STATES[way]}
        ids = set(seen.nodes["node_id"])
        assert set(seen.edges["from_id"]) | set(seen.edges["to_id"]) | set(seen.trips["person_id"]) <= ids


def plain(file):
    """Return the text of a chart's file, of an archive that of all its files."""
    if not file.startswith(b"PK"):
        return file.decode("utf-16" if file[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


TEXTS = [each for each in FORMATS if each != "png"]


@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(worlds(), st.sampled_from(READERS))
def test_no_word_that_a_reader_may_not_see_is_in_a_chart_of_any_format(world, reader):
    words, _ = forbidden(world, reader)
    seen = cut(world, made(world), reader)
    for kind in TEXTS:
        said = plain(export(of_network(seen, title="Link chart"), kind))
        assert not [each for each in words if each.startswith("Q") and each in said], kind
