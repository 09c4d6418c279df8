"""Clients in a process of their own: python client.py PORT REQUESTS.json CLIENTS SECONDS STATUS

Each keeps one connection and sends prepared bytes, so that they take little from the server that
is measured. `{key}` in a request becomes something new each time. Prints requests per second.
"""

from __future__ import annotations

import json
import random
import secrets
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

KEY = b"{key}"
KEY_LENGTH = 16


def prepared(request: dict[str, Any]) -> bytes:
    """Return a request as it goes over the wire."""
    body = b""
    if request.get("json") is not None:
        body = json.dumps(request["json"], ensure_ascii=False).encode()
    headers = {"Host": "localhost", "Content-Length": str(len(body))} | request["headers"]
    lines = [f"{request['method']} {request['path']} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def send(link: socket.socket, raw: bytes) -> int:
    """Send a request, read its answer to the end, and return its status."""
    link.sendall(raw.replace(KEY, secrets.token_hex(KEY_LENGTH // 2).encode()))
    got = link.recv(65536)
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += link.recv(65536)
    head = got[:end].lower()
    length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    left = length - (len(got) - end - 4)
    while left > 0:
        left -= len(link.recv(65536))
    return int(head.split(b" ", 2)[1])


def client(port: int, raws: list[bytes], until: float, statuses: list[int]) -> None:
    """Send requests in any order until the time is over."""
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while time.perf_counter() < until:
        statuses.append(send(link, random.choice(raws)))
    link.close()


def main(port: int, path: str, clients: int, seconds: float, status: int) -> None:
    """Run the clients side by side."""
    with Path(path).open(encoding="utf-8") as file:
        raws = [prepared(request) for request in json.load(file)]
    began = time.perf_counter()
    statuses: list[int] = []
    threads = [
        threading.Thread(target=client, args=(port, raws, began + seconds, statuses))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if set(statuses) != {status}:
        sys.exit(f"answers were not all {status}: {dict(Counter(statuses))}")
    print(len(statuses) / (time.perf_counter() - began))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
