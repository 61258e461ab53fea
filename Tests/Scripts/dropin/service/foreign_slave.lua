-- Plays the slave of another tree: it owns a native harbor and talks TEXT and HARBOR to it, and nothing else.
-- Accepts `lua` messages: "name" name address; "connect" address id; "accept" -> address; "raw" text; "heard" n -> the n-th text.
-- Accepts `text` messages from the native harbor, which it only writes down.

local skynet = require "skynet"
local socket = require "skynet.socket"
require "skynet.manager"

local harbor
local heard = {}

skynet.register_protocol {
	name = "harbor",
	id = skynet.PTYPE_HARBOR,
	pack = function(...) return ... end,
	unpack = skynet.tostring,
}

skynet.register_protocol {
	name = "text",
	id = skynet.PTYPE_TEXT,
	pack = function(...) return ... end,
	unpack = skynet.tostring,
}

local command = {}

function command.name(name, address)
	skynet.redirect(harbor, address, "harbor", 0, "N " .. name)
end

function command.connect(address, id)
	local fd = assert(socket.open(address))
	socket.abandon(fd)
	skynet.send(harbor, "harbor", string.format("S %d %d", fd, id))
	return fd
end

--- Where the other side is to connect; the first byte it sends is its number.
function command.accept()
	local fd, host, port = socket.listen("127.0.0.1", 0)
	socket.start(fd, function(client)
		socket.start(client)
		local id = socket.read(client, 1):byte()
		socket.abandon(client)
		skynet.send(harbor, "harbor", string.format("A %d %d", client, id))
	end)
	return host .. ":" .. port
end

function command.raw(text)
	skynet.send(harbor, "harbor", text)
end

function command.heard(n)
	while not heard[n] do
		skynet.sleep(1)
	end
	return heard[n], #heard
end

skynet.start(function()
	skynet.dispatch("text", function(session, source, text)
		assert(session == 0 and source == harbor, "TEXT comes from the native harbor, without a session")
		heard[#heard + 1] = text
	end)
	skynet.dispatch("lua", function(_, _, name, ...)
		skynet.retpack(command[name](...))
	end)
	harbor = assert(skynet.launch("harbor", skynet.harbor(skynet.self()), skynet.self()))
end)
