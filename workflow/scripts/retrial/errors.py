"""The one exception whose text is for the user."""

import re

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class InputError(Exception):
    """Something that the user gave is wrong.

    One line: the file or key, what was found, what was expected, what to do. A line break or another control character
    in a name, which would begin a line or move the cursor of a terminal, is shown as an escape.
    """

    def __str__(self) -> str:
        return CONTROL_CHARACTERS.sub(lambda match: repr(match[0])[1:-1], super().__str__())


def shorten(value, length: int = 200) -> str:
    """A value as Python writes it, at most `length` characters of it."""
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"
