"""Labelled scores into the figures that a threshold is chosen by.

Reach for `figures()` in `ops-hub evaluate` and in benchmarks. Ties in score are taken together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def figures(is_match: NDArray[np.bool_], score: NDArray[np.float64], threshold: float) -> dict[str, float]:
    """Return average precision, F1, precision and recall at `threshold` and at the best one, and recall at 1 % false positives.

    Args:
        is_match: n labels.
        score: n scores, 0 to 1.
        threshold: the default threshold.
    """
    order = np.argsort(-score, kind="stable")
    labels, values = is_match[order], score[order]
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1) if len(values) else np.zeros(0, np.int64)
    true, taken = np.cumsum(labels)[last].astype(float), last + 1.0
    positives, negatives = max(int(is_match.sum()), 1), max(int((~is_match).sum()), 1)
    precision, recall = true / taken, true / positives
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(f1.argmax()) if len(f1) else 0
    cheap = (taken - true) / negatives <= 0.01
    at = score >= threshold
    found = float((at & is_match).sum())
    p, r = found / max(int(at.sum()), 1), found / positives
    return {
        "pairs": len(score),
        "matches": int(is_match.sum()),
        "average_precision": float(np.sum(np.diff(np.concatenate(([0.0], recall))) * precision)),
        "threshold": threshold,
        "f1": 2 * p * r / max(p + r, 1e-12),
        "precision": p,
        "recall": r,
        "best_threshold": float(values[last][best]) if len(f1) else threshold,
        "best_f1": float(f1[best]) if len(f1) else 0.0,
        "best_precision": float(precision[best]) if len(f1) else 0.0,
        "best_recall": float(recall[best]) if len(f1) else 0.0,
        "recall_at_1pct_false_positives": float(recall[cheap].max(initial=0.0)),
    }
