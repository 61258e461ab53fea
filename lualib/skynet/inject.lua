--- Runs code that came from outside inside a service, with its insides in view.

--- What `find_tables` has seen: name of an upvalue -> its value, when that is a table.
local function find_tables(f, found, seen)
	if seen[f] or debug.getinfo(f, "S").what == "C" then
		return found
	end
	seen[f] = true
	local i = 1
	while true do
		local name, value = debug.getupvalue(f, i)
		if not name then
			return found
		end
		if type(value) == "function" then
			find_tables(value, found, seen)
		elseif type(value) == "table" and name ~= "_ENV" then
			found[name] = value
		end
		i = i + 1
	end
end

local function upvalues_of(...)
	local found, seen = {}, {}
	for _, f in ipairs { ... } do
		find_tables(f, found, seen)
	end
	return found
end

local function protocols_of(skynet)
	local found = {}
	for name, p in pairs(skynet._proto) do
		if type(name) == "string" and p.dispatch then
			found[name] = upvalues_of(p.dispatch)
		end
	end
	return found
end

local function printer(output)
	return function(...)
		local words = {}
		for i, value in ipairs { ... } do
			words[i] = tostring(value)
		end
		output[#output + 1] = table.concat(words, "\t")
	end
end

---Compiles and runs `source`, where `print` collects lines, `_U` holds the tables the functions given
---can reach through their upvalues, and `_P` the same for the dispatch function of each message type.
---@param skynet skynet
---@param source string
---@param filename string?
---@param arguments table  packed
---@param ... function  where `_U` begins
---@return boolean ok
---@return string[] output  the error comes last
return function(skynet, source, filename, arguments, ...)
	local output = {}
	local env = setmetatable({
		print = printer(output),
		_U = upvalues_of(...),
		_P = protocols_of(skynet),
	}, { __index = _G })
	local chunk, err = load(source, filename and "@" .. filename or "=(load)", "bt", env)
	if not chunk then
		return false, { err }
	end
	local ok, failure = pcall(chunk, table.unpack(arguments, 1, arguments.n))
	if not ok then
		output[#output + 1] = tostring(failure)
	end
	return ok, output
end
