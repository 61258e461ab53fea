-- Accepts lua: open(conf) -> address, port, from this very file in its other role (see the end).
-- Its clients send packets whose first word names what is to be done (see MESSAGE).

local skynet = require "skynet"
local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"

local role = ...

local MESSAGE = {}

local function tell(fd, text)
	driver.send(fd, netpack.pack(text))
end

-- Blocks in a call, which the packets behind it do not wait for.
function MESSAGE.block(fd, text)
	skynet.call(".helper", "lua", "slow", 30)
	tell(fd, "end " .. text)
end

-- More bytes than the kernel's buffers take, then sends of both priorities. The client reads when it sees the log.
function MESSAGE.priorities(fd)
	driver.send(fd, ("."):rep(32 * 1024 * 1024))
	driver.lsend(fd, "L1")
	driver.lsend(fd, "L2")
	driver.send(fd, "H1")
	driver.send(fd, "H2")
	driver.lsend(fd, "L3")
	skynet.error "sent in both priorities"
end

local function serve()
	local gateserver = require "snax.gateserver"
	local handler = { connect = gateserver.openclient }
	local has_final_reply = skynet.getenv "final_reply"

	function MESSAGE.leave(fd)
		gateserver.closeclient(fd)
	end

	function handler.open(_, conf)
		return conf.address, conf.port
	end

	function handler.message(fd, msg, sz)
		local text = netpack.tostring(msg, sz)
		local word = text:match "%a+"
		if word ~= "priorities" then
			tell(fd, "start " .. text)
		end
		local act = MESSAGE[word]
		if act then
			act(fd, text)
		end
	end

	-- The peer has finished sending; this side can still write until it closes as well.
	function handler.disconnect(fd)
		skynet.error("disconnected " .. fd)
		if has_final_reply then
			tell(fd, "final reply")
			tell(fd, "and thanks")
		end
		gateserver.closeclient(fd)
	end

	function handler.error(fd, text)
		skynet.error("failed " .. fd .. " " .. text)
	end

	gateserver.start(handler)
end

local function launch()
	skynet.start(function()
		skynet.newservice "helper"
		local gate = skynet.newservice("handler", "serve")
		local address, port = skynet.call(gate, "lua", "open", {
			address = "127.0.0.1",
			port = 0,
			backlog = 1024,
		})
		skynet.error(string.format("handler listens on %s:%s", address, port))
	end)
end

if role == "serve" then
	serve()
else
	launch()
end
