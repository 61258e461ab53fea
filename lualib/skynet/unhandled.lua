--- Unhandled messages: requests without a dispatch function, replies without a session.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local state = require_own "skynet"._state

local ERROR <const>, TRACE <const> = 7, 12

local M = {}

local function no_session(session, source)
	error(("Unknown session : %s from %x"):format(session, source), 0)
end

local function log_request(session, source, ptr, size, kind)
	core.error(("Unknown request (%s): %s"):format(kind, core.tostring(ptr, size) or ""))
	no_session(session, source)
end

local function log_response(session, source, ptr, size)
	core.error(("Response message : %s"):format(core.tostring(ptr, size) or ""))
	no_session(session, source)
end

--- The handlers run outside any coroutine; what they raise must not keep forks from running.
local function guarded(handler, ...)
	local ok, err = pcall(handler, ...)
	if not ok then
		require_own "skynet.errors".report(tostring(err))
	end
end

--- A message whose type has no dispatch function.
function M.request(kind, protocol, ptr, size, session, source)
	if kind == TRACE and not protocol then
		require_own "skynet.tracing".remember(source, core.tostring(ptr, size))
	elseif session ~= 0 then
		core.send(source, ERROR, session, "")
	else
		local name = protocol and protocol.name or kind
		guarded(state.unknown_request or log_request, session, source, ptr, size, name)
	end
end

--- A reply to nothing.
function M.response(session, source, ptr, size)
	guarded(state.unknown_response or log_response, session, source, ptr, size)
end

---Sets what is done with messages of a type without dispatch function.
---@param f fun(session: integer, source: integer, ptr: lightuserdata?, size: integer, kind: string|integer)
---@return function?  the previous one
function M.dispatch_unknown_request(f)
	local previous = state.unknown_request or log_request
	state.unknown_request = f
	return previous
end

---Sets what is done with replies nobody waits for.
---@param f fun(session: integer, source: integer, ptr: lightuserdata?, size: integer)
---@return function?  the previous one
function M.dispatch_unknown_response(f)
	local previous = state.unknown_response or log_response
	state.unknown_response = f
	return previous
end

return M
