"""The routes, each behind its function, and the parameters that name origins."""

import re

from tests.template.cloudformation import (
    PARAMETERS,
    RESOURCES,
    ROOT,
    ROUTES,
    TEMPLATE,
    of_type,
    when,
)


def test_routes() -> None:
    found = {}
    for route in of_type("AWS::ApiGatewayV2::Route").values():
        integration = (
            route["Properties"]["Target"]["Fn::Sub"]
            .removeprefix("integrations/${")
            .removesuffix("}")
        )
        function = RESOURCES[integration]["Properties"]["IntegrationUri"][
            "Fn::GetAtt"
        ].removesuffix(".Arn")
        found[route["Properties"]["RouteKey"]] = function
    assert found == ROUTES


def test_api_may_call_each_function_and_no_other() -> None:
    permitted = {
        p["Properties"]["FunctionName"]["Ref"] for p in of_type("AWS::Lambda::Permission").values()
    }
    assert permitted == set(ROUTES.values())


def test_registered_urls_follow_the_public_base_url() -> None:
    for name in ("CallbackUrlPattern", "PortalGeneratorUrlPattern", "StripeWebhookUrlPattern"):
        separator, (base, path) = TEMPLATE["Outputs"][name]["Value"]["Fn::Join"]
        assert separator == ""
        assert when(base, HasPublicBaseUrl=True) == {"Ref": "PublicBaseUrl"}, name
        assert when(base, HasPublicBaseUrl=False) == {"Fn::GetAtt": "Api.ApiEndpoint"}, name
        assert path in [route.split(" ")[1] for route in ROUTES], name


def test_the_manifest_requests_what_the_app_uses() -> None:
    from manifest import FORM

    permissions = (ROOT / "shared" / "src" / "model" / "install" / "permission.rs").read_text()
    used = set(re.findall(r'"((?:data|alerts):\w+)"', permissions))
    assert len(used) == 4
    for permission in used:
        assert re.search(rf"(?m)^ *(?:Permissions +)?{permission} ", FORM), permission
    assert "leave them out" not in FORM


def test_the_public_base_url_is_an_origin_or_empty() -> None:
    pattern = re.compile(PARAMETERS["PublicBaseUrl"]["AllowedPattern"])
    for good in (
        "",
        "https://sync.example.com",
        "https://Sync.Example.com",
        "https://sync.example.com:443",
        "http://localhost:4000",
        "https://a-b.example",
    ):
        assert pattern.fullmatch(good), good
    for bad in (
        "https://apps.example.com/stripe-sync",
        "https://sync.example.com/",
        "https://sync.example.com?a",
        "https://sync.example.com#a",
        "https://user@sync.example.com",
        "sync.example.com",
        "https://",
        "https://-a.example",
        "https://a..example",
        "https://sync.example.com:",
    ):
        assert not pattern.fullmatch(bad), bad


def test_dashboard_origins_cannot_break_out_of_the_policy_header() -> None:
    pattern = re.compile(PARAMETERS["DashboardOrigins"]["AllowedPattern"])
    assert pattern.fullmatch(PARAMETERS["DashboardOrigins"]["Default"])
    assert pattern.fullmatch("http://localhost:4000")
    for bad in (
        "*",
        "https://a.example; script-src *",
        "https://a.example,https://b.example",
        "https://a.example/path",
        "https://a.example  https://b.example",
    ):
        assert not pattern.fullmatch(bad), bad
