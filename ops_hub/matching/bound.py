"""Why no pair at or above a floor is missed, and the key tokens that follow from it.

The bound. Let a pair of names score s >= F. By the score's form, contradiction*C <= cost <= G*(1 - F)/F. C is the
smaller of what the two names have left over, and G is at most what the alignment covers of either name. So, with
r = (1 - F)/(F*contradiction), one of the two names (call it N, of weight W) has at most r*(W - left) left over, that
is at most the share r/(1 + r) of W. Hence, in any set P of N's tokens that weighs more than that, the alignment
covers some token wholly: leaving all of P uncovered would leave too much. An initial covers only its own weight c of
a full token, so P is chosen with sum(w - c) above the bound instead; then even if initials met every token of P, too
much would be left. (A pair also needs one edge between full tokens, so where no P is heavy enough all full tokens
serve.)

Therefore it suffices to look at names that share an edge with the query's P (all postings of tokens similar to P),
and names whose own P shares an edge with any query token (their key postings). Edges of joined tokens are equalities
and are looked up by hash, on both sides. The rarest tokens make the best P.

Several floors at once. What birth dates add or take away is known before names are compared, so each pair of a
traveller and an entry has a floor of its own: the threshold less everything that other evidence can still add. The
tokens chosen for a smaller share are the first of those chosen for a larger one, so one set of postings serves all
floors: `from_share` tells from which share on a key token is needed.

What else may meet. For a bearer found under one token, take all of the name's tokens that are similar to any token of
the query (or equal to some of them joined): nothing else of either name can be covered by single tokens. So what the
rest weighs is left over on either side, and the gain is at most what is covered. With x and y left over the cost is
(contradiction - omission)*min(x, y) + omission*max(x, y) or more; as contradiction >= omission this grows with either,
so the score worked out of it is an upper bound for every alignment. Initials count as meeting whatever they could, and
a name whose own neighbouring tokens join into a query token comes in by their hash, past this test.

How well they meet. A score of F or more means G*(1 - F) - F*spelling*L >= F*(all other costs). An edge of weight w and
similarity s adds w*s to G and w*(1 - s) to L, so w*((1 - F + F*spelling)*s - F*spelling) to the left side; w is at most the
weight of the list token, each is in one edge, and s is at most how similar the word is to any token of the query. So
the sum of these, none below 0, bounds the left side, and the costs from what is left over bound the right one.

What a query leaves over. With the tokens met known, at most the others' weight x is left over and at most the rest gains:
the score is at most G/(G + omission*x + common). Where that is below the floor, the bearer's own name need not be read.

Birth dates. Days that agree in more than being near are the day itself, its month and day exchanged, one digit of the
month or of the day another (all of the same year and the same month or day of the month), and the same day of a year
with one digit another or next to it. The first are looked for among the days of the year, the last by month and day.

The query alone. Another bound: whatever is left over of *either* name costs omission at least. With x left over of the
query, of weight W, omission*x <= (W - x)*(1 - F)/F, so x is at most the share q/(omission + q) of W, q = (1 - F)/F. Key
tokens of the query that weigh more than this find every pair, and no list name's own key tokens are looked at. It
serves where the floor is high (near days: only nearly equal names count) and where a second look at every word would
cost most (the same day of another year).
"""

from __future__ import annotations

from typing import Any

from numba import njit

TOLERANCE = 1e-9  # on the bound and the floor: sums of floats in another order


def bound_share(floor: float, contradiction: float) -> float:
    """Return the share of a name's weight that an accepted pair may leave over."""
    ratio = max(1.0 - floor, 0.0) / (floor * contradiction)
    return ratio / (1.0 + ratio)


def needed_share(floor: float, omission: float) -> float:
    """Return the share of its weight that either name of an accepted pair may leave over."""
    ratio = max(1.0 - floor, 0.0) / floor
    return ratio / (omission + ratio)


@njit(cache=True, nogil=True)
def key_tokens(
    weights: Any, single: Any, costs: Any, share: float, initial: float, chosen: Any, from_share: Any
) -> None:
    """Mark the cheapest set P of a name's tokens: sum(w - initial) above `share` of the name's weight."""
    total, reached = 0.0, 0.0
    for k in range(len(weights)):
        total += weights[k]
        chosen[k] = False
    while reached <= total * share + TOLERANCE:
        best, best_rate = -1, 0.0
        for k in range(len(weights)):
            if chosen[k] or single[k]:
                continue
            gain = weights[k] - min(weights[k], initial)
            rate = (gain + 1e-6) / (costs[k] + 1.0)
            if best < 0 or rate > best_rate:
                best, best_rate = k, rate
        if best < 0:
            return
        chosen[best] = True
        from_share[best] = (reached - TOLERANCE) / max(total, TOLERANCE)
        reached += weights[best] - min(weights[best], initial)
