-- Accepts nothing: a gate whose clients make it talk (see MESSAGE). It says where it listens at standard output, too.
-- The configuration's `maxclient` and `port` are the gate's.

local skynet = require "skynet"
require "skynet.manager"
local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local gateserver = require "snax.gateserver"

local line = ("x"):rep(999)

local MESSAGE = {}

-- Logs so many lines, and writes one, which stays in a buffer of C's until the end.
function MESSAGE.log(_, count)
	io.write "a line that is left\n"
	for _ = 1, count do
		skynet.error(line)
	end
end

-- Sends so many bytes behind the answer.
function MESSAGE.send(fd, count)
	driver.send(fd, ("."):rep(count))
	skynet.error "sent"
end

-- Sends so many bytes, and ends the node in the same breath.
function MESSAGE.abort(fd, count)
	driver.send(fd, ("."):rep(count))
	skynet.abort()
end

local handler = { embed = true, connect = gateserver.openclient }

function handler.message(fd, msg, sz)
	local text = netpack.tostring(msg, sz)
	local word, count = text:match "(%a+) ?(%d*)"
	driver.send(fd, netpack.pack(text))
	if MESSAGE[word] then
		MESSAGE[word](fd, tonumber(count))
	end
end

function handler.disconnect(fd)
	skynet.error("disconnected " .. fd)
	gateserver.closeclient(fd)
end

function handler.open(_, conf)
	local place = ("chatter listens on %s:%d"):format(conf.address, conf.port)
	skynet.error(place)
	print(place)
	io.stdout:flush()
end

skynet.start(function()
	gateserver.start(handler)
	skynet.fork(skynet.call, skynet.self(), "lua", "open", {
		address = "127.0.0.1",
		port = tonumber(skynet.getenv "port" or 0),
		maxclient = tonumber(skynet.getenv "maxclient"),
	})
end)
