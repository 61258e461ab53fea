--- The end of a service: everybody who waits for it is told.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local forks = require_own "skynet.concurrency".forks
local state = skynet._state

local send = core.send
local RESPONSE <const>, ERROR <const> = 1, 7

local M = {}

local function drop_forks()
	for i in pairs(forks) do
		forks[i] = false
	end
end

local function fail_requesters()
	for co, session in pairs(state.session_of) do
		if session and session ~= 0 then
			send(state.source_of[co], ERROR, session, "")
		end
	end
end

local function close_suspended()
	local suspended = {}
	for session, co in pairs(state.waiting) do
		if co ~= "BREAK" and co ~= state.current then
			suspended[#suspended + 1] = co
		end
		state.waiting[session] = nil
	end
	for _, co in ipairs(suspended) do
		state.session_of[co] = nil
		coroutine.close(co)
	end
end

local function fail_responses()
	local open = {}
	for response in pairs(state.responses or {}) do
		open[#open + 1] = response
	end
	for _, response in ipairs(open) do
		response(false)
	end
end

local function tell_callees()
	local told = {}
	for _, address in pairs(state.called or {}) do
		if not told[address] then
			told[address] = true
			send(address, ERROR, 0, "")
		end
	end
end

local function refuse(kind, _, _, session, source)
	if session ~= 0 and source ~= 0 and kind ~= RESPONSE and kind ~= ERROR then
		send(source, ERROR, session, "")
	end
end

---Ends this service. Never returns.
function M.exit()
	drop_forks()
	skynet.send(".launcher", "lua", "REMOVE", skynet.self(), false)
	fail_requesters()
	close_suspended()
	fail_responses()
	tell_callees()
	core.callback(refuse)
	core.command "EXIT"
	if not state.current then
		error("attempt to yield from outside a coroutine", 0)
	end
	coroutine.yield "QUIT"
end

return M
