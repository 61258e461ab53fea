--- Replaces functions of a running snax service by those of a patch, which go on with the old variables.

local read = require "snax.script"

--- Where the parts of a `snax.method` are.
local GROUP <const>, NAME <const>, FUNC <const> = 2, 3, 4

---@class snax.variable
---@field func function  a function that has the variable as upvalue
---@field index integer

local function remember(variables, name, func, index)
	local known = variables[name]
	if not known then
		variables[name] = { func = func, index = index }
	elseif debug.upvalueid(known.func, known.index) ~= debug.upvalueid(func, index) then
		known.ambiguous = true
	end
end

local function collect_from(func, variables, inner)
	local index = 1
	while true do
		local name, value = debug.getupvalue(func, index)
		if not name then
			return
		end
		remember(variables, name, func, index)
		if type(value) == "function" then
			inner[#inner + 1] = value
		end
		index = index + 1
	end
end

--- The variables of the methods themselves first; then those only their local functions use.
local function collect(methods)
	local variables, seen, level = {}, {}, {}
	for _, method in ipairs(methods) do
		level[#level + 1] = method[FUNC]
	end
	while #level > 0 do
		local found, inner = {}, {}
		for _, func in ipairs(level) do
			if not seen[func] and debug.getinfo(func, "S").what ~= "C" then
				seen[func] = true
				collect_from(func, found, inner)
			end
		end
		for name, variable in pairs(found) do
			variables[name] = variables[name] or variable
		end
		level = inner
	end
	return variables
end

local function join(func, variables, seen)
	if seen[func] then
		return
	end
	seen[func] = true
	local index = 1
	while true do
		local name, value = debug.getupvalue(func, index)
		if not name then
			return
		end
		local old = variables[name]
		if old and (value == nil or name == "_ENV") then
			assert(not old.ambiguous or name == "_ENV", "ambiguous local value " .. name)
			debug.upvaluejoin(func, index, old.func, old.index)
		elseif type(value) == "function" and debug.getinfo(value, "S").what ~= "C" then
			join(value, variables, seen)
		end
		index = index + 1
	end
end

local function find(methods, group, name)
	for _, method in ipairs(methods) do
		if method[GROUP] == group and method[NAME] == name then
			return method
		end
	end
	error(("Patch mismatch %s.%s"):format(group, name), 0)
end

local function read_patch(source)
	return read("patch", _G, function(_, _, env)
		return load(source, "=patch", "bt", env), "patch"
	end)
end

local function apply(methods, source, ...)
	local patch = read_patch(source)
	local variables, seen, replacements, run = collect(methods), {}, {}, nil
	for _, method in ipairs(patch) do
		if method[FUNC] then
			join(method[FUNC], variables, seen)
			if method[NAME] == "hotfix" and method[GROUP] == "system" then
				run = method[FUNC]
			else
				replacements[method] = find(methods, method[GROUP], method[NAME])
			end
		end
	end
	for new, old in pairs(replacements) do
		old[FUNC] = new[FUNC]
	end
	if run then
		return run(...)
	end
end

---@param methods snax.method[]  of the service; changed in place
---@param source string
---@param ... any  for the `hotfix` function of the patch
---@return boolean ok
---@return any ...  what it returned, or the error
return function(methods, source, ...)
	return pcall(apply, methods, source, ...)
end
