--- The protocol `error`: a call has failed, or a service has ended.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local concurrency = require_own "skynet.concurrency"
local state = skynet._state

local M = {}

local function fail(session, text)
	state.called[session] = nil
	concurrency.fail(session, text)
end

---Acts as if the service had died: calls to it fail, and its requests want no answer any more.
---@param address integer|string  as written in the calls
function M.term(address)
	for session, callee in pairs(state.called or {}) do
		if callee == address then
			fail(session)
		end
	end
	for response, requester in pairs(state.responses or {}) do
		if requester == address then
			state.responses[response] = nil
		end
	end
end

--- Dispatch of the protocol `error`; session 0 means that the source is dead. A body says why a call failed, and that
--- the log has it already.
function M.receive(session, source, msg, size)
	state.session_of[state.current] = false
	if session == 0 then
		M.term(source)
	elseif state.called and state.called[session] then
		fail(session, size and size > 0 and core.tostring(msg, size) or nil)
	end
end

return M
