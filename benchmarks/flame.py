"""Stacks with their seconds into a flame graph: an SVG of boxes, each as wide as its share, callers above what they call.

Reach for `flame()`. Boxes are named where there is room, and tell all of it when pointed at; no script.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

WIDTH, HIGH, EDGE, TOP = 1200, 17, 10, 44  # pixels
LEAST = 1.0  # pixels; what is narrower is left out
LETTER = 6.3  # pixels of a letter, about
# light grounds with dark words, and the other way round; the first is for stages, the last for what is not our Python
_GROUNDS = (
    ("#c9d6e2", "#31465a"),
    ("#f3d9b1", "#5e4520"),
    ("#f0cfa0", "#6b4a1a"),
    ("#ecc593", "#734f22"),
    ("#cfe3cf", "#2c5138"),
)


@dataclass
class _Box:
    seconds: float = 0.0
    inner: dict[str, _Box] = field(default_factory=dict)


def flame(stacks: Mapping[str, float], title: str, unit: str) -> str:
    """Return the picture.

    Args:
        stacks: seconds by stack, its parts joined by semicolons, outermost first.
        title: over it.
        unit: of the seconds.
    """
    root = _Box()
    for stack, seconds in stacks.items():
        root.seconds += seconds
        box = root
        for name in stack.split(";"):
            box = box.inner.setdefault(name, _Box())
            box.seconds += seconds
    scale = (WIDTH - 2 * EDGE) / root.seconds
    boxes = list(_drawn(root, scale, root.seconds, float(EDGE), 0, unit))
    height = TOP + HIGH * (1 + max(depth for depth, _ in boxes)) + EDGE
    whole = f"{title}: {root.seconds:.1f} {unit}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="DejaVu Sans, Verdana, sans-serif" font-size="10.5" role="img" aria-label="{escape(whole)}">'
        f"<style>{_style()}</style>"
        f'<rect class="card" width="100%" height="100%" fill="#fdfdfc"/>'
        f'<text class="ink" x="{EDGE}" y="20" font-size="14" font-weight="bold" fill="#1f2328">{escape(whole)}</text>'
        f'<text class="ink" x="{EDGE}" y="36" fill="#1f2328">blue: stages; orange: functions of ops_hub, module.function; '
        "green: what they call: packages, compiled kernels</text>" + "".join(text for _, text in boxes) + "</svg>\n"
    )


def _style() -> str:
    grounds = "".join(f".g{at}{{fill:{dark}}}" for at, (_, dark) in enumerate(_GROUNDS))
    return f"@media (prefers-color-scheme:dark){{.card{{fill:#15191e}}.ink{{fill:#e6e8eb}}.box{{stroke:#15191e}}{grounds}}}"


def _drawn(box: _Box, scale: float, whole: float, left: float, depth: int, unit: str) -> Iterator[tuple[int, str]]:
    """Yield depth and drawing of all that a box holds, widest first."""
    for name, each in sorted(box.inner.items(), key=lambda found: (-found[1].seconds, found[0])):
        width = each.seconds * scale
        if width < LEAST:
            continue
        ground, y = _ground(name, depth), TOP + depth * HIGH
        said = escape(f"{name}: {each.seconds:.2f} {unit}, {each.seconds / whole:.1%}")
        room = int((width - 6) / LETTER)
        shown = name if len(name) <= room else f"{name[: room - 1]}…" if room > 4 else ""
        yield (
            depth,
            f'<g><title>{said}</title><rect class="box g{ground}" x="{left:.1f}" y="{y}" width="{width:.1f}" height="{HIGH - 1}" '
            f'fill="{_GROUNDS[ground][0]}" stroke="#fdfdfc" stroke-width="0.6"/>'
            + (
                f'<text class="ink" x="{left + 3:.1f}" y="{y + 12}" fill="#1f2328">{escape(shown)}</text>'
                if shown
                else ""
            )
            + "</g>",
        )
        yield from _drawn(each, scale, whole, left, depth + 1, unit)
        left += width


def _ground(name: str, depth: int) -> int:
    """Return which ground a box has; neighbours of one kind differ a little, the same name never."""
    if depth == 0:
        return 0
    if "." not in name:
        return len(_GROUNDS) - 1
    return 1 + hashlib.sha256(name.encode()).digest()[0] % (len(_GROUNDS) - 2)
