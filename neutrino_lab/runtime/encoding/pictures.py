"""Figures of matplotlib and images of PIL → bytes, without importing either of them."""

from __future__ import annotations

import io
import sys
import threading
from typing import Any

# matplotlib draws with state that all figures share, fonts and caches above all.
_DRAWING = threading.Lock()

_FIGURE_FORMATS = {
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "image/jpeg": "jpeg",
    "image/webp": "webp",
    "image/tiff": "tiff",
}
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16")


def is_picture(value: Any) -> bool:
    """Whether a value is a figure, axes or an image."""
    return _figure(value) is not None or _is_image(value)


def is_requested(media: str) -> bool:
    """Whether a media type is that of a picture: `image/…` or `application/pdf`."""
    return media.startswith(("image/", "application/pdf"))


def is_blank(value: Any) -> bool:
    """Whether a value is a figure on which nothing is drawn, such as `plt.gcf()` after a `show`."""
    figure = _figure(value)
    return figure is not None and len(figure.get_children()) <= 1  # its background is one


def render(value: Any, media: str) -> tuple[bytes, str] | None:
    """Draw a picture, as PNG or as the media type asks; None if the value is no picture.

    The figure is closed: pyplot would keep it for ever.
    """
    try:
        return draw(value, media)
    finally:
        figure, pyplot = _figure(value), sys.modules.get("matplotlib.pyplot")
        if figure is not None and pyplot is not None:
            pyplot.close(figure)


def draw(value: Any, media: str) -> tuple[bytes, str] | None:
    """Draw a picture as `render` does, and leave its figure open. Give the bytes and their media
    type, None if the value is no picture."""
    figure = _figure(value)
    target = io.BytesIO()
    if figure is not None:
        kind = _FIGURE_FORMATS.get(media, "png")
        with _DRAWING:
            figure.savefig(target, format=kind, bbox_inches="tight")
        return target.getvalue(), media if kind != "png" else "image/png"
    if not _is_image(value):
        return None
    pil: Any = sys.modules["PIL.Image"]
    if media:
        # PIL loads the less common formats only when asked to.
        pil.init()
    chosen = next((name for name, mime in pil.MIME.items() if mime == media), "PNG")
    _fit(value, chosen).save(target, format=chosen)
    return target.getvalue(), pil.MIME[chosen]


def _figure(value: Any) -> Any:
    """The figure that a value is, or is drawn on: axes, seaborn's grids, an array of axes."""
    module = sys.modules.get("matplotlib.figure")
    figure_class = getattr(module, "Figure", None)
    if figure_class is None:
        return None
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        value = value.flat[0] if value.dtype.kind == "O" and value.size else None
    for _ in range(3):
        if value is None or isinstance(value, figure_class):
            return value
        # A frame may have a column of this name: only what leads to a figure counts.
        value = getattr(value, "figure", None)
    return None


def _is_image(value: Any) -> bool:
    image_class = getattr(sys.modules.get("PIL.Image"), "Image", None)
    return image_class is not None and isinstance(value, image_class)


def _fit(image: Any, chosen: str) -> Any:
    if chosen == "PNG":
        return image if image.mode in _PNG_MODES else image.convert("RGB")
    if chosen == "JPEG" and image.mode not in ("L", "RGB", "CMYK"):
        return image.convert("RGB")
    return image
