-- The part of the interactive debugger that lives in the service being debugged. Input comes by a native channel,
-- which also works while a breakpoint holds the service; output leaves as messages to the debug_agent.

local skynet = require "skynet"
local debugchannel = require "skynet.debugchannel"
local breakpoint = require "skynet.remotedebug.breakpoint"

local M = {}

--- Ticks between two looks for input.
local INTERVAL <const> = 10

---@type debugger? the one that is attached
local current

--- Prints what evaluated code returned, or why it failed.
local function show(write)
	return function(ok, ...)
		if not ok then
			write(tostring((...)) .. "\n")
			return
		end
		local pieces = {}
		for index = 1, select("#", ...) do
			pieces[index] = tostring((select(index, ...))) .. "\t"
		end
		if pieces[1] then
			write(table.concat(pieces) .. "\n")
		end
	end
end

--- Arms a one-shot breakpoint at the next message of a protocol that fulfils the condition.
---@param debugger debugger
---@param name string|integer protocol
---@param condition? fun(session: integer, source: integer, ...: any): boolean
local function watch(debugger, name, condition)
	if tonumber(skynet.getenv "thread") == 1 then
		error("a breakpoint holds a thread: set thread = 2 or more", 0)
	end
	local proto = skynet._proto[name]
	local handler = proto and proto.dispatch or error("no dispatch function for protocol " .. tostring(name), 0)
	local function stopping(session, source, ...)
		if not debugger.attached then
			return handler(session, source, ...)
		end
		if condition and not condition(session, source, ...) then
			return handler(session, source, ...)
		end
		proto.dispatch = handler
		return breakpoint.run(debugger, handler, session, source, ...)
	end
	proto.dispatch = stopping
	debugger.disarm[proto] = { stopping = stopping, handler = handler }
end

---@param agent integer
---@param channel table
---@return debugger
local function new_debugger(agent, channel)
	local function write(text)
		skynet.send(agent, "lua", "output", text)
	end
	local debugger = { channel = channel, write = write, show = show(write), attached = true, disarm = {} }
	debugger.names = {
		print = function(...)
			local words = table.pack(...)
			for index = 1, words.n do
				words[index] = tostring(words[index])
			end
			write(table.concat(words, "\t") .. "\n")
		end,
		watch = function(...) watch(debugger, ...) end,
	}
	function debugger.ready()
		write(skynet.address(skynet.self()) .. ">")
	end
	function debugger.leave()
		debugger.attached = false
	end
	debugger.environment = setmetatable({}, {
		__index = function(_, name)
			local value = debugger.names[name]
			if value == nil then
				value = _G[name]
			end
			return value
		end,
	})
	return debugger
end

---@param debugger debugger
---@param line string
local function evaluate(debugger, line)
	local chunk = load("return " .. line, "=console", "t", debugger.environment)
	local failure
	if not chunk then
		chunk, failure = load(line, "=console", "t", debugger.environment)
	end
	if chunk then
		debugger.show(pcall(chunk))
	else
		debugger.show(false, failure)
	end
end

---@param debugger debugger
---@param line string
local function obey(debugger, line)
	if line == "cont" then
		return debugger.leave()
	end
	if line:find "%S" then
		evaluate(debugger, line)
	end
	debugger.ready()
end

--- Puts back the dispatch functions of breakpoints nothing has reached.
local function disarm(debugger)
	for proto, armed in pairs(debugger.disarm) do
		if proto.dispatch == armed.stopping then
			proto.dispatch = armed.handler
		end
	end
end

--- Looks for input until the user leaves or the agent is gone.
---@param debugger debugger
---@param agent integer
local function attend(debugger, agent)
	debugger.ready()
	while debugger.attached do
		local line, closed = debugger.channel:read(0)
		if line then
			obey(debugger, line)
		elseif closed then
			debugger.leave()
		else
			skynet.sleep(INTERVAL)
		end
	end
	disarm(debugger)
	current = nil
	skynet.error "Leave debug mode"
	skynet.send(agent, "lua", "detached")
end

--- Handles the debug command REMOTEDEBUG: attaches a debug_agent, and answers it.
---@param agent integer address of the agent
---@param handle any the other end of the agent's channel
function M.start(agent, handle)
	assert(not current, "a debugger is attached already")
	current = new_debugger(agent, debugchannel.connect(handle))
	skynet.error "Enter debug mode"
	skynet.fork(attend, current, agent)
	skynet.retpack(true)
end

return M
