"""Travellers and their documents into FINDINGS: what an officer should look at before believing a document.

Reach for `document_findings()`: it is the door of the checks. Each check has its own page in docs/documents.md; a
finding is a lead for a person to verify, never a verdict.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ops_hub.schemas import FINDINGS, check
from ops_hub.targeting.documents.formats import DocumentRules
from ops_hub.targeting.documents.journeys import over_journeys
from ops_hub.targeting.documents.listed import listed
from ops_hub.targeting.documents.names import Likeness
from ops_hub.targeting.documents.papers import numbered, papers
from ops_hub.targeting.documents.shared import shared
from ops_hub.targeting.documents.single import single


def document_findings(
    travellers: pl.LazyFrame,
    entries: pl.LazyFrame | None,
    likeness: Likeness,
    rules: DocumentRules,
    *,
    today: date,
) -> pl.LazyFrame:
    """Return FINDINGS of all checks, the most severe first; one a check, record and document.

    Args:
        travellers: TRAVELLERS of as many messages and days as are to be compared (at least the columns
            `papers.NEEDED`).
        entries: ENTRIES of lists of documents; None where there are none.
        likeness: how like two names are, 0 to 1.
        rules: what is known about documents.
        today: the day of the check.
    """
    each = papers(travellers).cache()  # read by every check
    found = [*single(each, rules, today), *shared(each, likeness, rules), *over_journeys(each, rules)]
    if entries is not None:
        found += listed(each, entries, rules, today)
    return check(numbered(pl.concat(found)), FINDINGS, "documents")
