"""Compiled code is kept where it can be, written anew where it is broken, and asked for by nothing that needs none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from whp.kernels import jit

USE = "import numpy as np\nfrom whp.kernels import forward\nprint(forward([[1.0, 2.0]], [1.0], [[1.0, 1.0]]))\n"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", jit._SAID)} | environment
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=200, env=env
    )


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The package where no cache can be, for a user whose home is no folder: root ignores permissions."""
    root = tmp_path_factory.mktemp("read-only")
    shutil.copytree(
        Path(jit.__file__).resolve().parent, root / "whp" / "kernels", ignore=shutil.ignore_patterns("__pycache__")
    )
    (root / "whp" / "kernels" / "__pycache__").write_text("no folder")
    (root / "home").write_text("no folder")
    home = str(root / "home")
    return {"PYTHONPATH": str(root), "HOME": home, "XDG_CACHE_HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}


def test_without_a_folder_that_can_be_written_a_temporary_one_is_used_and_said_once(nowhere: dict[str, str]) -> None:
    spawn = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {USE!r}], check=True)\n"
    code = f"{USE}import os, whp.kernels\nprint(os.listdir(os.environ['NUMBA_CACHE_DIR']) != [])\n"
    code += "print(os.environ['NUMBA_CACHE_DIR'], whp.kernels.__file__, flush=True)\n"
    done = run(code + spawn, **nowhere)
    assert done.returncode == 0, done.stderr
    first, kept, folders, second = done.stdout.splitlines()
    assert first == second == "[3.]"
    assert kept == "True"
    folder, used = folders.split()
    assert used.startswith(nowhere["PYTHONPATH"])
    assert not Path(folder).exists()
    assert done.stderr == (
        "whp: compiled kernels are kept only while this process runs; NUMBA_CACHE_DIR may name a folder that can be "
        "written\n"
    )


def test_without_any_folder_everything_is_compiled_and_that_is_said_once(nowhere: dict[str, str]) -> None:
    broken = (
        "import tempfile\ndef refuse(*args, **options): raise FileNotFoundError('none')\ntempfile.mkdtemp = refuse\n"
    )
    spawn = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {broken + USE!r}], check=True)\n"
    done = run(
        broken
        + USE.replace("print", "print(end='', flush=True); print")
        + "sys = __import__('sys'); sys.stdout.flush()\n"
        + spawn,
        **nowhere,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[3.]", "[3.]"]
    assert done.stderr.count("\n") == 1
    assert "compiled kernels can be kept nowhere: each process compiles them anew" in done.stderr


def test_a_file_cut_short_is_written_anew(tmp_path: Path) -> None:
    assert run(USE, NUMBA_CACHE_DIR=str(tmp_path)).stdout == "[3.]\n"
    files = [p for p in tmp_path.rglob("*.nb[ci]")]
    whole = {p: p.stat().st_size for p in files}
    assert len(whole) >= 3
    for k, (path, size) in enumerate(sorted(whole.items())):
        os.truncate(path, size // 2 if k % 3 else 0)
    done = run(USE, NUMBA_CACHE_DIR=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "[3.]\n", "")
    assert all(p.stat().st_size > 0.9 * size for p, size in whole.items())
    counts = "from whp.kernels import direct\nprint(sum(direct._add_outputs.stats.cache_hits.values()))\n"
    assert run(USE + counts, NUMBA_CACHE_DIR=str(tmp_path)).stdout == "[3.]\n1\n"


class Full:
    """A cache on a disk without space."""

    cache_path = "/full"

    def __init__(self) -> None:
        self.enabled = True

    def save_overload(self, sig: object, data: object) -> None:
        raise OSError(28, "No space left on device")

    def disable(self) -> None:
        self.enabled = False


def test_a_full_disk_is_said_once_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(jit._SAID, "put back at the end")
    monkeypatch.delenv(jit._SAID)
    for _ in range(2):
        full = Full()
        jit._Forgiving(full).save_overload(None, None)
        assert not full.enabled
    assert capsys.readouterr().err == (
        "whp: compiled kernels are not kept in /full (No space left on device); NUMBA_CACHE_DIR may name a folder that "
        "can be written\n"
    )


def test_validation_and_scalar_claims_load_no_compiler() -> None:
    code = (
        "import sys\nfrom whp.kernels.validate import real_array\nimport whp.checks.separability\n"
        "from whp.checks.cli.main import main\nsys.argv = ['whp', 'check', 'P(Normal(0,1) >= 1) <= 1/2']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('numba' in sys.modules)\n"
    )
    done = run(code)
    assert done.stdout.splitlines()[-1] == "False", done.stderr
