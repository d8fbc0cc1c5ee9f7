"""How a picture looks from afar: a coarse grid of its colours, and the shares of named colours.

A picture is shrunk to 64 x 32 pixels whatever its size or shape, so that a frame, a JPEG made of
it and a thumbnail of that all look alike. Its *cells* are the lightness of a 16 x 8 grid and the
two colour axes of an 8 x 4 grid, in CIE L*a*b*: 192 numbers of two bytes.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final, TypeAlias

import numpy as np
from attrs import frozen
from av.error import FFmpegError
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from .opening import MOST_PIXELS, opened
from .probe import MediaError, picture_stream

__all__ = [
    "CELLS",
    "COLOURS",
    "FEATURES",
    "Floats",
    "Look",
    "Numbers",
    "Pixels",
    "features",
    "image_look",
    "lightness",
    "look",
    "numbers",
    "read_image",
    "shrink",
    "upright",
    "weights",
]

Pixels: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.uint16]

COLOURS: Final = (
    "red",
    "orange",
    "yellow",
    "green",
    "cyan",
    "blue",
    "purple",
    "pink",
    "brown",
    "white",
    "grey",
    "black",
)

_WIDTH, _HEIGHT = 64, 32
_LIGHT = 16 * 8
_TINT = 8 * 4
_NUMBERS = _LIGHT + 2 * _TINT
CELLS: Final = 2 * _NUMBERS
FEATURES: Final = _NUMBERS + 3
# Steps of the numbers to a unit of L*, a* or b*, and what is added so that none is negative. Whole
# units are too coarse: a shot that hardly moves changes by less from one frame to the next.
_STEPS, _OFFSET = 256, 128

_RED, _ORANGE, _YELLOW, _GREEN, _CYAN, _BLUE, _PURPLE, _PINK, _BROWN, _WHITE, _GREY, _BLACK = range(
    len(COLOURS)
)

# Upper bound of each hue in degrees; what is above the last is red again.
_HUES = np.array([14, 43, 68, 160, 197, 255, 288, 343])
_HUE_NAMES = np.array([_RED, _ORANGE, _YELLOW, _GREEN, _CYAN, _BLUE, _PURPLE, _PINK, _RED])


@frozen(eq=False)
class Look:
    """What is kept of a picture: its ``CELLS`` bytes, and a share of 255 for each colour name."""

    cells: bytes
    shares: bytes


def shrink(frame: VideoFrame, *, quick: bool = False) -> Pixels:
    """The frame as 64 x 32 RGB pixels, upright; each the mean of an area, or, quickly, a point."""
    sideways = frame.rotation % 180 != 0
    width, height = (_HEIGHT, _WIDTH) if sideways else (_WIDTH, _HEIGHT)
    small = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        interpolation="FAST_BILINEAR" if quick else "AREA",
    )
    return upright(np.asarray(small.to_ndarray(), np.uint8), frame.rotation)


def upright(pixels: Pixels, rotation: int) -> Pixels:
    """The pixels turned counter-clockwise by ``rotation`` degrees, as the file asks to be shown."""
    return np.rot90(pixels, k=round(rotation / 90) % 4)


def read_image(data: bytes) -> VideoFrame:
    """The picture in the bytes of an image file; raises ``MediaError`` when there is none."""
    try:
        with opened(BytesIO(data)) as container:
            stream = picture_stream(container)
            if stream is not None:
                _check_size(stream.width, stream.height)
                for frame in container.decode(stream):
                    return frame
    except FFmpegError:
        pass
    raise MediaError(
        "unsupported_file_type",
        f"The image cannot be read: send a JPEG or a PNG of at most {MOST_PIXELS:,} pixels.",
    )


def image_look(data: bytes) -> Look:
    """The look of the picture in the bytes of an image file; ``MediaError`` when there is none."""
    return look(shrink(read_image(data)))


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise MediaError(
            "unsupported_file_type",
            f"The image has {width}x{height} pixels; the most is {MOST_PIXELS:,}.",
        )


def look(pixels: Pixels) -> Look:
    """The look of 64 x 32 RGB pixels."""
    lab = _lab(pixels)
    light, tint = _grid(lab[..., 0], 4), _grid(lab[..., 1:], 8)
    cells = np.concatenate([light.ravel(), tint[..., 0].ravel(), tint[..., 1].ravel()])
    counts = np.bincount(_names(pixels).ravel(), minlength=len(COLOURS))
    return Look(
        np.rint((cells + _OFFSET) * _STEPS).astype("<u2").tobytes(),
        np.rint(counts * 255 / counts.sum()).astype(np.uint8).tobytes(),
    )


def lightness(cells: bytes) -> Floats:
    """The mean lightness of each look whose cells are given: 0 is black, 1 white."""
    return np.asarray(_numbers(cells)[:, :_LIGHT].mean(axis=1) / 100, np.float64)


def features(cells: bytes) -> Floats:
    """Coordinates of looks: one row for each ``CELLS`` bytes, in which near means alike.

    Distances are about those of CIE L*a*b*, taken over the picture. Means count for a quarter: an
    encoder's idea of range or of a colour matrix moves a whole picture, not one part of it.
    """
    parts = np.split(_numbers(cells), [_LIGHT, _LIGHT + _TINT], axis=1)
    means = [part.mean(axis=1, keepdims=True) for part in parts]
    spread = [
        (part - mean) / np.sqrt(part.shape[1]) for part, mean in zip(parts, means, strict=True)
    ]
    return np.concatenate([*spread, *(mean / 2 for mean in means)], axis=1)


def weights(point: Floats) -> tuple[Floats, float]:
    """What each of a look's ``numbers`` counts for in the product of its features with a point.

    And what is added to their sum.
    """
    parts = np.split(point, [_LIGHT, _LIGHT + _TINT, _NUMBERS])
    counts = [
        (part - part.mean()) / np.sqrt(len(part)) + mean / (2 * len(part))
        for part, mean in zip(parts[:3], parts[3], strict=True)
    ]
    each = np.concatenate(counts)
    return each / _STEPS, float(-_OFFSET * each.sum())


def _grid(plane: Floats, side: int) -> Floats:
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    blocks = plane.reshape(rows, side, columns, side, *plane.shape[2:])
    return np.asarray(blocks.mean(axis=(1, 3)), np.float64)


def numbers(cells: bytes) -> Numbers:
    """A row of numbers for each ``CELLS`` bytes."""
    return np.frombuffer(cells, "<u2").reshape(-1, _NUMBERS)


def _numbers(cells: bytes) -> Floats:
    return numbers(cells) / np.float64(_STEPS) - _OFFSET


_LINEAR = np.where(
    np.arange(256) <= 10,
    np.arange(256) / 255 / 12.92,
    ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4,
)
# sRGB primaries, each row divided by the white point (D65).
_XYZ = np.array(
    [
        [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
    ]
)


def _lab(pixels: Pixels) -> Floats:
    xyz = _LINEAR[pixels] @ _XYZ.T
    x, y, z = np.moveaxis(
        np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * 841 / 108 + 4 / 29), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _names(pixels: Pixels) -> NDArray[np.intp]:
    rgb = pixels.astype(np.float64) / 255
    red, green, blue = np.moveaxis(rgb, -1, 0)
    value = rgb.max(axis=-1)
    chroma = value - rgb.min(axis=-1)
    saturation = chroma / np.maximum(value, 1e-9)
    safe = np.maximum(chroma, 1e-9)
    hue = 60 * np.select(
        [value == red, value == green],
        [((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    names = _HUE_NAMES[np.searchsorted(_HUES, hue, side="right")]
    warm = (names == _RED) | (names == _ORANGE) | (names == _YELLOW)
    light_red = (names == _RED) & (saturation < 0.6) & (value > 0.75)
    names = np.where(light_red, _PINK, names)
    names = np.where(warm & (hue > 10) & (hue < 55) & (value < 0.62), _BROWN, names)
    # Little chroma is not a colour: how little depends on how much light there is to carry it.
    pale = (saturation < 0.16) | (chroma < 0.09)
    greys = np.where(value > 0.82, _WHITE, np.where(value < 0.2, _BLACK, _GREY))
    return np.where(value < 0.13, _BLACK, np.where(pale, greys, names))
