"""Whatever happens to debts, in whatever order: the product agrees with a reference of plain dictionaries, step by step."""

import pytest
from django_scopes import scopes_disabled

from billing.services import audit
from tests.services.debt_machine import Machine

pytestmark = [pytest.mark.both, pytest.mark.django_db]
# Each of these happens in a run of the daily length, or the run proves less than it says.
MOVES = {
    *("bill", "hand_in", "credited", "came_back", "transfer", "write_off", "money_after_all", "use_advance", "pay_out"),
    *("paid_out", "cancel", "undo", "remind"),
}  # fmt: skip


def test_some_hundred_steps_keep_every_account_right() -> None:
    with scopes_disabled():
        machine = Machine(seed=7)
        machine.run(250, every=2)
        assert {move for move in MOVES if not machine.done[move]} == set()
        assert audit.audit(machine.organisation) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 40))
def test_ten_thousand_steps_keep_every_account_right(seed: int) -> None:
    with scopes_disabled():
        machine = Machine(seed)
        machine.run(500, every=5)
        assert audit.audit(machine.organisation) == []
