"""No image takes more memory or time than a photograph, and every one is named."""

import io
import os
import struct
import threading
import time
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from elsewhere.cli import main
from elsewhere.data.images.bounds import count_scans
from elsewhere.data.images.decode import decode_image
from elsewhere.errors import DataError


def jpeg(width=64, height=48, **how):
    buffer = io.BytesIO()
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(values).save(buffer, "JPEG", **how)
    return buffer.getvalue()


def many_scans(times, **how):
    """A progressive JPEG whose last scan is there again and again."""
    data = jpeg(progressive=True, **how)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + b"\xff\xd9"


def claimed(width, height, kind):
    """A small file that says it has so many pixels."""
    if kind == "jpg":
        data = bytearray(jpeg())
        place = data.index(b"\xff\xc0") + 5
        data[place : place + 4] = struct.pack(">HH", height, width)
        return bytes(data)
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(bytes(1000))
    chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c))
              for c in (head, body, b"IEND"))  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def refused(source):
    began = time.monotonic()
    with pytest.raises(DataError) as error:
        decode_image(source)
    assert time.monotonic() - began < 5
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("times", [101, 3000])
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_jpeg_of_many_scans_is_refused(times, in_memory, tmp_path):
    data = many_scans(times, width=640, height=480)
    (tmp_path / "f.jpg").write_bytes(data)
    said = refused(data if in_memory else tmp_path / "f.jpg")
    assert "more than 100 scans" in said


def test_scans_are_counted_up_to_the_end_of_the_picture():
    slow = jpeg(progressive=True)
    assert 2 < count_scans(slow) < 15
    assert count_scans(many_scans(20)) == count_scans(slow) + 19
    assert count_scans(jpeg()) == 1
    after = os.urandom(2_000_000)  # as a phone's moving picture lies behind the still one
    assert count_scans(slow + after) == count_scans(slow)
    inside = jpeg(exif=b"Exif\0\0" + b"\xff\xda" * 5000)
    assert count_scans(inside) == 1
    assert decode_image(slow + after).image.shape == (3, 48, 64)


def test_parts_one_after_another_are_scans_too():
    """A sequential JPEG of one scan a colour is as slow when its scans are repeated."""
    data = jpeg(subsampling=0)
    frame = data.index(b"\xff\xc0")
    scan = data.index(b"\xff\xda")
    alone = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data[scan + 14 : -2]
    assert data[frame + 9] == 3
    assert count_scans(data[:scan] + alone * 300 + b"\xff\xd9") > 100


@pytest.mark.parametrize(
    ("width", "height", "kind", "read"),
    [
        (12000, 9000, "jpg", True),  # 108 million pixels
        (16320, 12240, "jpg", True),  # 200 million
        (12000, 9000, "png", True),
        (16320, 12240, "png", False),
        (60000, 60000, "jpg", False),
        (2**31 - 1, 2**31 - 1, "png", False),
    ],
)
def test_large_photographs_are_read_or_refused(width, height, kind, read, tmp_path):
    (tmp_path / f"f.{kind}").write_bytes(claimed(width, height, kind))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = refused(tmp_path / f"f.{kind}") if not read or kind == "png" else ""
    assert ("more than the" in said) is not read  # what is read is cut short, and says that


def test_a_photograph_of_108_million_pixels(tmp_path):
    file = tmp_path / "phone.jpg"
    Image.new("RGB", (12000, 9000), (200, 100, 50)).save(file)
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decoded = decode_image(file, (448, 448))
    assert decoded.image.shape == (3, 1125, 1500)
    assert decoded.image[:, 0, 0].tolist() == pytest.approx([200, 100, 50], abs=3)
    assert before == Image.MAX_IMAGE_PIXELS


def test_files_that_are_none_are_not_waited_for(tmp_path, capsys):
    folder = tmp_path / "set" / "wren"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "f.jpg")
    (folder / "device.jpg").symlink_to("/dev/zero")
    for kind in ("wren", "robin"):
        for name in "abcd":
            place = folder.with_name(kind) / f"{name}.jpg"
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(jpeg())
    for name in ("f.jpg", "device.jpg"):
        assert "not a regular file" in refused(folder / name)
    done = threading.Event()
    watch = threading.Timer(60, lambda: done.is_set() or os._exit(9))
    watch.start()
    try:
        main(["check-data", str(tmp_path / "set"), "--workers=1"])
    finally:
        done.set()
        watch.cancel()
    said = "".join(capsys.readouterr())
    assert said.count("not a regular file") >= 2


def test_a_drawing_is_not_given_to_a_program(tmp_path):
    (tmp_path / "f.jpg").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    )
    assert "EPS is a drawing" in refused(tmp_path / "f.jpg")


def test_an_enormous_file_is_not_read(tmp_path):
    with (tmp_path / "f.webp").open("wb") as file:
        file.write(b"RIFF\0\0\0\0WEBPVP8 ")
        file.truncate(5 * 2**30)
    assert "larger than 1 GiB" in refused(tmp_path / "f.webp")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tif", "bmp", "avif"])
def test_damage_anywhere_is_named_and_warns_of_nothing(suffix, tmp_path):
    file = tmp_path / f"f.{suffix}"
    values = np.random.default_rng(1).integers(0, 256, (32, 24, 3), dtype=np.uint8)
    Image.fromarray(values).save(file)
    whole, draw, said = file.read_bytes(), np.random.default_rng(2), []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(60):
            broken = bytearray(whole)
            for place in draw.integers(0, len(whole), draw.integers(1, 12)).tolist():
                broken[place] = int(draw.integers(0, 256))
            file.write_bytes(broken[: int(draw.integers(8, len(whole) + 1))])
            try:
                decode_image(file, (16, 16))
            except DataError as error:  # some damage is not seen
                said.append(str(error))
    assert said
    assert all(line.startswith(f"{file}: ") and "\n" not in line for line in said)
