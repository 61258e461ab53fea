--- Message types: registration, and the standard ones besides `lua`.

local late = select(3, ...) or require "skynet.library"
local core = late "skynet.core"
local proto = late "skynet"._proto

local M = {}

---Adds a message type.
---@param class skynet.protocol
function M.register_protocol(class)
	local name, id = class.name, class.id
	assert(proto[name] == nil and proto[id] == nil)
	assert(type(name) == "string" and type(id) == "number" and id >= 0 and id <= 255)
	proto[name], proto[id] = class, class
end

-- From here on a type that is not there is not there.
setmetatable(proto, nil)

M.register_protocol { name = "response", id = 1 }
M.register_protocol {
	name = "error", id = 7,
	unpack = function(...) return ... end,
	dispatch = function(...) return late "skynet.failure".receive(...) end,
}
M.register_protocol {
	name = "debug", id = 9, pack = core.pack, unpack = core.unpack,
	dispatch = function(...) return late "skynet.debug".receive(...) end,
}

return M
