"""Time one implementation of one operation: a program that pyperf starts again for each of its worker processes.

python -m retrial.measure --operation relu --implementation numpy --seed 0 --blas-threads 1 --output relu.json
"""

import hashlib

import pyperf
from threadpoolctl import threadpool_info, threadpool_limits

from retrial.operations import SHAPES, make_inputs, prepare, shape_text


def main() -> None:
    """Run pyperf; with --worker, which pyperf adds, be one of its worker processes."""
    own = ("operation", "implementation", "seed", "blas_threads")

    def pass_to_worker(command: list[str], args) -> None:
        for name in own:
            command.extend((f"--{name.replace('_', '-')}", str(getattr(args, name))))

    runner = pyperf.Runner(program_args=("-m", "retrial.measure"), add_cmdline_args=pass_to_worker)
    runner.argparser.add_argument("--operation", required=True, choices=SHAPES)
    runner.argparser.add_argument("--implementation", required=True)
    runner.argparser.add_argument("--seed", type=int, required=True)
    runner.argparser.add_argument("--blas-threads", type=int, required=True)
    args = runner.parse_args()

    arrays = make_inputs(args.operation, args.seed)
    function, inputs = prepare(args.operation, args.implementation, arrays)
    with threadpool_limits(args.blas_threads, user_api="blas"):
        blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
        runner.metadata |= {
            "operation": args.operation,
            "implementation": args.implementation,
            "shape": shape_text(args.operation),
            "dtype": "float64",
            "seed": args.seed,
            "inputs_sha256": hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest(),
            "blas": ", ".join(
                f"{library['internal_api']} {library['version']} {library.get('architecture')}" for library in blas
            ),
        }
        if blas:  # threadpoolctl does not see every library: what it does not see is not recorded
            runner.metadata["blas_threads"] = max(library["num_threads"] for library in blas)
        runner.bench_func(f"{args.operation} {args.implementation}", function, *inputs)


if __name__ == "__main__":
    main()
