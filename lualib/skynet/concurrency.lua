--- Coroutines that wait for each other: sleep, wait, wakeup, fork, timeout, and what follows a handler's own part.
--- A coroutine that raises wakes nobody itself, and stops nobody else.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local state = skynet._state

local genid, intcommand = core.genid, core.intcommand
local resume, yield, running = coroutine.resume, coroutine.yield, coroutine.running
local error = error

local SUSPEND <const>, BREAK <const> = "SUSPEND", "BREAK"

local waiting, run, take_coroutine = state.waiting, state.run, state.take_coroutine
local sleeping = {} ---@type table<any, integer>  token -> session
local forks, first_fork, last_fork = {}, 1, 0
local wakeups, first_wakeup, last_wakeup = {}, 1, 0
local failures, first_failure, last_failure = {}, 1, 0
local reasons = {} ---@type table<integer, string>  session -> why its call failed, if that has been told

---@class skynet.concurrency
local M = { sleeping = sleeping, forks = forks }

-- MARK: after the handler

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
	local reason = reasons[session]
	reasons[session] = nil
	if co and co ~= BREAK then
		waiting[session] = nil
		run(co, false, reason)
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

--- All that is left to do before the next message.
local function finish(calm)
	if calm then
		run_woken()
	end
	repeat
		run_forks()
		run_woken()
	until first_fork > last_fork
	state.pending = nil
	local text = state.error_text
	if text then
		state.error_text = nil
		error(text, 0)
	end
end

M.finish = finish

--- Queues the failure of the call that waits for `session`.
---@param session integer
---@param reason string?
function M.fail(session, reason)
	last_failure = last_failure + 1
	failures[last_failure] = session
	reasons[session] = reason
	state.pending = finish
end

-- MARK: waiting

--- The dispatcher runs in a thread that Lua would let yield, so we have to look ourselves.
local function not_in_coroutine()
	error("attempt to yield from outside a coroutine", 0)
end

local function suspend(session, token)
	local co = state.current or not_in_coroutine()
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
	if not suspend(start_timer(ti), token) then
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
	suspend(session, token)
	waiting[session] = nil
end

---Wakes the coroutine that sleeps or waits on `token`, after the running one has stopped.
---@param token any
---@return true?  nothing when nobody waits on it
function M.wakeup(token)
	if sleeping[token] then
		last_wakeup = last_wakeup + 1
		wakeups[last_wakeup] = token
		state.pending = finish
		return true
	end
end

-- MARK: new coroutines

--- `f` begins at once, and soon yields nothing: what it was given stays on its own stack
--- until somebody resumes it, so that neither a table nor a closure is made for it.
local function prepare(f, ...)
	local co = take_coroutine()
	resume(co, f, ...)
	return co
end

local function when_resumed(f, ...)
	yield()
	return f(...)
end

M.prepare = prepare

--- Ends a suspended coroutine nobody will resume again.
---@param co thread
function M.discard(co)
	state.session_of[co], state.source_of[co] = nil, nil
	coroutine.close(co)
end

---Runs `f(...)` in a coroutine of its own, before the next message.
---@param f function
---@param ... any
---@return thread
function M.fork(f, ...)
	local co = prepare(when_resumed, f, ...)
	last_fork = last_fork + 1
	forks[last_fork] = co
	state.pending = finish
	return co
end

---Runs `f()` in a coroutine of its own after `ti` hundredths of a second.
---@param ti integer
---@param f function
---@return thread
function M.timeout(ti, f)
	local session = start_timer(ti)
	local co = prepare(when_resumed, f)
	waiting[session] = co
	return co
end

return M
