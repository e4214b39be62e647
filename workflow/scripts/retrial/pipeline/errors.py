"""The one exception whose text is for the user."""


class InputError(Exception):
    """Something that the user gave is wrong.

    One line: the file or key, what was found, what was expected, what to do.
    """
