"""Placeholders: whole names of a list are filled in once; nothing else in braces is ever evaluated."""

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.mail_words import KINDS
from billing.documents.mails import composed, one_line
from billing.documents.placeholders import check, filled, names_in

VALUES = {"name": "Petra", "amount": "14,00 €"}
HOSTILE = [
    "{0.__class__}", "{name.__class__}", "{name.__class__.__mro__}", "{name!r}", "{name!s:>9999999999}", "{name:999999999}", "{name[0]}",
    "{name:{amount}}", "{0}", "{}", "{ name }", "{Name}", "{nаme}", "{name\n}", "{__import__('os')}", "{settings}", "{self}", "{%load x%}",
    "{name", "name}", "{{name}", "{name}}", "{", "}", "{{{", "{name|safe}", "{amount=}",
]  # fmt: skip
TEXT = st.text(alphabet=st.sampled_from("{}ab:!._0 nametou\n"), max_size=60)


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_no_name_of_the_list_is_refused(words: str) -> None:
    for ask in (check, filled):
        with pytest.raises(ValidationError):
            ask(words, VALUES)


@pytest.mark.parametrize("words, says", [("{{7*7}}", "{7*7}"), ("{{name}}", "{name}"), ("{{ {name} }}", "{ Petra }")])
def test_doubled_braces_are_braces(words: str, says: str) -> None:
    assert filled(words, VALUES) == says


@pytest.mark.parametrize(
    "words", ["{{% include 'x' %}}", "{{{{ settings }}}}", "{{settings.SECRET_KEY}}", "%(name)s", "${name}"]
)
def test_the_languages_of_others_are_printed_as_they_stand(words: str) -> None:
    assert "SECRET" not in filled(words, VALUES).replace(words.replace("{{", "{").replace("}}", "}"), "")


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert filled("{name} {amount}", {"name": "{amount}{{", "amount": "{name}"}) == "{amount}{{ {name}"


def test_the_refusal_names_line_and_placeholder_and_what_there_is() -> None:
    with override("en"), pytest.raises(ValidationError) as refused:
        check("Hello\n{nane} and {name}\n}", VALUES)
    assert refused.value.messages == [
        "Line 2: {nane} is not a placeholder here. There are: {amount}, {name}.",
        "Line 3: a single }. Write it twice if you mean the character.",
    ]


@given(TEXT)
def test_words_are_refused_or_filled_and_never_anything_else(words: str) -> None:
    try:
        check(words, VALUES)
    except ValidationError:
        return
    assert names_in(words) <= set(VALUES)
    plain = words.replace("{name}", "").replace("{amount}", "")
    assert plain.count("{") % 2 == plain.count("}") % 2 == 0


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_standard_texts_use_what_there_is_and_all_that_they_need(kind: str, language: str) -> None:
    known = KINDS[kind]
    with override(language):
        used = names_in(known.default.subject) | names_in(known.default.text)
    assert set(known.needed) <= used <= set(known.placeholders)
    mail = composed(kind, language, dict.fromkeys(known.placeholders, "x\r\nBcc: all@example.org\x00"))
    assert mail.subject.isprintable()


@given(st.text())
def test_a_subject_is_one_line_that_a_header_takes(text: str) -> None:
    assert one_line(text).isprintable()
