--- Answers to the request the running coroutine handles.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local state = require_own "skynet"._state

local send, pack = core.send, core.pack
local session_of, source_of = state.session_of, state.source_of

local RESPONSE <const>, ERROR <const> = 1, 7

---@class skynet.replies
local M = {}

local function ret(msg, size)
	msg = msg or ""
	local co = state.current
	local session = session_of[co]
	if not session then
		error("No session", 2)
	end
	session_of[co] = false
	if state.trace then
		state.trace.response(co)
	end
	if session == 0 then
		core.trash(msg, size or 0)
		return false
	end
	local sent = send(source_of[co], RESPONSE, session, msg, size)
	if sent == false then -- too large: the requester must not wait for ever
		send(source_of[co], ERROR, session, "")
	end
	return sent and true or false
end

---Answers.
---@param msg string|lightuserdata|nil  packed
---@param size integer?
---@return boolean  whether the requester is alive
M.ret = ret

---Packs the values and answers with them.
---@param ... any
---@return boolean
function M.retpack(...)
	return ret(pack(...))
end

---Promises that the request needs no answer.
function M.ignoreret()
	if state.current then
		session_of[state.current] = false
	end
end

---The request this coroutine handles.
---@return integer? session  nil once it is answered
---@return integer? source
function M.context()
	return session_of[state.current] or nil, source_of[state.current] or nil
end

return M
