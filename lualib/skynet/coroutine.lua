--- Coroutines for scripts that call blocking functions of skynet inside them.
--- When the body blocks in such a function, the framework's coroutine around it blocks as a whole;
--- `resume` returns only when the body yields itself, ends or raises.

local create, resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
local running = coroutine.running

--- The first value of a yield that is meant for the body's own resumer.
local OWN <const> = "USER"

--- Coroutines of this module -> the coroutine that resumed them; false: suspended.
---@type table<thread, thread|false>
local resumer = setmetatable({}, { __mode = "k" })
--- Those that are blocked inside a function of the framework.
local blocked = setmetatable({}, { __mode = "k" })

---@class skynet.coroutine
local M = {
	isyieldable = coroutine.isyieldable,
	running = running,
	close = coroutine.close,
}

---@param f function
---@return thread
function M.create(f)
	local co = create(f)
	resumer[co] = false
	return co
end

local settle

local function resume_blocked(co, ...)
	blocked[co] = nil
	return settle(co, resume(co, ...))
end

function settle(co, ok, ...)
	if not ok or status(co) == "dead" then
		resumer[co] = false
		return ok, ...
	elseif (...) == OWN then
		resumer[co] = false
		return true, select(2, ...)
	end
	blocked[co] = true
	return resume_blocked(co, yield(...))
end

---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function M.resume(co, ...)
	if resumer[co] == nil then
		return false, "cannot resume none skynet coroutine"
	elseif blocked[co] then
		return false, "cannot resume a skynet coroutine suspend by skynet framework"
	elseif status(co) ~= "suspended" then
		return resume(co, ...) -- fails, and the standard text says why
	end
	resumer[co] = running()
	return settle(co, resume(co, ...))
end

---@param ... any
---@return any ...
function M.yield(...)
	return yield(OWN, ...)
end

---@param co thread
---@return "running"|"suspended"|"normal"|"dead"|"blocked"
function M.status(co)
	local now = status(co)
	return now == "suspended" and blocked[co] and "blocked" or now
end

local function pass_on(co, ok, ...)
	if ok then
		return ...
	end
	coroutine.close(co)
	error((...), 2)
end

---@param f function
---@return fun(...): ...
function M.wrap(f)
	local co = M.create(f)
	return function(...)
		return pass_on(co, M.resume(co, ...))
	end
end

---The framework's coroutine around `co`.
---@param co thread?  default: the running one
---@return thread
---@return boolean  true when `co` itself is no coroutine of this module
function M.thread(co)
	co = co or running()
	if resumer[co] == nil then
		return co, true
	end
	local outer = resumer[co] or co
	while resumer[outer] do
		outer = resumer[outer]
	end
	return outer, false
end

return M
