--- The part of `skynet` that every service holds in memory: start, and one message after the other.
---
--- Each service has its own copy of this file, so what it can do without is not here: all other functions
--- live in modules under `skynet/` and are found at their first use through `skynet.autoload`.
---
--- A message is handled in a coroutine taken from a pool. Inside one message the order is: the handler's own
--- part, then wake-ups, then failed calls, then forks; all of it before the next message.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"

local create, resume, yield, close = coroutine.create, coroutine.resume, coroutine.yield, coroutine.close

local RESPONSE <const>, ERROR <const>, LUA <const> = 1, 7, 10
local SUSPEND <const>, BREAK <const> = "SUSPEND", "BREAK"
--- Coroutines kept for the next messages; more than this many were a burst.
local MAX_IDLE <const> = 256

---@type table<string|integer, skynet.protocol>  under name and under id
local proto = { lua = { name = "lua", id = LUA, pack = core.pack, unpack = core.unpack } }
proto[LUA] = proto.lua

--- Session -> coroutine its reply resumes; BREAK: nobody waits any more, drop the reply.
local waiting = {} ---@type table<integer, thread|"BREAK">
--- The request a coroutine still has to answer, and who sent it; false: none.
local session_of = {} ---@type table<thread, integer|false>
local source_of = {} ---@type table<thread, integer|false>
local idle = {} ---@type thread[]

--- What this file shares with the modules that `skynet.autoload` lists; scripts have no business here.
--- The tables are the live ones: whoever changes them changes the scheduler.
---@class skynet.state
---@field waiting table<integer, thread|"BREAK">
---@field session_of table<thread, integer|false>
---@field source_of table<thread, integer|false>
---@field idle thread[]
---@field run fun(co: thread, ...): boolean  resumes a framework coroutine; false: it raised
---@field take_coroutine fun(): thread
---@field current thread?  the framework coroutine that is running
---@field pending fun(calm: boolean)?  what has to be done before the next message
---@field error_text string?  errors the runtime is to log after the message, joined
---@field called table<integer, integer|string>?  session -> address as written in the call
---@field suspend fun(session: integer, address: integer|string): lightuserdata?, integer  in skynet.requests
---@field fresh_session nil|fun(for_timer: boolean?): integer  finds free numbers; nil while none can be taken
---@field trace skynet.trace_hooks?  nil until this service traces for the first time
---@field init_thread thread?  the start coroutine, as long as it runs
---@field at_start function[]?  what `skynet.init` collected; nil once it has run
---@field responses table<function, integer>?  unanswered response closures -> requester
---@field info function?  answers the debug command INFO
---@field unknown_request function?  the script's own handler, see `dispatch_unknown_request`
---@field unknown_response function?
local state = { waiting = waiting, session_of = session_of, source_of = source_of, idle = idle, at_start = {} }

---@class skynet.protocol
---@field name string
---@field id integer
---@field pack (fun(...): any, any)?
---@field unpack (fun(ptr: lightuserdata?, size: integer): ...)?
---@field dispatch fun(session: integer, source: integer, ...)?
---@field trace boolean?  true: trace every request; false: never

---@class skynet: skynet.rarely_used
---@field _proto table<string|integer, skynet.protocol>
---@field _state skynet.state
local skynet = {
	_proto = proto,
	_state = state,
	pack = core.pack,
	unpack = core.unpack,
	tostring = core.tostring,
	trash = core.trash,
	error = core.error,
	now = core.now,
}

--- Of this table, and of `skynet.require`, whose `init` and `init_all` are found in the same way.
local lazy = { __index = function(_, name)
	local owner = require_own "skynet.autoload"(name)
	local value = owner and require_own(owner)[name]
	skynet[name] = value
	return value
end }
setmetatable(skynet, lazy)
setmetatable(require_own "skynet.require", lazy)

--- The first type that is not `lua` brings in the other standard ones.
setmetatable(proto, { __index = function(_, key)
	setmetatable(proto, nil)
	local before = collectgarbage "count"
	require_own "skynet.protocols".brought_in(key, before)
	return proto[key]
end })

