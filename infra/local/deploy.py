"""Deploys template.yaml as it is: what `sam build`, `aws cloudformation package` and `deploy` do,
in one process and in seconds.
"""

import re
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import build
import settings
from processes import StackError

BUCKET = "deploy"
DEPLOY_SECONDS = 120


def client(service: str) -> Any:
    """A client of the local AWS. Untyped: its methods are made from the service's description when
    it runs."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=settings.AWS_URL,
        region_name=settings.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (the local AWS takes any)
        config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
    )


def _packaged_template(s3: Any) -> str:
    """The template with each CodeUri pointing to an uploaded package."""
    text = (settings.ROOT / "template.yaml").read_text()
    for function in settings.FUNCTIONS:
        package: Path = build.package(function)
        key = f"{function}-{package.name}"
        s3.upload_file(str(package), BUCKET, key)
        text, found = re.subn(
            rf"(?m)^(\s+CodeUri: )functions/{re.escape(function)}$", rf"\1s3://{BUCKET}/{key}", text
        )
        if found == 0:
            raise StackError(f"template.yaml has no CodeUri for functions/{function}.")
    return text


def deploy() -> dict[str, str]:
    """Creates or updates the stack; its outputs."""
    try:
        return _deploy()
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"the deployment failed: {error}") from error


def _deploy() -> dict[str, str]:
    s3, cloudformation = client("s3"), client("cloudformation")
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="template.yaml", Body=_packaged_template(s3).encode())
    arguments = {
        "StackName": settings.STACK_NAME,
        "TemplateURL": f"{settings.AWS_URL}/{BUCKET}/template.yaml",
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in settings.parameters().items()
        ],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    try:
        cloudformation.describe_stacks(StackName=settings.STACK_NAME)
        cloudformation.update_stack(**arguments)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "does not exist" in message:
            cloudformation.create_stack(**arguments)
        elif "No updates" not in message:
            raise
    outputs = _outputs_when_done(cloudformation)
    # The local AWS ignores the table's TTL at creation (AWS does not): set here, harmless when it
    # is set already.
    try:
        client("dynamodb").update_time_to_live(
            TableName=outputs["TableName"],
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
    return outputs


def _outputs_when_done(cloudformation: Any) -> dict[str, str]:
    end = time.monotonic() + DEPLOY_SECONDS
    while time.monotonic() < end:
        stack = cloudformation.describe_stacks(StackName=settings.STACK_NAME)["Stacks"][0]
        status = stack["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if not status.endswith("_IN_PROGRESS"):
            raise StackError(f"the deployment ended as {status}: {_first_failure(cloudformation)}")
        time.sleep(0.1)
    raise StackError(f"the deployment was not complete after {DEPLOY_SECONDS} s.")


def _first_failure(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=settings.STACK_NAME)["StackEvents"]
    failed = [
        f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason', '')}"
        for e in events
        if e["ResourceStatus"].endswith("_FAILED")
    ]
    return failed[-1] if failed else "no event says why"


def registration_key(outputs: dict[str, str]) -> str:
    """The secret part of the two registered URLs."""
    key: str = client("secretsmanager").get_secret_value(SecretId=outputs["RegistrationSecretArn"])[
        "SecretString"
    ]
    return key
