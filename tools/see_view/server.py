"""The page and its WebSocket, on loopback, for who has the token.

Paths: / (the page), its files, /live (the WebSocket). The browser sends JSON
texts: {"view", "options"} what to show, {"at"}, {"playing"} in a
recording; and bytes
for the console. It gets bytes of the console, and JSON texts: {"state",
"words"}, {"view", "svg"}, {"looks", "at"} for a recording.
"""

import asyncio
import hmac
import json
import os
import re
import secrets
import time

from aiohttp import WSMsgType, web

from .dwarf import Missing
from .views import VIEWS, draw

HERE = os.path.dirname(os.path.realpath(__file__))
XTERM = "/usr/share/nodejs/xterm/lib"
FILES = {"/style.css": "text/css", "/page.css": "text/css",
         "/page.js": "text/javascript"}
PACE = {"memory": 1.0, "page": 0.2}     # seconds from picture to picture
USUAL_PACE = 0.4
WHERE_IS_CURSOR = b"\x1b[6n"
HEADERS = {
    "Content-Security-Policy":
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
        "data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def xterm_bundle():
    """xterm.js as Debian's node-xterm has it, module by module, and what
    finds one module for another."""
    parts = ["(() => {\nconst modules = {}, loaded = {};\n"]
    for folder, _, names in sorted(os.walk(XTERM, followlinks=True)):
        for name in sorted(names):
            if not name.endswith(".js") or ".test." in name:
                continue
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"^//# sourceMappingURL.*$", "", file.read(),
                              flags=re.MULTILINE)
            module = os.path.relpath(path, XTERM)[:-3]
            parts.append(f"modules[{json.dumps(module)}] = (exports, module, "
                         f"require) => {{\n{text}\n}};\n")
    parts.append("""
function load(name) {
	if (!loaded[name]) {
		const folder = name.split("/").slice(0, -1);
		loaded[name] = { exports: {} };
		modules[name](loaded[name].exports, loaded[name], (wanted) => {
			const path = [...folder];
			for (const step of wanted.split("/"))
				if (step === "..")
					path.pop();
				else if (step !== ".")
					path.push(step);
			return load(path.join("/"));
		});
	}
	return loaded[name].exports;
}
window.Terminal = load("public/Terminal").Terminal;
window.fitTerminal = load("addons/fit/fit").fit;
})();
""")
    return "".join(parts)


class Server:
    """Serves one machine, or a recording, which has the same methods."""

    def __init__(self, machine):
        self.machine = machine
        self.token = secrets.token_urlsafe(24)
        self.clients = []
        self.port = 0
        self.bundle = xterm_bundle() if os.path.isdir(XTERM) else \
            "// the package node-xterm is missing: run tools/setup see\n"

    async def start(self, port):
        app = web.Application(middlewares=[self.guard])
        app.router.add_get("/", self.page)
        app.router.add_get("/xterm.js", self.xterm)
        app.router.add_get("/xterm.css", self.xterm_style)
        app.router.add_get("/live", self.live)
        for path in FILES:
            app.router.add_get(path, self.file)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    async def stop(self):
        for client in list(self.clients):
            await client.socket.close()
        await self.runner.cleanup()

    # -- Who may

    @web.middleware
    async def guard(self, request, handler):
        """Our own name only (no other that leads here), and the token, which
        the page's own requests bring as a cookie."""
        if request.headers.get("Host") != f"127.0.0.1:{self.port}":
            raise web.HTTPForbidden(text="not this host\n")
        offered = request.query.get("token") or \
            request.cookies.get(self.cookie(), "")
        if not hmac.compare_digest(offered.encode(), self.token.encode()):
            raise web.HTTPForbidden(text="tools/see prints the address with "
                                    "the token that opens this page\n")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def cookie(self):
        return f"colonel-see-{self.port}"

    # -- What there is

    async def page(self, _request):
        response = web.FileResponse(os.path.join(HERE, "page.html"))
        response.set_cookie(self.cookie(), self.token, httponly=True,
                            samesite="Strict")
        response.headers.update(HEADERS)
        return response

    async def file(self, request):
        with open(HERE + request.path, encoding="utf-8") as file:
            return web.Response(text=file.read(),
                                content_type=FILES[request.path])

    async def xterm(self, _request):
        return web.Response(text=self.bundle, content_type="text/javascript")

    async def xterm_style(self, _request):
        path = os.path.join(XTERM, "xterm.css")
        text = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                text = file.read()
        return web.Response(text=text, content_type="text/css")

    async def live(self, request):
        if request.headers.get("Origin") != f"http://127.0.0.1:{self.port}":
            raise web.HTTPForbidden(text="another page's request\n")
        client = Client(self, web.WebSocketResponse(heartbeat=20,
                                                    max_msg_size=1 << 16))
        await client.socket.prepare(request)
        self.clients.append(client)
        try:
            await client.serve()
        finally:
            self.clients.remove(client)
        return client.socket