--- The main function of every framework coroutine: handles one message after the other.
local function work(f, ...)
	f(...)
	local co = state.current
	local session = session_of[co]
	if session and session ~= 0 then
		require_own "skynet.errors".no_response(session, source_of[co], f)
	end
	if state.trace then
		state.trace.finish(co)
	end
	local n = #idle + 1
	if n <= MAX_IDLE then
		-- `false` instead of nil keeps the slot, so the next request does not grow the table.
		session_of[co], source_of[co] = false, false
		idle[n] = co
		return work(yield(SUSPEND))
	end
	session_of[co], source_of[co] = nil, nil
end

--- Makes the first message look like the later ones in tracebacks: `uniqtask` compares those.
local function begin_work(...)
	return work(...)
end

local function failed(co, err)
	local errors = require_own "skynet.errors"
	local plain, known = errors.plain(co, err)
	if plain and not known then
		-- Before the caller hears of it, who may end the node over it.
		core.error(plain)
	end
	local session = session_of[co]
	if session and session ~= 0 then
		core.send(source_of[co], ERROR, session, plain or "")
	end
	session_of[co], source_of[co] = nil, nil
	if state.trace then
		state.trace.error(co)
	end
	if not plain then
		errors.report(debug.traceback(co, tostring(err)))
	end
	close(co)
	return false
end

--- Takes over when a coroutine has stopped running. False: it raised.
local function settle(co, ok, mark)
	state.current = nil
	if not ok then
		return failed(co, mark)
	end
	if mark ~= SUSPEND and mark ~= nil then
		require_own "skynet.errors".unexpected_yield(co, mark)
	end
	return true
end

local function run(co, ...)
	if state.trace then
		state.trace.resume(co)
	end
	state.current = co
	return settle(co, resume(co, ...))
end

local function take_coroutine()
	local n = #idle
	local co = idle[n]
	if co then
		idle[n] = nil
		return co
	end
	return create(begin_work)
end

local function serve(f, session, source, ...)
	local co = take_coroutine()
	session_of[co], source_of[co] = session, source
	if state.trace then
		state.trace.attach(co)
	end
	state.current = co
	return settle(co, resume(co, f, session, source, ...))
end

state.run, state.take_coroutine = run, take_coroutine

---Handles one message and all that follows from it. Errors of coroutines are raised at the end, joined.
---@param kind integer
---@param ptr lightuserdata?
---@param size integer
---@param session integer
---@param source integer
function skynet.dispatch_message(kind, ptr, size, session, source)
	local calm = true
	if kind == RESPONSE then
		local co = waiting[session]
		waiting[session] = nil
		if not co then
			require_own "skynet.unhandled".response(session, source, ptr, size)
		elseif co ~= BREAK then
			calm = run(co, true, ptr, size)
		end
	else
		local p = proto[kind]
		local f = p and p.dispatch
		if not f then
			require_own "skynet.unhandled".request(kind, p, ptr, size, session, source)
		else
			if state.trace or p.trace ~= nil then
				require_own "skynet.tracing".arrive(p, source)
			end
			calm = serve(f, session, source, p.unpack(ptr, size))
		end
	end
	if state.pending then
		state.pending(calm)
	end
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

local function run_start(f)
	local at_start = state.at_start
	state.at_start = nil
	local i = 1
	while at_start and at_start[i] do
		at_start[i]()
		i = i + 1
	end
	f()
end

---The body of the start coroutine: tells the launcher how it went.
---@param f function
function skynet.init_service(f)
	local raised
	local ok, err = xpcall(run_start, function(e)
		raised = e
		return debug.traceback(e)
	end, f)
	state.init_thread = nil
	if ok then
		core.send(".launcher", LUA, 0, core.pack "LAUNCHOK")
	else
		local plain, known = require_own "skynet.errors".plain(state.current, raised)
		if not known then
			core.error("init service failed: " .. (plain or tostring(err)))
		end
		core.command("STARTFAILED", plain or tostring(err))
		core.send(".launcher", LUA, 0, core.pack("ERROR", plain))
		skynet.exit()
	end
end

---Makes the loaded script a service; `f` runs as its first coroutine.
---@param f function
function skynet.start(f)
	core.callback(skynet.dispatch_message)
	local co = create(function()
		return work(skynet.init_service, f)
	end)
	waiting[core.intcommand("TIMEOUT", 0)] = co
	state.init_thread = co
end

return skynet
