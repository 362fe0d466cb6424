"""``whp certify`` writes certificates and rechecks them, with the promised exit codes."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas
import pytest
import typer
from typer.testing import CliRunner
from whp.checks.cli.certify import certify
from whp.checks.separability import certificate
from whp.checks.separability import recheck as referee

RUNNER = CliRunner()
RNG = np.random.default_rng(31)
R = RNG.standard_normal((12, 5))
SEPARABLE, INSEPARABLE = np.sign(R[:, 0]), RNG.choice([-1.0, 1.0], 12)
INSEPARABLE[:2] = 1.0


@pytest.fixture
def app():
    app = typer.Typer()
    app.command("certify")(certify)
    # A second command keeps "certify" a subcommand, as it is in `whp`.
    app.command("other")(lambda: None)
    return app


@pytest.fixture
def files(tmp_path):
    rows = R.copy()
    rows[1] = -rows[0]
    np.savez(tmp_path / "separable.npz", R=R, y=SEPARABLE)
    np.savez(tmp_path / "inseparable.npz", R=rows, y=INSEPARABLE)
    return tmp_path


def run(app, *arguments):
    return RUNNER.invoke(app, ["certify", *map(str, arguments)])


@pytest.mark.parametrize(("name", "kind"), [("separable", "separable"), ("inseparable", "overlap")])
def test_a_certificate_is_written_and_accepted(app, files, name, kind):
    written = run(app, files / f"{name}.npz", "-o", files / "cert.json", "--json")
    assert written.exit_code == 0, written.output
    answer = json.loads(written.stdout)
    assert answer["kind"] == kind
    assert answer["separable"] is (kind == "separable")
    assert answer["question"] == "through the origin"
    rechecked = run(app, "--recheck", files / "cert.json", files / f"{name}.npz")
    assert rechecked.exit_code == 0
    assert kind in rechecked.stdout


def test_a_certificate_for_other_data_is_rejected_with_exit_code_1(app, files):
    run(app, files / "separable.npz", "-o", files / "cert.json")
    rejected = run(app, "--recheck", files / "cert.json", files / "inseparable.npz", "--json")
    assert rejected.exit_code == 1
    assert json.loads(rejected.stdout) == {
        "accepted": False,
        "reason": "the certificate is for other data: shape, classes or SHA-256 differ",
    }


def test_a_tampered_certificate_is_rejected_with_exit_code_1(app, files):
    run(app, files / "inseparable.npz", "-o", files / "cert.json")
    document = json.loads((files / "cert.json").read_text())
    document["weights"][0][0] = hex(int(document["weights"][0][0], 16) ^ 1)
    (files / "cert.json").write_text(json.dumps(document))
    assert run(app, "--recheck", files / "cert.json", files / "inseparable.npz").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.npz"], "none.npz is not there; a table of samples and labels is needed"),
        (["."], " is a folder; a table of samples and labels is needed"),
        (["separable.npz", "--recheck", "none.json"], "none.json is not there; a JSON certificate is needed"),
        (["separable.npz", "--recheck", "."], " is a folder; a JSON certificate is needed"),
        (["separable.npz", "-o", "no/cert.json"], "cert.json is to be written into no, which is no folder"),
        (["separable.npz", "-o", "."], "is a folder; a file in a folder that exists is needed"),
        (["separable.npz", "--npz", "no/x.npz"], "--npz: no/x.npz is to be written into no, which is no folder"),
    ],
)
def test_what_is_not_there_is_said_in_our_words_before_anything_is_computed(app, files, arguments, words, monkeypatch):
    monkeypatch.chdir(files)
    monkeypatch.setattr(certificate, "separate", None)
    failed = run(app, *arguments)
    assert isinstance(failed.exception, ValueError)
    assert words in str(failed.exception)


def test_the_margin_is_printed_on_request(app, files):
    answer = json.loads(run(app, files / "separable.npz", "--margin", "--json").stdout)
    lower, upper = json.loads(answer["maximum_margin"])
    assert 0 < lower <= upper


def test_undetermined_data_exit_with_1_and_leave_no_file(app, files, monkeypatch):
    undecided = replace(certificate.separate(R, SEPARABLE), kind="undetermined", witness_numbers=None, method="gave up")
    monkeypatch.setattr(certificate, "separate", lambda rows, labels, intercept: undecided)
    ended = run(app, files / "separable.npz", "-o", files / "cert.json")
    assert ended.exit_code == 1
    assert "undetermined" in ended.stdout
    assert not (files / "cert.json").exists()


def test_bad_input_is_one_line_of_what_was_wrong_found_and_needed(app, files):
    (files / "noise.json").write_bytes(b"\xff\xfe\x00")
    (files / "other.json").write_text('{"format": "whp-separability", "version": 9}')
    np.savez(files / "pickled.npz", R=np.array([[None]]), y=np.array([1]))
    data = files / "separable.npz"
    for arguments, message in [
        ((files / "pickled.npz",), "plain arrays"),
        (("--recheck", files / "noise.json", data), "not a text file"),
        (("--recheck", files / "other.json", data), "version 9 is unknown; known: 2"),
        (("--recheck", files / "other.json", data, "--margin"), "combined"),
    ]:
        error = run(app, *arguments).exception
        assert isinstance(error, ValueError)
        assert message in str(error)
        assert "\n" not in str(error)


def test_importing_the_command_is_light():
    heavy = "numba sympy scipy matplotlib highspy numpy"
    code = f"import sys, whp.checks.cli.certify; print([m for m in {heavy.split()!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_but_json_reaches_the_standard_output(files):
    # Without the first proposal the linear program runs, whose solver likes to print a banner.
    code = (
        "import typer; from whp.checks.separability import _decide; _decide.nearest_point = lambda G: None; "
        "from whp.checks.cli.certify import certify; app = typer.Typer(); app.command()(certify); app()"
    )
    command = [sys.executable, "-c", code, str(files / "separable.npz"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["method"] == "linear program"


LIZARDS = """site,height,sun,side,y
a,2.5,yes,left,no
b,0.1,no,left,no
c,0.3,no,right,yes
d,2.5,yes,right,no
e,7,yes,top,yes
"""


def table(folder, text, name="data.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_csv_is_read_with_its_names(app, tmp_path):
    # The decimals cancel exactly, which their roundings to float64 would not.
    data = table(tmp_path, ",dose,weight,dead\nA,0.1,0.7,0\nB,0.3,2.1,1\nC,0,1,1\nD,1,0,0\n")
    answer = json.loads(run(app, data, "--label", "dead", "--json").stdout)
    assert (answer["kind"], answer["n"], answer["d"], answer["label"]) == ("quasi", 4, 2, "dead")
    assert answer["conflict"] == ["A", "B"]
    assert answer["signs"] == {"0": "-1", "1": "+1"}
    shown = run(app, data, "--label", "dead").stdout
    assert "conflict        A, B" in shown
    assert "-1 is 0, +1 is 1" in shown


@pytest.mark.parametrize("intercept", [False, True])
def test_categories_become_columns_on_request_and_certificates_of_csv_files_recheck(app, tmp_path, intercept):
    data = table(tmp_path, LIZARDS)
    options = ["--one-hot", *(["--intercept"] if intercept else [])]
    answer = json.loads(run(app, data, *options, "-o", tmp_path / "cert.json", "--json").stdout)
    assert answer["question"] == ("with intercept" if intercept else "through the origin")
    # The first category of each column is what the intercept stands for.
    assert answer["d"] == (1 + 4 + 1 + 2 if intercept else 1 + 5 + 2 + 3)
    accepted = run(app, "--recheck", tmp_path / "cert.json", data, "--one-hot")
    assert accepted.exit_code == 0, accepted.output
    assert answer["question"] in accepted.stdout
    assert run(
        app, "--recheck", tmp_path / "cert.json", table(tmp_path, LIZARDS.replace("7", "8")), "--one-hot"
    ).exit_code


def test_the_numbers_of_a_table_go_to_the_referee_alone(app, tmp_path):
    data = table(tmp_path, "a\tb\ty\n0.1\t0.7\t-1\n0.3\t2.1\t1\n", "data.tsv")
    run(app, data, "-o", tmp_path / "cert.json", "--npz", tmp_path / "data.npz")
    command = [sys.executable, referee.__file__, str(tmp_path / "cert.json"), str(tmp_path / "data.npz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("accepted - overlap"), done.stdout + done.stderr
    assert json.loads(run(app, tmp_path / "data.npz", "--json").stdout)["conflict"] == ["line 2", "line 3"]


def test_infinite_estimates_are_named(app, tmp_path):
    data = table(tmp_path, "x,NV,y\n1,0,no\n2,0,yes\n3,1,yes\n3,0,no\n")
    answer = json.loads(run(app, data, "--intercept", "--json").stdout)
    assert (answer["kind"], answer["estimates"]) == ("quasi", {"NV": "+inf"})
    assert "estimates       NV +inf" in run(app, data, "--intercept").stdout


def test_arrays_in_files_take_either_name_and_npy_a_column(app, tmp_path):
    rows, labels = [[2**53 + 1, 1], [2**53, 1]], [1, -1]
    np.savez(tmp_path / "x.npz", X=rows, y=labels)
    np.savez(tmp_path / "r.npz", R=rows, y=labels)
    np.save(tmp_path / "t.npy", np.column_stack([rows, labels]))
    np.save(tmp_path / "s.npy", np.array([(*r, s) for r, s in zip(rows, labels, strict=True)], "i8,i8,i8"))
    for name, options in (("x.npz", []), ("r.npz", []), ("t.npy", ["--label", "2"]), ("s.npy", ["--label", "f2"])):
        answer = json.loads(run(app, tmp_path / name, *options, "--json").stdout)
        assert answer["kind"] == "separable", name


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b\n1,2\n", (), "has the columns a, b: name the labels with --label COLUMN"),
        ("age,b\n1,2\n", ("--label", "agee"), "no column 'agee'; did you mean 'age'?"),
        ("a,y\n1,0\nx,1\n", (), "line 3, column 'a': found the text 'x'"),
        ("a,y\n1,0\nNA,1\n", ("--one-hot",), "line 3, column 'a': the value is missing"),
        ("a,y\n1,0\n2,\n", (), "line 3, column 'y': the value is missing"),
        ("a,y\n1,0\n2\n", (), "line 3: found 1 cells, but the header has 2"),
        ("a;y\n1;0\n", (), "has ';' between its cells"),
        ("a,a,y\n1,2,0\n", (), "two columns 'a'"),
        ("y\n1\n", (), "no column but the labels"),
        ("a,y\n1,0\n2,0\n", (), "all labels are 0"),
        ("a,y\n", (), "a header and at least one row"),
        ("a,y\n1e99999,0\n1,1\n", (), "found the text '1e99999'"),
    ],
)
def test_bad_tables_are_refused_in_one_line(app, tmp_path, text, options, message):
    error = run(app, table(tmp_path, text), *options).exception
    assert isinstance(error, ValueError), error
    assert message in str(error)
    assert "\n" not in str(error)


def test_what_does_not_go_together_is_refused(app, files, tmp_path):
    data = files / "separable.npz"
    (tmp_path / "noise.parquet").write_bytes(b"PAR0")
    (tmp_path / "data.xlsx").write_bytes(b"PK")
    (tmp_path / "noise.npy").write_bytes(b"\x93NUMPX")
    (tmp_path / "noise.csv").write_bytes(b"a,y\n\xff,1\n")
    np.savez(tmp_path / "both.npz", R=R, X=R, y=SEPARABLE)
    for arguments, message in [
        ((data, "--margin", "--intercept"), "through the origin only"),
        ((data, "--label", "y"), "have no meaning"),
        ((tmp_path / "data.xlsx",), ".parquet is needed"),
        ((tmp_path / "noise.csv",), "no UTF-8 table"),
        ((tmp_path / "noise.npy",), "no npy file of plain numbers"),
        ((tmp_path / "noise.parquet",), "parquet"),
        ((tmp_path / "both.npz",), "it has R, X, y"),
    ]:
        error = run(app, *arguments).exception
        assert isinstance(error, ValueError), error
        assert message in str(error)


def test_a_parquet_file_is_read_as_its_frame(app, tmp_path):
    pytest.importorskip("pyarrow", reason="pandas reads parquet files with pyarrow, which is not installed")
    frame = pandas.DataFrame(
        {
            "dose": [2**53 + 1, 2**53, 2**53],
            "treated": [True, True, False],
            "site": ["a", "a", "b"],
            "dead": ["no", "yes", "yes"],
        }
    )
    frame.to_parquet(tmp_path / "data.parquet")
    options = ("--label", "dead", "--one-hot")
    answer = json.loads(run(app, tmp_path / "data.parquet", *options, "-o", tmp_path / "cert.json", "--json").stdout)
    assert (answer["kind"], answer["d"], answer["signs"]) == ("separable", 4, {"no": "-1", "yes": "+1"})
    assert run(app, "--recheck", tmp_path / "cert.json", tmp_path / "data.parquet", *options).exit_code == 0
    # Without the unit that float64 has no place for, nothing tells the first two rows apart.
    frame.assign(dose=2**53).to_parquet(tmp_path / "rounded.parquet")
    assert json.loads(run(app, tmp_path / "rounded.parquet", *options, "--json").stdout)["kind"] == "quasi"
    assert run(app, "--recheck", tmp_path / "cert.json", tmp_path / "rounded.parquet", *options).exit_code == 1
    frame.assign(dose=[1.0, None, 2.0]).to_parquet(tmp_path / "missing.parquet")
    assert "row 1, column 'dose': the value is missing" in str(
        run(app, tmp_path / "missing.parquet", *options).exception
    )
