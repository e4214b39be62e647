"""A private Slurm of two nodes on one machine: loopback only, all its files in one folder. For root on Debian.

    python tests/cluster/private_slurm.py snakemake --profile profiles/slurm

starts it, runs the command with it, and stops it.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun")
PACKAGES = "slurmctld slurmd slurm-client munge"
NODES = {"n1": "127.0.0.1", "n2": "127.0.0.1"}
CPUS, MEMORY_MB = 4, 12000

# cgroups and systemd are not needed: processes are tracked by their parents, and memory is sampled every two seconds.
# The nodes say that they have CPUS and MEMORY_MB, whatever the machine has.
CONFIGURATION = """\
ClusterName=private
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller_port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SrunPortRange=60001-60999
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool_%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd_%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd_%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MinJobAge=600
SlurmdTimeout=15
ReturnToService=2
JobRequeue=0
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Why no private Slurm can start here; None if it can."""
    if os.geteuid() != 0:
        return "a private Slurm needs root"
    if find_spec("snakemake_executor_plugin_slurm") is None:
        return "Snakemake's plugin for Slurm is missing: make venv EXTRAS=slurm"
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"{', '.join(missing)} missing: apt-get install {PACKAGES} (Debian)"
    return None


def free_ports(n: int) -> list[int]:
    """`n` ports on the loopback address that nothing uses."""
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class PrivateSlurm:
    """A running Slurm, whose files are in `folder`; commands such as sbatch find it by the variables in `environment`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        path = f"{folder}/bin:{os.environ['PATH']}"
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": path}

    def start(self) -> None:
        """Start munged, slurmctld and a slurmd for each node; return when all nodes are idle."""
        controller, *ports = free_ports(1 + len(NODES))
        nodes = "\n".join(
            f"NodeName={name} NodeHostname=localhost NodeAddr={address} Port={port} CPUs={CPUS} RealMemory={MEMORY_MB}"
            for (name, address), port in zip(NODES.items(), ports, strict=True)
        )
        for name in ("state", "bin", *(f"spool_{node}" for node in NODES)):
            (self.folder / name).mkdir()
        text = CONFIGURATION.format(folder=self.folder, controller_port=controller, nodes=nodes)
        (self.folder / "slurm.conf").write_text(text)
        # Snakemake's plugin removes SLURM_CONF from the environment of srun.
        srun = self.folder / "bin/srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        files = {"key-file": "key", "pid-file": "pid", "socket": "socket", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={self.folder}/munge.{suffix}" for option, suffix in files.items()]
        self._run("munged", "--foreground", "--force", *options)
        self._wait(lambda: (self.folder / "munge.socket").exists(), "munged")
        self._run("slurmctld", "-D")
        for node in NODES:
            self._run("slurmd", "-D", "-N", node)
        self._wait(lambda: self.output("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * len(NODES), "the nodes")

    def output(self, *command: str) -> str:
        """What a command of Slurm prints; nothing if it fails or hangs."""
        try:
            done = subprocess.run(
                command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout if done.returncode == 0 else ""

    def jobs(self) -> list[dict[str, str]]:
        """The jobs in Slurm's own record; the plugin's comment names the rule, times are as 2026-01-31T23:59:59."""
        names = {"state": "%T", "comment": "%k", "node": "%N", "memory": "%m", "start": "%S", "end": "%e"}
        lines = self.output("squeue", "--noheader", "--states=all", "--sort=i", "-o", "|".join(names.values()))
        return [dict(zip(names, line.split("|"), strict=True)) for line in lines.splitlines()]

    def stop(self) -> None:
        """Stop all jobs and daemons."""
        self.output("scancel", "--quiet", "--user=root")
        with suppress(TimeoutError):
            self._wait(lambda: not self.output("squeue", "-h"), "the end of the jobs", seconds=20)
        for process in reversed(self.processes):  # munged last: the others need it to end
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def _run(self, *command: str) -> None:
        with (self.folder / "output.txt").open("a") as output:
            options = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            self.processes.append(subprocess.Popen(command, env=self.environment, **options))

    def _wait(self, ready, what: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not start; see {self.folder}")
            time.sleep(0.2)


@contextmanager
def private_slurm():
    """A PrivateSlurm that runs inside a `with` block, in a temporary folder."""
    # The paths of sockets must be short; other users need to reach munge's.
    with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        slurm = PrivateSlurm(Path(folder))
        try:
            slurm.start()
            yield slurm
        finally:
            slurm.stop()


if __name__ == "__main__":
    if reason := why_not():
        sys.exit(f"error: {reason}")
    with private_slurm() as slurm:
        status = subprocess.run(sys.argv[1:], env=slurm.environment).returncode
    sys.exit(status)
