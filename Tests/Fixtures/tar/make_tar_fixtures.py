#!/usr/bin/env python3
"""Writes one small archive of pictures in each format that Python's tarfile knows. Needs only the standard library."""

import io
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
LONG = "a-folder-with-a-name-of-some-length/" * 4


def main():
    picture = (HERE.parent / "png" / "grey.png").read_bytes()
    members = [
        ("./cats", None),
        ("./cats/1.png", picture),
        (LONG + "dogs/2.png", picture),
        ("cats/ü.png", picture),
        ("readme.txt", b"not a picture"),
    ]
    for name, kind in {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}.items():
        with tarfile.open(HERE / f"{name}.tar", "w", format=kind) as archive:
            for path, content in members:
                info = tarfile.TarInfo(path)
                info.mtime = 0
                if content is None:
                    info.type = tarfile.DIRTYPE
                else:
                    info.size = len(content)
                archive.addfile(info, io.BytesIO(content or b""))


main()
