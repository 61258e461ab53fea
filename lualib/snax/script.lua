--- Reads a snax script and lists the methods it defines. Service and clients both do this:
--- the number of a method is its place in the script.
---
--- `snaxd` requires this file by its own name, and finds it wherever `snax.interface` is somebody else's.

local skynet = require "skynet"

---@class snax.method
---@field [1] integer  its number
---@field [2] "system"|"accept"|"response"
---@field [3] string  its name
---@field [4] function?  nil: a system method the script does not define
local NAME <const>, FUNC <const> = 3, 4

local SYSTEM <const> = { "init", "exit", "hotfix", "profile" }

local function new_list()
	local methods, system = {}, {}
	for id, name in ipairs(SYSTEM) do
		methods[id] = { id, "system", name }
		system[name] = methods[id]
	end
	return methods, system
end

--- The pseudo table `accept` or `response`: functions put into it become methods.
local function collector(methods, group)
	local defined = {}
	return setmetatable({}, {
		__newindex = function(_, name, func)
			if type(name) ~= "string" then
				error(group .. " method only support string", 2)
			elseif type(func) ~= "function" then
				error(("%s.%s must be function"):format(group, name), 2)
			elseif defined[name] then
				error(("%s.%s duplicate definition"):format(group, name), 2)
			end
			defined[name] = true
			methods[#methods + 1] = { #methods + 1, group, name, func }
		end,
	})
end

local function capture_system(system)
	return function(env, name, value)
		local method = system[name]
		if not method then
			rawset(env, name, value)
		elseif type(value) ~= "function" then
			error(name .. " must be a function", 2)
		elseif method[FUNC] then
			error(("system.%s duplicate definition"):format(method[NAME]), 2)
		else
			method[FUNC] = value
		end
	end
end

local function find_script(patterns, name, env)
	local failures = {}
	for pattern in patterns:gmatch "[^;]+" do
		local filename = pattern:gsub("%?", (name:gsub("%%", "%%%%")))
		local script, err = loadfile(filename, "bt", env)
		if script then
			return script, pattern
		end
		failures[#failures + 1] = err
	end
	error(table.concat(failures, "\n"), 0)
end

local function configured_loader()
	local filename = skynet.getenv "snax_loader"
	return filename and assert(loadfile(filename))() or find_script
end

---@param name string
---@param globals table  what the script sees as globals
---@param loader (fun(patterns: string, name: string, env: table): function, string)?
---@return snax.method[]
---@return string pattern  the part of the path where the script was found
return function(name, globals, loader)
	local patterns = assert(skynet.getenv "snax", "please set snax in config file")
	local methods, system = new_list()
	local env = { accept = collector(methods, "accept"), response = collector(methods, "response") }
	setmetatable(env, { __index = globals, __newindex = capture_system(system) })
	local script, pattern = (loader or configured_loader())(patterns, name, env)
	script()
	-- From here on the script writes globals of its own, and reads those of the service.
	env.accept, env.response = nil, nil
	setmetatable(env, { __index = globals })
	return methods, pattern
end
