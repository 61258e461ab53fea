--- Message types: registration, and the standard ones besides `lua`.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local proto = require_own "skynet"._proto

local DEBUG <const> = 9

local M = {}

--- What was in use before a debug message brought in this module, in KiB.
local before_question ---@type number?

---Tells for whose sake this module was loaded.
---@param key string|integer  the message type that was wanted
---@param before number  what was in use before, in KiB
function M.brought_in(key, before)
	before_question = key == DEBUG and before or nil
end

--- The module behind the first debug message, which remembers what the question itself has loaded.
local function bring_debug()
	local collecting = collectgarbage "isrunning"
	-- What is freed meanwhile would count as loaded by nobody.
	collectgarbage "stop"
	local before = before_question or collectgarbage "count"
	local debug = require_own "skynet.debug"
	require_own "skynet.replies" -- every answer needs it
	debug.weigh(collectgarbage "count" - before)
	if collecting then
		collectgarbage "restart"
	end
	return debug
end

local debugger

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
	dispatch = function(...) return require_own "skynet.failure".receive(...) end,
}
M.register_protocol {
	name = "debug", id = DEBUG, pack = core.pack, unpack = core.unpack,
	dispatch = function(...)
		debugger = debugger or bring_debug()
		return debugger.receive(...)
	end,
}

return M
