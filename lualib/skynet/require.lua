--- The `require` of a service: a module required by a coroutine may block while it loads.

local late = select(3, ...) or require "skynet.library"
local standard = require
local running = coroutine.running
local loaded = package.loaded

local M = { standard = standard }

---Loads a module once.
---@param name string
---@return any module
function M.require(name)
	local module = loaded[name]
	if module ~= nil then
		return module
	end
	local _, main = running()
	if main then
		return standard(name)
	end
	return late "skynet.lateload".require(name)
end

---As `skynet.init`.
---@param f function
function M.init(f)
	late "skynet.lateload".init(f)
end

---Runs what `init` collected so far.
function M.init_all()
	late "skynet.lateload".init_all()
end

return M
