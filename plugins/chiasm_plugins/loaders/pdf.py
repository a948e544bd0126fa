"""The loader of PDF files: the text of their pages.

pypdf takes 3 ms a page where pdfium takes 1, but bounds what a stream may unfold to: a page of 600 kB that becomes
600 MB took pdfium 1.2 GB of memory, and is refused here after 0.1 s.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import LimitReachedError

from chiasm.contracts import Loader, LoaderParams
from chiasm.errors import MediaError, MediaTooLarge, UnreadableMedia
from chiasm.media import TEXT, Source, Want
from chiasm_plugins.loaders.charset import require_text

_MAX_PAGES = 10_000

logging.getLogger("pypdf").addHandler(logging.NullHandler())  # else its remarks on odd files go to standard error


class PdfLoader(Loader[LoaderParams]):
    """Decodes a PDF file to its text, pages separated by blank lines."""

    modality = TEXT

    def decode(self, source: Source, want: Want) -> str:
        """Return the text of all pages.

        Raises:
            UnreadableMedia: It is damaged, asks for a password, or has no text (pages may be scanned pictures).
            MediaTooLarge: It has more than ``max_text_bytes`` bytes, as a file or as text, 10 000 pages, or streams
                that unfold beyond measure.
        """
        limit = self.params.limits.max_text_bytes
        data = source.read(limit)
        try:
            text = "\n\n".join(_pages(data, limit, source.name))
        except (MediaError, MemoryError):
            raise
        except LimitReachedError as error:
            raise MediaTooLarge(f"a part of the PDF unfolds beyond measure ({error})", where=source.name) from error
        except Exception as error:
            # Damage shows as PyPdfError, but also as KeyError, TypeError, RecursionError, struct.error and more.
            raise UnreadableMedia(
                f"the PDF cannot be read ({error or type(error).__name__})", where=source.name
            ) from error
        return require_text(text, source, "the pages of the PDF hold no text; they may be scanned pictures")


def _pages(data: bytes, max_characters: int, name: str) -> Iterator[str]:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableMedia("the PDF asks for a password", where=name)
    if len(reader.pages) > _MAX_PAGES:
        raise MediaTooLarge(f"{len(reader.pages):,} pages are over the limit of {_MAX_PAGES:,}", where=name)
    characters = 0
    for page in reader.pages:
        text = page.extract_text().replace("\0", " ")
        characters += len(text)
        if characters > max_characters:
            raise MediaTooLarge(f"its text is over the limit of {max_characters:,} characters", where=name)
        yield text.strip()
