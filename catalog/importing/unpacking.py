"""An upload as the file it is: a .gz or a .zip of one file is unpacked, bounded in size; other archives are refused."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from django.utils.translation import gettext as _

_CHUNK = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_OTHERS = {b"Rar!": "RAR", b"7z\xbc\xaf\x27\x1c": "7z", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
# What systems of Apple and Windows put into an archive beside what was packed.
_NOT_MEANT = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class PackingRefused(ValueError):
    """The archive cannot be taken; the message says what to do instead, for a person."""


@contextmanager
def unpacked(upload: BinaryIO, *, most: int) -> Iterator[tuple[IO[bytes], int]]:
    """The file inside the upload, or the upload itself, and its size in bytes; at its start. Closed with the block.

    Never more than `most` bytes are unpacked, whatever the archive says about itself. Raises PackingRefused.
    """
    upload.seek(0)
    head = upload.read(8)
    upload.seek(0)
    for mark, name in _OTHERS.items():
        if head.startswith(mark):
            raise PackingRefused(_("%(name)s 压缩包不能读取，请解压后上传，或改用 .zip、.gz。") % {"name": name})
    if head.startswith(_GZIP):
        with gzip.GzipFile(fileobj=upload) as packed, _bounded(packed, most) as (file, size):
            yield file, size
    elif head.startswith(_ZIP):
        with _zip(upload) as archive, _content(archive) as content, _bounded(content, most) as (file, size):
            yield file, size
    else:
        upload.seek(0, 2)
        size = upload.tell()
        upload.seek(0)
        yield upload, size


def _zip(upload: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(upload)
    except zipfile.BadZipFile as error:
        raise PackingRefused(_("压缩包已损坏，请重新压缩或直接上传文件。")) from error


def _content(archive: zipfile.ZipFile) -> IO[bytes]:
    entries = [one for one in archive.infolist() if not one.is_dir()]
    if any(one.filename == "[Content_Types].xml" for one in entries):
        raise PackingRefused(_("这是 Word 或 Excel 文件，不是馆藏导出文件；请在本馆系统里导出 ISO 2709 或 MARCXML。"))
    entries = [one for one in entries if not any(mark in one.filename for mark in _NOT_MEANT)]
    if len(entries) != 1:
        told = _("压缩包里有%(count)d个文件，只能有一个；请分别压缩、分别上传。")
        raise PackingRefused(told % {"count": len(entries)})
    if entries[0].flag_bits & 1:
        raise PackingRefused(_("压缩包带有密码，请去掉密码后上传。"))
    try:
        return archive.open(entries[0])
    except (NotImplementedError, zipfile.BadZipFile) as error:
        raise PackingRefused(_("压缩包的压缩方式不能读取，请解压后上传，或改用 .gz。")) from error


@contextmanager
def _bounded(content: IO[bytes] | gzip.GzipFile, most: int) -> Iterator[tuple[IO[bytes], int]]:
    """The content as a temporary file on disk."""
    with TemporaryFile() as file:
        size = 0
        try:
            while chunk := content.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    told = _("解压后超过%(limit)d MB的上限，请在导出时分成几个文件。")
                    raise PackingRefused(told % {"limit": most // (1024 * 1024)})
                file.write(chunk)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            raise PackingRefused(_("压缩包已损坏，请重新压缩或直接上传文件。")) from error
        file.seek(0)
        yield file, size
