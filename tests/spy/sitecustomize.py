"""Notes which files of the project each job's processes import: Python runs this in every process that has it on its path."""

import atexit
import os
import sys
from pathlib import Path

for word in sys.orig_argv:
    if ".snakemake/scripts/" in word:
        os.environ["SPY_SCRIPT"] = Path(word).name.partition(".")[2]


@atexit.register
def note() -> None:
    if "SPY_SCRIPT" in os.environ:
        files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        found = {file.partition("workflow/scripts/")[2] for file in files if file and "/workflow/scripts/" in file}
        note = Path(os.environ["SPY_FOLDER"], f"{os.environ['SPY_SCRIPT']}.{os.getpid()}")
        note.write_text("\n".join(sorted(found)))
