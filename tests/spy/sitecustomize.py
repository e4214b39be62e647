"""Notes which files of the project the processes of each job use: Python runs this file in every process that finds it."""

import atexit
import os
import sys
from pathlib import Path

opened = set()


@sys.addaudithook
def note_opened_file(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and "/workflow/report/" in arguments[0]:
        opened.add(arguments[0])


for word in sys.orig_argv:
    if ".snakemake/scripts/" in word:  # child processes inherit the name of the script
        os.environ["SPY_SCRIPT"] = Path(word).name.partition(".")[2]


@atexit.register
def write_note() -> None:
    if "SPY_SCRIPT" in os.environ:
        imported = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        paths = {Path(os.path.normpath(file)).as_posix() for file in imported | opened}
        names = sorted(f"workflow/{path.partition('/workflow/')[2]}" for path in paths if "/workflow/" in path)
        Path(os.environ["SPY_FOLDER"], f"{os.environ['SPY_SCRIPT']}.{os.getpid()}").write_text("\n".join(names))
