"""Do others read in the logs of a run what saego wrote there?

    python scripts/check_logs.py FOLDER

The test TestReadersOfOthers of internal/logs fills FOLDER with runs that logged the
same records: one as it should be (plain), one that was interrupted twice and taken up
again (resumed), one that was sent to W&B in between (synced), and one that was killed
at its end (killed). The records themselves are in expected.json:

    name, project   of the run
    records         list of step, n_training_samples, values (numbers as text) and
                    histograms (the values to be counted)

Of each run are read

    metrics.jsonl, metrics.csv   by pandas
    tensorboard/                 by TensorBoard's EventAccumulator
    wandb/                       by a server of our own, to which the real `wandb sync` sends it

and, for the plain run, what W&B's own client sends of the same records: the server
must get the same from both. One line each; exit status 1 if anything differs. Needs
scripts/requirements-logs.txt.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import pandas

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # TensorBoard's stand-in for TensorFlow tells of itself
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

from mock_wandb import Backend  # noqa: E402

OWN = ("_timestamp", "_runtime", "_wandb")  # keys that W&B adds, which differ from run to run
EXIT = {"killed": 1}  # what wandb sync makes of a run without an end


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="holds expected.json and a folder per run")
    folder = parser.parse_args().folder.resolve()
    expected = json.loads((folder / "expected.json").read_text())
    for record in expected["records"]:
        record["values"] = {key: float(text) for key, text in record["values"].items()}
    checks = [jsonl, csv, tensorboard, wandb]
    good = []
    for run in sorted(path for path in folder.iterdir() if path.is_dir()):
        for check in checks + ([wandb_client] if run.name == "plain" else []):
            try:
                print(f"ok    {run.name} {check.__name__}: {check(run, expected)}")
                good.append(True)
            except Exception as err:  # readers raise whatever they like
                print(f"FAIL  {run.name} {check.__name__}: {type(err).__name__}: {err}")
                good.append(False)
    print(f"{sum(good)} of {len(good)} readings as logged")
    sys.exit(0 if all(good) and good else 1)


def same(got, want, what):
    """Raises if two things differ; NaN equals NaN."""
    if isinstance(want, dict):
        if set(got) != set(want):
            raise ValueError(f"{what}: keys differ by {sorted(set(got) ^ set(want))}")
        for key in want:
            same(got[key], want[key], f"{what}: {key}")
    elif isinstance(want, float | int):
        if not (got == want or (got != got and want != want)):
            raise ValueError(f"{what}: {got!r}, want {want!r}")
    elif isinstance(want, list):
        if len(got) != len(want) or not numpy.allclose(got, want, rtol=1e-12, atol=1e-300):
            raise ValueError(f"{what}: {got}, want {want}")
    elif got != want:
        raise ValueError(f"{what}: {got!r}, want {want!r}")


def histogram(values):
    """What wandb.Histogram makes of values."""
    counts, edges = numpy.histogram(numpy.array(values, dtype=numpy.float32).astype(numpy.float64), bins=64)
    return {"_type": "histogram", "values": counts.tolist(), "bins": edges.tolist()}


def counted(record):
    """The histograms of a record, counted."""
    return {key: histogram(values) for key, values in (record["histograms"] or {}).items() if values}


def by_step(records, histograms=True):
    """The records of each step as one: what formats with a row per step hold."""
    rows = {}
    for record in records:
        row = rows.setdefault(record["step"], {})
        row |= {"n_training_samples": record["n_training_samples"]} | record["values"]
        row |= counted(record) if histograms else {}
    return rows


def jsonl(run, expected):
    frame = pandas.read_json(run / "metrics.jsonl", lines=True, precise_float=True)
    if len(frame) != len(expected["records"]):
        raise ValueError(f"{len(frame)} records, want {len(expected['records'])}")
    lines = (run / "metrics.jsonl").read_text().splitlines()
    for line, record in zip(lines, expected["records"], strict=True):
        want = {key: record[key] for key in ("step", "n_training_samples")} | record["values"] | counted(record)
        want = {key: None if isinstance(v, float) and not numpy.isfinite(v) else v for key, v in want.items()}
        same(json.loads(line), want, f"step {record['step']}")
    return f"{len(frame)} records"


def csv(run, expected):
    frame = pandas.read_csv(run / "metrics.csv").set_index("step")
    rows = by_step(expected["records"], histograms=False)
    same(frame.index.tolist(), list(rows), "steps")
    for key in frame.columns:
        want = [rows[step].get(key, float("nan")) for step in frame.index]
        if not numpy.array_equal(frame[key].to_numpy(), numpy.array(want, dtype=float), equal_nan=True):
            raise ValueError(f"column {key} differs")
    if set(frame.columns) != set().union(*rows.values()):
        raise ValueError(f"columns {list(frame.columns)}")
    return f"{len(frame)} rows, {len(frame.columns)} columns"


def tensorboard(run, expected):
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "histograms": 0})
    events.Reload()
    scalars, histograms = {}, {}
    for record in expected["records"]:
        for key, value in record["values"].items():
            scalars.setdefault(key, []).append((record["step"], float(numpy.float32(value))))
        for key, value in counted(record).items():
            histograms.setdefault(key, []).append((record["step"], value, record["histograms"][key]))
    tags = events.Tags()
    if sorted(tags["scalars"]) != sorted(scalars) or sorted(tags["histograms"]) != sorted(histograms):
        raise ValueError(f"tags {tags}")
    for key, points in scalars.items():
        got = [(e.step, e.value) for e in events.Scalars(key)]
        if not numpy.array_equal(numpy.array(got), numpy.array(points), equal_nan=True):
            raise ValueError(f"scalar {key} differs")
    for key, points in histograms.items():
        for e, (step, counts, values) in zip(events.Histograms(key), points, strict=True):
            h = e.histogram_value
            same([e.step, h.num, h.min, h.max], [step, len(values), counts["bins"][0], counts["bins"][-1]], key)
            values = numpy.array(values, dtype="f4").astype("f8")
            same([h.sum, h.sum_squares], [values.sum(), numpy.square(values).sum()], key)
            same(list(h.bucket_limit), counts["bins"][1:], key)
            same(list(h.bucket), counts["values"], key)
    return f"{len(scalars)} scalars, {len(histograms)} histograms"


def sync(backend, *arguments):
    """Sends a run by the program wandb of this Python's environment."""
    program = pathlib.Path(sys.executable).parent / "wandb"
    done = subprocess.run(
        [program, "sync", *arguments], env=os.environ | backend.environment(), capture_output=True, text=True
    )
    if done.returncode or "Finished syncing" not in done.stderr + done.stdout or "rror" in done.stderr:
        raise ValueError(f"wandb sync: {done.stdout}{done.stderr}")


