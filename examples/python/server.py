"""A websockets server of one's own, with Python's plain logger.

    PORT=8080 python3 server.py 2> app.log
    npx wsdiag check app.log --log-format log-format.yaml

It knows the handshake: the hello is the first message, and a welcome answers it. BROKEN=1 has a mistake in its
logging: see below. Needs the package `websockets` (Debian: python3-websockets).
"""

import asyncio
import json
import logging
import os
import signal
import time
import uuid

import websockets

logging.basicConfig(
    level=logging.INFO,
    format="%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s",
    datefmt="%Y-%m-%dT%H:%M:%S",
)
logging.Formatter.converter = time.gmtime
logging.getLogger("websockets").setLevel(logging.CRITICAL)
log = logging.getLogger("gateway")

last_seen = {}
numbers = {}


async def serve(socket, *_):
    try:
        hello = json.loads(await asyncio.wait_for(socket.recv(), 5))
        session, number = hello["session_id"], hello["connection_sequence"]
    except (asyncio.TimeoutError, ValueError, KeyError, TypeError, websockets.ConnectionClosed):
        await socket.close(1008, "no hello")
        return
    client, opened = uuid.uuid4().hex, time.monotonic()
    if os.environ.get("BROKEN"):
        # The mistake: it counts connections itself, and forgets them with each process.
        number = numbers[session] = numbers.get(session, 0) + 1
    log.info("opened client=%s session=%s number=%d", client, session, number)
    seen = last_seen.get(session, 0)
    last_seen[session] = max(seen, hello["connection_sequence"])
    try:
        welcome = {"type": "welcome", "version": 1, "client_id": client, "last_seen_sequence": seen}
        await socket.send(json.dumps(welcome))
        async for message in socket:
            await socket.send(message)
    except websockets.ConnectionClosed:
        pass
    finally:
        await socket.wait_closed()
        lived = time.monotonic() - opened
        log.info(
            "closed client=%s session=%s number=%d code=%d after=%.3fs",
            client, session, number, socket.close_code or 1006, lived,
        )


async def main():
    stop = asyncio.get_running_loop().create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, lambda: stop.done() or stop.set_result(None))
    port = int(os.environ.get("PORT", "8080"))
    # Closes every connection with 1001 on its way out.
    async with websockets.serve(serve, "127.0.0.1", port, ping_interval=1, ping_timeout=2):
        await stop


asyncio.run(main())
