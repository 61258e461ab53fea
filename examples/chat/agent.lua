-- Accepts client: a line of text from its client. The first is a name; the others are said in the room.
-- Accepts lua: start(conf) from the watchdog when the client is there, disconnect() when it has gone.

local skynet = require "skynet"
local socket = require "skynet.socket"

local LONGEST = 4096 -- bytes of one line; the room adds the name, and a packet holds 65535

local room
local client
local watchdog
local joined = false

local CMD = {}

local function tell(text)
	socket.write(client, string.pack(">s2", text))
end

local function introduce(name)
	if not name:find "^%w[%w_%-]*$" or #name > 32 then
		tell "a name is up to 32 letters, digits, - and _"
		return
	end
	-- The join blocks; set the mark first, or a second packet would introduce the client again.
	joined = true
	joined = skynet.call(room, "lua", "join", client, name)
	if not joined then
		tell(name .. " is taken")
	end
end

local function say(text)
	if #text > LONGEST then
		skynet.send(watchdog, "lua", "close", client)
	else
		skynet.send(room, "lua", "say", client, text)
	end
end

skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
	unpack = skynet.tostring,
	dispatch = function(_, _, text)
		-- The session of a client message is its fd. Nobody waits for a reply to it.
		skynet.ignoreret()
		if joined then
			say(text)
		else
			introduce(text)
		end
	end,
}

function CMD.start(conf)
	client = conf.client
	watchdog = conf.watchdog
	room = skynet.uniqueservice "room"
	skynet.call(conf.gate, "lua", "forward", client)
	tell "welcome, what is your name?"
end

function CMD.disconnect()
	skynet.call(room, "lua", "leave", client)
	skynet.exit()
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
