--- Extends `skynet` by what only few services should do: end others, give names, watch exits.

local core = require "skynet.core"
local skynet = require "skynet"

---Creates a service of the runtime without waiting for its start function.
---@param cservice string
---@param ... string|number
---@return integer?
function skynet.launch(cservice, ...)
	return core.addresscommand("LAUNCH", table.concat({ cservice, ... }, " "))
end

local function parse_address(name)
	if type(name) == "string" then
		return name:sub(1, 1) == ":" and tonumber(name:sub(2), 16)
	end
	return name
end

---Ends a service at once; it answers nobody.
---@param name integer|string  address, `:hex` or `.name`
function skynet.kill(name)
	local address = parse_address(name)
	if address then
		skynet.send(".launcher", "lua", "REMOVE", address, true)
		name = skynet.address(address)
	end
	core.command("KILL", name)
end

---Ends the process.
function skynet.abort()
	core.command "ABORT"
end

local function register_globally(name, address)
	assert(#name < 16 and name:sub(1, 1) ~= ":" and tonumber(name) == nil)
	skynet.send(".cslave", "lua", "REGISTER", name, address)
end

---Gives this service a name.
---@param name string  `.local`, or a global name of less than 16 bytes
function skynet.register(name)
	if name:sub(1, 1) == "." then
		core.command("REG", name)
	else
		register_globally(name, skynet.self())
	end
end

---Gives a service a name.
---@param name string
---@param address integer
function skynet.name(name, address)
	if name:sub(1, 1) == "." then
		core.command("NAME", name .. " " .. skynet.address(address))
	else
		register_globally(name, address)
	end
end

local function start_with(callback, keep_bodies, f)
	core.callback(callback, keep_bodies)
	skynet.timeout(0, function()
		skynet.init_service(f)
	end)
end

---Like `start`, for services which pass messages on: types in `map` are dispatched as `map[type]`,
---and their bodies are left to the handler.
---@param map table<integer, integer>
---@param f function
function skynet.forward_type(map, f)
	local dispatch = skynet.dispatch_message
	start_with(function(kind, ptr, size, ...)
		if map[kind] then
			return dispatch(map[kind], ptr, size, ...)
		end
		local ok, err = pcall(dispatch, kind, ptr, size, ...)
		core.trash(ptr, size)
		if not ok then
			error(err, 0)
		end
	end, true, f)
end

---Like `start`; every message is replaced by what `g` makes of it.
---@param g fun(kind: integer, ptr: lightuserdata?, size: integer, session: integer, source: integer): ...
---@param f function
function skynet.filter(g, f)
	local dispatch = skynet.dispatch_message
	start_with(function(...)
		dispatch(g(...))
	end, false, f)
end

---Makes a unique service the one that hears of every exit.
---@param name string
---@param query boolean?  wait for it instead of launching it
---@return integer
function skynet.monitor(name, query)
	local find = query and skynet.queryservice or skynet.uniqueservice
	local address = find(true, name)
	core.command("MONITOR", skynet.address(address))
	return address
end

return skynet
