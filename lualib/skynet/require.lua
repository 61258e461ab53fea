--- The `require` of a service: a module required by a coroutine may block while it loads.

local require_own = select(3, ...) or require "skynet.library"
local standard = require
local running = coroutine.running
local loaded = package.loaded

---@class skynet.require
---@field standard fun(name: string): any  the `require` of the state
---@field own fun(name: string): any  for parts of the library: whatever scripts did to `package` and `require`
---@field init fun(f: function)  as `skynet.init`; both are loaded on first use, as soon as `skynet` is loaded
---@field init_all fun()  runs what `init` collected so far
local M = { standard = standard, own = require_own }

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
	return require_own "skynet.blocking_require".require(name)
end

return M
