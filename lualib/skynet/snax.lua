--- Services whose messages look like method calls, described by one script both sides read.

local require = require -- scripts may replace it later
local skynet = require "skynet"
local read = require "snax.script"

--- Where the parts of a `snax.method` are.
local ID <const>, GROUP <const>, NAME <const> = 1, 2, 3

---@class skynet.snax
local M = {}

skynet.register_protocol { name = "snax", id = skynet.PTYPE_SNAX, pack = skynet.pack, unpack = skynet.unpack }

---@class snax.interface
---@field name string
---@field accept table<string, integer>
---@field response table<string, integer>
---@field system table<string, integer>

---@type table<string, snax.interface>
local interfaces = {}
local client_globals

local function globals_for_clients()
	if not client_globals then
		local module = skynet.getenv "snax_interface_g"
		client_globals = module and require(module) or { require = function() end }
	end
	return client_globals
end

---The methods of a snax script and their numbers.
---@param name string
---@return snax.interface
function M.interface(name)
	local interface = interfaces[name]
	if not interface then
		interface = { name = name, accept = {}, response = {}, system = {} }
		for _, method in ipairs((read(name, globals_for_clients()))) do
			interface[method[GROUP]][method[NAME]] = method[ID]
		end
		interfaces[name] = interface
	end
	return interface
end

local function methods_of(interface, group, verb, transmit, handle)
	return setmetatable({}, { __index = function(methods, name)
		local id = interface[group][name]
		if not id then
			error(("%s %s:%s no exist"):format(verb, interface.name, name), 2)
		end
		local function method(...)
			return transmit(handle, "snax", id, ...)
		end
		methods[name] = method
		return method
	end })
end

--- Who posts learns nothing of what became of it.
local function post(handle, typename, id, ...)
	skynet.send(handle, typename, id, ...)
end

---@class snax.object
---@field type string
---@field handle integer
---@field post table<string, function>
---@field req table<string, function>

local object_meta = { __tostring = function(object) return ("[%s:%x]"):format(object.type, object.handle) end }

---@type table<integer, snax.object>
local objects = setmetatable({}, { __mode = "v" })

---The object for a snax service that exists.
---@param handle integer
---@param type string
---@return snax.object
function M.bind(handle, type)
	local object = objects[handle]
	if object then
		assert(object.type == type)
		return object
	end
	local interface = M.interface(type)
	object = setmetatable({
		type = type,
		handle = handle,
		post = methods_of(interface, "accept", "post", post, handle),
		req = methods_of(interface, "response", "request", skynet.call, handle),
	}, object_meta)
	objects[handle] = object
	return object
end

---Starts a snax service.
---@param name string
---@param ... any  for its `init`
---@return integer handle
function M.rawnewservice(name, ...)
	local interface = M.interface(name)
	local handle = assert(skynet.newservice("snaxd", name))
	skynet.call(handle, "snax", interface.system.init, ...)
	return handle
end

---Starts a snax service.
---@param name string
---@param ... any  for its `init`
---@return snax.object
function M.newservice(name, ...)
	return M.bind(M.rawnewservice(name, ...), name)
end

local function by_name(command)
	return function(name, ...)
		local handle = assert(skynet.call(".service", "lua", command, "snaxd", name, ...))
		return M.bind(handle, name)
	end
end

---The one service of that name on this node; started when it is not there.
---@type fun(name: string, ...): snax.object
M.uniqueservice = by_name "LAUNCH"

---The one service of that name on all nodes; started when it is not there.
---@type fun(name: string, ...): snax.object
M.globalservice = by_name "GLAUNCH"

---Waits for the one service of that name on this node.
---@type fun(name: string): snax.object
M.queryservice = by_name "QUERY"

---Waits for the one service of that name on all nodes.
---@type fun(name: string): snax.object
M.queryglobal = by_name "GQUERY"

---Ends a snax service, after its `exit`.
---@param object snax.object
---@param ... any  for its `exit`
function M.kill(object, ...)
	skynet.call(object.handle, "snax", M.interface(object.type).system.exit, ...)
end

---The object of the snax service that calls.
---@return snax.object
function M.self()
	return M.bind(skynet.self(), SERVICE_NAME)
end

---Ends the snax service that calls.
---@param ... any  for its `exit`
function M.exit(...)
	M.kill(M.self(), ...)
end

local function patched(ok, ...)
	if not ok then
		error((...), 3)
	end
	return ...
end

---Replaces functions of a running snax service.
---@param object snax.object
---@param source string  the patch
---@param ... any  for the `hotfix` of the patch
---@return any ...  what that returned
function M.hotfix(object, source, ...)
	return patched(skynet.call(object.handle, "snax", M.interface(object.type).system.hotfix, source, ...))
end

---How often the methods were used, and how long they ran.
---@param object snax.object
---@return table<string, { count: integer, time: number }>
function M.profile_info(object)
	return skynet.call(object.handle, "snax", M.interface(object.type).system.profile)
end

---@param fmt string
---@param ... any
function M.printf(fmt, ...)
	skynet.error(fmt:format(...))
end

return M
