"""A client of the gate tests by Python's `websockets`: websocket_client.py URL HOST AUTHORITY"""

import asyncio
import ssl
import sys

import websockets


async def expect_close(connection, code):
    try:
        while True:
            await connection.recv()
    except websockets.exceptions.ConnectionClosed as closed:
        assert closed.rcvd is not None and closed.rcvd.code == code, closed


def connect(**options):
    url, host, authority = sys.argv[1:]
    if url.startswith("wss:"):
        options["ssl"] = ssl.create_default_context(cafile=authority)
    options.setdefault("max_size", 1 << 23)
    return websockets.connect(url, host=host, subprotocols=["other", "game.v1"], **options)


async def main():
    async with connect() as connection:
        assert connection.subprotocol == "game.v1", connection.subprotocol
        for size in (1, 125, 126, 65535, 65536, 1 << 20):
            body = bytes(value & 255 for value in range(size))
            await connection.send(body)
            answer = await connection.recv()
            assert answer == body, (size, len(answer))
        await connection.send("as text: \u00e4\u20ac")
        assert await connection.recv() == "as text: \u00e4\u20ac".encode()
        # In fragments.
        await connection.send([b"one ", b"message ", b"in pieces"])
        assert await connection.recv() == b"one message in pieces"
        pong = await connection.ping(b"ping")
        await asyncio.wait_for(pong, 10)
        for number in range(500):
            await connection.send(b"number %d" % number)
        for number in range(500):
            assert await connection.recv() == b"number %d" % number
    assert connection.close_code == 1000, connection.close_code

    async with connect() as connection:
        await connection.send(b"kick")
        await expect_close(connection, 1000)
    # Not closed once more: that fails in `websockets` where the other side was first.
    connection = await connect()
    await connection.send(bytes((1 << 20) + 1))
    await expect_close(connection, 1009)
    print("all is well")


asyncio.run(main())
