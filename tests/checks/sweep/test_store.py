"""The store keeps what it is given and refuses what it is not."""

import numpy as np
import pytest
from whp.checks.sweep.store import Store


def test_the_store_keeps_json_and_arrays_and_refuses_other_runs(tmp_path):
    path = tmp_path / "results.sqlite"
    with Store(path, {"seed": 0}) as store:
        store.put("a", [1, None, "x"])
        store.put("nothing", None)
        store.put("b", {"x": np.arange(3.0), "y": np.array([np.nan])})
    with Store(path, {"seed": 0}, resume=True) as store:
        assert store.get("a") == [1, None, "x"]
        assert store.get("nothing") is None
        assert np.array_equal(store.get("b")["x"], np.arange(3.0))
        assert "a" in store
        assert "gone" not in store
        with pytest.raises(KeyError, match="nothing called 'gone' is stored"):
            store.get("gone")
    with pytest.raises(ValueError, match="seed = 0, this one 1"):
        Store(path, {"seed": 1}, resume=True)
    with pytest.raises(ValueError, match="already holds a run"):
        Store(path, {"seed": 0})


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "results.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ValueError, match="no results file of whp"):
        Store(path, {}, resume=True)
