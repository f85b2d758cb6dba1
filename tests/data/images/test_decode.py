import io
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile
from torch import Tensor

from elsewhere.data.images.decode import decode_image
from elsewhere.data.images.opening import ORIENTATION
from elsewhere.errors import DataError


def smooth(width: int, height: int) -> Image.Image:
    coarse = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def array(image: Tensor) -> np.ndarray:
    return image.permute(1, 2, 0).numpy()


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def upright_by_loops(stored: np.ndarray, orientation: int) -> np.ndarray:
    """The EXIF standard's table: where row 0 and column 0 of the stored image are to be seen."""
    rows, columns = stored.shape[:2]
    seen = {
        1: lambda r, c: (r, c),
        2: lambda r, c: (r, columns - 1 - c),
        3: lambda r, c: (rows - 1 - r, columns - 1 - c),
        4: lambda r, c: (rows - 1 - r, c),
        5: lambda r, c: (c, r),
        6: lambda r, c: (c, rows - 1 - r),
        7: lambda r, c: (columns - 1 - c, rows - 1 - r),
        8: lambda r, c: (columns - 1 - c, r),
    }[orientation]
    shape = (rows, columns, 3) if orientation < 5 else (columns, rows, 3)
    upright = np.zeros(shape, stored.dtype)
    for row in range(rows):
        for column in range(columns):
            upright[seen(row, column)] = stored[row, column]
    return upright


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_exif_rotation(tmp_path: Path, orientation: int, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    smooth(23, 17).save(path, exif=oriented(orientation))
    stored = tmp_path / f"plain{suffix}"
    smooth(23, 17).save(stored)
    with Image.open(stored) as image:
        expected = upright_by_loops(np.asarray(image.convert("RGB")), orientation)
    decoded = decode_image(path)
    assert np.array_equal(array(decoded.image), expected)
    assert decoded.scale == (1.0, 1.0)


@pytest.mark.parametrize(
    ("at_least", "expected"),
    [
        (None, (300, 400)),
        ((37, 50), (38, 50)),
        ((75, 100), (75, 100)),
        ((76, 100), (150, 200)),
        ((75, 101), (150, 200)),
        ((150, 200), (150, 200)),
        ((10, 201), (300, 400)),
        ((500, 500), (300, 400)),
    ],
)
@pytest.mark.parametrize("progressive", [False, True])
def test_reduced_size_is_never_below_the_target(
    tmp_path: Path,
    at_least: tuple[int, int] | None,
    expected: tuple[int, int],
    progressive: bool,
) -> None:
    path = tmp_path / "a.jpg"
    smooth(400, 300).save(path, progressive=progressive)
    decoded = decode_image(path, at_least)
    assert decoded.image.shape == (3, *expected)
    assert decoded.scale == (expected[0] / 300, expected[1] / 400)


@pytest.mark.parametrize("orientation", [3, 6])
def test_reduced_size_minds_rotation(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "a.jpg"
    smooth(401, 200).save(path, exif=oriented(orientation))
    decoded = decode_image(path, (90, 30))  # Lying on its side, the file is 401 high and 200 wide.
    whole = decode_image(path)
    if orientation == 6:
        assert whole.image.shape == (3, 401, 200)
        assert decoded.image.shape == (3, 101, 50)
        assert decoded.scale == (101 / 401, 50 / 200)
    else:
        assert whole.image.shape == (3, 200, 401)
        assert decoded.image.shape == (3, 100, 201)
        assert decoded.scale == (100 / 200, 201 / 401)
    small = torch.nn.functional.interpolate(
        whole.image[None].float(), decoded.image.shape[1:], mode="bilinear", antialias=True
    )
    assert (small[0] - decoded.image).abs().mean() < 3


def test_reduced_size_of_a_file_with_two_images(tmp_path: Path) -> None:
    path = tmp_path / "a.mpo"
    smooth(400, 300).save(path, "MPO", save_all=True, append_images=[smooth(100, 100)])
    with Image.open(path) as image:
        assert image.format == "MPO"
    assert decode_image(path, (75, 100)).image.shape == (3, 75, 100)
    assert decode_image(path).image.shape == (3, 300, 400)


def test_cmyk_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    smooth(64, 48).convert("CMYK").save(path, quality=100)
    with Image.open(path) as image:
        assert image.mode == "CMYK"
    decoded = decode_image(path)
    assert np.abs(array(decoded.image).astype(int) - np.asarray(smooth(64, 48))).max() < 20
    assert decode_image(path, (12, 16)).image.shape == (3, 12, 16)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path, name: str) -> None:
    values = np.linspace(0, 65535, 40 * 30).reshape(30, 40).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / name)
    decoded = array(decode_image(tmp_path / name).image)
    for row in range(30):
        for column in range(40):
            expected = round(int(values[row, column]) * 255 / 65535)
            assert decoded[row, column].tolist() == [expected] * 3
    assert (decoded[0, 0, 0], decoded[-1, -1, 0]) == (0, 255)


