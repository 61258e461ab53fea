// A client of the gate in a browser: one packet is one binary message, so that there is no length to write or to read.
"use strict";

const state = document.getElementById("state");
const said = document.getElementById("said");
const form = document.getElementById("form");
const line = document.getElementById("line");

// The gate is on the machine that the page came from, at a port of its own.
const place = new URL(document.body.dataset.address);
place.hostname = location.hostname;
place.port = document.body.dataset.port;

const gate = new WebSocket(place);
gate.binaryType = "arraybuffer"; // it would be a Blob, which can only be read later
const encoder = new TextEncoder();
const decoder = new TextDecoder();

gate.onopen = () => {
	state.textContent = "connected";
};

gate.onmessage = (event) => {
	const entry = document.createElement("li");
	// As text: what others say is never taken for HTML.
	entry.textContent = decoder.decode(event.data);
	said.append(entry);
};

// A browser does not tell scripts why a connection failed; the log of the node does.
gate.onclose = (event) => {
	state.textContent = `closed, code ${event.code} ${event.reason}`;
};

form.onsubmit = (event) => {
	event.preventDefault();
	if (gate.readyState === WebSocket.OPEN) {
		gate.send(encoder.encode(line.value));
		line.value = "";
	}
};
