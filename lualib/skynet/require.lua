--- The `require` of a service: module chunks may block, and leave work for the start of the service.

local standard = require
local running = coroutine.running

--- Functions the main chunk (and what it requires) gave to `skynet.init`; nil once they have run.
local at_start = {}

local M = { standard = standard }

---Loads a module once. In a coroutine the module may call blocking functions of skynet.
---@param name string
---@return any module
function M.require(name)
	local loaded = package.loaded[name]
	if loaded ~= nil then
		return loaded
	end
	local _, main = running()
	if main then
		return standard(name)
	end
	return standard "skynet.lateload".require(name)
end

---Registers a function that runs before the start function, where it may block;
---in a module required by a coroutine, at the end of that `require`.
---@param f function
function M.init(f)
	assert(type(f) == "function")
	local co, main = running()
	if main then
		at_start[#at_start + 1] = f
	else
		standard "skynet.lateload".init(co, f)
	end
end

---Runs what the main chunk left; called once, by the start coroutine.
function M.init_all()
	local i = 1
	while at_start[i] do
		at_start[i]()
		i = i + 1
	end
	at_start = nil
end

return M
