"""Settings: frozen values read once at the door and passed down; nothing here is read at import.

`data_dir()` finds the data that ship with the project (rules, sample lists and feeds). What a setting
means for matching is said in `rules/matching.toml`, where its value stands.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from ops_hub.errors import ConfigError

Form = TypeVar("Form")
_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Return the folder of shipped data: 'rules', 'watchlists' or 'sample_feeds'.

    In a checkout it stands at the top level; in an installed wheel, inside the package.

    Raises:
        ConfigError: the folder is in neither place.
    """
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise ConfigError(name, "this folder of shipped data is missing", "install ops-hub again")


def rules_file(rules: Path | None, name: str) -> Path:
    """Return a file of a rules folder; the shipped one where there is no folder, or no such file in it."""
    path = (rules or data_dir("rules")) / name
    return path if path.is_file() else data_dir("rules") / name


def rules_toml(rules: Path | None, name: str, form: type[Form]) -> tuple[Path, Form]:
    """Return a TOML file of a rules folder (see `rules_file`), and what it says in its form.

    Raises:
        ConfigError: it is no TOML, or a key or value in it is not allowed.
    """
    path = rules_file(rules, name)
    try:
        return path, msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), form)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(str(path), str(error), f"correct it; rules/{name} as shipped is the model") from None


@dataclass(frozen=True)
class Bands:
    """Total scores at which a pair becomes a hit, and a `high` one."""

    threshold: float
    high: float


@dataclass(frozen=True)
class NameSettings:
    """The name score's parameters; each is explained where its value stands, in rules/matching.toml."""

    spelling: float
    contradiction: float
    omission: float
    order: float
    common: float
    rare_below: float
    rarity_slope: float
    lightest: float
    particle: float
    initial: float
    short: float
    patronymic: float
    family: float
    last: float
    edit_cost: float
    first_letter: float
    same_sound: float
    near_sound: float
    variant: float
    syllable: float
    nickname: float
    language: float
    consonants: float
    initial_fits: float
    joined: float
    truncated: float
    least: float


@dataclass(frozen=True)
class EvidenceSettings:
    """Points for agreement beyond the name; explained in rules/matching.toml."""

    weak_name: float
    birth_exact: float
    birth_swapped: float
    birth_one_digit: float
    birth_near: float
    birth_year: float
    birth_range: float
    birth_different: float
    sex_same: float
    sex_different: float
    nationality_same: float
    nationality_different: float
    document_exact: float
    document_look_alike: float

    def most_without_document(self) -> float:
        """Return the most points that birth, sex and nationality can add together."""
        births = (
            self.birth_exact,
            self.birth_swapped,
            self.birth_one_digit,
            self.birth_near,
            self.birth_year,
            self.birth_range,
        )
        return max(*births, 0.0) + max(self.sex_same, 0.0) + max(self.nationality_same, 0.0)


@dataclass(frozen=True)
class MatchingConfig:
    """All settings of the matcher; `digest` names this set of values."""

    bands: Bands
    names: NameSettings
    evidence: EvidenceSettings
    digest: str

    def name_floor(self) -> float:
        """Return the name score below which no other evidence can lift a pair to the threshold."""
        return max(0.05, self.bands.threshold - self.evidence.most_without_document())


def matching_config(rules: Path | None = None, threshold: float | None = None) -> MatchingConfig:
    """Read `matching.toml` of a rules folder (default: the shipped one).

    Args:
        rules: folder of rules; where it has no matching.toml the shipped values hold.
        threshold: overrides bands.threshold.

    Raises:
        ConfigError: a key is missing, unknown or not a number, or a value is outside what is allowed.
    """
    path = (rules or data_dir("rules")) / "matching.toml"
    if rules is not None and not path.is_file() and not (rules / "names").is_dir():
        raise ConfigError(
            str(rules),
            "this folder holds no rules (matching.toml or names/)",
            "name the right folder, or leave --rules out",
        )
    if not path.is_file():
        path = data_dir("rules") / "matching.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        config = msgspec.convert(
            {
                "bands": _exactly(path, raw, "bands", Bands),
                "names": _exactly(path, raw, "names", NameSettings),
                "evidence": _exactly(path, raw, "evidence", EvidenceSettings),
                "digest": "",
            },
            MatchingConfig,
        )
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(str(path), str(error), "correct it; rules/matching.toml as shipped is the model") from None
    if threshold is not None:
        config = replace(
            config, bands=replace(config.bands, threshold=threshold, high=max(threshold, config.bands.high))
        )
    _within(path, config)
    digest = hashlib.blake2b(repr((config.bands, config.names, config.evidence)).encode(), digest_size=16)
    return replace(config, digest=digest.hexdigest())


def _exactly(path: Path, raw: dict[str, object], section: str, form: type) -> dict[str, object]:
    found = raw.get(section)
    known = [field.name for field in fields(form)]
    if not isinstance(found, dict):
        raise ConfigError(str(path), f"the section [{section}] is missing", "add it; see the shipped file")
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
            raise ConfigError(str(path), f"[{section}] has an unknown key {key}", hint)
    return found


def _within(path: Path, config: MatchingConfig) -> None:
    if not 0 < config.bands.threshold <= config.bands.high <= 1:
        raise ConfigError(str(path), "bands must satisfy 0 < threshold <= high <= 1", "correct [bands] or --threshold")
    for field in fields(config.names):
        value = getattr(config.names, field.name)
        if not math.isfinite(value) or value < 0:
            raise ConfigError(str(path), f"[names] {field.name} = {value} is negative or not finite", "give 0 or more")
    if not config.names.contradiction >= config.names.omission:
        raise ConfigError(str(path), "contradiction is below omission", "a contradiction must weigh at least as much")
