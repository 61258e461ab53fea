--- Answers that are given later, perhaps by another coroutine.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local state = require_own "skynet"._state

local send = core.send
local RESPONSE <const>, ERROR <const> = 1, 7

local open = {}
state.responses = open

local M = {}

local function answer(source, session, ok, msg, size)
	if not ok then
		return send(source, ERROR, session, "") ~= nil
	end
	local sent = send(source, RESPONSE, session, msg, size)
	if sent == false then -- too large: the requester must not wait for ever
		send(source, ERROR, session, "")
	end
	return sent ~= nil
end

local function new_response(session, source, pack)
	local answered = false
	local function response(ok, ...)
		if ok == "TEST" then
			return open[response] ~= nil
		end
		if answered then
			error("Can't response more than once", 2)
		end
		local delivered = false
		if open[response] then
			if ok then
				delivered = answer(source, session, true, pack(...))
			else
				delivered = answer(source, session, false)
			end
			open[response] = nil
		end
		answered = true
		return delivered
	end
	open[response] = source
	return response
end

---Takes the request from the running coroutine and returns a function that answers it.
---@param pack function?  default: `skynet.pack`
---@return fun(ok: boolean|"TEST", ...): boolean
function M.response(pack)
	local co = state.current
	local session = state.session_of[co]
	if not session then
		error("no session", 2)
	end
	state.session_of[co] = false
	if session == 0 then
		return function() end
	end
	return new_response(session, state.source_of[co], pack or core.pack)
end

return M