class Client:
    """One page that is open."""

    def __init__(self, server, socket):
        self.server, self.machine = server, server.machine
        self.socket = socket
        self.view, self.options = "spaces", {}
        self.changed = asyncio.Event()
        self.output = bytearray(self.machine.console_text.replace(
            WHERE_IS_CURSOR, b""))
        self.sent_state = self.sent_svg = None

    async def serve(self):
        self.machine.listeners.add(self.hear)
        drawing = asyncio.create_task(self.draw_all())
        try:
            async for message in self.socket:
                if message.type == WSMsgType.BINARY:
                    self.machine.type(message.data)
                elif message.type == WSMsgType.TEXT:
                    self.obey(message.data)
        finally:
            self.machine.listeners.discard(self.hear)
            drawing.cancel()

    def hear(self, data):
        """One terminal answers the shell's question, not each that is open."""
        if self.server.clients[0] is not self:
            data = data.replace(WHERE_IS_CURSOR, b"")
        self.output += data
        self.changed.set()

    def obey(self, text):
        """A wish that makes no sense is as if it had not been said."""
        try:
            wish = json.loads(text)
        except ValueError:
            return
        if not isinstance(wish, dict):
            return
        if hasattr(self.machine, "seek"):
            if isinstance(wish.get("at"), int):
                self.machine.seek(wish["at"])
            if isinstance(wish.get("playing"), bool):
                self.machine.playing = wish["playing"]
        if wish.get("view") in VIEWS and isinstance(wish.get("options"), dict):
            self.view = wish["view"]
            self.options = {str(k): str(v) for k, v in
                            list(wish["options"].items())[:8]}
        self.sent_svg = None
        self.changed.set()

    async def draw_all(self):
        """A picture now and then, the console's bytes at once."""
        due = 0
        try:
            while not self.socket.closed:
                if self.output:
                    data, self.output = bytes(self.output), bytearray()
                    await self.socket.send_bytes(data)
                if time.monotonic() >= due or self.sent_svg is None:
                    await self.send_state()
                    began = time.monotonic()
                    await self.send_picture()
                    now = time.monotonic()
                    # never more than a tenth of a CPU
                    due = now + max(PACE.get(self.view, USUAL_PACE),
                                    9 * (now - began))
                self.changed.clear()
                try:
                    await asyncio.wait_for(self.changed.wait(),
                                           max(due - time.monotonic(), 0))
                except asyncio.TimeoutError:
                    pass
        except ConnectionError:
            pass

    async def send_state(self):
        state = {"state": self.machine.state, "words": self.machine.words}
        if hasattr(self.machine, "seek"):
            state.update(looks=len(self.machine), at=self.machine.at,
                         playing=self.machine.playing)
        if state != self.sent_state:
            self.sent_state = state
            await self.socket.send_json(state)

    async def send_picture(self):
        if self.machine.state == "ended":
            self.sent_svg = self.sent_svg or "the last one stays"
            return
        answer = {"view": self.view}
        try:
            options = dict(self.options, **self.machine.options_for(self.view))
            answer["svg"] = draw(self.view, self.machine.look(),
                                 options).svg()
        except Missing as missing:
            answer["error"] = (f"{missing}. The kernel has changed: "
                               "tools/see_view/kernel.py must follow.")
        if answer != self.sent_svg:
            self.sent_svg = answer
            await self.socket.send_json(answer)
