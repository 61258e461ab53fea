--- Answers the message type `debug`. Loaded when the first such message arrives.

local require_own = select(3, ...) or require "skynet.require".own
local skynet = require_own "skynet"
local state = skynet._state

---@type table<string, function>
local commands = {}
local collecting = false

function commands.PING()
	skynet.ret()
end

--- What the first question loaded, in KiB: it is not the service's.
local weight = 0

function commands.MEM()
	skynet.retpack(collectgarbage "count" - weight)
end

--- Coroutines kept for later would survive the collection.
local function collect()
	for i = 1, #state.idle do
		state.idle[i] = nil
	end
	collectgarbage "collect"
end

function commands.GC()
	if collecting then
		return
	end
	collecting = true
	local before, began = collectgarbage "count", skynet.now()
	collect()
	-- Let the requests that came meanwhile find the flag set.
	skynet.yield()
	local cost = (skynet.now() - began) / 100
	skynet.error(("GC %.2f Kb -> %.2f Kb, cost %.2f sec"):format(before, collectgarbage "count", cost))
	collecting = false
end

function commands.STAT()
	skynet.retpack {
		task = skynet.task(),
		mqlen = skynet.stat "mqlen",
		cpu = skynet.stat "cpu",
		message = skynet.stat "message",
	}
end

function commands.TASK(which)
	if which then
		return skynet.retpack(skynet.task(which))
	end
	local all = {}
	skynet.task(all)
	skynet.retpack(all)
end

function commands.UNIQTASK()
	skynet.retpack(skynet.uniqtask())
end

function commands.KILLTASK(pattern)
	local co = skynet.killthread(pattern)
	if co then
		skynet.error("Kill " .. tostring(co))
		skynet.ret()
	else
		skynet.error(("Kill %s : Not found"):format(pattern))
		skynet.retpack "Not found"
	end
end

function commands.INFO(...)
	if state.info then
		skynet.retpack(state.info(...))
	else
		skynet.retpack(nil)
	end
end

function commands.EXIT()
	skynet.exit()
end

function commands.RUN(source, filename, ...)
	local arguments = table.pack(...)
	local ok, output = require_own "skynet.inject"(skynet, source, filename, arguments,
		skynet.dispatch_message, skynet.register_protocol)
	collectgarbage "collect"
	skynet.retpack(ok, table.concat(output, "\n"))
end

function commands.TERM(address)
	skynet.term(address)
end

function commands.REMOTEDEBUG(...)
	require_own "skynet.remotedebug".start(...)
end

function commands.SUPPORT(typename)
	skynet.retpack(skynet.dispatch(typename) ~= nil)
end

function commands.LINK()
	skynet.response() -- answered by the end of this service
end

function commands.TRACELOG(typename, flag)
	if type(typename) ~= "string" then
		typename, flag = "lua", typename
	end
	skynet.error(("Turn trace log %s for %s"):format(flag, typename))
	skynet.traceproto(typename, flag)
	skynet.ret()
end

local M = {}

---Tells what it cost to bring in this module.
---@param kibibytes number
function M.weigh(kibibytes)
	weight = math.max(0, kibibytes)
end

--- Dispatch of the protocol `debug`.
function M.receive(_, _, command, ...)
	local f = commands[command] or error(command)
	f(...)
end

---Adds a debug command; `f(...)` has to answer itself.
---@param name string
---@param f function
function M.reg_debugcmd(name, f)
	commands[name] = f
end

return M
