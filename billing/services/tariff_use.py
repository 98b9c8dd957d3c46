"""Which terms are used: a version that a contract has, will get or was told of is never edited."""

from billing.models import Contract, ContractEvent, PriceChange, TariffVersion


def is_used(version: TariffVersion) -> bool:
    """Whether a contract has this version, or may get it by what is entered already."""
    if PriceChange.objects.filter(version=version).exists() or comes_otherwise(version):
        return True
    contracts = Contract.objects.filter(tariff=version.tariff)
    if version.valid_from and not version.existing_from:
        contracts = contracts.filter(start__gte=version.valid_from)
    return contracts.exists()


def comes_otherwise(version: TariffVersion) -> bool:
    """Contracts that changed to the tariff, or get it after the trial of another one."""
    code, organisation = version.tariff.code, version.organisation_id
    changed = ContractEvent.objects.filter(
        organisation=organisation, kind=ContractEvent.Kind.CHANGE_TARIFF, data__value=code
    )
    tried = Contract.objects.filter(organisation=organisation, tariff__versions__terms__trial__then=code)
    return changed.exists() or tried.exists()
