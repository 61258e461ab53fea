--- What a service is made of: requests and replies, message types, start.
---
--- Only what every service needs for every message is here and in `skynet.scheduler`. The rest lives in
--- modules under `skynet/` and is found on first use through `skynet.catalogue`, so that a service
--- which never calls `skynet.select` never pays for it.

local core = require "skynet.core"
local loading = require "skynet.require"
local late = loading.standard
local scheduler = late "skynet.scheduler"
local state = late "skynet.state"

local send, trash, pack = core.send, core.trash, core.pack
local proto, suspend = state.proto, state.suspend
local session_of, source_of = state.session_of, state.source_of

local RESPONSE <const>, ERROR <const>, DEBUG <const>, LUA <const> = 1, 7, 9, 10

---@class skynet: skynet.rarely_used
---@field _proto table<string|integer, skynet.protocol>
local skynet = {
	_proto = proto,
	init = loading.init,
	dispatch_message = scheduler.dispatch_message,
	sleep = scheduler.sleep,
	yield = scheduler.yield,
	wait = scheduler.wait,
	wakeup = scheduler.wakeup,
	fork = scheduler.fork,
	timeout = scheduler.timeout,
	pack = pack,
	unpack = core.unpack,
	tostring = core.tostring,
	trash = trash,
	error = core.error,
	now = core.now,
}

local function find_late(_, name)
	if type(name) ~= "string" then
		return nil
	end
	local owner = name:find "^PTYPE_" and "skynet.ptype" or late "skynet.catalogue"[name]
	if owner then
		local value = late(owner)[name]
		skynet[name] = value
		return value
	end
end

setmetatable(skynet, { __index = find_late })

-- MARK: requests

---Sends a message without waiting.
---@param addr integer|string
---@param typename string|integer
---@param ... any
---@return 0|false|nil  nothing when the address is dead, false when the message is too large
function skynet.send(addr, typename, ...)
	local p = proto[typename]
	return send(addr, p.id, 0, p.pack(...))
end

---Sends a message that is packed already; a pointer is given away.
---@param addr integer|string
---@param typename string|integer
---@param msg string|lightuserdata
---@param size integer?
---@return 0|false|nil
function skynet.rawsend(addr, typename, msg, size)
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
function skynet.redirect(dest, source, typename, session, msg, size)
	return core.redirect(dest, source, proto[typename].id, session, msg, size)
end

---Sends a request and waits for its answer. Raises `call failed` when the other side failed or died.
---@param addr integer|string
---@param typename string|integer
---@param ... any
---@return any ...
function skynet.call(addr, typename, ...)
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
function skynet.rawcall(addr, typename, msg, size)
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

---Answers the request this coroutine handles.
---@param msg string|lightuserdata|nil
---@param size integer?
---@return boolean  whether the requester is alive
function skynet.ret(msg, size)
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
		trash(msg, size or 0)
		return false
	end
	local sent = send(source_of[co], RESPONSE, session, msg, size)
	if sent == false then -- too large: the requester must not wait for ever
		send(source_of[co], ERROR, session, "")
	end
	return sent and true or false
end

---Packs the values and answers with them.
---@param ... any
---@return boolean
function skynet.retpack(...)
	return skynet.ret(pack(...))
end

---Promises that the request of this coroutine needs no answer.
function skynet.ignoreret()
	if state.current then
		session_of[state.current] = false
	end
end

---The request this coroutine handles.
---@return integer? session  nil once it is answered
---@return integer? source
function skynet.context()
	return session_of[state.current] or nil, source_of[state.current] or nil
end

-- MARK: message types

---@class skynet.protocol
---@field name string
---@field id integer
---@field pack (fun(...): any, any)?
---@field unpack (fun(ptr: lightuserdata?, size: integer): ...)?
---@field dispatch fun(session: integer, source: integer, ...)?
---@field trace boolean?  true: trace every request; false: never

---Adds a message type.
---@param class skynet.protocol
function skynet.register_protocol(class)
	local name, id = class.name, class.id
	assert(proto[name] == nil and proto[id] == nil)
	assert(type(name) == "string" and type(id) == "number" and id >= 0 and id <= 255)
	proto[name], proto[id] = class, class
end

---Sets the handler of a message type, or tells it.
---@param typename string|integer
---@param f fun(session: integer, source: integer, ...)?
---@return function?  the previous (or present) handler
function skynet.dispatch(typename, f)
	local p = proto[typename]
	if not f then
		return p and p.dispatch
	end
	local previous = p.dispatch
	p.dispatch = f
	return previous
end

skynet.register_protocol { name = "lua", id = LUA, pack = pack, unpack = core.unpack }
skynet.register_protocol { name = "response", id = RESPONSE }
skynet.register_protocol {
	name = "error", id = ERROR,
	unpack = function(...) return ... end,
	dispatch = function(...) return late "skynet.failure".receive(...) end,
}
skynet.register_protocol {
	name = "debug", id = DEBUG, pack = pack, unpack = core.unpack,
	dispatch = function(...) return late "skynet.debug".receive(...) end,
}

-- MARK: the service itself

local own_address

---The address of this service.
---@return integer
function skynet.self()
	own_address = own_address or core.addresscommand "REG"
	return own_address
end

---How an address is written in logs.
---@param addr integer|string
---@return string
function skynet.address(addr)
	return type(addr) == "number" and (":%08x"):format(addr) or tostring(addr)
end

---Starts a Lua service and waits until its start function has returned.
---@param name string
---@param ... any  joined with blanks
---@return integer?  nothing when it has exited meanwhile
function skynet.newservice(name, ...)
	return skynet.call(".launcher", "lua", "LAUNCH", "snlua", name, ...)
end

local function run_start(f)
	loading.init_all()
	f()
end

---The body of the start coroutine: tells the launcher how it went.
---@param f function
function skynet.init_service(f)
	local ok, err = xpcall(run_start, debug.traceback, f)
	if ok then
		skynet.send(".launcher", "lua", "LAUNCHOK")
	else
		skynet.error("init service failed: " .. tostring(err))
		skynet.send(".launcher", "lua", "ERROR")
		skynet.exit()
	end
end

---Makes the loaded script a service; `f` runs as its first coroutine.
---@param f function
function skynet.start(f)
	core.callback(skynet.dispatch_message)
	state.init_thread = skynet.timeout(0, function()
		skynet.init_service(f)
		state.init_thread = nil
	end)
end

return skynet
