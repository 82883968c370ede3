"""Accidents that happen to files on their way."""

from __future__ import annotations

import random


def broken(data: bytes, draw: random.Random) -> bytes:
    """The file after one accident: cut, shuffled, overwritten, with a hole, or with one character for another."""
    way = draw.randrange(5)
    if way == 0:
        return data[: draw.randrange(len(data))]
    if way == 1:
        lines = data.replace(b"~\n", b"~").split(b"~")
        head, body = lines[:1], lines[1:]
        draw.shuffle(body)
        return b"~".join(head + body)
    if way == 2:
        place = draw.randrange(len(data))
        return data[:place] + bytes(draw.randrange(256) for _ in range(20)) + data[place + 20 :]
    if way == 3:
        start = draw.randrange(len(data))
        return data[:start] + data[start + draw.randrange(1, 400) :]
    return data.replace(bytes([draw.choice(b"*:~^|>0123456789")]), bytes([draw.choice(b"*:~X9- ")]))
