"""The built-in loaders: text, HTML, PDF, pictures, recordings and videos."""

from __future__ import annotations

from collections.abc import Sequence

from chiasm_registry import ComponentSpec, hookimpl

_PARAMS = "chiasm.contracts.loader:LoaderParams"
_TEXT_EXTRA = "pip install 'chiasm[text]'"
_VISION_EXTRA = "pip install 'chiasm[vision]'"
_AUDIO_EXTRA = "pip install 'chiasm[audio]'"
_VIDEO_EXTRA = "pip install 'chiasm[video]'"


@hookimpl
def chiasm_components() -> Sequence[ComponentSpec]:
    """Describe the loaders."""
    return [
        ComponentSpec(
            kind="loader",
            name="text",
            target="chiasm_plugins.loaders.text:TextLoader",
            summary="Plain text and Markdown, in any encoding",
            params=_PARAMS,
            consumes=("text/plain", "text/markdown"),
            produces=("text",),
            requires=("chardet", "lxml", "markdown_it"),
            install_hint=_TEXT_EXTRA,
        ),
        ComponentSpec(
            kind="loader",
            name="html",
            target="chiasm_plugins.loaders.html:HtmlLoader",
            summary="The readable text of web pages",
            params=_PARAMS,
            consumes=("text/html",),
            produces=("text",),
            requires=("chardet", "lxml"),
            install_hint=_TEXT_EXTRA,
        ),
        ComponentSpec(
            kind="loader",
            name="pdf",
            target="chiasm_plugins.loaders.pdf:PdfLoader",
            summary="The text of PDF files",
            params=_PARAMS,
            consumes=("application/pdf",),
            produces=("text",),
            requires=("pypdf",),
            install_hint=_TEXT_EXTRA,
        ),
        ComponentSpec(
            kind="loader",
            name="image",
            target="chiasm_plugins.loaders.image:ImageLoader",
            summary="JPEG (at reduced scale where that is enough), PNG, WebP, GIF, TIFF and BMP",
            params=_PARAMS,
            consumes=("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp"),
            produces=("image",),
            requires=("PIL", "simplejpeg", "cv2"),
            install_hint=_VISION_EXTRA,
        ),
        ComponentSpec(
            kind="loader",
            name="audio",
            target="chiasm_plugins.loaders.audio:AudioLoader",
            summary="WAV, AIFF, FLAC, Ogg, Opus, MP3, M4A, AAC and sound in Matroska, as one channel",
            params=_PARAMS,
            consumes=(
                "audio/wav",
                "audio/aiff",
                "audio/flac",
                "audio/ogg",
                "audio/opus",
                "audio/mpeg",
                "audio/mp4",
                "audio/aac",
                "audio/webm",
                "audio/x-matroska",
            ),
            produces=("audio",),
            requires=("av",),
            install_hint=_AUDIO_EXTRA,
        ),
        ComponentSpec(
            kind="loader",
            name="video",
            target="chiasm_plugins.loaders.video:VideoLoader",
            summary="MP4, MOV, Matroska, WebM, AVI and Ogg: frames with their times, and the audio track",
            params=_PARAMS,
            consumes=(
                "video/mp4",
                "video/quicktime",
                "video/3gpp",
                "video/x-matroska",
                "video/webm",
                "video/x-msvideo",
                "video/ogg",
            ),
            produces=("video",),
            requires=("av",),
            install_hint=_VIDEO_EXTRA,
        ),
    ]
