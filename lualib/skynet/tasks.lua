--- Looks at, and ends, the suspended coroutines of this service.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local state = skynet._state
local concurrency = require_own "skynet.concurrency"
local forks, sleeping = concurrency.forks, concurrency.sleeping

local traceback = debug.traceback
local waiting = state.waiting
local ERROR <const>, BREAK <const> = 7, "BREAK"
--- `uniqtask` lists one session less than this.
local MANY_SESSIONS <const> = 10

---@class skynet.tasks
local M = {}

--- Where timers that have not fired were made; filled while `trace_timeout` is on.
local timers = setmetatable({}, { __mode = "k" })

local function describe(co)
	return timers[co] or traceback(co)
end

local function count()
	local n = 0
	for _, co in pairs(waiting) do
		if co ~= BREAK then
			n = n + 1
		end
	end
	return n
end

local function session_of(wanted)
	for session, co in pairs(waiting) do
		if co == wanted then
			return session
		end
	end
end

local function fill(result)
	for session, co in pairs(waiting) do
		local key = ("%s session: %d"):format(tostring(co), session)
		result[key] = co == BREAK and BREAK or describe(co)
	end
end

local answers = {
	table = fill,
	thread = session_of,
	number = function(session)
		local co = waiting[session]
		return co and (co == BREAK and BREAK or describe(co)) or "No session"
	end,
	string = function(which)
		if which == "init" and state.init_thread then
			return traceback(state.init_thread)
		end
	end,
}

---Without argument: how many coroutines are suspended. With a table: fills it with their tracebacks;
---with a session or `"init"`: one traceback; with a coroutine: its session.
---@param which table|integer|thread|"init"|nil
---@return any
function M.task(which)
	if which == nil then
		return count()
	end
	local answer = answers[type(which)]
	if answer then
		return answer(which)
	end
end

---The suspended coroutines, those with equal tracebacks together.
---@return table<string, string>  count and sessions -> traceback
function M.uniqtask()
	local groups = {}
	for session, co in pairs(waiting) do
		local text = co == BREAK and BREAK or describe(co)
		local group = groups[text] or { count = 0, sessions = {} }
		groups[text] = group
		group.count = group.count + 1
		if group.count < MANY_SESSIONS then
			table.insert(group.sessions, session)
		end
	end
	local result = {}
	for text, group in pairs(groups) do
		if group.count > MANY_SESSIONS then
			table.insert(group.sessions, "...")
		end
		result[("%d\tsessions:[%s]\n"):format(group.count, table.concat(group.sessions, ","))] = text
	end
	return result
end

local function matcher(which)
	if type(which) == "string" then
		return function(co)
			return co and co ~= BREAK and tostring(co):find(which)
		end
	end
	return function(co)
		return co == which
	end
end

local function find_suspended(matches)
	for session, co in pairs(waiting) do
		if matches(co) then
			return session, co
		end
	end
end

local function take_back_fork(matches)
	for i, co in pairs(forks) do
		if matches(co) then
			forks[i] = false
			concurrency.discard(co)
			return co
		end
	end
end

local function forget_token(session)
	for token, sleeper in pairs(sleeping) do
		if sleeper == session then
			sleeping[token] = nil
			return
		end
	end
end

local function forget_wait(session)
	if state.called and state.called[session] then
		state.called[session] = nil
		waiting[session] = BREAK -- its reply may still come
	else
		waiting[session] = nil
		forget_token(session)
	end
end

local function fail_request(co)
	local request = state.session_of[co]
	if request and request ~= 0 then
		core.send(state.source_of[co], ERROR, request, "")
	end
end

---Ends a suspended coroutine, or takes back a fork that has not run.
---@param which thread|string  a coroutine, or a pattern for its `tostring`
---@return thread?  nothing when there is no such coroutine
function M.killthread(which)
	local matches = matcher(which)
	local session, co = find_suspended(matches)
	if not session then
		return take_back_fork(matches)
	end
	forget_wait(session)
	fail_request(co)
	concurrency.discard(co)
	return co
end

local plain_timeout = skynet.timeout

local function noted_timeout(ti, f)
	local co
	co = plain_timeout(ti, function()
		timers[co] = nil
		f()
	end)
	timers[co] = traceback(("TIMER %d+%s : "):format(core.now(), ti), 2)
	return co
end

---Lets timers remember where they were made, for `task`.
---@param on boolean
function M.trace_timeout(on)
	skynet.timeout = on and noted_timeout or plain_timeout
end

return M
