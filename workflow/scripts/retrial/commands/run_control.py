"""How a run ends on signals."""

import signal
import threading
from contextlib import suppress
from traceback import walk_stack

import psutil

PATIENCE_S = 5  # in which jobs end by themselves


def end_on_signals() -> None:
    """Let SIGTERM, and SIGINT to this process alone, end the run as Ctrl-C does: Snakemake would wait for its jobs.

    Jobs get SIGTERM, because they may have been started with SIGINT ignored, as all programs of `nohup make run &`.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    on_sigint = signal.getsignal(signal.SIGINT)  # the progress bars have one of their own
    patience: threading.Thread | None = None

    def stop(number, frame) -> None:
        nonlocal patience
        if any(outer.f_globals.get("__name__") == "snakemake.logging" for outer, _ in walk_stack(frame)):
            # It ignores a KeyboardInterrupt in the middle of a message, and the run would go on. So try again, by
            # SIGALRM. However many signals come meanwhile, there is one alarm.
            signal.setitimer(signal.ITIMER_REAL, 0.01)
        elif not (patience and patience.is_alive()):  # else the run is ending: do not cut that short
            jobs = psutil.Process().children(recursive=True)
            _send(jobs, signal.SIGTERM)  # they remove their temporary files
            patience = threading.Timer(PATIENCE_S, _send, [jobs, signal.SIGKILL])
            patience.daemon = True
            patience.start()
            if callable(on_sigint):
                on_sigint(number, frame)
            raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, stop)


def _send(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
