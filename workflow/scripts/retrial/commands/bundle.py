"""Write a finished run in small into one file, to compare and to collect: make bundle

It has no names of hosts, users or folders. CONTRIBUTING.md says how it comes into machines/.
"""

import sys
from pathlib import Path

from retrial.errors import InputError
from retrial.files import write_json
from retrial.page.runs import read_run

if __name__ == "__main__":
    folder, file = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        run = read_run(folder)
    except InputError as error:
        sys.exit(f"error: {error}")
    write_json(file, run)
    for part in ("claims", "rules"):
        if not run[part]:
            print(f"{folder}: {part} are left out: they are of another version, or lack Snakemake's records")
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
