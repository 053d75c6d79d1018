import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """No test may read or fill the cache of whoever runs it."""
    monkeypatch.setenv("LAYOUT_PLANNER_CACHE", str(tmp_path / "cache"))
