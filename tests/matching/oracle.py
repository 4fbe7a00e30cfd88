"""The name score in plain Python, written from its definition and from nothing else: slow and obvious.

It shares token similarity with the engine (that is checked on its own) and nothing of the alignment: here every
one-to-one alignment is tried.
"""

from __future__ import annotations

import numpy as np

from ops_hub.matching.similarity import similarities
from ops_hub.matching.words import words
from ops_hub.normalise.names import UNSPLIT


def tokens_of(names, at):
    span = slice(names.offsets[at], names.offsets[at + 1])
    return [
        (names.words[t], float(w), int(p))
        for t, w, p in zip(names.tokens[span], names.weights[span], names.parts[span], strict=True)
    ]


def edges_of(a, b, vocabularies, settings):
    """Every way in which tokens of a can meet tokens of b: (gain, loss, cover a, cover b, places a, places b)."""
    left, right, tables = vocabularies
    edges = []
    for i, (x, wx, _) in enumerate(a):
        for j, (y, wy, _) in enumerate(b):
            w = min(wx, wy)
            bare_x, bare_y = x.rstrip("*"), y.rstrip("*")
            if (len(bare_x) == 1) != (len(bare_y) == 1):
                if bare_x[0] == bare_y[0]:
                    s = settings.initial_fits
                    edges.append((w * s, w * (1 - s), w, w, {i}, {j}))
                continue
            value, _ = similarities(words([x], tables), words([y], tables), np.array([0]), np.array([0]), settings)
            if value[0] > 0:
                edges.append((w * value[0], w * (1 - value[0]), wx, wy, {i}, {j}))
    for many, one, flip in ((a, b, False), (b, a, True)):
        for first in range(len(many)):
            for size in (2, 3):
                span = many[first : first + size]
                if len(span) < size:
                    continue
                text = "".join(t.rstrip("*") for t, _, _ in span)
                weight = sum(w for _, w, _ in span)
                sound = seamless([words([t], tables).folds[0] for t, _, _ in span])
                for j, (y, wy, _) in enumerate(one):
                    bare, fold = y.rstrip("*"), words([y], tables).folds[0]
                    if len(text) < 4:
                        continue
                    if bare == text:
                        s = settings.joined
                    elif fold == sound and len(sound) >= 5:
                        s = settings.joined * settings.same_sound
                    else:
                        continue
                    w = min(weight, wy)
                    places = set(range(first, first + size))
                    if flip:
                        edges.append((w * s, w * (1 - s), wy, weight, {j}, places))
                    else:
                        edges.append((w * s, w * (1 - s), weight, wy, places, {j}))
    return edges


def seamless(sounds):
    """Sounds one after another, a doubled one at a seam being one."""
    out = sounds[0]
    for sound in sounds[1:]:
        if sound:
            out += sound[1:] if out[-1:] == sound[0] else sound
    return out


def alignments(edges):
    """Yield every set of edges that uses no token twice."""
    if not edges:
        yield []
        return
    first, rest = edges[0], edges[1:]
    yield from alignments(rest)
    for others in alignments([e for e in rest if not (e[4] & first[4] or e[5] & first[5])]):
        yield [first, *others]


def best_gain_scores(a, b, settings, tables):
    """The scores of all alignments whose gain is the largest (several may tie)."""
    edges = edges_of(a, b, (None, None, tables), settings)
    everything = list(alignments(edges))
    top = max(sum(e[0] for e in chosen) for chosen in everything)
    return [score_of(chosen, a, b, settings) for chosen in everything if sum(e[0] for e in chosen) >= top - 1e-9]


def score_of(chosen, a, b, s):
    full = any(
        any(len(a[i][0].rstrip("*")) > 1 for i in e[4]) and any(len(b[j][0].rstrip("*")) > 1 for j in e[5])
        for e in chosen
    )
    if not full:
        return 0.0
    gain, loss = sum(e[0] for e in chosen), sum(e[1] for e in chosen)
    left = max(sum(w for _, w, _ in a) - sum(e[2] for e in chosen), 0.0)
    right = max(sum(w for _, w, _ in b) - sum(e[3] for e in chosen), 0.0)
    both, one = min(left, right), abs(left - right)
    ordered = sorted(chosen, key=lambda e: min(e[4]))
    same_form = (a[0][2] == UNSPLIT) == (b[0][2] == UNSPLIT)
    crossed = same_form and any(min(x[5]) > min(y[5]) for x, y in zip(ordered, ordered[1:], strict=False))
    cost = s.spelling * loss + s.contradiction * both + s.omission * one + s.order * crossed + s.common
    return gain / (gain + cost)
