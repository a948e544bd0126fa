"""The loader of plain text and Markdown."""

from __future__ import annotations

from chiasm.contracts import Loader, LoaderParams
from chiasm.media import TEXT, Source, Want
from chiasm.media.sniff import HEAD_BYTES, sniff
from chiasm_plugins.loaders.charset import decode_text, require_text
from chiasm_plugins.loaders.markdown import markdown_text


class TextLoader(Loader[LoaderParams]):
    """Decodes text in any encoding; Markdown comes without its marks."""

    modality = TEXT

    def decode(self, source: Source, want: Want) -> str:
        """Return the text.

        Raises:
            UnreadableMedia: It cannot be read, or is nothing but white space.
            MediaTooLarge: It has more than ``max_text_bytes`` bytes.
        """
        data = source.read(self.params.limits.max_text_bytes)
        text = decode_text(data)
        if sniff(data[:HEAD_BYTES], source) == "text/markdown":
            text = markdown_text(text)
        return require_text(text, source)
