"""A line that would fit any field begins with the one that it leads to, as its page calls it.

A page says what is wrong above the fields, before they have given their names, and each page calls
its own as its reader does. So the finished page is asked, not a second list of all names. What our
own errors say is a whole sentence already.
"""

from __future__ import annotations

import re

from gridgov.faces.problems import OF_FIELD
from gridgov.language import say

LINE = re.compile(r'(<a href="#([^"]+)" data-of>)(.*?)(</a>)', re.DOTALL)
OF_LABEL = re.compile(r'<label for="([^"]+)"[^>]*>(.*?)</label>', re.DOTALL)
AROUND = re.compile(r'<label[^>]*>([^<]+)<(?:input|select|textarea)[^>]*? id="([^"]+)"')
OF_GROUP = re.compile(
    r'<fieldset[^>]*? id="([^"]+)"[^>]*>\s*<legend[^>]*>(.*?)</legend>', re.DOTALL
)
TAG = re.compile(r"<[^>]*>")
# What a label adds in brackets, and the mark that it ends with, of Chinese or of English: a line
# that goes on has no use for them.
ADDED = re.compile(r"\s*(?:[(\uff08][^()\uff08\uff09]*[)\uff09]|[?\uff1f:\uff1a])\s*$")


def named(page: str) -> str:
    """Return a page with the field's name before what is wrong with it, unless that is in it."""
    if not LINE.search(page):
        return page
    labels = dict(OF_LABEL.findall(page)) | dict(OF_GROUP.findall(page))
    labels |= {key: text for text, key in AROUND.findall(page)}

    def told(found: re.Match[str]) -> str:
        start, key, message, end = found.groups()
        label = _short(labels.get(key, ""))
        if label and label.casefold() not in message.casefold():
            message = say(OF_FIELD, {"field": label, "message": message})
        return start + message + end

    return LINE.sub(told, page)


def _short(label: str) -> str:
    text = " ".join(TAG.sub(" ", label).split())
    while text != (less := ADDED.sub("", text)):
        text = less
    return text
