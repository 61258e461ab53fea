--- Runs code as if it stood inside a function that is running: it reads and writes that function's variables.
--- Used by the debugger.

--- A view on one stack frame. Frames of other coroutines are found by number; frames of the running one lie
--- deeper for us than for our caller, by as many calls as are between.
---@class skynet.frame
---@field get fun(index: integer): string?, any
---@field set fun(index: integer, value: any)

local function frame_of_other(co, level)
	return {
		func = debug.getinfo(co, level, "f").func,
		get = function(i) return debug.getlocal(co, level, i) end,
		set = function(i, value) debug.setlocal(co, level, i, value) end,
	}
end

--- While the injected code runs, the frames between it and the target can be found only by looking for the target.
local function frame_of_running(level)
	local target = debug.getinfo(level + 1, "f").func
	local depth_below = 0
	while debug.getinfo(level + 1 + depth_below + 1, "f") do
		depth_below = depth_below + 1
	end
	local function level_now()
		local top = 1
		while debug.getinfo(top + 1, "f") do
			top = top + 1
		end
		return top - depth_below - 1 -- seen from the caller of this function
	end
	return {
		func = target,
		get = function(i) return debug.getlocal(level_now(), i) end,
		set = function(i, value) debug.setlocal(level_now(), i, value) end,
	}
end

--- Where a frame stands at its very first instruction, Lua names no variable yet; the function knows its parameters.
local function parameter_names(f)
	local names, i = {}, 1
	while true do
		local name = debug.getlocal(f, i)
		if not name then
			return names
		end
		names[name] = i
		i = i + 1
	end
end

--- name -> index of the innermost variable of that name.
local function local_names(frame)
	local names, i = parameter_names(frame.func), 1
	while true do
		local name = frame.get(i)
		if not name then
			return names
		end
		if name:sub(1, 1) ~= "(" then
			names[name] = i
		end
		i = i + 1
	end
end

local function upvalue_names(f)
	local names, i = {}, 1
	while true do
		local name = debug.getupvalue(f, i)
		if not name then
			return names
		end
		names[name] = i
		i = i + 1
	end
end

local function varargs(frame)
	local values, i = { n = 0 }, 1
	while true do
		local name, value = frame.get(-i)
		if not name then
			return values
		end
		values[i], values.n = value, i
		i = i + 1
	end
end

local function environment(frame, extra)
	local locals, upvalues = local_names(frame), upvalue_names(frame.func)
	local globals = upvalues._ENV and select(2, debug.getupvalue(frame.func, upvalues._ENV)) or _G
	return setmetatable({}, {
		__index = function(_, name)
			if locals[name] then
				return (select(2, frame.get(locals[name])))
			elseif upvalues[name] then
				return (select(2, debug.getupvalue(frame.func, upvalues[name])))
			elseif extra[name] ~= nil then
				return extra[name]
			end
			return globals[name]
		end,
		__newindex = function(_, name, value)
			if locals[name] then
				frame.set(locals[name], value)
			elseif upvalues[name] then
				debug.setupvalue(frame.func, upvalues[name], value)
			else
				globals[name] = value
			end
		end,
	})
end

---Runs `source` (an expression or statements) in a stack frame.
---@param source string
---@param co thread?  nil: the running coroutine, whose levels count from the caller
---@param level integer
---@param extra table<string, any>?  further names the code may read
---@return boolean ok
---@return any ...  values of the expression, or the error
return function(source, co, level, extra)
	if co == coroutine.running() then
		co = nil
	end
	local frame = co and frame_of_other(co, level) or frame_of_running(level + 1)
	local env = environment(frame, extra or {})
	local chunk = load("return " .. source, "=(inject)", "t", env)
	if not chunk then
		local err
		chunk, err = load(source, "=(inject)", "t", env)
		if not chunk then
			return false, err
		end
	end
	local arguments = varargs(frame)
	return pcall(chunk, table.unpack(arguments, 1, arguments.n))
end
