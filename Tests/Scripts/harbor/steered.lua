-- The start script of a node that a test steers: every packet of a client is Lua code, answered by what it returns.
-- Accepts `lua` messages: "echo" (what it was given), "note" (kept for the test), "source" (who asks).

local skynet = require "skynet"
local harbor = require "skynet.harbor"
local socket = require "skynet.socket"
require "skynet.manager"

--- What the code of the test sees besides the libraries.
local env = setmetatable({ skynet = skynet, harbor = harbor, notes = {}, done = {} }, { __index = _G })

--- Begins something that may never end; `done[name]` then is what came of it.
function env.begin(name, f, ...)
	env.done[name] = "waiting"
	skynet.fork(function(...)
		local result = table.pack(pcall(f, ...))
		for i = 1, result.n do
			result[i] = tostring(result[i])
		end
		env.done[name] = table.concat(result, " ")
	end, ...)
end

local command = {}

function command.echo(_, ...)
	return ...
end

function command.note(_, text)
	table.insert(env.notes, text)
end

function command.source(source)
	return skynet.address(source)
end

skynet.dispatch("lua", function(session, source, name, ...)
	local result = table.pack(command[name](source, ...))
	if session ~= 0 then
		skynet.retpack(table.unpack(result, 1, result.n))
	end
end)

local function perform(code)
	local chunk, failure = load(code, "=test", "t", env)
	if not chunk then
		return failure
	end
	local result = table.pack(pcall(chunk))
	for i = 1, result.n do
		result[i] = tostring(result[i])
	end
	return table.concat(result, " ", result[1] == "true" and 2 or 1)
end

local function serve(fd)
	socket.start(fd)
	while true do
		local head = socket.read(fd, 2)
		local code = head and socket.read(fd, (string.unpack(">I2", head)))
		if not code then
			return socket.close(fd)
		end
		socket.write(fd, string.pack(">s2", perform(code)))
	end
end

skynet.start(function()
	local listener, _, port = socket.listen("127.0.0.1", 0)
	socket.start(listener, serve)
	skynet.error("steered listens on 127.0.0.1:" .. port)
end)
