"""hrm mcp and hrm serve with the official Python SDK as the client, whichever major version is installed. TAP.

usage: mcp_sdk.py HRM"""

import asyncio
import sys

from lib import EASY, ENDLESS, HARD, Service, finish, tell

HRM = sys.argv[1]
MODEL = "models/sudoku.safetensors"
ARGUMENTS = ["mcp", MODEL, "--workers", "1", "--time-limit", "100"]
TOOLS = {"check_answer", "describe_model", "explain_solution", "list_tasks", "solve_puzzle"}

try:
    from mcp.client import Client  # 2 and later

    def opened(target, mode):
        return Client(target, mode=mode)

    async def abandon(client):
        """It tells of a call that nobody waits for by itself."""

    MODES = ("auto", "legacy")
except ImportError:
    from contextlib import asynccontextmanager

    from mcp import ClientSession

    @asynccontextmanager
    async def opened(target, mode):
        async with target as streams:
            async with ClientSession(*streams[:2]) as session:
                await session.initialize()
                yield session

    async def abandon(session):
        from mcp import types

        n = session._request_id - 1  # of the last call; what it does not tell by itself
        await session.send_notification(types.ClientNotification(types.CancelledNotification(
            method="notifications/cancelled", params=types.CancelledNotificationParams(requestId=n))))

    MODES = ("only",)


def field(o, *names):
    """Attributes are in snake_case since version 2."""
    for name in names:
        if hasattr(o, name):
            return getattr(o, name)
    raise AttributeError(names)


def stdio():
    from mcp import StdioServerParameters
    from mcp.client.stdio import stdio_client

    return stdio_client(StdioServerParameters(command=HRM, args=ARGUMENTS))


def web(url):
    if MODES != ("only",):
        return url
    from mcp.client.streamable_http import streamablehttp_client

    return streamablehttp_client(url)


async def use(target, mode, label):
    async with opened(target, mode) as c:
        tell({t.name for t in (await c.list_tools()).tools} == TOOLS, label + ": the tools")
        seen = []

        async def progress(done, total, message):
            seen.append((done, message))

        r = await c.call_tool("solve_puzzle", {"puzzle": HARD}, progress_callback=progress)
        data = field(r, "structured_content", "structuredContent")
        tell(data["verdict"] == "solved" and not field(r, "is_error", "isError"), label + ": a puzzle is solved", r)
        tell(seen and seen == sorted(seen), label + ": progress", seen)
        r = await c.call_tool("solve_puzzle", {"puzzle": "123"})
        tell(field(r, "is_error", "isError") and "81 characters" in r.content[0].text, label + ": a malformed one is a result", r)
        for name, arguments in (("check_answer", {"puzzle": HARD, "answer": data["solution"]}), ("list_tasks", {}),
                                ("explain_solution", {"puzzle": EASY}), ("describe_model", {})):
            r = await c.call_tool(name, arguments)
            tell(not field(r, "is_error", "isError") and field(r, "structured_content", "structuredContent"),
                 "%s: %s" % (label, name), r)
        try:
            await c.call_tool("nope", {})
            tell(False, label + ": no such tool")
        except Exception as e:  # each version has its own
            tell("no such tool" in str(e), label + ": no such tool", e)
        for callback in (progress, None):
            try:
                await asyncio.wait_for(c.call_tool("solve_puzzle", ENDLESS, progress_callback=callback), 1)
                tell(False, label + ": cancelled")
            except (asyncio.TimeoutError, TimeoutError):
                await abandon(c)
                r = await asyncio.wait_for(c.call_tool("solve_puzzle", {"puzzle": EASY}), 60)
                tell(field(r, "structured_content", "structuredContent")["verdict"] == "solved",
                     "%s: after a call that was cancelled the one worker is free (progress: %s)" % (label, callback is not None))


async def main():
    import importlib.metadata

    version = importlib.metadata.version("mcp")
    for mode in MODES:
        await use(stdio(), mode, "SDK %s, %s, pipe" % (version, mode))
    with Service(HRM, MODEL, "--workers", "1", "--time-limit", "100") as s:
        for mode in MODES:
            await use(web(s.address + "mcp"), mode, "SDK %s, %s, web" % (version, mode))


asyncio.run(main())
sys.exit(finish())
