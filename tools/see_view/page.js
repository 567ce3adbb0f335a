"use strict";
/* The page: a terminal, the view that the address's #hash names, and keys. All
 * pictures are drawn by the server (views.py). */

const VIEWS = ["spaces", "page", "memory", "walk", "timeline", "processes"];
const find = (selector) => document.querySelector(selector);
const view = find("#view");

/* ---- The connection ------------------------------------------------------ */

const query = new URLSearchParams(location.search);
const socket = new WebSocket(
	`ws://${location.host}/live?token=${query.get("token") || ""}`);
socket.binaryType = "arraybuffer";

function send(wish) {
	if (socket.readyState === WebSocket.OPEN)
		socket.send(JSON.stringify(wish));
}

function say(state, words) {
	find("#state").className = state;
	find("#state").textContent = words;
	document.title = `Colonel: ${words}`;
	document.body.classList.toggle("over",
		state === "ended" || state === "lost");
}

socket.onopen = follow;
socket.onclose = () => {
	if (find("#state").className !== "ended")
		say("lost", "the machine has ended: tools/see is gone");
};
socket.onmessage = (message) => {
	if (message.data instanceof ArrayBuffer) {
		terminal.write(decoder.decode(message.data, { stream: true }));
		return;
	}
	const told = JSON.parse(message.data);
	if (told.state)
		say(told.state, told.words);
	if ("looks" in told)
		showSeek(told);
	if (told.error)
		showError(told.error);
	if (told.svg && told.view === wanted().view && !held)
		show(told.svg);
};

/* ---- The console --------------------------------------------------------- */

const decoder = new TextDecoder(), encoder = new TextEncoder();
const terminal = new Terminal({
	fontSize: 15, cursorBlink: false, scrollback: 5000,
	fontFamily: '"DejaVu Sans Mono", "Cascadia Mono", monospace',
	theme: { background: "#10131a", foreground: "#e8e6df" },
});
terminal.open(find("#console"));
const type = (text) => socket.readyState === WebSocket.OPEN &&
	socket.send(encoder.encode(text));
terminal.on("data", type);
terminal.attachCustomKeyEventHandler((event) => !event.altKey ||
	!/^[0-9cdhw]$/.test(event.key));
new ResizeObserver(() => fitTerminal(terminal)).observe(find("#console"));
terminal.focus();

/* ---- The view ------------------------------------------------------------ */

/* "#walk?pid=3&address=0x400000" */
function wanted() {
	const [name, words] = location.hash.slice(1).split("?");
	return { view: VIEWS.includes(name) ? name : "spaces",
		 options: Object.fromEntries(new URLSearchParams(words || "")) };
}

function follow() {
	const wish = wanted();
	hold(false);
	for (const link of document.querySelectorAll("nav a"))
		if (link.hash.slice(1) === wish.view)
			link.setAttribute("aria-current", "page");
		else
			link.removeAttribute("aria-current");
	find("#address").hidden = wish.view !== "walk";
	find("#beast").hidden = wish.view !== "page";
	for (const name of ["address", "pid"])
		find("#address")[name].value = wish.options[name] || "";
	send(wish);
}
window.onhashchange = follow;

/* The focus stays on the link that had it. */
function show(svg) {
	const focused = view.contains(document.activeElement) &&
		document.activeElement.getAttribute("href");
	view.innerHTML = svg;
	if (focused) {
		const again = view.querySelector(
			`a[href="${CSS.escape(focused)}"]`);
		if (again)
			again.focus();
	}
}

function showError(words) {
	const text = document.createElement("p");
	text.className = "error";
	text.textContent = words;
	view.replaceChildren(text);
}

/* A picture may be replaced between press and release: the press counts. */
view.addEventListener("pointerdown", (event) => {
	const link = event.target.closest("a");
	if (link && event.button === 0)
		location.hash = link.getAttribute("href");
});

/* Pictures that come meanwhile are dropped; another view lets go. */
let held = false;
function hold(wish) {
	held = wish;
	find("#hold").setAttribute("aria-pressed", held);
}
find("#hold").onclick = () => hold(!held);

/* ---- Pointing at a frame ------------------------------------------------- */

let pointed = 0;
view.addEventListener("pointermove", (event) => {
	const cells = event.target.closest(".cells");
	if (!cells || event.timeStamp < pointed + 120)
		return;
	const place = new DOMPoint(event.clientX, event.clientY)
		.matrixTransform(cells.getScreenCTM().inverse());
	const column = Math.floor((place.x - 100) / cells.dataset.cell);
	pointed = event.timeStamp;
	send({ view: "memory",
	       options: { frame: Number(cells.dataset.first) + column } });
});

/* ---- Forms, keys, light and dark ----------------------------------------- */

find("#address").onsubmit = (event) => {
	const form = event.target;
	event.preventDefault();
	location.hash = "walk?" + new URLSearchParams({
		pid: form.pid.value, address: form.address.value });
};

find("#beast").onsubmit = (event) => {
	event.preventDefault();
	const value = parseInt(event.target.value.value, 10);
	if (!isNaN(value))
		type(`echo ${value} > /proc/sys/kernel/vnotb\r`);
};

function showSeek(told) {
	const range = find("#seek input");
	find("#seek").hidden = false;
	range.max = told.looks - 1;
	if (document.activeElement !== range)
		range.value = told.at;
	find("#seek button").setAttribute("aria-pressed", !told.playing);
	find("#seek output").textContent = `${told.at + 1} of ${told.looks}`;
}
find("#seek input").oninput = (event) =>
	send({ ...wanted(), at: Number(event.target.value) });
find("#seek").onsubmit = (event) => {
	event.preventDefault();
	send({ playing: find("#seek button").getAttribute("aria-pressed") ===
		"true" });
};

function turnLight() {
	const root = document.documentElement;
	const dark = root.classList.contains("dark") ||
		(!root.classList.contains("light") &&
		 matchMedia("(prefers-color-scheme: dark)").matches);
	root.classList.toggle("dark", !dark);
	root.classList.toggle("light", dark);
}
find("#light").onclick = turnLight;

VIEWS.forEach((name, place) => {
	const link = document.createElement("a");
	link.href = `#${name}`;
	link.append(`${name} `, Object.assign(document.createElement("kbd"), {
		textContent: place + 1 }));
	find("nav").append(link);
});

/* Outside of the terminal a key alone, everywhere with Alt. */
addEventListener("keydown", (event) => {
	const typing = event.target.closest("input, button, textarea") ||
		find("#console").contains(event.target);
	if ((typing && !event.altKey) || event.ctrlKey || event.metaKey)
		return;
	const name = VIEWS[Number(event.key) - 1];
	if (name)
		location.hash = name;
	else if (event.key === "c")
		terminal.focus();
	else if (event.key === "w")
		find("#console").classList.toggle("away");
	else if (event.key === "h")
		hold(!held);
	else if (event.key === "d")
		turnLight();
	else if (event.key === "0")
		view.focus();
	else
		return;
	event.preventDefault();
});
