"""A notice on a running stack: what the deployment's topic sends when the books differ, and when
they agree again.

Run by `make test`; alone, on a stack with a topic (NOTICES_EMAIL=… make up): `infra/local/run exec
.local/venv/bin/pytest tests/events/test_notices.py`.
"""

import json
import os
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy import client
from tenant import Tenant

DELIVERY_SECONDS = 30
# Long enough for a message that must not come.
QUIET_SECONDS = 5


class Inbox:
    """A queue in the place of the mailbox: it gets what the topic sends to every subscriber."""

    def __init__(self) -> None:
        self.sqs, self.sns = client("sqs"), client("sns")
        self.queue: str = self.sqs.create_queue(QueueName=f"inbox{secrets.token_hex(4)}")[
            "QueueUrl"
        ]
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.queue, AttributeNames=["QueueArn"]
        )["Attributes"]
        topics = [
            topic["TopicArn"]
            for topic in self.sns.list_topics()["Topics"]
            if "NoticesTopic" in topic["TopicArn"]
        ]
        assert len(topics) == 1, topics
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": attributes["QueueArn"],
        }
        policy = {
            "Version": "2012-10-17",
            "Statement": [allowed | {"Condition": {"ArnEquals": {"aws:SourceArn": topics[0]}}}],
        }
        self.sqs.set_queue_attributes(
            QueueUrl=self.queue, Attributes={"Policy": json.dumps(policy)}
        )
        made = self.sns.subscribe(
            TopicArn=topics[0],
            Protocol="sqs",
            Endpoint=attributes["QueueArn"],
            ReturnSubscriptionArn=True,
        )
        self.subscription: str = made["SubscriptionArn"]

    def close(self) -> None:
        self.sns.unsubscribe(SubscriptionArn=self.subscription)
        self.sqs.delete_queue(QueueUrl=self.queue)

    def mails(
        self, account: str, wanted: int, seconds: float = DELIVERY_SECONDS
    ) -> list[dict[str, Any]]:
        """What comes about an account, until there is as much as wanted or the time is over."""
        mails: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while len(mails) < wanted and time.monotonic() < end:
            got = self.sqs.receive_message(
                QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
            ).get("Messages", [])
            for message in got:
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
                mail = json.loads(message["Body"])
                if account in mail["Message"]:
                    mails.append(mail)
        return mails


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    if not os.environ.get("NOTICES_EMAIL"):
        pytest.skip("this stack sends no e-mails (NOTICES_EMAIL)")
    made = Inbox()
    yield made
    made.close()


def test_a_difference_is_sent_once_by_e_mail_and_once_more_when_it_is_over(inbox: Inbox) -> None:
    tenant = Tenant(f"notices{secrets.token_hex(4)}")
    tenant.connect(int.from_bytes(secrets.token_bytes(3)), movements=40)
    shown = tenant.portal("GET", "/notices")
    assert shown["email"] == {"available": True, "kinds": []}, "nothing is sent before it is chosen"
    tenant.portal(
        "PUT",
        "/notices",
        {"revision": shown["revision"], "webhook": None, "email_kinds": ["mismatch"]},
    )
    assert tenant.sync()["verdict"] == "match"

    tenant.by_hand("by-hand-in", "@stripe_test", "@by_hand")
    assert tenant.sync()["verdict"] == "mismatch"
    [mail] = inbox.mails(tenant.account, 1)
    assert mail["Subject"] == f"Stripe Sync: Stripe and the ledger differ ({tenant.account}, test)"

    assert tenant.sync()["verdict"] == "mismatch"
    assert inbox.mails(tenant.account, 1, QUIET_SECONDS) == [], "one notice for a matter"

    ids = [problem["id"] for problem in tenant.problems()]
    assert ids, "the entry is a problem"
    tenant.portal("POST", "/problems/dismiss", {"ids": ids, "reason": "posted on purpose"})
    tenant.sync()
    [over] = inbox.mails(tenant.account, 1)
    assert over["Subject"] != mail["Subject"]
    told = tenant.portal("GET", "/notices/deliveries")["deliveries"]
    assert [(one["type"], one["resolved"], one["state"]) for one in told] == [
        ("mismatch.found", True, "sent"),
        ("mismatch.found", False, "sent"),
    ]
    assert told[0]["notice"] == told[1]["notice"]
    assert not [mail for mail in (mail, over) if tenant.key in mail["Message"]], (
        "no key leaves the app"
    )
