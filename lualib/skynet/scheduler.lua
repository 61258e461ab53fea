--- Runs the coroutines of a service, message by message.
---
--- Inside one message the order is: the handler's own part, then wake-ups, then failed calls, then forks;
--- all of it before the next message. A coroutine that raises wakes nobody itself, and stops nobody else.

local core = require "skynet.core"
local late = require "skynet.require".standard
local state = late "skynet.state"

local send, genid, intcommand = core.send, core.genid, core.intcommand
local create, resume, yield, running, close =
	coroutine.create, coroutine.resume, coroutine.yield, coroutine.running, coroutine.close
local traceback, tostring, error = debug.traceback, tostring, error

local RESPONSE <const>, ERROR <const> = 1, 7
local SUSPEND <const>, BREAK <const> = "SUSPEND", "BREAK"
--- Coroutines kept for the next messages; more than this many were a burst.
local MAX_IDLE <const> = 256
--- Until half of all numbers are used up, the next session cannot belong to anybody.
local SAFE_SESSIONS <const> = 0x40000000

local proto, waiting, called, sleeping = state.proto, state.waiting, state.called, state.sleeping
local session_of, source_of, idle = state.session_of, state.source_of, state.idle
local forks, first_fork, last_fork = state.forks, 1, 0
local wakeups, first_wakeup, last_wakeup = {}, 1, 0
local failures, first_failure, last_failure = {}, 1, 0
local pending = false -- something is left to do before the next message
local complaint ---@type string? errors for the log of the runtime, joined

local M = {}

-- MARK: coroutines

--- Keeps an error until the message is done; then it is raised, for the runtime to log.
function state.complain(text)
	complaint = complaint and complaint .. "\n" .. text or text
	pending = true
end

local function forgot(session, source, f)
	local where = debug.getinfo(f, "S")
	core.error(("Maybe forgot response session %s from :%08x : %s:%d"):format(
		session, source, where.source, where.linedefined))
end

--- The main function of every framework coroutine: handles one message after the other.
local function work(f, ...)
	f(...)
	local co = state.current
	local session = session_of[co]
	if session and session ~= 0 then
		forgot(session, source_of[co], f)
	end
	if state.trace then
		state.trace.finish(co)
	end
	local n = #idle + 1
	if n <= MAX_IDLE then
		-- `false` instead of nil keeps the slot, so the next request does not grow the table.
		session_of[co], source_of[co] = false, false
		idle[n] = co
		return work(yield(SUSPEND))
	end
	session_of[co], source_of[co] = nil, nil
end

local function failed(co, err)
	local session = session_of[co]
	if session and session ~= 0 then
		send(source_of[co], ERROR, session, "")
	end
	session_of[co], source_of[co] = nil, nil
	if state.trace then
		state.trace.error(co)
	end
	local text = traceback(co, tostring(err))
	close(co)
	state.complain(text)
	return false
end

--- Takes over when a coroutine has stopped running. False: it raised.
local function settle(co, ok, mark)
	state.current = nil
	if not ok then
		return failed(co, mark)
	end
	if mark ~= SUSPEND and mark ~= nil then
		late "skynet.mishap"(co, mark)
	end
	return true
end

local function run(co, ...)
	if state.trace then
		state.trace.resume(co)
	end
	state.current = co
	return settle(co, resume(co, ...))
end

local function take_coroutine()
	local n = #idle
	local co = idle[n]
	if co then
		idle[n] = nil
		return co
	end
	return create(work)
end

local function serve(f, session, source, ...)
	local co = take_coroutine()
	session_of[co], source_of[co] = session, source
	if state.trace then
		state.trace.attach(co)
	end
	state.current = co
	return settle(co, resume(co, f, session, source, ...))
end

--- `f` begins at once, and soon yields nothing: what it was given stays on its own stack
--- until somebody resumes it, so that neither a table nor a closure is made for it.
local function prepare(f, ...)
	local co = take_coroutine()
	resume(co, f, ...)
	return co
end

local function parked(f, ...)
	yield()
	return f(...)
end

-- MARK: dispatch

local function wake_next()
	local token = wakeups[first_wakeup]
	wakeups[first_wakeup] = nil
	first_wakeup = first_wakeup + 1
	local session = sleeping[token]
	local co = session and waiting[session]
	if co then
		waiting[session] = BREAK
		sleeping[token] = nil
		run(co, false)
	end
end

local function fail_next()
	local session = failures[first_failure]
	failures[first_failure] = nil
	first_failure = first_failure + 1
	local co = waiting[session]
	if co and co ~= BREAK then
		waiting[session] = nil
		run(co, false)
	end
end

