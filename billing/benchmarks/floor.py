"""What the database can do at best: the same rows written without any programme around them, and the plain loop for contrast."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from billing import pricing
from billing.benchmarks.measure import busy_seconds
from billing.models import Contract, DebtorAccount, Invoice, InvoiceLine, Mail, Mandate, Posting
from billing.services.contracts import CONTRACT_FIELDS, Versions, contract_data, load_events, load_tariffs
from members.models import Organisation

CHUNK = 1000
TRIES = 3
SAMPLE = 500
OF_INVOICE = {InvoiceLine: "invoice_id", Posting: "document_id", Mail: "invoice_id"}
Rows = list[tuple[Any, ...]]
Table = tuple[type[models.Model], Rows]


def floor_seconds(alias: str) -> float:
    """The best of some tries to write everything that the run wrote, into a copy of the database from before the run."""
    return min(one_try(alias) for _number in range(TRIES))


def one_try(alias: str) -> float:
    """Writes all rows in one transaction, which is taken back; only the writing is timed."""
    seconds = 0.0
    with transaction.atomic(using=alias):
        for tables, contracts in chunks():
            started = busy_seconds(alias)
            write(connections[alias], tables, contracts)
            seconds += busy_seconds(alias) - started
        transaction.set_rollback(True, using=alias)
    return seconds


def chunks() -> Iterator[tuple[list[Table], Rows]]:
    """The rows of 1,000 documents with all that belongs to them, as they lie in the database, and their contracts' days."""
    for first in range(0, Invoice.objects.count(), CHUNK):
        invoices = raw(Invoice, "ORDER BY id LIMIT %s OFFSET %s", CHUNK, first)
        low, high = invoices[0][0], invoices[-1][0]
        details: list[Table] = [
            (model, raw(model, f"WHERE {column} BETWEEN %s AND %s", low, high)) for model, column in OF_INVOICE.items()
        ]
        debtors = raw(
            DebtorAccount,
            "WHERE member_id IN (SELECT payer_id FROM billing_invoice WHERE id BETWEEN %s AND %s)",
            low,
            high,
        )
        billed = "c WHERE EXISTS (SELECT 1 FROM billing_invoiceline l WHERE l.contract_id = c.id AND l.invoice_id BETWEEN %s AND %s)"
        days = select(f"SELECT settled_to, due_on, id FROM billing_contract {billed}", low, high)  # noqa: S608 (our own text)
        yield [(Invoice, invoices), (DebtorAccount, debtors), *details], days


def raw(model: type[models.Model], condition: str, *parameters: Any) -> Rows:
    """Rows of a table as the driver gives them."""
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    return select(f"SELECT {columns} FROM {model._meta.db_table} {condition}", *parameters)  # noqa: S608 (names come from the models)


def select(sql: str, *parameters: Any) -> Rows:
    """What a query gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def write(target: BaseDatabaseWrapper, tables: list[Table], days: Rows) -> None:
    """Plain COPY or executemany, one UPDATE per row for the contracts' days, and foreign keys asked as a commit would."""
    with target.cursor() as cursor:
        for model, rows in tables:
            if rows:
                insert(target.vendor, cursor, model, rows)
        cursor.executemany("UPDATE billing_contract SET settled_to = %s, due_on = %s WHERE id = %s", days)
        if target.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def insert(vendor: str, cursor: Any, model: type[models.Model], rows: Rows) -> None:
    """All rows of one table."""
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    if vendor != "postgresql":
        places = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})", rows)  # noqa: S608
        return
    with cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def loop_seconds(alias: str, organisation: Organisation, until: date) -> float:
    """Seconds per document of a plain loop: read, price and save one by one, a transaction each. A sample tells."""
    invoices = list(Invoice.objects.order_by("pk")[:SAMPLE])
    documents = [(one, details(one)) for one in invoices]
    tariffs = load_tariffs(organisation)
    started = busy_seconds(DEFAULT_DB_ALIAS, alias)
    for invoice, rows in documents:
        Mandate.objects.usable().filter(member_id=invoice.payer_id).first()
        with transaction.atomic(using=alias):
            save_new(invoice, alias)
            for row in rows:
                if isinstance(row, InvoiceLine):
                    price(tariffs, row.contract_id, until)
                save_new(row, alias)
    return (busy_seconds(DEFAULT_DB_ALIAS, alias) - started) / len(invoices)


def price(tariffs: Versions, contract: int, until: date) -> None:
    """Reads one contract with what belongs to it, and prices it."""
    found = Contract.objects.select_related("tariff", "member__payer").get(pk=contract)
    row = {"tariff__code": found.tariff.code} | {name: getattr(found, name) for name in CONTRACT_FIELDS[1:]}
    read = pricing.parse_contract(contract_data(row, load_events([contract]).get(contract, [])))
    pricing.charges(tariffs, read, [], until, since=until.replace(day=1))


def details(invoice: Invoice) -> list[models.Model]:
    """The rows that belong to a document, and its contracts."""
    lines = list(invoice.lines.select_related("contract"))
    debtor = DebtorAccount.objects.filter(member_id=invoice.payer_id)
    return [*debtor, *lines, *invoice.postings.all(), *invoice.mails.all(), *(line.contract for line in lines)]


def save_new(row: models.Model, alias: str) -> None:
    """Inserts a document's row; a contract is updated in its days."""
    if isinstance(row, Contract):
        Contract.objects.using(alias).filter(pk=row.pk).update(settled_to=row.settled_to, due_on=row.due_on)
    else:
        row.save(using=alias, force_insert=True)
