"""Schemathesis against the server's own API document: no 5xx, and no answer that the document does not allow."""

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
# Both kinds of requests, those that the document allows and those that it does not.
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
# An archive is bytes like any others.
schemathesis.serializer.alias("application/zip", "application/octet-stream")
# It says something until its listener leaves: the test would never end.
ENDLESS = r"/(events|feed)$"
SETTINGS = hypothesis.settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)


@pytest.fixture(scope="module")
def api(server):
    url = f"{server.url}/api/openapi.json"
    schema = schemathesis.openapi.from_url(url, headers={"authorization": f"Bearer {server.token}"})
    return schema.exclude(path_regex=ENDLESS)


def call(operation, mode, token):
    """Sends what the document makes hypothesis think of."""

    @SETTINGS
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        case.call_and_validate(headers={"authorization": f"Bearer {token}"}, checks=CHECKS, timeout=60)

    try:
        run()
    except hypothesis.errors.Unsatisfiable:
        # Nothing that the document forbids can be sent to an operation without parameters.
        assert mode == GenerationMode.NEGATIVE


def test_the_document_is_kept(api, server, subtests):
    operations = [result.ok() for result in api.get_all_operations()]
    assert len(operations) > 1
    for operation in operations:
        for mode in MODES:
            with subtests.test(f"{operation.label} {mode.value}"):
                call(operation, mode, server.token)
