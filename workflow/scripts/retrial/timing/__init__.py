"""Check implementations, time them in fresh processes, and read the measurements."""
