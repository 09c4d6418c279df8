"""Why a file is not taken. Each says what to send instead."""

from gridgov.errors import BadInput


class FileTooLarge(BadInput):
    """Send a file of at most %(megabytes)s MB."""


class FileKindRefused(BadInput):
    """Send a photo (JPEG, PNG, WebP or HEIC), a PDF, an OFD document or a voice recording."""


class RecordingTooLong(BadInput):
    """Send a recording of at most a minute; this file has more than %(megabytes)s MB."""


class RecordingUnreadable(BadInput):
    """There is nothing to hear in this recording; record it anew."""


class PhotoUnreadable(BadInput):
    """This file is not a whole photo; send a whole JPEG, PNG, WebP or HEIC photo."""


class PhotoTooManyPixels(BadInput):
    """Send a photo of at most %(megapixels)s million pixels."""


class PdfUnreadable(BadInput):
    """This PDF is damaged or too complex; print it to a new PDF and send that."""


class PdfLocked(BadInput):
    """Remove the password or encryption from this PDF, then send it again."""


class PdfActive(BadInput):
    """This PDF holds scripts, programs or attached files; print it to a new PDF and send that."""


class OfdUnreadable(BadInput):
    """This OFD document is damaged, too large inside or unsafe; export it anew and send that."""
