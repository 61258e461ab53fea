--- The bad news: a call has failed, or somebody has died.

local late = select(3, ...) or require "skynet.require".own
local skynet = late "skynet"
local concurrency = late "skynet.concurrency"
local state = skynet._state

local M = {}

local function fail(session)
	state.called[session] = nil
	concurrency.fail(session)
end

---Acts as if the service had died: calls to it fail, and its requests want no answer any more.
---@param address integer|string  as written in the calls
function M.term(address)
	for session, callee in pairs(state.called or {}) do
		if callee == address then
			fail(session)
		end
	end
	for response, requester in pairs(state.deferred or {}) do
		if requester == address then
			state.deferred[response] = nil
		end
	end
end

--- Dispatch of the protocol `error`; session 0 means that the source is dead.
function M.receive(session, source)
	state.session_of[state.current] = false
	if session == 0 then
		M.term(source)
	elseif state.called and state.called[session] then
		fail(session)
	end
end

return M
