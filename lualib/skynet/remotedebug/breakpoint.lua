-- Stops a handler at its lines. A stopped handler is a suspended coroutine: the service goes on with other messages,
-- and what the user types is evaluated in the handler's frame until a step or `c` lets it go on.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local debugchannel = require_own "skynet.debugchannel"
local injectcode = require_own "skynet.injectcode"

local M = {}

---@class breakpoint
---@field thread thread the handler's coroutine
---@field limit number the deepest call in which to stop
---@field here integer how deep it stopped
---@field session integer under which the framework lists the coroutine while it is stopped
---@field prompt string `file(line)>`
---@field wanted fun(): boolean whether the debugger is still there
---@field stopped fun(point: breakpoint)
---@field ended fun(point: breakpoint)

--- The frame that was about to run a line, seen in the suspended coroutine.
local STOPPED_LEVEL <const> = 0

local waiting = skynet._state.waiting

--- How deep the caller is; only differences between two counts mean anything.
local function depth()
	local level = 2
	while debug.getinfo(level, "l") do
		level = level + 1
	end
	return level
end

--- The framework shall know the coroutine while it is stopped: `task` lists it, and an exit closes it.
local function stop(point, source, line)
	point.prompt = string.format("%s(%d)>", (source:gsub("^@", "")), line)
	point.session = core.genid()
	waiting[point.session] = point.thread
	point:stopped()
end

--- Lets the coroutine go on as if a timer had expired: the framework must resume it, not its debugger.
local function go_on(point)
	waiting[point.session] = nil
	waiting[core.intcommand("TIMEOUT", 0)] = point.thread
end

local function finish(point, ...)
	debugchannel.sethook()
	point:ended()
	return ...
end

--- Runs `handler` in the running coroutine, stopping at its first line and then where the user wants.
---@param point breakpoint
---@param handler function
---@return any ... what the handler returns
function M.run(point, handler, ...)
	point.thread, point.limit = coroutine.running(), math.huge
	local base = depth()
	debugchannel.sethook(function(_, line)
		if not point.wanted() then
			debugchannel.sethook()
			return false
		end
		local here = depth() - 1 -- without the frame of this function
		if here <= base or here > point.limit then
			return false
		end
		point.here = here
		stop(point, debug.getinfo(2, "S").source, line)
		return true
	end, "l")
	return finish(point, handler(...))
end

--- Lets a stopped handler run to its end.
---@param point breakpoint
function M.release(point)
	debugchannel.sethook(point.thread)
	go_on(point)
end

--- Lets a stopped handler run to its next line, wherever that is.
---@param point breakpoint
function M.step_into(point)
	point.limit = math.huge
	go_on(point)
end

--- Lets a stopped handler run to the next line of the same function, or of one that called it.
---@param point breakpoint
function M.step_over(point)
	point.limit = point.here
	go_on(point)
end

--- Runs code in the frame of a stopped handler.
---@param point breakpoint
---@param source string
---@param names table what the code may use besides the names of the frame
---@return boolean ok
---@return any ...
function M.evaluate(point, source, names)
	return injectcode(source, point.thread, STOPPED_LEVEL, setmetatable({ _CO = point.thread }, { __index = names }))
end

return M
