"""Fail if a claim is refuted; `claims: strict: true` in config.yaml asks for this."""

from retrial.errors import InputError
from retrial.job import start_log
from retrial.page.verdicts import format_verdicts
from retrial.results import read_table

if __name__ == "__main__":
    start_log(snakemake.log[0])
    table = read_table(snakemake.input[0])
    refuted = table[table["verdict"] == "refuted"]
    if len(refuted):
        print(format_verdicts(refuted))
        raise InputError(
            f"{snakemake.input[0]}: claims are refuted (found {len(refuted)}: {', '.join(refuted['id'])}; expected "
            "none, because claims.strict is true in config.yaml). Read their rows, or set claims.strict to false."
        )
