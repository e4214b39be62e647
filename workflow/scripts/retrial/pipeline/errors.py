"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Something the user gave is wrong.

    One line: which file or key, what was found, what was expected, what to do.
    """
