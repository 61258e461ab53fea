--- The `require` of a service: a module required by a coroutine may block while it loads.

local standard = require
local running = coroutine.running

local M = { standard = standard }

---Loads a module once.
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

return M
