"""Notes which files of the project each job's processes use: Python runs this in every process that has it on its path."""

import atexit
import os
import sys
from pathlib import Path

opened = set()


@sys.addaudithook
def note_opened(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and "/workflow/report/" in arguments[0]:
        opened.add(arguments[0])


for word in sys.orig_argv:
    if ".snakemake/scripts/" in word:
        os.environ["SPY_SCRIPT"] = Path(word).name.partition(".")[2]


@atexit.register
def note() -> None:
    if "SPY_SCRIPT" in os.environ:
        imported = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        used = {Path(os.path.normpath(file)).as_posix().partition("/workflow/") for file in imported | opened}
        names = sorted(f"workflow/{name}" for _, found, name in used if found)
        Path(os.environ["SPY_FOLDER"], f"{os.environ['SPY_SCRIPT']}.{os.getpid()}").write_text("\n".join(names))
