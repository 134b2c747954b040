"""Prints the manifest form of Blnk Cloud ("register an app"), filled in for one deployed stack."""

from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

import settings
from processes import StackError

FORM = """\
Blnk Cloud, Apps, register an app: the form for the stack {stack}

  Display name               Stripe Sync
  Description                Mirrors a Stripe account into your ledger, record by record, and proves
  that both agree.
  Logo URL                   the public https URL of your logo
  Developer name             your organization's name
  Registration callback URL  {callback}
  Portal generator URL       {portal}
  Permissions                data:read     reads what is already in the ledger, and proves the
  mirror
                             data:write    posts the entries
                             alerts:read   finds the alerts that it has raised before
                             alerts:write  raises an alert when the books no longer agree, and
                             resolves it
                             (without both it still mirrors and proves, and raises none)
  Launch access              everyone, or the people who may look at Stripe's figures

Both URLs hold the registration key, a secret: whoever knows it can send install events. To change
it, see infra/RUNBOOK.md."""


def show(stack: str | None) -> None:
    """For the named stack of the AWS account whose credentials are in force; without a name for the
    local stack."""
    client: Any
    if stack is None:
        from deploy import client as local

        stack, client = settings.STACK_NAME, local
    else:
        client = boto3.Session().client
    try:
        found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {
            output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])
        }
        key = client("secretsmanager").get_secret_value(SecretId=outputs["RegistrationSecretArn"])[
            "SecretString"
        ]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"stack {stack}: {error}") from None
    except KeyError as missing:
        raise StackError(
            f"stack {stack} has no output {missing}: is it a stack of this template?"
        ) from None
    urls = {
        name: outputs[f"{name}UrlPattern"].replace("{key}", key)
        for name in ("Callback", "PortalGenerator")
    }
    print(FORM.format(stack=stack, callback=urls["Callback"], portal=urls["PortalGenerator"]))
