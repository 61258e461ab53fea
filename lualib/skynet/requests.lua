--- Messages to other services, and waiting for their answers.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local state = skynet._state

local send, yield = core.send, coroutine.yield
local proto, waiting = skynet._proto, state.waiting
local called = {}
state.called = called

--- Until half of all numbers are used up, the next session cannot belong to anybody.
local SAFE_SESSIONS <const> = 0x40000000

---@class skynet.requests
local M = {}

--- Waits for the answer to `session`; raises when the call fails.
local function suspend(session, address)
	local co = state.current
	if not co then
		-- The dispatcher runs in a thread that Lua would let yield, so we have to look ourselves.
		error("attempt to yield from outside a coroutine", 0)
	end
	if session > SAFE_SESSIONS and not state.fresh_session then
		state.fresh_session = require_own "skynet.sessions"
	end
	waiting[session] = co
	called[session] = address
	local ok, ptr, size = yield "SUSPEND"
	called[session] = nil
	if not ok then
		require_own "skynet.errors".note(co, ptr)
		error("call failed", 3)
	end
	return ptr, size
end

state.suspend = suspend

---Sends a message without waiting.
---@param addr integer|string
---@param typename string|integer
---@param ... any
---@return 0|false|nil  nothing when the address is dead, false when the message is too large
function M.send(addr, typename, ...)
	local p = proto[typename]
	return send(addr, p.id, 0, p.pack(...))
end

---Sends a message that is packed already; a pointer is given away.
---@param addr integer|string
---@param typename string|integer
---@param msg string|lightuserdata
---@param size integer?
---@return 0|false|nil
function M.rawsend(addr, typename, msg, size)
	local p = proto[typename]
	return send(addr, p.id, 0, msg, size)
end

---Sends a packed message in the name of another service.
---@param dest integer|string
---@param source integer
---@param typename string|integer
---@param session integer
---@param msg string|lightuserdata
---@param size integer?
---@return integer|false|nil
function M.redirect(dest, source, typename, session, msg, size)
	local p = proto[typename]
	return core.redirect(dest, source, p.id, session, msg, size)
end

---Sends a request and waits for its answer. Raises `call failed` when the other side failed or died.
---@param addr integer|string
---@param typename string|integer
---@param ... any
---@return any ...
function M.call(addr, typename, ...)
	local p = proto[typename]
	if state.trace then
		state.trace.call(addr)
	end
	local fresh_session = state.fresh_session
	local session = send(addr, p.id, fresh_session and fresh_session(), p.pack(...))
	if not session then
		error("call to invalid address " .. skynet.address(addr), 2)
	end
	return p.unpack(suspend(session, addr))
end

---Like `call`, with a packed message and a packed answer (valid until the next blocking call).
---@param addr integer|string
---@param typename string|integer
---@param msg string|lightuserdata
---@param size integer?
---@return lightuserdata?, integer
function M.rawcall(addr, typename, msg, size)
	local p = proto[typename]
	if state.trace then
		state.trace.call(addr)
	end
	local fresh_session = state.fresh_session
	local session = send(addr, p.id, fresh_session and fresh_session(), msg, size)
	if not session then
		error("call to invalid address", 2)
	end
	return suspend(session, addr)
end

---Starts a Lua service and waits until its start function has returned.
---@param name string
---@param ... any  joined with blanks
---@return integer?  nothing when it has exited meanwhile
function M.newservice(name, ...)
	return M.call(".launcher", "lua", "LAUNCH", "snlua", name, ...)
end

return M
