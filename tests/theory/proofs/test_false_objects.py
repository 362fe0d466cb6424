"""Objects that once passed for proofs of what is false, one for each side condition that nobody asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from whp.theory.proofs.referee_claims import rejection

FALSE = json.loads(Path(__file__).with_name("false_objects.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(FALSE))
def test_what_is_false_is_not_proved(name):
    assert rejection(FALSE[name]) is not None
