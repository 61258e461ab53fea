-- Runs code as if it stood in a function that is running: it reads and writes that frame's locals and upvalues.

---@class frame
---@field thread thread
---@field level integer
---@field locals table<string, integer> name -> index; the innermost of equal names
---@field upvalues table<string, integer>
---@field func function
---@field alive boolean whether the frame is still where it was

---@param thread thread
---@param level integer
---@return frame
local function look_at(thread, level)
	local info = assert(debug.getinfo(thread, level, "f"), "no such stack level")
	local frame = { thread = thread, level = level, func = info.func, locals = {}, upvalues = {}, alive = true }
	local index = 1
	for name in function() return (debug.getlocal(thread, level, index)) end do
		-- Names in parentheses are temporaries of the virtual machine.
		if name:sub(1, 1) ~= "(" then
			frame.locals[name] = index
		end
		index = index + 1
	end
	index = 1
	for name in function() return (debug.getupvalue(info.func, index)) end do
		frame.upvalues[name] = index
		index = index + 1
	end
	return frame
end

local function globals_of(frame)
	local index = frame.upvalues._ENV
	if index then
		return select(2, debug.getupvalue(frame.func, index))
	end
	return _G
end

--- Names become locals, upvalues, extras or globals of the frame, in this order, at the moment they are used.
---@param frame frame
---@param extras table
local function environment(frame, extras)
	local globals = globals_of(frame)
	local function read(_, name)
		if frame.alive and frame.locals[name] then
			return select(2, debug.getlocal(frame.thread, frame.level, frame.locals[name]))
		end
		if frame.upvalues[name] then
			return select(2, debug.getupvalue(frame.func, frame.upvalues[name]))
		end
		local extra = extras[name]
		if extra ~= nil then
			return extra
		end
		return globals[name]
	end
	local function write(_, name, value)
		if frame.locals[name] then
			assert(frame.alive, "the frame of this local is gone")
			debug.setlocal(frame.thread, frame.level, frame.locals[name], value)
		elseif frame.upvalues[name] then
			debug.setupvalue(frame.func, frame.upvalues[name], value)
		else
			globals[name] = value
		end
	end
	return setmetatable({}, { __index = read, __newindex = write })
end

--- Runs `source` (an expression list, else statements) in a stack frame of a thread that is not running now.
---@param source string
---@param thread thread
---@param level integer as in debug.getinfo(thread, level)
---@param extras? table names the code may use besides those of the frame
---@return boolean ok
---@return any ... results, or the error message
return function(source, thread, level, extras)
	local frame = look_at(thread, level)
	local env = environment(frame, extras or {})
	local chunk = load("return " .. source, "=inject", "t", env)
	local failure
	if not chunk then
		chunk, failure = load(source, "=inject", "t", env)
	end
	if not chunk then
		return false, failure
	end
	local results = table.pack(pcall(chunk))
	-- A closure made by the code may live on; the stack slots it knew will then belong to somebody else.
	frame.alive = false
	return table.unpack(results, 1, results.n)
end
