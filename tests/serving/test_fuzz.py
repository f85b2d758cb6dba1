"""Requests made up from the service's own description: none breaks it, each answer is as said."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

PICTURES = ("image", "a", "b")
# made-up bytes are no image, and a real one was not made up
WITHOUT = ("positive_data_acceptance", "negative_data_rejection")
SHOWN = {"authorization": "Bearer a-token-of-some-length"}


def test_made_up_requests_are_answered_as_described(birds, picture):
    schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis")
    from elsewhere.serving import service

    app = service(birds, token=SHOWN["authorization"].partition(" ")[2])
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=SHOWN)
    without = [schemathesis.checks.CHECKS.get_one(name) for name in WITHOUT]
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 6
    for operation in operations:
        tried = try_out(operation, picture, without)
        assert tried
        assert max(tried) < 500


def try_out(operation, picture, without):
    """The statuses of the answers to made-up requests; each answer is held against its type."""
    tried = []

    @given(case=operation.as_strategy(), real=st.booleans())
    @settings(
        max_examples=10,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case, real):
        if real and isinstance(case.body, dict):
            case.body |= {name: picture for name in PICTURES if name in case.body}
        answer = case.call_and_validate(headers=SHOWN, excluded_checks=without)
        tried.append(answer.status_code)

    check()
    return tried
