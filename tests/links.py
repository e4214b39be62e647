"""The links of a page, as a browser reads them."""

import re
from html.parser import HTMLParser

ATTRIBUTES = ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset")


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []

    def handle_starttag(self, tag, attributes):
        self.links += [value or "" for name, value in attributes if name in ATTRIBUTES]


def links_of(page: str) -> list[str]:
    """The values of all attributes that hold an address."""
    parser = _Links()
    parser.feed(page)
    return parser.links


def is_foreign(link: str) -> bool:
    """Whether a link leads to another place than a file beside the page, a section of it, or a picture inside it."""
    link = re.sub(r"[\x00-\x20]", "", link).replace("\\", "/")  # as browsers do
    if link == "data:," or link.startswith("data:image/"):
        return False
    return link.startswith("/") or bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", link))