def test_sixteen_bit_colour(tmp_path: Path) -> None:
    rows = b"".join(
        b"\0" + struct.pack(">6H", 0, 257 * 7, 65535, 257 * 200, 300, 65000) for _ in "ab"
    )
    path = tmp_path / "a.png"
    path.write_bytes(png(2, 2, depth=16, colour=2, rows=rows))
    decoded = array(decode_image(path).image)
    assert decoded[0].tolist() == [[0, 7, 255], [200, 1, 253]]


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_float_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)).save(path)
    assert decode_image(path).image[0].tolist() == [[0, 128, 255]]
    Image.fromarray(np.array([[0.0, 500.0]], np.float32)).save(path)
    with pytest.raises(DataError, match=r"a.tif: broken image \(pixel values outside 0..1"):
        decode_image(path)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_white(tmp_path: Path, mode: str) -> None:
    colour = (200, 0, 100) if mode == "RGBA" else (100,)
    image = Image.new(mode, (3, 1))
    for column, alpha in enumerate((0, 51, 255)):
        image.putpixel((column, 0), (*colour, alpha))
    image.save(tmp_path / "a.png")
    decoded = array(decode_image(tmp_path / "a.png").image)[0]
    for column, alpha in enumerate((0, 51, 255)):
        expected = [round((255 * (255 - alpha) + value * alpha) / 255) for value in colour]
        assert decoded[column].tolist() == expected * (3 // len(expected))


def test_palettes_with_and_without_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "b.png", transparency=1)
    image.save(tmp_path / "c.gif", transparency=0)
    assert array(decode_image(tmp_path / "a.png").image)[0].tolist() == [
        [10, 20, 30],
        [200, 100, 50],
    ]
    assert array(decode_image(tmp_path / "b.png").image)[0].tolist() == [[10, 20, 30], [255] * 3]
    assert array(decode_image(tmp_path / "c.gif").image)[0].tolist() == [[255] * 3, [200, 100, 50]]


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
def test_the_first_frame_of_an_animation(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "lime", "blue")]
    lossless = {"lossless": True} if name.endswith("webp") else {}
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **lossless)
    with Image.open(tmp_path / name) as image:
        assert image.n_frames == 3
    assert (array(decode_image(tmp_path / name).image) == [255, 0, 0]).all()


@pytest.mark.parametrize("mode", ["1", "L", "YCbCr", "LAB", "HSV"])
def test_other_modes(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    if mode == "HSV":
        image = smooth(20, 10).convert("L").convert("RGB")
        image.convert("HSV").convert("RGB").save(path)
    else:
        image = Image.new("RGB", (20, 10), "white")
        white = (255, 128, 128) if mode == "LAB" else None
        written = Image.new("LAB", (20, 10), white) if white else image.convert(mode)
        # Pillow 12 does not read back what it writes raw as YCbCr
        written.save(path, compression="tiff_lzw" if mode == "YCbCr" else None)
    difference = np.abs(array(decode_image(path).image).astype(int) - np.asarray(image))
    assert difference.max() <= 3


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif", ".tif", ".bmp"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5])
def test_a_file_cut_short_is_named(tmp_path: Path, suffix: str, share: float) -> None:
    stream = io.BytesIO()
    smooth(120, 100).save(stream, Image.registered_extensions()[suffix])
    whole = stream.getvalue()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError) as caught:
        decode_image(path, (10, 10))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith("replace or remove it")
    assert "\n" not in message
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_files_that_are_no_images(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_text("<html>404</html>")
    with pytest.raises(DataError, match=r"a.jpg: not an image that can be read; replace or remove"):
        decode_image(path)
    with pytest.raises(DataError, match=r"b.jpg: no such file; restore it"):
        decode_image(tmp_path / "b.jpg")
    with pytest.raises(DataError, match="broken image"):
        decode_image(tmp_path)
    path.write_bytes(png(60000, 60000, depth=1, colour=0, rows=b""))
    with pytest.raises(DataError, match="more than the 120 million that are read"):
        decode_image(path)


def test_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    paths = []
    for number in range(8):
        path = tmp_path / f"{number}.jpg"
        smooth(200 + number, 150).save(path, exif=oriented(1 + number))
        paths.append(path)
    alone = [decode_image(path, (30, 30)) for path in paths]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda path: decode_image(path, (30, 30)), paths * 5))
    for number, decoded in enumerate(together):
        assert torch.equal(decoded.image, alone[number % 8].image)
        assert decoded.scale == alone[number % 8].scale


def test_a_kind_that_a_library_adds_is_read(tmp_path, monkeypatch):
    """A stand-in decoder, which Pillow asks as it would ask one for HEIC."""
    from PIL import BmpImagePlugin

    from elsewhere.data.images import kinds

    file = tmp_path / "a.heic"
    Image.new("RGB", (4, 3), "red").save(tmp_path / "a.bmp")
    file.write_bytes(b"\0\0\0\x18ftypheic" + (tmp_path / "a.bmp").read_bytes())

    class StandIn(BmpImagePlugin.BmpImageFile):
        format = "STANDIN"

        def _open(self):
            self.fp = io.BytesIO(self.fp.read()[12:])
            super()._open()

    def register():
        Image.register_open("STANDIN", StandIn, lambda head: head[4:12] == b"ftypheic")
        Image.register_extension("STANDIN", ".heic")

    for table in ("ID", "OPEN", "EXTENSION"):
        monkeypatch.setattr(Image, table, type(getattr(Image, table))(getattr(Image, table)))
    kinds.register_heif.cache_clear()
    if kinds.is_image(file):
        pytest.skip("something reads HEIC here")
    with pytest.raises(
        DataError, match=r"not an image that can be read; pip install elsewhere\[heic"
    ):
        decode_image(file)
    monkeypatch.setitem(sys.modules, "pillow_heif", SimpleNamespace(register_heif_opener=register))
    kinds.register_heif.cache_clear()
    assert kinds.is_image(file)
    assert decode_image(file).image[:, 0, 0].tolist() == [255, 0, 0]
    kinds.register_heif.cache_clear()
