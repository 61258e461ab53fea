--- Follows a request through the services it touches, one log line per step.
--- Loaded by the first `skynet.trace`, the first traced protocol, or the first tag that arrives.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local state = skynet._state

local log = core.trace
local TRACE <const> = 12
--- Stack levels from `log` up to the caller of skynet.call, skynet.sleep.
local CALL_LEVEL <const>, SLEEP_LEVEL <const> = 3, 4

---@type table<thread, string|false>  false: never trace this coroutine
local tags = {}
---@type table<integer, string>  source -> tag of its next request
local announced = {}
--- What the request being dispatched brings: a tag, true (make one), false (never), nil (nothing).
local arriving
local count = 0

---@class skynet.tracing
local M = { tracelog = log }

local function note(co, text, level)
	local tag = tags[co]
	if tag then
		log(tag, text, level)
	end
end

local function mark(co, info)
	core.error("TRACE", tags[co])
	if tags[co] == false then
		return
	end
	count = count + 1
	tags[co] = (":%08x-%d"):format(skynet.self(), count)
	log(tags[co], info and "trace " .. info or "trace")
end

--- A tag announces that the next request of `source` belongs to it.
function M.remember(source, tag)
	announced[source] = tag
end

--- A request is about to get its coroutine.
function M.arrive(protocol, source)
	local tag = announced[source]
	announced[source] = nil
	if protocol.trace == false then
		arriving = false
	else
		arriving = tag or protocol.trace
	end
end

---Traces what the running coroutine does from now on.
---@param info string?
function M.trace(info)
	mark(state.current, info)
end

---The tag of the running coroutine; false where tracing is forced off.
---@return string|false|nil
function M.tracetag()
	return tags[state.current]
end

---Traces every request of a type (true), none (false), or those that ask for it (nil).
---@param typename string
---@param flag boolean?
function M.traceproto(typename, flag)
	local p = assert(skynet._proto[typename])
	p.trace = flag
end

---`rawcall` under a tag that is given.
---@param tag string
---@param addr integer|string
---@param typename string
---@param msg string|lightuserdata
---@param size integer?
---@return lightuserdata?, integer
function M.tracecall(tag, addr, typename, msg, size)
	log(tag, "tracecall begin")
	core.send(addr, TRACE, 0, tag)
	local answer, length = skynet.rawcall(addr, typename, msg, size)
	log(tag, "tracecall end")
	return answer, length
end

--- The places where the scheduler lets us look.
---@class skynet.trace_hooks
local hooks = {}

function hooks.attach(co)
	tags[co] = nil
	if arriving == true then
		mark(co)
	else
		tags[co] = arriving
		note(co, "request")
	end
	arriving = nil
end

function hooks.call(addr)
	local tag = tags[state.current]
	if tag then
		log(tag, "call", CALL_LEVEL)
		core.send(addr, TRACE, 0, tag)
	end
end

function hooks.response(co)
	note(co, "response")
end

function hooks.sleep(co)
	local tag = tags[co]
	if tag then
		log(tag, "sleep", SLEEP_LEVEL)
	end
end

function hooks.resume(co)
	note(co, "resume")
end

function hooks.error(co)
	note(co, "error")
	tags[co] = nil
end

function hooks.finish(co)
	note(co, "end")
	tags[co] = nil
end

state.trace = hooks

return M
