from datetime import date

import polars as pl

from ops_hub.schemas import MESSAGES, TRAVELLERS, dtypes, rows

PAPERS = [
    {"type": "P", "number": "A1", "issuer": "BRB", "expires": date(2030, 1, 2)},
    {"number": None, "verified": True},
]
LEGS = [{"flight": "BW1", "from_port": "POS", "to_port": "BGI", "departs_at": None, "arrives_at": None}]


def test_many_rows_are_the_same_frame_that_polars_makes_of_them():
    documents = [PAPERS, [], None, PAPERS[:1], PAPERS[1:]]
    many = [
        {"record_id": str(k), "documents": list(own) if own else own, "legs": LEGS, "seats": ["1A"], "contacts": []}
        for k, own in enumerate(documents * 12)
    ]
    for records in (many, many[:7], many[::5], many[1::5], many[2::5], [{"record_id": "x"}] * 30):
        assert rows(TRAVELLERS, records).equals(pl.DataFrame(records, schema=dtypes(TRAVELLERS), orient="row"))
        assert rows(TRAVELLERS, records).schema == dtypes(TRAVELLERS)


def test_rows_of_a_schema_without_rows_have_its_columns():
    assert rows(MESSAGES, []).schema == dtypes(MESSAGES)
