"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Something the user gave is wrong: names the file or key, what was found, what was expected and what to do, in one line."""
