"""VAT of a document: per rate on the sum."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.services.vat import vat_totals

D = Decimal
amounts = st.decimals(min_value=D("-9999.99"), max_value=D("9999.99"), places=2)


def test_vat_is_rounded_per_rate_and_not_per_line() -> None:
    [total] = vat_totals([(D(19), "net", D("3.33"), "")] * 3)
    assert (total.net, total.vat, total.gross) == (D("9.99"), D("1.90"), D("11.89"))


def test_a_gross_total_never_moves() -> None:
    [total] = vat_totals([(D(19), "gross", D("119.99"), "")])
    assert (total.net, total.vat, total.gross) == (D("100.83"), D("19.16"), D("119.99"))


def test_dues_are_outside_vat_and_not_at_zero_percent() -> None:
    totals = vat_totals(
        [
            (None, "gross", D("12.00"), ""),
            (D(7), "gross", D("10.70"), ""),
            (D(0), "gross", D("5.00"), "§ 4 Nr. 22 UStG"),
        ]
    )
    assert [(total.rate, total.net, total.vat, total.exemption) for total in totals] == [
        (D(7), D("10.00"), D("0.70"), ""),
        (D(0), D("5.00"), D("0.00"), "§ 4 Nr. 22 UStG"),
        (None, D("12.00"), D("0.00"), ""),
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from([None, D(0), D(7), D(19)]), st.sampled_from(["gross", "net"]), amounts, st.just("")),
        min_size=1,
        max_size=12,
    )
)
def test_gross_is_net_plus_vat_and_gross_prices_add_up_to_the_cent(
    lines: list[tuple[Decimal | None, str, Decimal, str]],
) -> None:
    totals = vat_totals(lines)
    assert all(total.gross == total.net + total.vat for total in totals)
    if all(mode == "gross" for _rate, mode, _amount, _exemption in lines):
        assert sum(total.gross for total in totals) == sum(amount for _rate, _mode, amount, _exemption in lines)