local function run_woken()
	while true do
		if first_wakeup <= last_wakeup then
			wake_next()
		elseif first_failure <= last_failure then
			fail_next()
		else
			break
		end
	end
	first_wakeup, last_wakeup, first_failure, last_failure = 1, 0, 1, 0
end

local function run_forks()
	while first_fork <= last_fork do
		local co = forks[first_fork]
		forks[first_fork] = nil
		first_fork = first_fork + 1
		if co and run(co) then
			run_woken()
		end
	end
	first_fork, last_fork = 1, 0
end

local function finish(calm)
	if calm then
		run_woken()
	end
	repeat
		run_forks()
		run_woken()
	until first_fork > last_fork
	pending = false
	if complaint then
		local text = complaint
		complaint = nil
		error(text, 0)
	end
end

local function dispatch_reply(ptr, size, session, source)
	local co = waiting[session]
	waiting[session] = nil
	if not co then
		late "skynet.stray".response(session, source, ptr, size)
	elseif co ~= BREAK then
		return run(co, true, ptr, size)
	end
	return true
end

local function dispatch_request(kind, ptr, size, session, source)
	local p = proto[kind]
	local f = p and p.dispatch
	if not f then
		late "skynet.stray".request(kind, p, ptr, size, session, source)
		return true
	end
	if state.trace or p.trace ~= nil then
		late "skynet.tracing".arrive(p, source)
	end
	return serve(f, session, source, p.unpack(ptr, size))
end

---Handles one message and all that follows from it. Errors of coroutines are raised at the end, joined.
---@param kind integer
---@param ptr lightuserdata?
---@param size integer
---@param session integer
---@param source integer
function M.dispatch_message(kind, ptr, size, session, source)
	local calm
	if kind == RESPONSE then
		calm = dispatch_reply(ptr, size, session, source)
	else
		calm = dispatch_request(kind, ptr, size, session, source)
	end
	if pending then
		finish(calm)
	end
end

-- MARK: waiting

--- The dispatcher runs in a thread that Lua would let yield, so we have to look ourselves.
local function running_here()
	return state.current or error("attempt to yield from outside a coroutine", 0)
end

--- Waits for the answer to `session`; raises when the call fails.
function state.suspend(session, address)
	local co = state.current or running_here()
	if session > SAFE_SESSIONS and not state.fresh_session then
		state.fresh_session = late "skynet.sessions"
	end
	waiting[session] = co
	called[session] = address
	local ok, ptr, size = yield(SUSPEND)
	called[session] = nil
	if not ok then
		error("call failed", 3)
	end
	return ptr, size
end

local function doze(session, token)
	local co = state.current or running_here()
	if state.trace then
		state.trace.sleep(co)
	end
	waiting[session] = co
	sleeping[token] = session
	local expired = yield(SUSPEND)
	sleeping[token] = nil
	return expired
end

local function unused(token)
	if sleeping[token] then
		error("token duplicative", 3)
	end
	return token
end

local function start_timer(ti)
	if state.fresh_session then
		state.fresh_session(true)
	end
	return intcommand("TIMEOUT", ti)
end

---Suspends for `ti` hundredths of a second.
---@param ti integer
---@param token any?  what `wakeup` has to be given; default: the running coroutine
---@return "BREAK"?  when woken early
function M.sleep(ti, token)
	token = unused(token or running())
	if not doze(start_timer(ti), token) then
		return BREAK
	end
end

---Continues after all messages that are already in the mailbox.
---@return "BREAK"?
function M.yield()
	return M.sleep(0)
end

---Suspends until `wakeup` is called with the same token.
---@param token any?  default: the running coroutine
function M.wait(token)
	token = unused(token or running())
	local fresh_session = state.fresh_session or genid
	local session = fresh_session()
	doze(session, token)
	waiting[session] = nil
end

---Wakes the coroutine that sleeps or waits on `token`, after the running one has stopped.
---@param token any
---@return true?  nothing when nobody waits on it
function M.wakeup(token)
	if sleeping[token] then
		last_wakeup = last_wakeup + 1
		wakeups[last_wakeup] = token
		pending = true
		return true
	end
end

---Runs `f(...)` in a coroutine of its own, before the next message.
---@param f function
---@param ... any
---@return thread
function M.fork(f, ...)
	local co = prepare(parked, f, ...)
	last_fork = last_fork + 1
	forks[last_fork] = co
	pending = true
	return co
end

---Runs `f()` in a coroutine of its own after `ti` hundredths of a second.
---@param ti integer
---@param f function
---@return thread
function M.timeout(ti, f)
	local session = start_timer(ti)
	local co = prepare(parked, f)
	waiting[session] = co
	return co
end

state.prepare = prepare

--- Queues the failure of the call that waits for `session`.
function state.fail(session)
	last_failure = last_failure + 1
	failures[last_failure] = session
	pending = true
end

return M
