-- Plays the part of another library's `sharetable`: a client, a service whose code comes with it, and an update that
-- walks from the registry and knows nothing of the host.
local skynet = require "skynet"
local service = require "skynet.service"
local core = require "skynet.sharetable.core"

local M = {}
local address

local function main()
	local skynet = require "skynet"
	local core = require "skynet.sharetable.core"
	local files, pointers = {}, {}
	local command = {}

	local function publish(name, matrix)
		if files[name] then
			pointers[files[name]:getptr()] = files[name]
		end
		files[name] = matrix
	end

	function command.loadfile(_, name, ...)
		publish(name, core.matrix("@" .. name, ...))
	end

	function command.loadstring(_, name, text, ...)
		publish(name, core.matrix(text, ...))
	end

	function command.loadtable(_, name, ptr, len)
		publish(name, core.matrix("local unpack, ptr, len = ...; return unpack(ptr, len)", skynet.unpack, ptr, len))
		skynet.trash(ptr, len)
	end

	function command.query(_, name)
		return files[name] and files[name]:getptr()
	end

	function command.queryall(_, list)
		local all = {}
		for name, matrix in pairs(files) do
			all[name] = matrix:getptr()
		end
		for name in pairs(list and all or {}) do
			local wanted = false
			for _, one in ipairs(list) do
				wanted = wanted or one == name
			end
			all[name] = wanted and all[name] or nil
		end
		return all
	end

	function command.close()
		for _, matrix in pairs(pointers) do
			matrix:close()
		end
	end

	skynet.start(function()
		skynet.dispatch("lua", function(session, source, name, ...)
			local result = command[name](source, ...)
			if session ~= 0 then
				skynet.retpack(result)
			end
		end)
	end)
end

local function ask(...)
	address = address or service.new("sharetable", main)
	return skynet.call(address, "lua", ...)
end

function M.start()
	address = address or service.new("sharetable", main)
end

function M.loadtable(name, t) ask("loadtable", name, skynet.pack(t)) end
function M.loadstring(...) ask("loadstring", ...) end

function M.query(name)
	local pointer = ask("query", name)
	return pointer and core.clone(pointer)
end

function M.queryall(list)
	local all = ask("queryall", list)
	for name, pointer in pairs(all) do
		all[name] = core.clone(pointer)
	end
	return all
end

local function pair_up(old, new, map)
	assert(not map[old])
	map[old] = new or "nil"
	for key, value in pairs(old) do
		if type(value) == "table" then
			local other = new and new[key]
			pair_up(value, type(other) == "table" and other or nil, map)
		end
	end
end

--- Exchanges all references from the registry on, in every table it can get at.
function M.update(old, new)
	local map, seen = {}, {}
	pair_up(old, new, map)
	local walk
	local function swap(value, set)
		local other = map[value]
		if other then
			set(other ~= "nil" and other or nil)
		else
			walk(value)
		end
	end
	local descend = {}
	function descend.table(t)
		walk(debug.getmetatable(t))
		local keys = {}
		for k, v in next, t do
			if map[k] then
				keys[#keys + 1] = k
			else
				walk(k)
			end
			swap(v, function(x) rawset(t, k, x) end)
		end
		for _, k in ipairs(keys) do
			local v = rawget(t, k)
			rawset(t, k, nil)
			if map[k] ~= "nil" then
				rawset(t, map[k], v)
			end
		end
	end
	descend["function"] = function(f)
		local i = 1
		while debug.getupvalue(f, i) do
			local _, v = debug.getupvalue(f, i)
			swap(v, function(x) debug.setupvalue(f, i, x) end)
			i = i + 1
		end
	end
	function descend.userdata(u)
		walk(debug.getmetatable(u))
		local v = debug.getuservalue(u, 1)
		swap(v, function(x) debug.setuservalue(u, x, 1) end)
	end
	function descend.thread(co)
		local values = {}
		for i = 1, core.stackvalues(co, values) do
			walk(values[i])
		end
		if co == coroutine.running() then
			return
		end
		local level = 0
		while debug.getinfo(co, level, "f") do
			walk(debug.getinfo(co, level, "f").func)
			local i = 1
			while debug.getlocal(co, level, i) do
				local _, v = debug.getlocal(co, level, i)
				swap(v, function(x) debug.setlocal(co, level, i, x) end)
				i = i + 1
			end
			level = level + 1
		end
	end
	function walk(value)
		local f = descend[type(value)]
		if f and not seen[value] and not core.is_sharedtable(value) and value ~= map and value ~= seen then
			seen[value] = true
			f(value)
		end
	end
	walk(debug.getregistry())
end

return M
