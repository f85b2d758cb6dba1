"""What was measured twice is compared: words and counts to the letter, means of floats nearly."""

import pytest


def near(figures):
    """What `flat(others)` is to equal; the last digits hang on the order of sums."""
    return pytest.approx(flat(figures), rel=1e-5, nan_ok=True)


def flat(values, above=""):
    """Nested dictionaries and lists as one dictionary."""
    if not isinstance(values, dict | list):
        return {above: values}
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    parts = [flat(value, f"{above}/{key}") for key, value in pairs]
    return {key: value for part in parts for key, value in part.items()}