def sent(folder):
    """The run that a server has after its parts have been sent one after the other."""
    with tempfile.TemporaryDirectory() as logs, Backend() as backend:
        os.chdir(logs)  # wandb sync writes its own logs where it is
        for part in sorted(folder.glob("wandb/offline-run-*")):
            sync(backend, "--include-synced", part)
        (run,) = backend.runs.values()
    return run


def rows_of(run):
    """The rows of a run's history by step, without what W&B adds."""
    rows = {row["_step"]: {k: v for k, v in row.items() if k not in OWN and k != "_step"} for row in run.history}
    if len(rows) != len(run.history) or list(rows) != sorted(rows):
        raise ValueError(f"steps {[row['_step'] for row in run.history]}")
    for row in run.history:
        if not all(isinstance(row[key], float | int) for key in ("_timestamp", "_runtime")):
            raise ValueError(f"a row without its times: {row}")
    return rows


def without_samples(rows):
    return {step: {k: v for k, v in row.items() if k != "n_training_samples"} for step, row in rows.items()}


def wandb(run, expected):
    server = sent(run)
    want = without_samples(by_step(expected["records"]))
    same(rows_of(server), want, "history")
    last = {key: value for row in want.values() for key, value in row.items()}
    same({k: v for k, v in server.summary.items() if k not in OWN and k != "_step"}, last, "summary")
    same({"project": server.project, "name": server.name}, {k: expected[k] for k in ("project", "name")}, "run")
    same(server.exit_code, EXIT.get(run.name, 0), "exit code")
    seconds = server.summary["_wandb"]["runtime"] if server.exit_code == 0 else None
    if seconds is not None and not -1 < seconds - server.history[-1]["_runtime"] < 5:
        raise ValueError(f"the run took {seconds} seconds, its last row came after {server.history[-1]['_runtime']}")
    config = {k: v for k, v in server.config.items() if k != "_wandb"}
    want = {"k": 32, "lr": 3e-4, "hook": "blocks.6", "labels": ["a", "b"], "logger": {"x": None}}
    if config != want:
        raise ValueError(f"config {config}")
    return f"{len(server.history)} rows"


CLIENT = """
import json, math, sys, numpy, wandb
records, name, project = json.load(sys.stdin)
run = wandb.init(mode="offline", project=project, name=name, config={"k": 32}, settings=wandb.Settings(silent=True))
for step, values, histograms in records:
    counted = {k: wandb.Histogram(numpy.array(v, dtype="f4").astype("f8")) for k, v in histograms.items() if v}
    run.log({k: float(v) for k, v in values.items()} | counted, step=step)
run.finish()
"""


def wandb_client(run, expected):
    """Compares with what the server gets from W&B's own client, offline as well."""
    records = [
        (record["step"], {k: str(v) for k, v in record["values"].items()}, record["histograms"] or {})
        for record in expected["records"]
    ]
    with tempfile.TemporaryDirectory() as folder:
        told = json.dumps([records, expected["name"], expected["project"]])
        command = [sys.executable, "-c", CLIENT]
        subprocess.run(command, cwd=folder, input=told, text=True, check=True, capture_output=True)
        theirs = sent(pathlib.Path(folder))
    ours = sent(run)
    same(rows_of(ours), rows_of(theirs), "history")
    summaries = [{k: v for k, v in server.summary.items() if k not in OWN} for server in (ours, theirs)]
    same(*summaries, "summary")
    for what in ("exit_code", "name", "project"):
        same(getattr(ours, what), getattr(theirs, what), what)
    return f"{len(ours.history)} rows"


if __name__ == "__main__":
    main()
