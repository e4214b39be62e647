"""Fail when a claim is refuted: what `claims: strict: true` in config.yaml asks for."""

import pandas as pd

from retrial.pipeline.errors import InputError
from retrial.pipeline.job import start_log
from retrial.display.verdicts import format_verdicts

if __name__ == "__main__":
    start_log(snakemake.log[0])
    table = pd.read_csv(snakemake.input[0])
    refuted = table[table["verdict"] == "refuted"]
    if len(refuted):
        print(format_verdicts(refuted.to_dict("records")))
        raise InputError(
            f"{snakemake.input[0]}: found {len(refuted)} refuted claims ({', '.join(refuted['id'])}), expected none, "
            "because claims.strict is true in config.yaml: correct what they show, or set it to false"
        )
