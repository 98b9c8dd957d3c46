"""The benchmark of documents measures whole and right ones; how fast is for a machine of one's own."""

import json
from io import StringIO

from django.core.management import call_command

from billing.benchmarks import documents
from tests.documents.reading import text
from tests.formats.einvoice_rules import CII, broken_rules


def test_what_is_measured_is_a_right_document() -> None:
    assert broken_rules(documents.XML.encode(), CII) == []
    assert "702,00" in text(documents.wrap()(1))


def test_it_prints_every_goal_that_could_be_measured() -> None:
    out = StringIO()
    call_command("benchmark", "documents", "--documents", "1", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert [one["name"] for one in found["documents"]][:3] == ["PDF", "ZUGFeRD around it", "validation"]
    assert {goal["name"][:2] for goal in found["goals"]} >= {"P1", "P2", "P3"}
