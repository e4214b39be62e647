"""Products and reshape: changes of the model results that make the claims false."""

from model_results import table

FALSIFIED = {
    "matrix_products": [
        table(
            "timings/checks.csv",
            "operation == 'matrix_dot' and implementation == 'naive_three_loops'",
            max_abs_error=1.1e-10,
        )
    ],
    "reshape_keeps_order": [
        table("tensors/views.csv", "operation == 'reshape' and method == 'copy'", same_order=False)
    ],
    "views_share_memory": [
        table("tensors/views.csv", "operation == 'reshape'", shares_memory=False),
        table("tensors/views.csv", "operation == 'transpose'", shares_memory=True),
    ],
}
UNDECIDED = []
