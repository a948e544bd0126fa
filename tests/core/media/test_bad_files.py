"""Files that cannot be read, or are not what they seem, are told at once and never waited for."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from chiasm.errors import MediaTooLarge, UnreadableMedia, UnsupportedMedia
from chiasm.media import Item, Source


def test_an_executable_named_jpg_is_refused(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(Path(sys.executable).resolve().read_bytes()[:100_000])
    with pytest.raises(UnsupportedMedia, match="application/x-executable") as caught:
        Item.from_path(path)
    assert caught.value.where == str(path) and "chiasm plugins list" in str(caught.value)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "photo.jpg"
    path.touch()
    with pytest.raises(UnreadableMedia, match="empty"):
        Item.from_path(path)


def test_a_pipe_is_refused_without_waiting(tmp_path):
    path = tmp_path / "photo.jpg"
    os.mkfifo(path)
    with pytest.raises(UnreadableMedia, match="it is a pipe"):
        Item.from_path(path)


@pytest.mark.parametrize(("device", "kind"), [("/dev/zero", "a device"), ("/dev/tty", "a device"), ("/", "a folder")])
def test_devices_and_folders_behind_a_link_are_refused(tmp_path, device, kind):
    path = tmp_path / "photo.jpg"
    path.symlink_to(device)
    with pytest.raises(UnreadableMedia, match=f"it is {kind}"):
        Item.from_path(path)


def test_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("photo.jpg")
        with pytest.raises(UnreadableMedia, match="it is a socket"):
            Item.from_path("photo.jpg")


def test_what_is_missing_or_a_link_to_itself_is_told(tmp_path):
    with pytest.raises(UnreadableMedia, match="No such file"):
        Item.from_path(tmp_path / "photo.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    with pytest.raises(UnreadableMedia, match="symbolic links"):
        Item.from_path(tmp_path / "loop.jpg")


def test_a_file_that_fails_while_it_is_read_is_told():
    with pytest.raises(UnreadableMedia, match="cannot be read"):
        Item.from_path("/proc/self/mem")


def test_a_file_that_this_user_may_not_read_is_told(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    path.chmod(0)
    program = (
        "import os, sys\n"
        "from chiasm.media import Source\n"
        "from chiasm.errors import UnreadableMedia\n"
        "from pathlib import Path\n"
        "if os.getuid() == 0:\n"
        "    os.setgroups([])\n"
        "    os.setgid(65534)\n"
        "    os.setuid(65534)\n"
        "try:\n"
        "    Source(path=Path(sys.argv[1])).open()\n"
        "except UnreadableMedia as error:\n"
        "    print(error)\n"
    )
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"{path}: the file cannot be read (Permission denied)", done.stderr


def test_a_file_larger_than_allowed_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "big.txt"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(MediaTooLarge, match="1,099,511,627,776 bytes"):
        Source(path=path).read(1000)


def test_a_file_without_a_size_is_read_up_to_the_limit():
    source = Source(path=Path("/proc/self/status"))
    assert source.size == 0 and source.read(1 << 20).startswith(b"Name:")
    with pytest.raises(MediaTooLarge):
        source.read(10)


def test_no_file_stays_open(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"words, not a picture")
    before = psutil.Process().num_fds()
    for _ in range(20):
        Source(path=path).read(100)
        with pytest.raises(UnreadableMedia):
            Source(path=tmp_path).open()
    assert psutil.Process().num_fds() == before
