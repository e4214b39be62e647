"""Fail if a claim is refuted; `claims: strict: true` in config.yaml asks for this."""

import pandas as pd

from retrial.errors import InputError
from retrial.job import start_log
from retrial.page.verdicts import format_verdicts

if __name__ == "__main__":
    start_log(snakemake.log[0])
    table = pd.read_csv(snakemake.input[0], keep_default_na=False)
    refuted = table[table["verdict"] == "refuted"]
    if len(refuted):
        print(format_verdicts(refuted))
        raise InputError(
            f"{snakemake.input[0]}: claims are refuted (found {len(refuted)}: {', '.join(refuted['id'])}; expected "
            "none, because claims.strict is true in config.yaml). Read their rows, or set claims.strict to false."
        )
