"""A journal as an ERP takes it: read by Python's own csv module, and by LibreOffice where there is
one, it balances in each currency and equals the balances of the ledger. The statement of the month
holds what Stripe's own report of the same days holds.

Run by `make test`; alone, on a running stack: `infra/local/run exec .local/venv/bin/pytest
tests/events/test_journal.py`.
"""

import csv
import io
import os
import secrets
import shutil
import subprocess
import urllib.request
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tenant import Tenant, control

# Movements in currencies of two, none and three decimal places, and in the two that Stripe writes
# with two and that have none.
CURRENCIES = ("usd", "jpy", "kwd", "isk", "ugx")
MOVEMENTS = (("charge", 50_100), ("refund", -700), ("stripe_fee", -300), ("payout", -20_000))
CUSTOMERS = "customer balances"
CONVERSION_SECONDS = 180
Sums = dict[tuple[str, str], Decimal]


class Month:
    """A customer with a synced account, and the period that holds all its records."""

    def __init__(self) -> None:
        self.tenant = Tenant(f"journal{secrets.token_hex(4)}")
        self.tenant.connect(int.from_bytes(secrets.token_bytes(3)))
        for currency in CURRENCIES:
            for kind, amount in MOVEMENTS:
                self.tenant.add(kind, amount, currency=currency)
        self.run = self.tenant.sync()
        today = datetime.now(UTC).date()
        # The day before too: midnight may pass between the records and now.
        self.period = f"from={today - timedelta(days=1)}&to={today}"

    def text(self, path: str) -> str:
        """An answer of the portal's API that is no JSON."""
        request = urllib.request.Request(
            f"{os.environ['API_URL']}/portal/api{path}", headers=self.tenant.session_headers()
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            body: str = answer.read().decode()
        return body

    def balances(self) -> Sums:
        """Debits less credits of each account and currency, as the ledger itself keeps them;
        customers' balances are one line."""
        shown = self.tenant.portal("GET", f"/statements?{self.period}")["statements"]
        exponents = {statement["currency"]: int(statement["exponent"]) for statement in shown}
        sums: Sums = defaultdict(Decimal)
        for row in control("GET", f"/core/instances/{self.tenant.instance}/state")["balances"]:
            net = int(row["debit"]) - int(row["credit"])
            if net:
                account = (
                    str(row["indicator"]).removeprefix("@") if row.get("indicator") else CUSTOMERS
                )
                sums[account, row["currency"]] += Decimal(net).scaleb(-exponents[row["currency"]])
        return {key: net for key, net in sums.items() if net}


@pytest.fixture(scope="module")
def month() -> Month:
    made = Month()
    assert (made.run["state"], made.run["verdict"]) == ("completed", "match"), made.run
    return made


def moved(text: str) -> Sums:
    """Debits less credits of a journal's table, by account and currency."""
    sums: Sums = defaultdict(Decimal)
    for row in csv.DictReader(io.StringIO(text)):
        assert all(not value.startswith(("=", "+", "@")) for value in row.values()), row
        sums[row["account"], row["currency"]] += Decimal(row["debit"]) - Decimal(row["credit"])
    return {key: net for key, net in sums.items() if net}


def assert_balances(sums: Sums) -> None:
    by_currency: dict[str, Decimal] = defaultdict(Decimal)
    for (_, currency), net in sums.items():
        by_currency[currency] += net
    assert set(by_currency) == {currency.upper() for currency in CURRENCIES}
    assert not any(by_currency.values()), by_currency


def test_the_journal_balances_and_equals_the_ledger(month: Month) -> None:
    journal = moved(month.text(f"/journal.csv?{month.period}"))
    assert_balances(journal)
    assert journal == month.balances()
    by_day = moved(month.text(f"/journal.csv?{month.period}&by=day"))
    assert by_day == journal


def test_a_spreadsheet_reads_the_same_journal(month: Month, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if not office:
        pytest.skip(
            "LibreOffice (soffice) is not installed: only Python's csv module read the journal"
        )
    text = month.text(f"/journal.csv?{month.period}")
    file = tmp_path / "journal.csv"
    file.write_text(text)
    argv = [
        office,
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "ods",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*argv, str(file)], check=True, timeout=CONVERSION_SECONDS)
    file.unlink()
    subprocess.run(
        [*argv[:3], "--convert-to", "csv", *argv[5:], str(tmp_path / "journal.ods")],
        check=True,
        timeout=CONVERSION_SECONDS,
    )
    assert moved(file.read_text()) == moved(text)


def test_the_statement_holds_what_stripes_own_report_holds(month: Month) -> None:
    name = datetime.now(UTC).strftime("%Y-%m")
    shown = month.tenant.portal("GET", f"/statements/{name}")
    days = f"from={shown['from']}&to={shown['to']}"
    reports = control(
        "GET", f"/stripe/accounts/{month.tenant.account}/reports/balance-summary?{days}"
    )
    assert len(reports) == len(shown["statements"]) == len(CURRENCIES)
    for report, statement in zip(reports, shown["statements"], strict=True):
        assert (report["balance"], report["currency"]) == (
            statement["balance"],
            statement["currency"],
        )
        activity = {
            row["category"]: [row["count"], int(row["gross"]), int(row["fee"]), int(row["net"])]
            for row in statement["activity"]
        }
        assert activity == {
            name: [row["count"], row["gross"], row["fee"], row["net"]]
            for name, row in report["activity"].items()
        }
        # Stripe's report counts a payout when it arrives: until then it is still in the balance.
        in_transit = report["payouts_in_transit"]
        assert (
            int(statement["ending_balance"]) == report["ending_balance"] + in_transit["end"]["net"]
        )
        assert (
            int(statement["starting_balance"])
            == report["starting_balance"] + in_transit["start"]["net"]
        )
    items = month.tenant.portal("GET", f"/reconciling-items?{days}")
    ours = {
        row["currency"]: int(row["payouts_in_transit_at_end"]["amount"])
        for row in items["currencies"]
    }
    stripes = {
        report["currency"]: -report["payouts_in_transit"]["end"]["gross"] for report in reports
    }
    assert {currency: amount for currency, amount in ours.items() if amount} == {
        key: amount for key, amount in stripes.items() if amount
    }
