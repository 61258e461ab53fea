-- Stops a handler at its lines: the whole service stands still, and reads the debugger's lines meanwhile.
-- Only the thread that runs the service is held, which is why the debugger refuses nodes that have just one.

local injectcode = require "skynet.injectcode"

local M = {}

--- How long one look for input may block; then the channel is asked whether its other end still lives.
local PATIENCE <const> = 0.1

---@class debugger
---@field channel { read: fun(self: any, seconds: number): string?, string? }
---@field write fun(text: string)
---@field show fun(ok: boolean, ...: any)
---@field ready fun()
---@field leave fun()
---@field names table what typed code may use besides globals
---@field attached boolean

local function depth()
	-- Counted from the caller; only differences between two counts mean anything.
	local level = 2
	while debug.getinfo(level, "l") do
		level = level + 1
	end
	return level
end

--- What the user may type at a breakpoint besides code: where to stop next.
local STEP <const> = {
	s = function() return math.huge end,
	n = function(here) return here end,
	c = function() return nil end,
	cont = function() return nil end,
}

--- The level, in the stopped coroutine, of the function that was about to run a line: the one below the hook.
local function stopped_level(stopped, hook)
	local level = 0
	while debug.getinfo(stopped, level, "f").func ~= hook do
		level = level + 1
	end
	return level + 1
end

--- Reads and obeys lines until one lets the handler run on; returns that line.
---@param debugger debugger
---@param stopped thread
---@param hook function
---@param prompt string
local function read_lines(debugger, stopped, hook, prompt)
	local level = stopped_level(stopped, hook)
	debugger.write(prompt)
	while true do
		local line, closed = debugger.channel:read(PATIENCE)
		if closed then
			return "cont"
		end
		if line and STEP[line] then
			return line
		end
		if line and line ~= "" then
			local extras = setmetatable({ _CO = stopped }, { __index = debugger.names })
			debugger.show(injectcode(line, stopped, level, extras))
		end
		if line then
			debugger.write(prompt)
		end
	end
end

--- The conversation has its own coroutine: stack levels are then the same however deep it is, and code that tries
--- to block is caught here, before it can disturb what the framework knows of the handler's coroutine.
---@param debugger debugger
---@param hook function
---@param prompt string
---@return string line
local function converse(debugger, hook, prompt)
	local stopped = coroutine.running()
	while true do
		local talk = coroutine.create(read_lines)
		local ok, line = coroutine.resume(talk, debugger, stopped, hook, prompt)
		if coroutine.status(talk) == "dead" then
			return ok and line or error(line, 0)
		end
		coroutine.close(talk)
		debugger.write "a stopped service can't wait for others\n"
	end
end

--- Runs `handler`, stopping at its first line and then where the user wants.
---@param debugger debugger
---@param handler function
---@return any ... what the handler returns
function M.run(debugger, handler, ...)
	local base = depth()
	local limit = math.huge	-- the deepest call in which to stop
	local on_line
	function on_line(_, line)
		local here = depth() - 1
		if here <= base or here > limit then
			return
		end
		local source = debug.getinfo(2, "S").source:gsub("^@", "")
		local answer = converse(debugger, on_line, string.format("%s(%d)>", source, line))
		limit = STEP[answer](here)
		if not limit then
			debug.sethook()
			return answer == "cont" and debugger.leave() or debugger.ready()
		end
	end
	debug.sethook(on_line, "l")
	local results = table.pack(handler(...))
	if debug.gethook() == on_line then
		debug.sethook()
		debugger.ready()
	end
	return table.unpack(results, 1, results.n)
end

return M
