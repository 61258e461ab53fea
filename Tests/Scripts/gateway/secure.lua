-- Accepts nothing: opens a listener of `wss` and one of `tls`, and a connection to each. Logs what is known of the one that
-- comes to be, as `fact <side> <name>=<value>`, and why the other one does not, as `not opened: why`.

local skynet = require "skynet"
local socket = require "skynet.socket"
local driver = require "skynet.socketdriver"

local function tell(side, facts)
	for name, value in pairs(facts) do
		if name == "headers" then
			for header, text in pairs(value) do
				skynet.error(string.format("fact %s header %s=%s", side, header, text))
			end
		else
			skynet.error(string.format("fact %s %s=%s", side, name, value))
		end
	end
end

local function listen(url)
	local listener, _, port = socket.listen(url, 0)
	socket.start(listener, function(id, address)
		socket.start(id)
		skynet.error("fact server connect=" .. address)
		tell("server", driver.facts(id))
	end)
	return port
end

skynet.start(function()
	local port = listen "wss://127.0.0.1/play"
	local id = assert(socket.open("wss://localhost:" .. port .. "/play?level=3"))
	tell("client", driver.facts(id))
	-- Nothing is said of the authority of this one, so it is the system's.
	local other, why = socket.open("tls://localhost:" .. listen "tls://127.0.0.1")
	skynet.error(other and "opened" or "not opened: " .. why)
end)
