"""The report of the benchmark: what is kept is what is printed, and a failure is never silent."""

import re
import xml.etree.ElementTree as ET

import pytest

from benchmarks import parts
from benchmarks.__main__ import arguments, listing, main
from benchmarks.plots import CARD, DARK, INK, LOOKS, apart, drawn
from benchmarks.report import shown, text, write
from benchmarks.results import Outcome, Plot, Section, Table, kept, save
from benchmarks.settings import SIZES, Settings

LINE = Plot(
    "thr", "Throughput", "entries", "travellers/s", {"ours": [(10, 5.0), (100, 4.0)], "peer": [(10, 2.0)]}, "xy"
)
SECTION = Section(
    "Speed", "How fast.", [Table(("who", "travellers/s"), [("ours", 12_345.6), ("peer", None)])], [LINE], "python -m benchmarks growth",
    {"verdict": "ours is faster"},
)  # fmt: skip
DONE = Outcome(
    "growth", (SECTION,), "2026-11-23 10:00", "abc", {"cores": "2"}, {"Python": "3.11"}, {"seed": "1"}, 0.1, 120.0
)


def settings(folder):
    return Settings(folder, 1, 1, 10, (10,), None, 1, lambda said: None)


def test_an_outcome_is_read_as_it_was_kept(tmp_path):
    save(DONE, tmp_path)
    again = kept("growth", tmp_path)
    assert text([again]) == text([DONE])
    assert again.sections[0].data == DONE.sections[0].data


def test_a_part_that_was_not_run_has_its_place_in_the_report():
    told = text([Outcome("compared"), DONE])
    assert "## Part compared\n\nNo figures: not run yet. `python -m benchmarks compared` makes them." in told
    assert "| ours | 12,346 |" in told
    assert "- ours is faster" in told


def test_what_differs_between_parts_is_told():
    other = Outcome("latency", (), "2026-11-24 10:00", "def", {"cores": "64"}, {"Python": "3.12"}, {}, 3.0, 60.0)
    told = text(
        [
            DONE,
            Outcome(**{**{name: getattr(other, name) for name in other.__dataclass_fields__}, "sections": (SECTION,)}),
        ]
    )
    assert "different commits" in told
    assert "Machine of growth: cores 2." in told
    assert "3.0 (**not quiet**)" in told


def test_a_part_that_fails_keeps_its_earlier_figures_tells_its_error_and_exits_with_1(tmp_path, monkeypatch):
    save(DONE, tmp_path / "results")
    monkeypatch.setitem(parts.PARTS, "growth", "no_such_module")
    parts.measured("growth", settings(tmp_path / "data"), tmp_path, "abc")
    monkeypatch.setattr("benchmarks.__main__.measure", lambda *given, **told: None)
    assert main(["growth", "--out", str(tmp_path)]) == 1
    told = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "ModuleNotFoundError: No module named 'benchmarks.no_such_module'" in told
    assert "| ours | 12,346 |" in told


def test_a_part_whose_process_dies_is_told_and_the_others_go_on(tmp_path, monkeypatch):
    ended = iter([-9, 0])
    monkeypatch.setattr(
        parts.subprocess, "run", lambda *given, **told: parts.subprocess.CompletedProcess(given, next(ended), "", "")
    )
    monkeypatch.setattr(parts.machine, "commit", lambda: "abc")
    parts.measure(["growth", "latency"], settings(tmp_path / "data"), tmp_path, in_place=True)
    assert kept("growth", tmp_path / "results").error == "its process ended with -9: killed, perhaps for want of memory"
    assert not kept("latency", tmp_path / "results").error


def test_the_time_left_is_what_parts_took_at_the_same_sizes_corrected_by_how_it_goes(tmp_path):
    asked = parts.asked_of(settings(tmp_path))
    save(Outcome("growth", (), asked=asked, seconds=600.0), tmp_path / "results")
    save(Outcome("latency", (), asked=asked | {"runs": "9"}, seconds=600.0), tmp_path / "results")
    assert parts.expected_seconds("growth", settings(tmp_path), tmp_path) == 600
    assert parts.expected_seconds("latency", settings(tmp_path), tmp_path) is None
    told = parts.remaining({"compared": 300.0, "growth": 600.0}, "growth", 900.0, 300.0)
    assert told == "part growth is next; about 30 min are left (3.0 times as slow as expected so far)"
    assert "not known" in parts.remaining({"growth": None}, "growth", 0.0, 0.0)


def test_every_part_has_an_estimate_for_the_sizes_of_the_report(tmp_path):
    told = Settings(tmp_path, 1, SIZES["runs"], SIZES["passengers"], (10_000, 100_000), None, 2, lambda said: None)
    found = [parts.expected_seconds(part, told, tmp_path) for part in parts.PARTS if part not in parts.BY_NAME]
    assert sum(found) <= 35 * 60


