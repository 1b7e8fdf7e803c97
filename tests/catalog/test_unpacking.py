"""Packed uploads: one file in a .gz or .zip is taken, within the limit; every other archive is refused in words."""

import gzip
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import jobs
from catalog.importing.unpacking import PackingRefused, unpacked
from catalog.marc.writer import write_iso2709
from catalog.models import ImportRun, MemberLibrary
from tests.catalog.records import cnmarc_book

pytestmark = pytest.mark.django_db

FILE = b"".join(write_iso2709(cnmarc_book(str(n)), "gb18030") for n in range(3))


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def content_of(data: bytes, most: int = 10_000_000) -> bytes:
    with unpacked(io.BytesIO(data), most=most) as (file, size):
        content = file.read()
        assert len(content) == size
        return content


@pytest.mark.parametrize("data", [
    FILE, gzip.compress(FILE), zipped({"馆藏.iso": FILE}),
    zipped({"导出/": b"", "导出/馆藏.iso": FILE}, zipfile.ZIP_LZMA),
    zipped({"__MACOSX/._a.iso": b"x", "a.iso": FILE, ".DS_Store": b"x"}), zipped({"a.iso": FILE}, zipfile.ZIP_STORED),
], ids=["plain", "gz", "zip", "zip in a folder", "zip from a Mac", "stored"])  # fmt: skip
def test_the_one_file_inside_is_taken(data):
    assert content_of(data) == FILE


def encrypted() -> bytes:
    data = bytearray(zipped({"a.iso": FILE}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(("data", "words"), [
    (zipped({"a.iso": FILE, "b.iso": FILE}), "有2个文件"),
    (zipped({"leer/": b""}), "有0个文件"),
    (zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "Excel"),
    (gzip.compress(FILE)[:-30], "已损坏"),
    (b"\x1f\x8b\x08\x00 rubbish", "已损坏"),
    (zipped({"a.iso": FILE})[:-20], "已损坏"),
    (zipped({"a.iso": FILE}).replace(b"\x50\x4b\x01\x02", b"\x50\x4b\x09\x09"), "已损坏"),
    (encrypted(), "密码"),
    (b"Rar!\x1a\x07\x00", "RAR 压缩包不能读取"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包不能读取"),
])  # fmt: skip
def test_what_cannot_be_taken_is_refused_in_words(data, words):
    with pytest.raises(PackingRefused, match=words), unpacked(io.BytesIO(data), most=10_000_000):
        pass


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"a": data})])
def test_a_bomb_is_stopped_at_the_limit(pack):
    with pytest.raises(PackingRefused, match="解压后超过3"), unpacked(io.BytesIO(pack(bytes(50 << 20))), most=3 << 20):
        pass


def test_a_packed_upload_is_kept_unpacked(cumtb: MemberLibrary):
    run = jobs.receive(library=cumtb, upload=SimpleUploadedFile("馆藏.zip", zipped({"a.iso": FILE})), by="xu")
    assert (run.file_name, run.size, run.expected) == ("馆藏.zip", len(FILE), 3)
    assert run.upload_path.read_bytes() == FILE
    assert run.upload_path.stat().st_mode & 0o777 == 0o600


def test_what_is_refused_leaves_nothing(cumtb: MemberLibrary):
    with pytest.raises(jobs.JobRefused, match="只能有一个"):
        jobs.receive(library=cumtb, upload=SimpleUploadedFile("a.zip", zipped({"a": FILE, "b": FILE})), by="xu")
    with pytest.raises(jobs.JobRefused, match="空的"):
        jobs.receive(library=cumtb, upload=SimpleUploadedFile("a.gz", gzip.compress(b"")), by="xu")
    assert not ImportRun.objects.exists()
