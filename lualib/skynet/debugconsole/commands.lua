-- The commands of the debug console. A command is `f(request, words...)`; what it returns is worded by `layout`,
-- what it raises becomes the error line of its answer.

local skynet = require "skynet"
local core = require "skynet.core"
local codecache = require "skynet.codecache"
local memory = require "skynet.memory"
local netstat = require "skynet.debugconsole.netstat"
local attach = require "skynet.debugconsole.attach"

---@class debugconsole.request
---@field fd integer the connection the command came on
---@field line string the whole line, for commands that read more than words

local command, help = {}, {}

local function define(name, description, body)
	command[name] = body
	help[name] = description
end

--- Ticks a survey of all services may take: 3 seconds unless told otherwise, no limit when 0 or less.
local DEFAULT_LIMIT <const> = 300

local function limit(text)
	local ticks = tonumber(text) or DEFAULT_LIMIT
	return ticks > 0 and ticks or nil
end

--- `:hex` stays text (and whoever looks it up in a table by number will not find it), `.name` must be a local name,
--- and bare hex digits get this node's id.
---@param text string?
---@return integer|string
local function address_of(text)
	text = text or ""
	local first = text:sub(1, 1)
	if first == ":" then
		return text
	end
	if first == "." then
		return skynet.localname(text) or error("Not a valid name", 0)
	end
	local number = text:find "^%x+$" and tonumber(text, 16) or error("Need an address", 0)
	return skynet.harbor(skynet.self()) << 24 | number
end

local function ask(address, ...)
	return skynet.call(address_of(address), "debug", ...)
end

define("help", "This help message", function() return help end)

define("list", "List all the services", function()
	return skynet.call(".launcher", "lua", "LIST")
end)

define("stat", "stat [ticks] : Dump all stats", function(_, ticks)
	return skynet.call(".launcher", "lua", "STAT", limit(ticks))
end)

define("mem", "mem [ticks] : Show memory of every service", function(_, ticks)
	return skynet.call(".launcher", "lua", "MEM", limit(ticks))
end)

define("gc", "gc [ticks] : Collect garbage in every service", function(_, ticks)
	return skynet.call(".launcher", "lua", "GC", limit(ticks))
end)

define("info", "info address ... : What a service says about itself", function(_, address, ...)
	return (ask(address, "INFO", ...))
end)

define("exit", "exit address : Ask a service to exit", function(_, address)
	skynet.send(address_of(address), "debug", "EXIT")
end)

define("kill", "kill address : Kill a service", function(_, address)
	return skynet.call(".launcher", "lua", "KILL", address_of(address))
end)

define("start", "start name ... : Start a service", function(_, ...)
	local started, address = pcall(skynet.newservice, ...)
	if not started then
		return "Failed"
	end
	return address and { [skynet.address(address)] = (...) } or "Exit"
end)

define("log", "log name ... : Start a service and log its messages", function(_, ...)
	local started, address = pcall(skynet.call, ".launcher", "lua", "LOGLAUNCH", "snlua", ...)
	return started and address and { [skynet.address(address)] = (...) } or "Failed"
end)

define("snax", "snax name ... : Start a snax service", function(_, ...)
	local snax = require "skynet.snax"
	local started, object = pcall(snax.newservice, ...)
	return started and { [skynet.address(object.handle)] = (...) } or "Failed"
end)

define("clearcache", "Forget compiled scripts, so that changed files are read again", function()
	codecache.clear()
end)

define("service", "List the unique services", function()
	return skynet.call("SERVICE", "lua", "LIST")
end)

define("task", "task address : Show what a service waits for", function(_, address)
	return (ask(address, "TASK"))
end)

define("uniqtask", "uniqtask address : The same, equal ones counted", function(_, address)
	return (ask(address, "UNIQTASK"))
end)

define("killtask", "killtask address thread : End a waiting coroutine of a service", function(_, address, pattern)
	return (ask(address, "KILLTASK", pattern))
end)

define("inject", "inject address file ... : Run a script inside a service", function(_, address, filename, ...)
	local target = address_of(address)
	local file = filename and io.open(filename, "rb")
	if not file then
		return "Can't open " .. tostring(filename)
	end
	local source = file:read "a"
	file:close()
	local ok, output = skynet.call(target, "debug", "RUN", source, filename, ...)
	if type(output) == "table" then
		output = table.concat(output, "\n")
	end
	if not ok then
		error(output, 0)
	end
	return output
end)

define("dbgcmd", "dbgcmd address command ... : Send a debug command", function(_, address, name, ...)
	return (ask(address, name, ...))
end)

define("logon", "logon address : Log the messages of a service", function(_, address)
	core.command("LOGON", skynet.address(address_of(address)))
end)

define("logoff", "logoff address : Stop that", function(_, address)
	core.command("LOGOFF", skynet.address(address_of(address)))
end)

define("signal", "signal address [n] : 0 breaks a running script, 1 logs its memory", function(_, address, number)
	core.command("SIGNAL", skynet.address(address_of(address)) .. " " .. (number or "0"))
end)

define("ping", "ping address : How many ticks a service takes to answer", function(_, address)
	local begin = skynet.now()
	ask(address, "PING")
	return tostring(skynet.now() - begin)
end)

--- The values of a list of expressions, which see no globals: a typing error must not reach into this service.
local function evaluate(expressions)
	local chunk = load("return " .. expressions, "=call", "t", {})
	local values = table.pack(pcall(chunk or error))
	if not (chunk and values[1]) then
		error("Invalid arguments", 0)
	end
	return table.unpack(values, 2, values.n)
end

define("call", "call address expressions : Call a service with Lua values", function(request, address)
	local target = address_of(address)
	local expressions = request.line:match "^%s*%S+%s+%S+%s+(.*%S)"
	if not expressions then
		error("need arguments", 0)
	end
	return table.pack(skynet.call(target, "lua", evaluate(expressions)))
end)

local SWITCH <const> = { on = true, off = false }

define("trace", "trace address [proto] [on|off] : Trace the requests of a service", function(_, address, proto, flag)
	if flag == nil and SWITCH[proto] ~= nil then
		proto, flag = nil, proto
	end
	local on = SWITCH[flag or "on"]
	if on == nil then
		error("trace is on or off", 0)
	end
	if proto then
		ask(address, "TRACELOG", proto, on)
	else
		ask(address, "TRACELOG", on)
	end
end)

define("debug", "debug address : Debug a service interactively, until cont", function(request, address)
	attach(request.fd, address_of(address))
end)

define("netstat", "Show the sockets", function() return netstat.list() end)

define("cmem", "Show native memory by service", function()
	local list = { total = memory.total(), block = memory.block() }
	for address, bytes in pairs(memory.info()) do
		list[skynet.address(address)] = bytes
	end
	return list
end)

define("jmem", "Show the statistics of the native allocator", function()
	local list = memory.jestat()
	for name, bytes in pairs(list) do
		list[name] = string.format("%11d  %8.2f Mb", bytes, bytes / 1048576)
	end
	return list
end)

define("dumpheap", "Write a heap profile", function() memory.dumpheap() end)

define("profactive", "profactive [on|off] : Show or switch heap profiling", function(_, flag)
	if flag then
		memory.profactive(flag == "on")
	end
	return "heap profilling is " .. (memory.profactive() and "active" or "deactive")
end)

define("getenv", "getenv name : Read a setting of the node", function(_, key)
	return { [tostring(key)] = tostring(skynet.getenv(key)) }
end)

define("setenv", "setenv name value : Make a new setting", function(_, key, value)
	skynet.setenv(key, value)
end)

return command