def test_long_parts_run_only_by_name():
    assert "shards" not in arguments([]).parts
    assert arguments(["shards"]).parts == ["shards"]


def test_a_success_after_a_failure_takes_the_error_away(tmp_path, monkeypatch):
    save(Outcome("latency", error="broken", failed="2026-11-22 10:00"), tmp_path / "results")
    monkeypatch.setattr("benchmarks.latency.sections", lambda told: [SECTION])
    parts.measured("latency", settings(tmp_path), tmp_path, "abc")
    found = kept("latency", tmp_path / "results")
    assert (found.error, found.sections[0].title) == ("", "Speed")


def test_a_report_without_a_failure_exits_with_0_and_leaves_no_plot_of_before(tmp_path):
    save(DONE, tmp_path / "results")
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "gone.svg").touch()
    assert main(["--report", "--out", str(tmp_path)]) == 0
    assert [each.name for each in (tmp_path / "plots").iterdir()] == ["thr.svg"]
    assert "](plots/thr.svg)" in (tmp_path / "RESULTS.md").read_text(encoding="utf-8")


def test_two_plots_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="thr"):
        write([Outcome("growth", (SECTION, SECTION))], tmp_path)


@pytest.mark.parametrize(
    ("value", "words"),
    [(1234567, "1,234,567"), (1234.5, "1,234"), (0.0123456, "0.0123"), (float("nan"), "–"), (None, "–"), (0.0, "0"), ("a", "a")],
)  # fmt: skip
def test_a_figure_has_three_digits_that_count(value, words):
    assert shown(value) == words


def test_quick_writes_beside_the_real_report_never_over_it():
    assert arguments(["--quick"]).out != arguments([]).out
    assert arguments(["--quick"]).passengers < arguments([]).passengers
    assert arguments(["--entries", "500,20"]).entries == (20, 500)


def test_an_unknown_part_is_refused_with_the_way_to_find_it(capsys):
    with pytest.raises(SystemExit):
        arguments(["speed"])
    assert "no such part: speed; --list tells all" in capsys.readouterr().err


def test_everything_that_can_be_measured_is_listed_with_what_it_is():
    told = listing()
    assert re.search(r"^  growth +How a run grows", told, re.MULTILINE)
    assert re.search(r"^  live +Live screening as real processes", told, re.MULTILINE)
    assert "timing" not in told


@pytest.mark.parametrize(
    "plot",
    [
        LINE,
        Plot("b", "Recall", "kind", "recall", {"ours": [("typo", 1.0), ("swap", 0.5)], "peer": [("typo", 0.2)]}, kind="bar"),
        Plot("o", "Recall", "kind", "recall", {"ours": [("typo", 1.0), ("swap", 0.5)]}, kind="bar"),
        Plot("h", "Waits", "ms", "waits", {"1,000": [("", 1.0), ("", 2.5), ("", 9.0)]}, "x", "histogram"),
        Plot("f", "CPU", "s", "", {"read;a.b;polars": [("", 2.0)], "read;a.c": [("", 1.0)]}, kind="flame"),
    ],
    ids=lambda plot: plot.name,
)  # fmt: skip
def test_a_picture_is_whole_xml_names_its_lines_and_is_the_same_every_time(plot):
    picture = drawn(plot)
    ET.fromstring(picture)
    assert plot.title in picture
    assert "prefers-color-scheme:dark" in picture
    assert picture == drawn(plot)
    assert "http" not in re.sub(r'(xmlns(:xlink)?="[^"]*"|<!DOCTYPE[^>]*>|"http://www.w3.org[^"]*")', "", picture)
    for name in plot.lines if plot.kind == "line" or len(plot.lines) > 2 else ():
        assert name in picture


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [INK, *(look[0] for look in LOOKS)])
def test_every_colour_of_words_can_be_read_on_its_card_light_and_dark(colour):
    assert _contrast(colour, CARD) >= 4
    assert _contrast(DARK[colour], DARK[CARD]) >= 4


def test_no_two_looks_differ_by_colour_alone():
    assert len({look[1] for look in LOOKS}) == len({look[2] for look in LOOKS}) == len(LOOKS)


def test_names_at_line_ends_keep_their_distance_and_move_as_little_as_they_must():
    assert apart([0, 100], 12) == [0, 100]
    assert apart([50, 50, 50], 10) == [40, 50, 60]
    found = apart([0, 1, 2, 90, 91], 12)
    assert all(b - a >= 12 - 1e-9 for a, b in zip(found, found[1:], strict=False))
