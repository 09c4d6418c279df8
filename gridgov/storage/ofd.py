"""OFD (GB/T 33190, China's page format, a zip of XML): kept as it is, once it cannot do harm."""

from __future__ import annotations

import stat
import zipfile
from io import BytesIO
from pathlib import PurePosixPath

from defusedxml import ElementTree

from gridgov.errors import BadInput
from gridgov.storage.refusals import FileKindRefused, OfdUnreadable

MAX_ENTRIES = 5_000
MAX_UNPACKED = 100_000_000
MAX_XML = 1_000_000
OFD_NAMESPACE = "{http://www.ofdspec.org"
# A package of another kind does not become a document by holding an OFD.xml too.
FOREIGN = {"[content_types].xml", "meta-inf/manifest.mf", "androidmanifest.xml", "mimetype"}
PROGRAMS = {
    *(".apk", ".bat", ".class", ".cmd", ".com", ".dll", ".exe", ".hta", ".htm", ".html", ".jar"),
    *(".js", ".lnk", ".mjs", ".msi", ".php", ".ps1", ".scr", ".sh", ".svg", ".vbs", ".xhtml"),
}


def check_ofd(data: bytes) -> None:
    """Raises: FileKindRefused, OfdUnreadable."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            _check_ofd(package)
    except BadInput:
        raise
    except Exception:
        # zipfile and expat answer hostile bytes with errors of any class.
        raise OfdUnreadable(field="file") from None


def _check_ofd(package: zipfile.ZipFile) -> None:
    entries = package.infolist()
    names = [entry.filename for entry in entries]
    if "OFD.xml" not in names or any(_foreign(name) for name in names):
        raise FileKindRefused(field="file")
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or size > MAX_UNPACKED or len(set(names)) < len(names):
        raise OfdUnreadable(field="file")
    if not all(_safe(entry) for entry in entries):
        raise OfdUnreadable(field="file")
    if package.getinfo("OFD.xml").file_size > MAX_XML:
        raise OfdUnreadable(field="file")
    root = ElementTree.fromstring(package.read("OFD.xml"), forbid_dtd=True)
    if not (root.tag.startswith(OFD_NAMESPACE) and root.tag.endswith("}OFD")):
        raise FileKindRefused(field="file")
    documents = [e.text or "" for e in root.iter() if e.tag.endswith("}DocRoot")]
    if not documents or any(d.strip().lstrip("/") not in names for d in documents):
        raise OfdUnreadable(field="file")
    # Reads every entry to its end, no further than it declares, and checks its sum.
    if package.testzip() is not None:
        raise OfdUnreadable(field="file")


def _foreign(name: str) -> bool:
    lower = name.lower()
    return lower in FOREIGN or PurePosixPath(lower).suffix in PROGRAMS


def _safe(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    mode = entry.external_attr >> 16
    return not (
        path.is_absolute()
        or ".." in path.parts
        or "\\" in entry.orig_filename
        or ":" in entry.filename
        or "\0" in entry.orig_filename
        or entry.flag_bits & 0x1  # encrypted
        or stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)
        or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    )
